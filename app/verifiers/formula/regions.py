"""Sets of real numbers made of intervals and points: which points they hold, and whether two are the same.

A region is cut at all end points of both sides; then it is enough to ask about each end point and about one point
between each two neighbours. Unions, complements and isolated points need no rule of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.verifiers.formula.collections import elements_of
from app.verifiers.formula.domain import Domain
from app.verifiers.formula.nodes import (
    CONSTANTS,
    INFINITY,
    Apply,
    Node,
    Symbol,
    TooLarge,
    Unreadable,
    has_head,
    is_value,
    letters,
    replace_head,
    with_signs,
)
from app.verifiers.formula.sameness import UNKNOWN, Verdict, is_rounding, same_value

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_OPEN_LEFT, _OPEN_RIGHT = frozenset("(]"), frozenset(")[")
ENDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval; a point is one whose ends are the same and belong to it."""

    low: Node
    high: Node
    holds_low: bool
    holds_high: bool


@dataclass(frozen=True, slots=True)
class Combined:
    """Two regions, joined by union, intersection or difference."""

    head: str
    left: "Region"
    right: "Region"


Region = Piece | Combined
MINUS_INFINITY = Apply("neg", (INFINITY,))
REALS = Piece(MINUS_INFINITY, INFINITY, holds_low=False, holds_high=False)
EMPTY = Combined("difference", REALS, REALS)


def region_of(node: Node, lists: str = "union") -> Region:
    """Read a tree as a region: intervals, unions, inequalities in one letter; raises Unreadable.

    `lists` says what commas between inequalities mean: "union" (x < 0, x > 1) or "intersection" (x > 0, x < 1).
    """
    if len(letters_of_relations(node)) > 1:
        raise Unreadable("it speaks of more than one unknown")
    return _Reader(lists).region(node)


def letters_of_relations(node: Node) -> frozenset[str]:
    """Collect the unknowns of which inequalities speak."""
    if not isinstance(node, Apply):
        return frozenset()
    if node.head in _FLIPPED or node.head == "in":
        return frozenset(part.name for part in node.parts if isinstance(part, Symbol)) - CONSTANTS
    return frozenset().union(*(letters_of_relations(part) for part in node.parts))


class _Reader:
    def __init__(self, lists: str) -> None:
        self._joins = {"list": lists, "or": "union", "and": "intersection", "both": "intersection"}

    def region(self, node: Node) -> Region:
        if not isinstance(node, Apply):
            raise Unreadable("it is no interval")
        if node.head in {"union", "intersection", "difference"}:
            return Combined(node.head, self._part(node.parts[0]), self._part(node.parts[1]))
        if node.head in self._joins:
            return _joined(self._joins[node.head], [self._part(part) for part in node.parts])
        if node.head == "in" and isinstance(node.parts[0], Symbol):
            return self.region(node.parts[1])
        return _READERS.get(node.head, _relation if node.head in _FLIPPED else _interval)(node)

    def _part(self, node: Node) -> Region:
        """Read a part of a union, where {5} may have lost its braces."""
        return _points(Apply("{}", (node,))) if is_value(node) else self.region(node)


def _points(node: Apply) -> Region:
    points: list[Region] = []
    for element in elements_of(node):
        if not is_value(element):
            raise Unreadable("it is no set of numbers")
        points.append(Piece(element, element, holds_low=True, holds_high=True))
    return _joined("union", points) if points else EMPTY


def _joined(head: str, regions: list[Region]) -> Region:
    found = regions[0]
    for region in regions[1:]:
        found = Combined(head, found, region)
    return found


def _interval(node: Apply) -> Region:
    if len(node.head) != 2 or len(node.parts) != 2 or not all(is_value(part) for part in node.parts):  # noqa: PLR2004
        raise Unreadable("it is no interval")
    low, high = node.parts
    return Piece(low, high, holds_low=node.head[0] not in _OPEN_LEFT, holds_high=node.head[1] not in _OPEN_RIGHT)


def _relation(node: Apply) -> Region:
    left, right = node.parts
    if _is_unknown(right) and not _is_unknown(left):
        return _relation(Apply(_FLIPPED[node.head], (right, left)))
    size = _inside_of_bars(left)
    if size is not None:
        return _relation_of_size(node.head, size, right)
    if not _is_unknown(left) or not is_value(right):
        raise Unreadable("an inequality in it is not solved for its unknown")
    if has_head(right, "pm", "mp"):
        return _joined(
            "intersection" if node.head == "!=" else "union",
            [_relation(Apply(node.head, (left, with_signs(right, upper=upper)))) for upper in (True, False)],
        )
    return _half_line(node.head, right)


def _is_unknown(node: Node) -> bool:
    return isinstance(node, Symbol) and node.name not in CONSTANTS


def _half_line(head: str, end: Node) -> Region:
    point = Piece(end, end, holds_low=True, holds_high=True)
    if head == "=":
        return point
    if head == "!=":
        return Combined("difference", REALS, point)
    if head in {"<", "<="}:
        return Piece(MINUS_INFINITY, end, holds_low=False, holds_high=head == "<=")
    return Piece(end, INFINITY, holds_low=head == ">=", holds_high=False)


