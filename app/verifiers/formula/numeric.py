"""Works out a formula to fifty digits and more; imported by the child process only."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import mpmath

from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import INFINITY, Apply, Node, Number, TooLarge, Unreadable

Value = Any
"""A real or complex number of mpmath; it is published without types."""
DIGITS = 50
GOOD_DIGITS = 40
LARGEST_EXPONENT = 1e6
"""Beyond e to this, numbers are larger than any answer."""
LARGEST_ANGLE = 1e100
LARGEST_FACTORIAL = 1e5
_mp = mpmath.MPContext()
"""Our own, so that nobody else's precision is changed, nor ours by them."""
_mp.dps = 2 * DIGITS
_UNSEEN = _mp.mpf(10) ** -20
"""No two answers that people mean to be different differ by less, however large they are."""
_LOST = _mp.mpf(10) ** (-2 * DIGITS)
"""What is smaller than this beside a zero may be a zero as well, or the zero something small that cancelled."""


class Undefined(Exception):
    """The formula has no value there."""


def value_of(node: Node, letters: Mapping[str, Fraction] | None = None) -> Value:
    """Work out a value to at least 40 good digits; raises Undefined, TooLarge or Unreadable.

    It is worked out with 50, 100 and 200 digits, until two agree: what cancels needs more of them. What stays below
    any of these precisions is zero.
    """
    before = None
    for digits in (DIGITS, 2 * DIGITS, 4 * DIGITS):
        current = value_at(node, letters or {}, digits)
        if before is not None and abs(before - current) <= abs(current) * _mp.mpf(10) ** -GOOD_DIGITS:
            return current
        before = current
    if before is not None and abs(before) < _mp.mpf(10) ** (-3 * DIGITS):
        return _mp.mpf(0)
    raise TooLarge("its digits cancel too much")


def value_at(node: Node, letters: Mapping[str, Fraction], digits: int) -> Value:
    """Work out a value once, with so many digits."""
    with _mp.workdps(digits):
        try:
            value = _Evaluation(letters).value(node)
        except (ZeroDivisionError, ValueError, OverflowError, _mp.NoConvergence) as error:
            raise Undefined from error
    if not _mp.isfinite(value):
        raise Undefined
    return value


def are_close(left: Value, right: Value, relative: float) -> bool:
    """Tell whether two values differ by at most this share of the larger one."""
    return bool(abs(left - right) <= max(abs(left), abs(right)) * _mp.mpf(relative))


def are_same(left: Value, right: Value, relative: float) -> bool | None:
    """Tell whether two values are the same but for rounding; None when one of them may be lost in its own digits.

    Beside a value of fifty digits before the point a difference of one is smaller than rounding: it is not seen.
    """
    if left == right:
        return True
    if are_close(left, right, relative):
        return True if abs(left - right) <= _UNSEEN else None
    if min(abs(left), abs(right)) == 0 and max(abs(left), abs(right)) < _LOST:
        return None
    return False


def mpf_of(value: Fraction) -> Value:
    """Take a fraction over, to the digits of now."""
    return _mp.mpf(value.numerator) / value.denominator


class _Evaluation:
    def __init__(self, letters: Mapping[str, Fraction]) -> None:
        self._letters = letters

    def value(self, node: Node) -> Value:
        if isinstance(node, Number):
            return mpf_of(node.value)
        if isinstance(node, Apply):
            return self._apply(node)
        if node.name in self._letters:
            return mpf_of(self._letters[node.name])
        if node == INFINITY:
            raise Undefined
        constant = _CONSTANTS.get(node.name)
        if constant is None:
            raise Unreadable("it holds a letter without a value")
        return constant()

    def _apply(self, node: Apply) -> Value:
        if node.head == "pow":
            return self._power(*node.parts)
        work_out = _FUNCTIONS.get(node.head)
        if work_out is None:
            raise Unreadable("it is not a single value")
        return _plain(work_out(*(self.value(part) for part in node.parts)))

    def _power(self, base_node: Node, exponent_node: Node) -> Value:
        base, exponent = self.value(base_node), self.value(exponent_node)
        if base == 0:
            if _mp.re(exponent) <= 0:
                raise Undefined
            return base
        if abs(exponent * _mp.log(abs(base))) > LARGEST_EXPONENT:
            raise TooLarge("it holds a number that is too large")
        if _is_real(base) and base < 0:
            fraction = exact_value(exponent_node)
            if fraction is not None and fraction.denominator % 2 == 1:
                # The real root of odd degree, as people mean it; not the principal complex one.
                return (-1) ** (fraction.numerator % 2) * _mp.power(-base, exponent)
        return _plain(_mp.power(base, exponent))


def _is_real(value: Value) -> bool:
    return not isinstance(value, _mp.mpc)


