"""Compares sets, tuples and nested ones part by part."""

from collections.abc import Iterable, Sequence

from app.verifiers.formula.domain import Domain
from app.verifiers.formula.nodes import LISTS, Apply, Node, Symbol, has_head, is_value, with_signs
from app.verifiers.formula.sameness import UNKNOWN, Verdict, same_value

TUPLES = frozenset({"()", "[]"})
ELEMENTS_MAX = 200


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Join what was found of the parts: one that differs is enough, one that is not known leaves it open."""
    found = list(verdicts)
    for same in (False, None):
        one = next((verdict for verdict in found if verdict.same is same), None)
        if one is not None:
            return one
    return Verdict(True, next((verdict.method for verdict in found if verdict.method != "exact"), "exact"))


def elements_of(node: Node) -> list[Node]:
    r"""List what a set holds, however it is written: {1, 2}, 1 and 2, x = 1 or x = 2, \pm 1."""
    if isinstance(node, Apply) and node.head in {"=", "in"} and isinstance(node.parts[0], Symbol):
        return elements_of(node.parts[1])
    if isinstance(node, Apply) and node.head in LISTS | {"{}"}:
        return [element for part in node.parts for element in _spread(part)]
    if isinstance(node, Apply) and node.head == "union" and all(_is_finite(part) for part in node.parts):
        return [element for part in node.parts for element in elements_of(part)]
    return _spread(node)


def _spread(node: Node) -> list[Node]:
    """Take one element, which may be given as x = 1, and be two with a sign of plus or minus; a set inside is one."""
    if isinstance(node, Apply) and node.head == "=" and isinstance(node.parts[0], Symbol):
        return _spread(node.parts[1])
    if has_head(node, "pm", "mp"):
        return [with_signs(node, upper=upper) for upper in (True, False)]
    return [node]


def _is_finite(node: Node) -> bool:
    return isinstance(node, Apply) and node.head in {"{}", "union"}


def parts_of(node: Node) -> list[Node]:
    """List what a tuple holds, in its order: (1, 2), [1, 2], 1, 2, a row or a column."""
    if isinstance(node, Apply) and node.head in TUPLES | {"list", "both"}:
        return list(node.parts)
    if isinstance(node, Apply) and node.head == "matrix":
        rows = [list(row.parts) for row in node.parts if isinstance(row, Apply)]
        if len(rows) == 1:
            return rows[0]
        if all(len(row) == 1 for row in rows):
            return [row[0] for row in rows]
    return [node]


def same_part(given: Node, expected: Node, domain: Domain) -> Verdict:
    """Compare two elements, which may be values, tuples or sets themselves."""
    if given == expected:
        return Verdict(True, "exact")
    if is_value(given) and is_value(expected):
        return same_value(given, expected, domain)
    kinds = {_kind(given), _kind(expected)}
    if kinds == {"tuple"}:
        return same_tuple(parts_of(given), parts_of(expected), domain)
    if kinds == {"set"}:
        return same_set(elements_of(given), elements_of(expected), domain)
    return UNKNOWN


def _kind(node: Node) -> str:
    if isinstance(node, Apply) and node.head in TUPLES:
        return "tuple"
    return "set" if isinstance(node, Apply) and node.head == "{}" else "value"


def same_tuple(given: Sequence[Node], expected: Sequence[Node], domain: Domain) -> Verdict:
    """Compare part by part, in order; another number of parts is another tuple."""
    if len(given) != len(expected):
        return Verdict(False, "exact")
    return all_of(same_part(left, right, domain) for left, right in zip(given, expected, strict=True))


def same_set(given: Sequence[Node], expected: Sequence[Node], domain: Domain) -> Verdict:
    """Compare without order and repetition: each element has its equal on the other side."""
    if max(len(given), len(expected)) > ELEMENTS_MAX:
        return Verdict(None, "exact", "too many elements")
    found = [[same_part(left, right, domain) for right in expected] for left in given]
    rows = [_best(row) for row in found]
    columns = [_best([row[place] for row in found]) for place in range(len(expected))]
    return all_of([*rows, *columns])


def _best(verdicts: Sequence[Verdict]) -> Verdict:
    """Say of one element whether it is among those of the other side."""
    for same in (True, None):
        one = next((verdict for verdict in verdicts if verdict.same is same), None)
        if one is not None:
            return one
    return Verdict(False, verdicts[0].method if verdicts else "exact")