def _inside_of_bars(node: Node) -> Node | None:
    is_size = isinstance(node, Apply) and node.head == "abs" and isinstance(node.parts[0], Symbol)
    return node.parts[0] if is_size and isinstance(node, Apply) else None


def _relation_of_size(head: str, letter: Node, end: Node) -> Region:
    """Read |x| < a as -a < x < a, and |x| > a as its complement."""
    negative = Apply("neg", (end,))
    if head in {"<", "<=", "="}:
        joined = "union" if head == "=" else "intersection"
        other = {"<": ">", "<=": ">=", "=": "="}[head]
        return _joined(joined, [_relation(Apply(head, (letter, end))), _relation(Apply(other, (letter, negative)))])
    inner = {">": "<=", ">=": "<", "!=": "="}[head]
    return Combined("difference", REALS, _relation_of_size(inner, letter, end))


def ends_of(region: Region) -> list[Node]:
    """List the finite end points."""
    if isinstance(region, Combined):
        return ends_of(region.left) + ends_of(region.right)
    return [end for end in (region.low, region.high) if end not in {INFINITY, MINUS_INFINITY}]


def same_region(given: Node, expected: Node, domain: Domain) -> Verdict:
    """Compare two regions; with unknowns in the ends only what is written alike is told to be the same.

    What is written with commas or "and" is read as union and as intersection: it is different only if it is in both.
    """
    verdict = _same(region_of(given), region_of(expected), domain)
    if verdict.same is not False or not has_head(given, "list", "both"):
        return verdict
    if has_head(given, "both"):
        other = _same(region_of(replace_head(given, "both", "or")), region_of(expected), domain)
        return Verdict(None, other.method, "“and” may be meant as “or”") if other.same is not False else verdict
    return _same(region_of(given, "intersection"), region_of(expected), domain)


def _same(left: Region, right: Region, domain: Domain) -> Verdict:
    ends = ends_of(left) + ends_of(right)
    if len(ends) > ENDS_MAX:
        return Verdict(None, "exact", "too many ends")
    if any(letters(end) for end in ends):
        return _same_pieces(left, right, domain)
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    try:
        values = [numeric.value_of(end) for end in ends]
    except (numeric.Undefined, TooLarge, Unreadable):
        return UNKNOWN
    line = _Line(ends, values)
    if line.is_blurred:
        return UNKNOWN
    differing = [place for place in line.places if line.holds(left, place) != line.holds(right, place)]
    if differing and _may_be_rounded(ends, values):
        return Verdict(None, "exact", "its ends may be rounded")
    return Verdict(not differing, "exact", f"they differ at {len(differing)} places" if differing else "")


def _may_be_rounded(ends: list[Node], values: list[Any]) -> bool:
    pairs = [(one, values[n], other) for n, one in enumerate(ends) for other in values]
    return any(value != other and is_rounding(one, value, other) for one, value, other in pairs)


def _same_pieces(left: Region, right: Region, domain: Domain) -> Verdict:
    if not isinstance(left, Piece) or not isinstance(right, Piece):
        return UNKNOWN
    low, high = _same_end(left.low, right.low, domain), _same_end(left.high, right.high, domain)
    if low.same and high.same:
        holds_same = (left.holds_low, left.holds_high) == (right.holds_low, right.holds_high)
        return Verdict(holds_same, low.method)
    return UNKNOWN


def _same_end(given: Node, expected: Node, domain: Domain) -> Verdict:
    infinite = {INFINITY, MINUS_INFINITY}
    if given in infinite or expected in infinite:
        return Verdict(given == expected, "exact")
    return same_value(given, expected, domain)


class _Line:
    """The real line, cut at the given ends: places are numbered 0 (before the first) to 2n (after the last)."""

    def __init__(self, ends: list[Node], values: list[Any]) -> None:
        order = sorted(range(len(ends)), key=lambda n: values[n]) if all(map(_is_real, values)) else []
        self.is_blurred = len(order) != len(ends)
        self._place: dict[Node, int] = {}
        place = -1
        for before, n in zip([None, *order], order, strict=False):
            near = None if before is None else abs(values[n] - values[before]) / max(1, abs(values[n]))
            if near is None or near > _APART:
                place += 2
            self.is_blurred = self.is_blurred or (near is not None and _TOGETHER < near <= _APART)
            self._place[ends[n]] = place
        self.places = range(place + 2)

    def holds(self, region: Region, place: int) -> bool:
        """Tell whether a region holds a place."""
        if isinstance(region, Combined):
            left, right = self.holds(region.left, place), self.holds(region.right, place)
            return {"union": left or right, "intersection": left and right}.get(region.head, left and not right)
        low = -1 if region.low == MINUS_INFINITY else self._end(region.low)
        high = len(self.places) if region.high == INFINITY else self._end(region.high)
        is_above = place > low or (place == low and region.holds_low)
        return is_above and (place < high or (place == high and region.holds_high))

    def _end(self, end: Node) -> int:
        return {INFINITY: len(self.places), MINUS_INFINITY: -1}.get(end, self._place.get(end, -1))


_READERS: dict[str, Callable[[Apply], Region]] = {"reals": lambda _node: REALS, "{}": _points}
_TOGETHER, _APART = 1e-30, 1e-15


def _is_real(value: Any) -> bool:
    return not hasattr(value, "imag") or value.imag == 0
