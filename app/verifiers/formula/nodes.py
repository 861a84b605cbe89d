"""A formula as a tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction


class Unreadable(Exception):
    """The text is no formula that is known here; the message says why, without the text."""


class TooLarge(Exception):
    """A value would take more digits or more time than a comparison is worth."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written."""

    value: Fraction
    decimals: int | None = None
    """digits after the point; None when it has none, so that it is exact and not perhaps rounded"""
    figures: int = 0
    """significant figures as written"""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter, with its index if it has one; pi, e, i and infinity too."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation, function, relation or bracket with its parts."""

    head: str
    parts: tuple["Node", ...]


Node = Number | Symbol | Apply

INFINITY = Symbol("infinity")
CONSTANTS = frozenset({"pi", "e", "i", "infinity"})
RELATIONS = frozenset({"=", "!=", "<", "<=", ">", ">=", "in"})
BRACKETS = frozenset({"()", "[]", "(]", "[)", "][", "]]", "[[", "](", ")[", "{}"})
"""Heads of what stands in brackets with commas between; "][" is the French open interval."""
LISTS = frozenset({"list", "or", "both"})
"""Heads of what stands side by side with commas, "or" or "and" between."""
STRUCTURES = (
    BRACKETS | RELATIONS | LISTS | {"and", "union", "intersection", "difference", "matrix", "congruent", "reals"}
)
"""Heads whose node is no single value."""


def number(value: int | Fraction) -> Number:
    """Make an exact number."""
    return Number(Fraction(value))


def walk(node: Node) -> Iterator[Node]:
    """Go through a tree, every part before what is inside it."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if isinstance(current, Apply):
            stack.extend(current.parts)


def letters(node: Node) -> frozenset[str]:
    """Collect the names of the unknowns."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Symbol) and part.name not in CONSTANTS)


def is_value(node: Node) -> bool:
    """Tell whether a node is one value, not a set, tuple, relation or the like."""
    return not any(isinstance(part, Apply) and part.head in STRUCTURES for part in walk(node))


def has_head(node: Node, *heads: str) -> bool:
    """Tell whether one of these heads is anywhere in a tree."""
    return any(isinstance(part, Apply) and part.head in heads for part in walk(node))


def with_signs(node: Node, *, upper: bool) -> Node:
    r"""Copy a tree with \pm and \mp read as their upper signs, or as their lower ones."""
    if not isinstance(node, Apply):
        return node
    parts = tuple(with_signs(part, upper=upper) for part in node.parts)
    if node.head not in {"pm", "mp"}:
        return Apply(node.head, parts)
    last = parts[-1] if (node.head == "pm") is upper else Apply("neg", (parts[-1],))
    return last if len(parts) == 1 else Apply("add", (parts[0], last))


def replace_head(node: Node, old: str, new: str) -> Node:
    """Copy a tree with another head wherever one stands."""
    if not isinstance(node, Apply):
        return node
    head = new if node.head == old else node.head
    return Apply(head, tuple(replace_head(part, old, new) for part in node.parts))
