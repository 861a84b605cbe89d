"""Decides whether two formulas mean the same value: exactly, by digits, by algebra, or by trying points."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.verifiers.formula.domain import POINTS, POSITIVE, POSITIVE_WHOLE, REAL, Domain, Range, points
from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import Apply, Node, Number, TooLarge, Unreadable, is_value, letters, walk

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
        return Verdict(True, "exact") if left == right else _unless_rounded(given, expected, left, right, "exact")
    if not is_value(given) or not is_value(expected):
        return UNKNOWN
    compare = _same_everywhere if letters(given) | letters(expected) else _same_number
    try:
        return compare(given, expected, domain or {})
    except (Unreadable, RecursionError):
        return UNKNOWN
    except TooLarge as error:
        return _by_algebra(given, expected, domain or {}) or Verdict(None, "numeric", str(error))


def is_rounding(node: Node, value: Any, other: Any) -> bool:
    """Tell whether another value may be this one before it was rounded to the digits that are written.

    A decimal alone is off by half a unit of its last digit; in a longer formula each decimal of n figures adds up to
    5 parts in 10^n of the whole.
    """
    bare = node.parts[0] if isinstance(node, Apply) and node.head == "neg" else node
    try:
        distance = float(abs(value - other))
        if isinstance(bare, Number):
            return bare.decimals is not None and distance <= 0.5 * 10.0 ** max(-300, min(300, -bare.decimals))
        share = sum(5 * 10.0**-figures for figures in _rounded_figures(node))
        return 0 < share < 1 and distance <= share * float(abs(other))
    except OverflowError:
        return False


def _rounded_figures(node: Node) -> list[int]:
    """List the significant figures of what may be rounded: decimals, and whole percentages."""
    found = [part.figures for part in walk(node) if isinstance(part, Number) and part.decimals is not None]
    percent = [part.parts[0] for part in walk(node) if isinstance(part, Apply) and part.head == "percent"]
    return found + [part.figures for part in percent if isinstance(part, Number) and part.decimals is None]


def _unless_rounded(given: Node, expected: Node, left: Any, right: Any, method: str) -> Verdict:
    """Call two values different, unless one may be the other, rounded: that is neither right nor wrong."""
    if is_rounding(given, left, right):
        return Verdict(None, method, "a rounded value of the expected one")
    if is_rounding(expected, right, left):
        return Verdict(None, method, "the expected value may be a rounded one")
    return Verdict(False, method)


def _same_number(given: Node, expected: Node, domain: Domain) -> Verdict:
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    try:
        left, right = numeric.value_of(given), numeric.value_of(expected)
    except numeric.Undefined:
        return Verdict(None, "numeric", "a value is not defined")
    same = numeric.are_same(left, right, CERTAIN_RELATIVE)
    if same is None:
        return _by_algebra(given, expected, domain) or Verdict(
            None, "numeric", "the difference may be lost in rounding"
        )
    if same:
        return Verdict(True, "numeric")
    if is_rounding(given, left, right) and numeric.are_close(left, right, EXACT_RELATIVE):
        return Verdict(True, "numeric", "agrees to nine digits and more")
    return _unless_rounded(given, expected, left, right, "numeric")


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
        if _is_rounded_everywhere(given, expected, names, domain):
            return Verdict(None, "probing", "its numbers may be rounded")
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


def _is_rounded_everywhere(given: Node, expected: Node, names: frozenset[str], domain: Domain) -> bool:
    """Tell whether rounded numbers in one of the two may be all of the difference."""
    if not _rounded_figures(given) and not _rounded_figures(expected):
        return False
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    near = []
    for point in points(names, domain, POSITIVE, POINTS_MIN):
        try:
            left, right = (numeric.value_at(node, point, numeric.DIGITS) for node in (given, expected))
        except (numeric.Undefined, TooLarge):
            continue
        near.append(is_rounding(given, left, right) or is_rounding(expected, right, left))
    return bool(near) and all(near)


def _by_algebra(given: Node, expected: Node, domain: Domain, *, is_thorough: bool = True) -> Verdict | None:
    from app.verifiers.formula import algebra  # noqa: PLC0415 - slow to load, and only the child needs it

    is_zero = algebra.is_zero_difference(given, expected, domain, is_thorough=is_thorough)
    return Verdict(True, "symbolic") if is_zero else None
