"""Works out a formula as a fraction, where it is one and stays small."""

import math
from collections.abc import Callable
from fractions import Fraction

from app.verifiers.formula.nodes import Apply, Node, Number

BITS_MAX = 14_000
"""Of numerator or denominator: 4,200 digits; Python writes no number of more than 4,300."""
FACTORIAL_MAX = 1500
Values = list[Fraction]


class _NoFraction(Exception):
    """The formula has no value that is a fraction of bearable size."""


def exact_value(node: Node) -> Fraction | None:
    """Work out the value of a formula; None when it is no fraction, has none, or a very large one."""
    try:
        return _value(node)
    except (_NoFraction, ZeroDivisionError, RecursionError):
        return None


def _value(node: Node) -> Fraction:
    if isinstance(node, Number):
        return node.value
    work_out = _OPERATIONS.get(node.head) if isinstance(node, Apply) else None
    if work_out is None or not isinstance(node, Apply):
        raise _NoFraction
    value = work_out([_value(part) for part in node.parts])
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > BITS_MAX:
        raise _NoFraction
    return value


def _power(values: Values) -> Fraction:
    base, exponent = values
    if exponent.denominator != 1:
        return _root([base, Fraction(exponent.denominator)]) ** _small(exponent.numerator, base)
    if base == 0 and exponent <= 0:
        raise _NoFraction
    return base ** _small(exponent.numerator, base)


def _small(exponent: int, base: Fraction) -> int:
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) * bits > BITS_MAX and base not in {0, 1, -1}:
        raise _NoFraction
    return exponent % 2 if base == -1 else min(exponent, 1) if base in {0, 1} else exponent


def _root(values: Values) -> Fraction:
    value, degree = values
    if degree.denominator != 1 or not 1 <= degree <= BITS_MAX or (value < 0 and degree % 2 == 0):
        raise _NoFraction
    sign = -1 if value < 0 else 1
    top, bottom = (_whole_root(part, int(degree)) for part in (abs(value).numerator, value.denominator))
    return sign * Fraction(top, bottom)


def _whole_root(value: int, degree: int) -> int:
    """Find the whole number whose power is `value`."""
    if degree == 2:  # noqa: PLR2004 - the square root has an algorithm of its own
        root = math.isqrt(value)
    else:
        low, high = 0, 1 << (value.bit_length() // degree + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
        root = low
    if root**degree != value:
        raise _NoFraction
    return root


def _whole(value: Fraction, most: int = BITS_MAX) -> int:
    if value.denominator != 1 or not 0 <= value <= most:
        raise _NoFraction
    return value.numerator


def _factorial(values: Values) -> Fraction:
    return Fraction(math.factorial(_whole(values[0], FACTORIAL_MAX)))


def _binomial(values: Values) -> Fraction:
    top, bottom = _whole(values[0]), _whole(values[1])
    if min(bottom, abs(top - bottom)) > FACTORIAL_MAX:
        raise _NoFraction
    return Fraction(math.comb(top, bottom))


def _of_whole(function: Callable[..., int]) -> Callable[[Values], Fraction]:
    def work_out(values: Values) -> Fraction:
        if any(value.denominator != 1 for value in values):
            raise _NoFraction
        return Fraction(function(*(value.numerator for value in values)))

    return work_out


_OPERATIONS: dict[str, Callable[[Values], Fraction]] = {
    "add": lambda values: sum(values, Fraction(0)),
    "mul": lambda values: math.prod(values, start=Fraction(1)),
    "neg": lambda values: -values[0],
    "group": lambda values: values[0],
    "div": lambda values: values[0] / values[1],
    "pow": _power,
    "root": _root,
    "factorial": _factorial,
    "binomial": _binomial,
    "percent": lambda values: values[0] / 100,
    "abs": lambda values: abs(values[0]),
    "floor": lambda values: Fraction(math.floor(values[0])),
    "ceil": lambda values: Fraction(math.ceil(values[0])),
    "mod": lambda values: values[0] % values[1],
    "max": max,
    "min": min,
    "gcd": _of_whole(math.gcd),
    "lcm": _of_whole(math.lcm),
}
