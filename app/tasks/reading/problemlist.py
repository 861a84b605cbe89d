"""The list of bad rows as a file for a spreadsheet, and its beginning for the page."""

import csv
import io
from collections.abc import Iterable
from typing import Protocol

Problem = tuple[int, str, str]
"""line, field (empty when the whole row is meant), reason"""
FIRST = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; such a cell gets an apostrophe before it."""


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes) -> int:
        """Append bytes."""


class ProblemList:
    """Writes problems as CSV with every value quoted, and keeps the first thousand."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.first: list[Problem] = []
        self.count = 0
        self._write([("line", "field", "reason")])

    def add(self, problems: Iterable[Problem]) -> None:
        """Append some problems."""
        listed = list(problems)
        self.count += len(listed)
        self.first += listed[: FIRST - len(self.first)]
        if listed:
            self._write([(str(line), _harmless(name), _harmless(reason)) for line, name, reason in listed])

    def _write(self, rows: list[tuple[str, str, str]]) -> None:
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
        self._sink.write(text.getvalue().encode())


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
