"""A figure: what was measured, what it should be, what it is; and the table of many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure beside its aim, both with their unit."""

    name: str
    aim: str
    measured: str
    is_met: bool


Benchmark = Callable[[bool], list[Figure]]
"""Measures its figures; True asks for the small size, which shows that it runs and little more."""


def at_most(name: str, measured: float, limit: float, unit: str, digits: int = 0) -> Figure:
    """Make a figure that should not be larger than `limit`; what is no number misses its aim."""
    return Figure(name, f"≤ {limit:,g} {unit}".strip(), f"{measured:,.{digits}f} {unit}".strip(), measured <= limit)


def at_least(name: str, measured: float, limit: float, unit: str, digits: int = 0) -> Figure:
    """Make a figure that should not be smaller than `limit`; what is no number misses its aim."""
    return Figure(name, f"≥ {limit:,g} {unit}".strip(), f"{measured:,.{digits}f} {unit}".strip(), measured >= limit)


def table(figures: Sequence[Figure]) -> str:
    """Write the figures as one Markdown table; what misses its aim is said to."""
    rows = [(one.name, one.aim, one.measured + ("" if one.is_met else " (missed)")) for one in figures]
    rows = [("figure", "aim", "measured"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
