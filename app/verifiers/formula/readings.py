"""All ways to read a text, and a verdict that holds however it is read."""

from dataclasses import dataclass, replace

from app.verifiers.formula.nodes import Node, Unreadable
from app.verifiers.formula.parser import parse
from app.verifiers.formula.sameness import Judge, Verdict
from app.verifiers.formula.tokens import Style

_LETTERS = frozenset({"e", "i"})
"""Points that author and manager mean alike, and unknowns only if they are in the expected answer; the others each may
take in their own way."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The usual reading of a text, and the others by the point in which they differ from it."""

    node: Node
    others: dict[str, Node]
    is_uncertain: bool


def readings(text: str, style: Style | None = None) -> Readings:
    """Read a text in all its ways; raises Unreadable."""
    style = style or Style()
    usual = parse(text, style)
    others = {}
    for point in sorted(usual.touched):
        try:
            others[point] = parse(text, replace(style, flipped=frozenset({point}))).node
        except Unreadable:
            continue
    return Readings(usual.node, others, usual.is_uncertain)


def settle(judge: Judge, given: Readings, expected: Readings) -> Verdict:
    """Compare the usual readings; call them different only if no other reading makes them the same."""
    verdict = judge(given.node, expected.node)
    if verdict.same is not False:
        return verdict
    if given.is_uncertain or expected.is_uncertain:
        return Verdict(None, verdict.method, "it can be read in more than one way")
    for left, right in _other_pairs(given, expected):
        if judge(left, right).same is not False:
            return Verdict(None, verdict.method, "it can be read in more than one way")
    return verdict


def _other_pairs(given: Readings, expected: Readings) -> list[tuple[Node, Node]]:
    pairs = []
    for point in sorted(given.others.keys() | expected.others.keys()):
        if point in _LETTERS and point not in expected.others:
            continue
        left, right = given.others.get(point, given.node), expected.others.get(point, expected.node)
        pairs.append((left, right))
        if point not in _LETTERS:
            pairs += [(left, expected.node), (given.node, right)]
    return pairs
