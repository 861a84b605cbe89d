"""What a program printed, held against what was expected: line by line, word by word, or with a tolerance."""

import math
import re
from itertools import zip_longest

SHOWN_MAX_CHARS = 120
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(inf|nan)", re.IGNORECASE)


def difference(expected: str, printed: str, *, how: str, absolute: float = 0.0, relative: float = 0.0) -> str:
    """Say in a sentence where a program's output first differs from the expected one; empty when it agrees.

    `how` is "exact" (lines; spaces at the end of a line and empty lines at the end do not count), "tokens" (words;
    no space counts) or "numeric" (words; numbers may differ by `absolute` or by `relative` of the expected one).
    """
    if how == "exact":
        return _first_line(_lines(expected), _lines(printed))
    is_same = _is_equal if how == "tokens" else lambda one, other: is_close(one, other, absolute, relative)
    for number, (one, other) in enumerate(zip_longest(expected.split(), printed.split()), start=1):
        if one is None:
            return f"There is more than expected: word {number} is {shown(other)}."
        if other is None:
            return f"It ends too early: word {number}, {shown(one)}, is missing."
        if not is_same(one, other):
            return f"Word {number}: expected {shown(one)}, got {shown(other)}."
    return ""


def is_close(expected: str, printed: str, absolute: float, relative: float) -> bool:
    """Tell whether two words are the same, or numbers that are close enough."""
    if expected == printed:
        return True
    if not (_NUMBER.fullmatch(expected) and _NUMBER.fullmatch(printed)):
        return False
    return are_close(float(expected), float(printed), absolute, relative)


def are_close(expected: float, found: float, absolute: float, relative: float) -> bool:
    """Tell whether a number lies within the tolerance around the expected one."""
    if math.isnan(expected) or math.isnan(found):
        return math.isnan(expected) and math.isnan(found)
    if math.isinf(expected) or math.isinf(found):
        return expected == found
    return abs(expected - found) <= max(absolute, relative * abs(expected))


def shown(text: str) -> str:
    """Quote a piece of an output, cut to what a person reads."""
    cut = text if len(text) <= SHOWN_MAX_CHARS else f"{text[:SHOWN_MAX_CHARS]}…"
    return f"“{cut}”"


def _is_equal(one: str, other: str) -> bool:
    return one == other


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _first_line(expected: list[str], printed: list[str]) -> str:
    if not printed and expected:
        return "It printed nothing."
    for number, (one, other) in enumerate(zip_longest(expected, printed), start=1):
        if one is None:
            return f"There is more than expected: line {number} is {shown(other)}."
        if other is None:
            return f"It ends too early: line {number}, {shown(one)}, is missing."
        if one != other:
            return f"Line {number}: expected {shown(one)}, got {shown(other)}."
    return ""
