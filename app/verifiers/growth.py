"""How the time of a program grows with the size of its input, held against what was asked."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

FLOOR_SECONDS = 0.005
"""Shorter times are mostly those of the machinery around the program."""
EXPONENT_TOLERANCE = 0.35
RATIO_TOLERANCE = 2.0
_POINTS_NEEDED = 2
_SPAN_NEEDED = 3.0
"""Between the smallest and the largest size that count."""


def _log(n: float) -> float:
    return math.log(max(n, 2.0))


GROWTHS: dict[str, Callable[[float], float]] = {
    "1": lambda n: 0.0,  # noqa: ARG005 - it is asked like the others
    "log n": lambda n: math.log(_log(n)),
    "sqrt n": lambda n: 0.5 * _log(n),
    "n": _log,
    "n log n": lambda n: _log(n) + math.log(_log(n)),
    "n sqrt n": lambda n: 1.5 * _log(n),
    "n^2": lambda n: 2 * _log(n),
    "n^2 log n": lambda n: 2 * _log(n) + math.log(_log(n)),
    "n^3": lambda n: 3 * _log(n),
    "n^4": lambda n: 4 * _log(n),
    "2^n": lambda n: n * math.log(2),
    "n 2^n": lambda n: _log(n) + n * math.log(2),
    "3^n": lambda n: n * math.log(3),
    "n!": lambda n: math.lgamma(n + 1),
}
"""Name → logarithm of the function."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The shortest time that a program took for a size."""

    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Growth:
    """What the times say."""

    is_too_slow: bool
    """it clearly grows quicker than asked; never said where the times leave it open"""
    words: str
    exponent: float | None = None
    """of the power of n that fits best; None where there is too little to see"""


def judge_growth(asked: str, timings: Sequence[Timing]) -> Growth:
    """Hold times at growing sizes against an asked growth.

    Sizes whose time lies below FLOOR_SECONDS do not count. Too slow is only what misses both ways of looking at it:
    the exponent of a line through log(time) over log(size) by 0.35, and the last time over the first twofold.
    """
    used = [one for one in timings if one.seconds >= FLOOR_SECONDS]
    if len(used) < _POINTS_NEEDED or (used[-1].size < _SPAN_NEEDED * used[0].size and not _is_steep(asked)):
        return Growth(False, "It is too quick to tell how its time grows.")
    first, last = used[0], used[-1]
    found = _slope([(_log(one.size), math.log(one.seconds)) for one in used])
    expected = _slope([(_log(one.size), GROWTHS[asked](one.size)) for one in used])
    grown = math.log(last.seconds / first.seconds)
    allowed = GROWTHS[asked](last.size) - GROWTHS[asked](first.size)
    is_too_slow = found > expected + EXPONENT_TOLERANCE and grown > allowed + math.log(RATIO_TOLERANCE)
    return Growth(is_too_slow, _words(asked, first, last, found, allowed), found)


def _is_steep(asked: str) -> bool:
    return asked.endswith(("^n", "n!"))


def _words(asked: str, first: Timing, last: Timing, exponent: float, allowed: float) -> str:
    ratio = last.seconds / first.seconds
    share = f"{math.exp(allowed):.3g}" if allowed < 700 else "beyond count"  # noqa: PLR2004 - exp() overflows there
    return (
        f"From n = {first.size:,} to n = {last.size:,} its time grows {ratio:.3g}-fold, like n^{exponent:.1f}; "
        f"asked is {asked}, which grows {share}-fold."
    )


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Fit a line by least squares."""
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread
