"""Compares equations and inequalities: the same when one is the other times a number, different by a counterexample."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from app.verifiers.formula.domain import POINTS, POSITIVE, REAL, Domain, points
from app.verifiers.formula.nodes import Apply, Node, TooLarge, Unreadable, is_value, letters
from app.verifiers.formula.sameness import CERTAIN_RELATIVE, UNKNOWN, Verdict

_TURNED = {">": "<", ">=": "<="}
SOLUTIONS_MIN = 3
"""Fewer solutions of the expected equation that are none of the given one prove nothing."""
_NEAR_ZERO = 1e-20


def same_relation(given: Node, expected: Node, domain: Domain) -> Verdict:
    """Compare two equations or inequalities of values."""
    if given == expected:
        return Verdict(True, "exact")
    left, right = _as_difference(given), _as_difference(expected)
    if left is None or right is None or left.head != right.head or letters(left) != letters(right):
        return Verdict(None, "probing", "they are of different kinds, or speak of other letters")
    try:
        return _compared(left, right, domain)
    except (Unreadable, TooLarge, RecursionError):
        return UNKNOWN


def _compared(given: Apply, expected: Apply, domain: Domain) -> Verdict:
    left, right = given.parts[0], expected.parts[0]
    ratio = _constant_ratio(left, right, domain)
    if ratio is not None:
        if given.head in {"=", "!="} or ratio > 0:
            return Verdict(True, "probing", "one is the other times a number")
        return Verdict(False, "probing", "one says the opposite of the other")
    if given.head == "=":
        from app.verifiers.formula import algebra  # noqa: PLC0415 - slow to load, and only the child needs it

        if algebra.have_same_zeros(left, right, domain):
            return Verdict(True, "symbolic")
        if _is_refuted(left, right, domain):
            return Verdict(False, "probing", "solutions of the one are none of the other")
    return Verdict(None, "probing", "neither shown to be the same nor different")


def _as_difference(node: Node) -> Apply | None:
    """Bring all of a relation to one side, and the larger side to the right."""
    if not isinstance(node, Apply) or node.head not in {"=", "!=", "<", "<=", ">", ">="}:
        return None
    left, right = node.parts
    if not is_value(left) or not is_value(right):
        return None
    if node.head in _TURNED:
        left, right = right, left
    return Apply(_TURNED.get(node.head, node.head), (Apply("add", (left, Apply("neg", (right,)))),))


def _values(nodes: tuple[Node, ...], domain: Domain) -> Iterator[list[Any]]:
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    names = frozenset().union(*(letters(node) for node in nodes))
    for where in (REAL, POSITIVE):
        for point in points(names, domain, where, POINTS // 2):
            try:
                yield [numeric.value_of(node, point) for node in nodes]
            except (numeric.Undefined, TooLarge):
                continue


def _constant_ratio(left: Node, right: Node, domain: Domain) -> Any:
    """Give left / right if it is the same number everywhere, and real; else None."""
    found = list(_values((left, right), domain))
    if len(found) < POINTS // 3 or any(one == 0 or other == 0 for one, other in found):
        return None
    first = found[0][0] / found[0][1]
    is_constant = all(abs(one / other - first) <= abs(first) * CERTAIN_RELATIVE for one, other in found)
    return first.real if is_constant and abs(first.imag) == 0 else None


def _is_refuted(given: Node, expected: Node, domain: Domain) -> bool:
    """Solve the expected equation for a letter in which it is linear; tell whether no solution solves the given one."""
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    refuted = 0
    for solution in _solutions(expected, domain):
        try:
            value, size = numeric.value_at(given, solution, numeric.DIGITS), _size(given, solution)
        except (numeric.Undefined, TooLarge):
            continue
        if abs(value) <= size * _NEAR_ZERO:
            return False
        refuted += abs(value) > size * 1e-9
    return refuted >= SOLUTIONS_MIN


def _size(node: Node, point: dict[str, Fraction]) -> Any:
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    parts = node.parts if isinstance(node, Apply) and node.head == "add" else (node,)
    return max([1, *(abs(numeric.value_at(part, point, numeric.DIGITS)) for part in parts)])


def _solutions(equation: Node, domain: Domain) -> Iterator[dict[str, Fraction]]:
    """Find solutions by choosing all letters but one, in which the equation is linear or quadratic."""
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    names = letters(equation)
    for name in sorted(names):
        for where in (REAL, POSITIVE):
            for point in points(names, domain, where, POINTS // 2):
                try:
                    at = [numeric.value_of(equation, {**point, name: Fraction(n)}) for n in range(4)]
                except (numeric.Undefined, TooLarge):
                    continue
                for root in map(_fraction, _roots(at)):
                    if name not in domain or _is_inside(root, domain, name):
                        yield {**point, name: root}


def _roots(at: list[Any]) -> list[Any]:
    """Solve the quadratic or linear polynomial with these values at 0, 1, 2; none if that at 3 does not fit."""
    if any(abs(value.imag) != 0 for value in at):
        return []
    square = (at[2] - 2 * at[1] + at[0]) / 2
    slope = at[1] - at[0] - square
    size = max(abs(value) for value in at)
    if abs(9 * square + 3 * slope + at[0] - at[3]) > size * CERTAIN_RELATIVE:
        return []
    if abs(square) <= size * CERTAIN_RELATIVE:
        return [-at[0] / slope] if abs(slope) > size * CERTAIN_RELATIVE else []
    under = slope * slope - 4 * square * at[0]
    if under <= 0:
        return []
    return [(-slope + sign * under**0.5) / (2 * square) for sign in (1, -1)]


def _fraction(value: Any) -> Fraction:
    """Take a number over with all its digits."""
    sign, mantissa, exponent, _ = value._mpf_
    return Fraction(int(mantissa) * (-1) ** int(sign)) * Fraction(2) ** int(exponent)


def _is_inside(value: Fraction, domain: Domain, name: str) -> bool:
    where = domain[name]
    is_above = where.low is None or value > where.low
    return is_above and (where.high is None or value < where.high) and not where.is_whole
