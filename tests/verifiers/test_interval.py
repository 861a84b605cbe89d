"""Intervals and unions: the same points, however they are written."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verifiers.registry import check_spec
from tests.verifiers.comparing import outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0\\le x<1", "[0,1)"), ("[0,1)", "0\\le x<1"), ("1 > x ≥ 0", "[0,1)"), ("]0,1[", "(0,1)"), ("]0;1]", "(0,1]"),
        ("x<0 or x>1", "(-\\infty,0)\\cup(1,\\infty)"), ("x<0, x>1", "(-∞,0) ∪ (1,+∞)"),
        ("x \\ne 2", "\\mathbb{R}\\setminus\\{2\\}"),
        ("\\mathbb{R}\\setminus[0,1]", "(-\\infty,0)\\cup(1,\\infty)"), ("(0,1)\\cup(1,2)", "(0,2)\\setminus\\{1\\}"),
        ("[0,1]\\cup[1,2]", "[0,2]"), ("(-∞,0)∪{1/2}", "(-\\infty,0)\\cup\\{\\frac{1}{2}\\}"), ("|x| < 2", "(-2,2)"),
        ("|x| \\ge 2", "(-\\infty,-2]\\cup[2,\\infty)"), ("0<c<1", "(0,1)"), ("c \\in (0,1)", "0<c<1"),
        ("(0,1) U (2,3)", "(2,3)\\cup(0,1)"),
        ("x > \\sqrt{2}", "(2/\\sqrt2, \\infty)"), ("x ≥ -3 and x ≤ 2", "[-3,2]"), ("x>0, x<1", "(0,1)"),
        ("(0,3)\\cap(2,5)", "(2,3)"),
        ("n=1, n\\ge 3", "\\{1\\}\\cup[3,\\infty)"), ("(-\\infty, \\infty)", "\\mathbb{R}"),
        ("(-a, a)", "(-a,a)"), ("\\emptyset", "(0,1)\\cap(2,3)"),
        ("x = \\pm 1", "\\{-1, 1\\}"), ("(e, \\pi)", "e < x < \\pi"),
        ("\\{x \\mid x > 3\\}", "(3,\\infty)"), ("{x | 0 < x < 1}", "(0,1)"),
        ("\\{ x \\in \\mathbb{R} : x \\ne 2 \\}", "x \\ne 2"), ("(\\frac{1}{3}, 0.5)", "(1/3, 1/2)"),
    ],
)  # fmt: skip
def test_the_same_points_pass(text, expected):
    assert outcome(text, expected, kind="interval") == "pass"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[0,1]", "[0,1)"), ("(0,2)", "(0,1)\\cup(1,2)"), ("(-∞,0)", "(-\\infty,0)\\cup\\{\\frac12\\}"),
        ("x > 1.415", "(\\sqrt2,\\infty)"),
        ("x ≤ 3", "x < 3"), ("x>2", "x<2"), ("\\mathbb{R}", "(0,\\infty)"),
        ("x<0 and x>2", "(-\\infty,0)\\cup(1,\\infty)"),
    ],
)  # fmt: skip
def test_other_points_fail(text, expected):
    assert outcome(text, expected, kind="interval") == "fail"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x<0 and x>1", "(-\\infty,0)\\cup(1,\\infty)"), ("x^2<4", "(-2,2)"), ("between 0 and 1", "(0,1)"),
    ("5", "\\{5\\}"),
     ("x<1, y<2", "(0,1)"), ("(0,1,2)", "(0,1)"), ("(b,a)", "(a,b)"), ("all reals", "\\mathbb{R}"),
     ("", "(0,1)"), ("x > 1.414", "(\\sqrt2,\\infty)")],
)  # fmt: skip
def test_what_cannot_be_told_is_undecided(text, expected):
    assert outcome(text, expected, kind="interval") == "undecided"


ENDS = st.lists(st.fractions(-20, 20, max_denominator=9), min_size=2, max_size=6, unique=True)


def _pieces(ends):
    ends = sorted(ends)
    return [(low, high) for low, high in zip(ends[::2], ends[1::2], strict=False)]


def _shown(value: Fraction) -> str:
    return f"\\frac{{{value.numerator}}}{{{value.denominator}}}"


@given(ends=ENDS, data=st.data())
def test_a_union_may_stand_in_any_order_and_as_inequalities(ends, data):
    pieces = _pieces(ends)
    expected = " \\cup ".join(f"({_shown(low)}, {_shown(high)}]" for low, high in pieces)
    shuffled = data.draw(st.permutations(pieces))
    as_inequalities = " or ".join(f"{_shown(low)} < x \\le {_shown(high)}" for low, high in shuffled)
    assert outcome(as_inequalities, expected, kind="interval") == "pass"


@given(ends=ENDS, cut=st.fractions(0, 1, max_denominator=7))
def test_a_piece_may_be_cut_in_two_that_touch(ends, cut):
    low, high = _pieces(ends)[0]
    middle = low + cut * (high - low)
    text = f"[{_shown(low)}, {_shown(middle)}] \\cup [{_shown(middle)}, {_shown(high)}]"
    assert outcome(text, f"[{_shown(low)}, {_shown(high)}]", kind="interval") == "pass"
    if 0 < cut < 1:
        assert outcome(text.replace("] \\cup [", ") \\cup ("), f"[{low}, {high}]", kind="interval") == "fail"


@given(left=ENDS, right=ENDS)
def test_two_unions_of_open_intervals_pass_exactly_when_they_are_the_same(left, right):
    texts = [
        " \\cup ".join(f"({_shown(low)}, {_shown(high)})" for low, high in _pieces(ends)) for ends in (left, right)
    ]
    assert outcome(*texts, kind="interval") == ("pass" if _pieces(left) == _pieces(right) else "fail")


def test_a_specification_says_what_is_wrong_with_it():
    assert check_spec({"kind": "interval", "answer": "(0, 1) \\cup [2, \\infty)"}) == []
    assert check_spec({"kind": "interval", "answer": "x^2 < 4"}) == [
        "“x^2 < 4” does not read as an interval: an inequality in it is not solved for its unknown."
    ]
