"""Decides whether two formulas mean the same value: exactly, by digits, by algebra, or by trying points."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.verifiers.formula.domain import POINTS, POSITIVE, POSITIVE_WHOLE, REAL, Domain, Range, points
from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import Node, Number, TooLarge, Unreadable, is_value, letters, walk

EXACT_RELATIVE = 1e-9
"""Decimals that agree to so many digits with a value that has no end count as that value."""
CERTAIN_RELATIVE = 1e-35
"""What differs by less is the same: values have forty good digits, and e^{π√163} is whole to thirty."""
POINTS_MIN = 6
"""Fewer points at which both formulas have a value prove nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """True: the same; False: certainly not; None: cannot be told."""

    same: bool | None
    method: str = ""
    note: str = ""


UNKNOWN = Verdict(None)
Judge = Callable[[Node, Node], Verdict]


def same_value(given: Node, expected: Node, domain: Domain | None = None) -> Verdict:
    """Compare two single values; only what declares its domain, or differs everywhere, is certainly different."""
    if given == expected:
        return Verdict(True, "exact")
    left, right = exact_value(given), exact_value(expected)
    if left is not None and right is not None:
        return Verdict(True, "exact") if left == right else _rounding(given, right, left) or Verdict(False, "exact")
    if not is_value(given) or not is_value(expected):
        return UNKNOWN
    compare = _same_everywhere if letters(given) | letters(expected) else _same_number
    try:
        return compare(given, expected, domain or {})
    except (Unreadable, RecursionError):
        return UNKNOWN
    except TooLarge as error:
        return _by_algebra(given, expected, domain or {}) or Verdict(None, "numeric", str(error))


def is_rounding(given: Node, distance: Any) -> bool:
    """Tell whether a value at this distance may have been rounded to the decimals that are written."""
    decimals = [part.decimals for part in walk(given) if isinstance(part, Number) and part.decimals is not None]
    if len(decimals) != 1 or exact_value(given) is None:
        return False
    try:
        return float(distance) <= 0.5 * 10.0 ** max(-300, min(300, -decimals[0]))
    except OverflowError:
        return False


def _rounding(given: Node, expected: Fraction, value: Fraction) -> Verdict | None:
    """See a decimal that may be the expected fraction, rounded: it is neither taken for it nor called wrong."""
    if expected.denominator == 1 or not is_rounding(given, abs(expected - value)):
        return None  # nobody rounds a whole number to decimals
    return Verdict(None, "numeric", "a rounded value of the expected one")


def _same_number(given: Node, expected: Node, domain: Domain) -> Verdict:  # noqa: ARG001 - as its sister
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    try:
        left, right = numeric.value_of(given), numeric.value_of(expected)
    except numeric.Undefined:
        return Verdict(None, "numeric", "a value is not defined")
    same = numeric.are_same(left, right, CERTAIN_RELATIVE)
    if same is not False:
        return Verdict(same, "numeric")
    if is_rounding(given, abs(left - right)):
        if numeric.are_close(left, right, EXACT_RELATIVE):
            return Verdict(True, "numeric", "agrees to nine digits and more")
        return Verdict(None, "numeric", "a rounded value of the expected one")
    return Verdict(False, "numeric")


def _same_everywhere(given: Node, expected: Node, domain: Domain) -> Verdict:
    names = letters(given) | letters(expected)
    is_declared = names <= set(domain)
    groups = {"": (REAL, POINTS)} if is_declared else _GROUPS
    found = {name: _tried(given, expected, names, domain, where, count) for name, (where, count) in groups.items()}
    agreed, differed = (sum(counts[place] for counts in found.values()) for place in (0, 1))
    if agreed + differed < POINTS_MIN:
        return _by_algebra(given, expected, domain) or Verdict(None, "probing", "no values at the points tried")
    if not differed:
        is_quick = _by_algebra(given, expected, domain, is_thorough=False)
        return is_quick or Verdict(True, "probing", f"equal at {agreed} points")
    if (is_declared or not agreed) and letters(given) <= letters(expected):
        return Verdict(False, "probing", f"differs at {differed} of {agreed + differed} points")
    if letters(given) - letters(expected):
        return Verdict(None, "probing", "it uses letters that the expected answer does not have")
    equal_on = [name for name, (same, other) in found.items() if same and not other]
    note = f"equal for {' and '.join(equal_on)} values only" if equal_on else "equal at some points only"
    return Verdict(None, "probing", f"{note}: the specification should declare the domain")


_GROUPS: Mapping[str, tuple[Range, int]] = {
    "real": (REAL, 10),
    "positive": (POSITIVE, 5),
    "positive whole": (POSITIVE_WHOLE, 5),
}
"""Where letters are tried whose domain is not declared: twenty points in all."""


def _tried(
    given: Node, expected: Node, names: frozenset[str], domain: Domain, where: Range, count: int
) -> tuple[int, int]:
    """Count the points at which both have a value: where the values agree, and where they do not."""
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    agreed = differed = 0
    for point in points(names, domain, where, count):
        try:
            left, right = (numeric.value_at(node, point, numeric.DIGITS) for node in (given, expected))
            same = numeric.are_same(left, right, CERTAIN_RELATIVE)
            if not same:
                left, right = (numeric.value_of(node, point) for node in (given, expected))
                same = numeric.are_same(left, right, CERTAIN_RELATIVE)
        except (numeric.Undefined, TooLarge):
            continue
        agreed, differed = agreed + (same is True), differed + (same is False)
    return agreed, differed


def _by_algebra(given: Node, expected: Node, domain: Domain, *, is_thorough: bool = True) -> Verdict | None:
    from app.verifiers.formula import algebra  # noqa: PLC0415 - slow to load, and only the child needs it

    is_zero = algebra.is_zero_difference(given, expected, domain, is_thorough=is_thorough)
    return Verdict(True, "symbolic") if is_zero else None
