"""Compares what a function returned with what a test expects. Stands at the top of tests made of cases."""

from collections import deque
from collections.abc import Iterator
from math import inf, nan  # noqa: F401 - expected values are written with these names
from typing import Any


def same_value(
    found: Any, expected: Any, how: str = "exact", absolute: float = 0.0, relative: float = 0.0, *, is_json: bool = True
) -> bool:
    """Tell whether two values are equal; a list stands for a tuple as well where the value is from JSON."""
    rest = (how, absolute, relative)
    if isinstance(expected, (list, tuple)):
        if isinstance(found, (Iterator, range, deque, type({}.keys()), type({}.values()), type({}.items()))):
            found = list(found)
        kinds = (list, tuple) if is_json else (list,) if isinstance(expected, list) else (tuple,)
        if not isinstance(found, kinds) or len(found) != len(expected):
            return False
        return all(same_value(one, other, *rest, is_json=is_json) for one, other in zip(found, expected))  # noqa: B905 - as long
    if isinstance(expected, dict) and isinstance(found, dict):
        return found.keys() == expected.keys() and all(
            same_value(found[key], value, *rest, is_json=is_json) for key, value in expected.items()
        )
    if how == "tokens" and isinstance(expected, str) and isinstance(found, str):
        return expected.split() == found.split()
    if found == expected or (_is_nan(found) and _is_nan(expected)):
        return True
    return how == "numeric" and _is_close(found, expected, absolute, relative)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value  # noqa: PLR0124 - only nan differs from itself


def _is_close(found: Any, expected: Any, absolute: float, relative: float) -> bool:
    if not all(isinstance(one, (int, float, complex)) and not isinstance(one, bool) for one in (found, expected)):
        return False
    try:
        return bool(abs(expected - found) <= max(absolute, relative * abs(expected)))
    except OverflowError:
        return False
