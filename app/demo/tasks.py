"""The tasks of the demo, written for it."""
# ruff: noqa: E501 - prose is not broken for the sake of a margin

from dataclasses import dataclass
from typing import Any

from app.projects.states import Template
from app.tasks.states import Activity


@dataclass(frozen=True)
class DemoProject:
    """A project of the demo with its tasks."""

    name: str
    slug: str
    template: Template
    purpose: str
    manager: str
    tasks: tuple[dict[str, Any], ...]


_SQUARES = {
    "title": "When is n·2ⁿ + 9 a square?",
    "activity": Activity.SOLVE,
    "statement": "Find all positive integers $n$ for which\n\n$$n \\cdot 2^n + 9$$\n\nis the square of an integer, and prove "
    "that there are no others.",
    "assumptions": ["Integers only. Nothing beyond divisibility and size may be quoted without proof."],
    "answer_expected": "A finite set of integers, and a proof in steps that a colleague can check in half a minute each.",
    "answer_spec": {"kind": "text", "answer": "5"},
    "reference": "With $n2^n = (m-3)(m+3)$ both factors are even and differ by 6, so one of them is twice an odd number "
    "and the other carries $2^{n-1}$. Comparing sizes leaves $n \\le 5$; only $n = 5$ gives a square: $169 = 13^2$.",
    "domain": "Number theory",
    "difficulty": 3,
}
_PYRAMID = {
    "title": "The highest pyramid of a million basketballs",
    "activity": Activity.SOLVE,
    "statement": "You have one million basketballs of diameter $0.24\\,\\mathrm{m}$ and all the space you want. How high "
    "a pyramid can you build? State how the balls are stacked; the answer depends on it.",
    "assumptions": [],
    "answer_expected": "A height in metres, with the stacking it assumes.",
    "unit_expected": True,
    "answer_spec": {
        "kind": "text",
        "answer": "square base: 143 layers, about 24.3 m; triangular base: 180 layers, about 35.3 m; "
        "flat triangular wall: 1,413 rows, about 293.7 m",
    },
    "reference": "Square base: $\\sum_{i \\le k} i^2 \\le 10^6$ up to $k = 143$ (984,984 balls), layers $d/\\sqrt2$ apart. "
    "Triangular base: tetrahedral numbers up to $k = 180$, layers $d\\sqrt{2/3}$ apart. A flat wall: $k(k+1)/2 \\le 10^6$ "
    "up to $k = 1413$, rows $d\\sqrt3/2$ apart.",
    "domain": "Geometry",
    "difficulty": 4,
}
_KIWIS = {
    "title": "Kiwis, some of them small",
    "activity": Activity.SOLVE,
    "statement": "Oliver picks 44 kiwis on Friday and 58 on Saturday. On Sunday he picks twice as many as on Friday, but "
    "five of them are a little smaller than the others. How many kiwis does he have?",
    "answer_expected": "A whole number.",
    "answer_spec": {"kind": "text", "answer": "190"},
    "reference": "$44 + 58 + 88 = 190$. The size of five kiwis changes nothing.",
    "domain": "Number theory",
    "difficulty": 1,
}
_HOUSES = {
    "title": "The puzzle of the N houses",
    "activity": Activity.PROGRAM,
    "statement": "In a row of $n$ houses, numbered from 1, each of several properties (colour, pet, drink …) takes each of "
    "its $n$ values exactly once. Clues are of four kinds: `same a b` (the values $a$ and $b$ are in one house), "
    "`next a b` (in neighbouring houses), `left a b` ($a$ directly left of $b$) and `at a k` ($a$ is in house $k$).\n\n"
    "Write a function `solve(properties, clues)` that returns the one assignment, a list of $n$ dictionaries from property "
    "to value. It must answer within two seconds for $n = 12$ and six properties, where trying all assignments would take "
    "longer than the universe has lasted.",
    "answer_expected": "A program, and the reasoning that led to its pruning.",
    "answer_spec": {"kind": "program", "entry_point": "solve", "language": "python", "tests": ""},
    "starter_code": "def solve(properties, clues):\n    ...\n",
    "reference": "Keep for each value the set of houses it may be in; clues remove houses until nothing changes; branch on "
    "the value with the fewest houses left.",
    "difficulty": 5,
}
_INTERVALS = {
    "title": "Merge the intervals",
    "activity": Activity.PROGRAM,
    "statement": "Write `merge(intervals)`: it takes a list of closed intervals `(start, end)` in any order and returns the "
    "fewest intervals that cover the same points, sorted. Say why one pass is enough after sorting.",
    "answer_expected": "A program that runs in $O(n \\log n)$.",
    "answer_spec": {"kind": "program", "entry_point": "merge", "language": "python", "tests": ""},
    "starter_code": "def merge(intervals):\n    ...\n",
    "reference": "After sorting by start, an interval either begins inside the last one, and then only its end matters, or "
    "begins a new one; nothing later can reach back.",
    "difficulty": 2,
}

PROJECTS = (
    DemoProject(
        name="Elementary number theory",
        slug="number-theory",
        template=Template.MATHEMATICS,
        purpose="Complete solutions with every dead end kept, for models that learn to reason.",
        manager="Mona",
        tasks=(_SQUARES, _PYRAMID, _KIWIS),
    ),
    DemoProject(
        name="Programs that explain themselves",
        slug="programs",
        template=Template.PROGRAMMING,
        purpose="Source code together with the reasoning that led to it.",
        manager="Mona",
        tasks=(_HOUSES, _INTERVALS),
    ),
)
