"""Transforms formulas with sympy, which gets trees and never a text; imported by the child process only."""

from typing import Any

import sympy

from app.verifiers.formula.domain import Domain
from app.verifiers.formula.exact import BITS_MAX
from app.verifiers.formula.nodes import Apply, Node, Number, TooLarge, Unreadable, letters, walk

LETTERS_MAX = 2
SIZE_MAX = 60
"""Nodes of both formulas; larger ones are only tried at points."""
Expression = Any
"""An expression of sympy; it is published without types."""


def is_zero_difference(left: Node, right: Node, domain: Domain, *, is_thorough: bool = True) -> bool:
    """Tell whether algebra shows two formulas to be equal; False says nothing.

    Refused, as too long or unsure, are more than two letters and powers in exponents (the guard of PRM800K's grader).
    """
    if not is_tractable(left, right):
        return False
    try:
        difference = to_sympy(left, domain) - to_sympy(right, domain)
        return bool(sympy.expand(difference) == 0) or (is_thorough and bool(sympy.simplify(difference) == 0))
    except (Unreadable, TooLarge, ArithmeticError, ValueError, TypeError, AttributeError, NotImplementedError):
        return False


def have_same_zeros(left: Node, right: Node, domain: Domain) -> bool:
    """Tell whether the numerators of two expressions are the same but for a number; False says nothing."""
    if _size(left, right) > SIZE_MAX or any(_has_nested_power(node) for node in (left, right)):
        return False
    try:
        tops = [sympy.fraction(sympy.together(to_sympy(node, domain)))[0] for node in (left, right)]
        ratio = sympy.cancel(tops[0] / tops[1])
        return bool(ratio.is_number and ratio.is_finite and ratio != 0)
    except (Unreadable, TooLarge, ArithmeticError, ValueError, TypeError, AttributeError, NotImplementedError):
        return False


def is_tractable(left: Node, right: Node) -> bool:
    """Tell whether the symbolic step may be tried on two formulas."""
    if len(letters(left) | letters(right)) > LETTERS_MAX:
        return False
    return _size(left, right) <= SIZE_MAX and not any(_has_nested_power(node) for node in (left, right))


def _size(*nodes: Node) -> int:
    return sum(1 for node in nodes for _ in walk(node))


def _has_nested_power(node: Node) -> bool:
    return any(
        isinstance(part, Apply)
        and part.head == "pow"
        and any(isinstance(inner, Apply) and inner.head in {"pow", "factorial"} for inner in walk(part.parts[1]))
        for part in walk(node)
    )


def to_sympy(node: Node, domain: Domain) -> Expression:
    """Build the expression of sympy for a tree, piece by piece; raises Unreadable or TooLarge."""
    if isinstance(node, Number):
        return sympy.Rational(node.value.numerator, node.value.denominator)
    if not isinstance(node, Apply):
        return _CONSTANTS.get(node.name) or _letter(node.name, domain)
    build = _BUILDERS.get(node.head)
    if build is None:
        raise Unreadable("it is not a single value")
    return build(*(to_sympy(part, domain) for part in node.parts))


def _letter(name: str, domain: Domain) -> Expression:
    where = domain.get(name)
    if where is None:
        return sympy.Symbol(name)
    facts: dict[str, bool] = {"integer": True} if where.is_whole else {"real": True}
    if where.low is not None and where.low >= 0:
        facts["positive"] = True
    if where.high is not None and where.high <= 0:
        facts["negative"] = True
    return sympy.Symbol(name, **facts)


def _power(base: Expression, exponent: Expression) -> Expression:
    if base.is_Rational and exponent.is_Rational:
        bits = max(int(base.p).bit_length(), int(base.q).bit_length())
        if abs(exponent) * bits > BITS_MAX:
            raise TooLarge("it holds a number that is too large")
        if base < 0 and exponent.q % 2 == 1:
            return (-1) ** (exponent.p % 2) * sympy.Pow(-base, exponent)
    return sympy.Pow(base, exponent)


def _root(value: Expression, degree: Expression) -> Expression:
    if degree.is_Integer and int(degree) % 2 == 1:
        return sympy.real_root(value, degree) if value.is_number else sympy.Pow(value, 1 / degree)
    return sympy.Pow(value, 1 / degree)


def _factorial(value: Expression) -> Expression:
    if value.is_number and not (value.is_Integer and 0 <= value <= 1000):  # noqa: PLR2004 - 2,600 digits
        raise TooLarge("it holds a number that is too large")
    return sympy.factorial(value)


def _of_numbers(function: Any) -> Any:
    def build(*values: Expression) -> Expression:
        if not all(value.is_Integer for value in values):
            raise Unreadable("it is not a single value")
        return sympy.Integer(function(*(int(value) for value in values)))

    return build


_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I}
_BUILDERS: dict[str, Any] = {
    "add": sympy.Add,
    "mul": sympy.Mul,
    "neg": lambda value: -value,
    "group": lambda value: value,
    "div": lambda top, bottom: top / bottom,
    "pow": _power,
    "root": _root,
    "abs": sympy.Abs,
    "factorial": _factorial,
    "binomial": sympy.binomial,
    "percent": lambda value: value / 100,
    "degree": lambda value: value * sympy.pi / 180,
    "exp": sympy.exp,
    "ln": sympy.log,
    "log": sympy.log,
    "lg": lambda value: sympy.log(value, 10),
    "lb": lambda value: sympy.log(value, 2),
    "floor": sympy.floor,
    "ceil": sympy.ceiling,
    "mod": sympy.Mod,
    "max": sympy.Max,
    "min": sympy.Min,
    "sgn": sympy.sign,
    "re": sympy.re,
    "im": sympy.im,
    "conj": sympy.conjugate,
    "zeta": sympy.zeta,
    "gcd": _of_numbers(sympy.igcd),
    "lcm": _of_numbers(sympy.ilcm),
    **{name: getattr(sympy, name) for name in ("sin", "cos", "tan", "cot", "sec", "csc", "gamma")},
    **{name: getattr(sympy, name) for name in ("sinh", "cosh", "tanh", "coth")},
    **{f"arc{name}": getattr(sympy, f"a{name}") for name in ("sin", "cos", "tan", "cot")},
    **{f"ar{name}": getattr(sympy, f"a{name}") for name in ("sinh", "cosh", "tanh")},
}