def _plain(value: Value) -> Value:
    """Take a complex value whose imaginary part is nothing but rounding as the real one that it is."""
    if isinstance(value, _mp.mpc) and abs(value.imag) <= abs(value) * _mp.eps * 1000:
        return value.real
    return value


def _require_real(*values: Value) -> None:
    if not all(_is_real(value) for value in values):
        raise Undefined


def _root(value: Value, degree: Value) -> Value:
    if degree == 0:
        raise Undefined
    if _is_real(value) and value < 0 and _mp.isint(degree) and int(degree) % 2 == 1:
        return -_mp.power(-value, 1 / degree)
    return _mp.power(value, 1 / degree)


def _exp(value: Value) -> Value:
    if abs(value) > LARGEST_EXPONENT:
        raise TooLarge("it holds a number that is too large")
    return _mp.exp(value)


def _logarithm(value: Value, base: Value | None = None) -> Value:
    if value == 0 or base in {0, 1}:
        raise Undefined
    return _mp.log(value) if base is None else _mp.log(value) / _mp.log(base)


def _of_angle(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
    def work_out(value: Value) -> Value:
        if abs(value) > LARGEST_ANGLE or abs(_mp.im(value)) > LARGEST_EXPONENT:
            raise TooLarge("it holds a number that is too large")
        return function(value)

    return work_out


def _hyperbolic(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
    def work_out(value: Value) -> Value:
        if abs(value) > LARGEST_EXPONENT:
            raise TooLarge("it holds a number that is too large")
        return function(value)

    return work_out


def _factorial(value: Value) -> Value:
    if abs(value) > LARGEST_FACTORIAL:
        raise TooLarge("it holds a number that is too large")
    return _mp.factorial(value)


def _binomial(top: Value, bottom: Value) -> Value:
    if max(abs(top), abs(bottom)) > LARGEST_FACTORIAL:
        raise TooLarge("it holds a number that is too large")
    return _mp.binomial(top, bottom)


def _zeta(value: Value) -> Value:
    if abs(value) > 1000:  # noqa: PLR2004 - beyond, it is 1 or takes long
        raise TooLarge("it holds a number that is too large")
    return _mp.zeta(value)


def _whole(function: Callable[[Value], Value]) -> Callable[[Value], Value]:
    def work_out(value: Value) -> Value:
        _require_real(value)
        if abs(value) > _mp.mpf(10) ** (_mp.dps - 10):
            raise TooLarge("it holds a number that is too large")
        nearest = _mp.nint(value)
        # Rounding may have moved a whole number just below itself.
        return nearest if abs(value - nearest) < _mp.mpf(10) ** (15 - _mp.dps) else function(value)

    return work_out


def _mod(value: Value, modulus: Value) -> Value:
    _require_real(value, modulus)
    return value - modulus * _whole(_mp.floor)(value / modulus)


def _extreme(function: Callable[..., Value]) -> Callable[..., Value]:
    def work_out(*values: Value) -> Value:
        _require_real(*values)
        return function(values)

    return work_out


_CONSTANTS: dict[str, Callable[[], Value]] = {
    "pi": lambda: +_mp.pi,
    "e": lambda: +_mp.e,
    "i": lambda: _mp.mpc(0, 1),
}
_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "add": lambda *values: _mp.fsum(values),
    "mul": lambda *values: _mp.fprod(values),
    "neg": lambda value: -value,
    "group": lambda value: value,
    "div": lambda top, bottom: top / bottom,
    "root": _root,
    "abs": abs,
    "factorial": _factorial,
    "gamma": lambda value: _factorial(value - 1),
    "binomial": _binomial,
    "percent": lambda value: value / 100,
    "degree": lambda value: value * _mp.pi / 180,
    "exp": _exp,
    "ln": _logarithm,
    "log": _logarithm,
    "lg": lambda value: _logarithm(value, _mp.mpf(10)),
    "lb": lambda value: _logarithm(value, _mp.mpf(2)),
    "floor": _whole(_mp.floor),
    "ceil": _whole(_mp.ceil),
    "mod": _mod,
    "max": _extreme(max),
    "min": _extreme(min),
    "sgn": _mp.sign,
    "re": _mp.re,
    "im": _mp.im,
    "conj": _mp.conj,
    "zeta": _zeta,
    **{name: _of_angle(getattr(_mp, name)) for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{name: _hyperbolic(getattr(_mp, name)) for name in ("sinh", "cosh", "tanh", "coth")},
    "arcsin": _mp.asin,
    "arccos": _mp.acos,
    "arctan": _mp.atan,
    "arccot": lambda value: _mp.pi / 2 - _mp.atan(value),
    "arsinh": _mp.asinh,
    "arcosh": _mp.acosh,
    "artanh": _mp.atanh,
}
