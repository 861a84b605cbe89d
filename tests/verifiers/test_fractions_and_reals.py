"""Fractions, exactly, and numbers to a tolerance."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verifiers.registry import check_spec
from tests.verifiers.comparing import outcome

PARTS = st.tuples(st.integers(-10_000, 10_000), st.integers(1, 10_000))


@pytest.mark.parametrize(
    "text",
    ["3/4", "6/8", "\\frac34", "\\dfrac{3}{4}", "\\tfrac{9}{12}", "0.75", ".75", "75%", "75\\%", "¾", "0,75", "3 ÷ 4",
     "1 - 1/4", "\\left(\\frac{3}{4}\\right)", "$\\frac{3}{4}$ kg", "\\frac{-3}{-4}", "3\\cdot 4^{-1}"],
)  # fmt: skip
def test_a_fraction_is_recognised_in_many_forms(text):
    assert outcome(text, "3/4", kind="rational") == "pass"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2 1/2", "5/2"), ("2\\frac{1}{2}", "5/2"), ("2½", "5/2"), ("-1 1/2", "-3/2"), ("0.1\\overline{6}", "1/6"),
     ("0.\\overline{142857}", "1/7"), ("3.\\overline{9}", "4")],
)  # fmt: skip
def test_mixed_numbers_and_repeating_decimals(text, expected):
    assert outcome(text, expected, kind="rational") == "pass"


@pytest.mark.parametrize(("text", "expected"), [("0.33", "1/3"), ("0.3333333333", "1/3"), ("0.67", "2/3")])
def test_a_rounded_fraction_is_neither_right_nor_wrong(text, expected):
    assert outcome(text, expected, kind="rational") == "undecided"


@pytest.mark.parametrize(("text", "expected"), [("0.34", "1/3"), ("4/3", "3/4"), ("-3/4", "3/4"), ("0.751", "3/4")])
def test_another_fraction_fails(text, expected):
    assert outcome(text, expected, kind="rational") == "fail"


@given(parts=PARTS, factor=st.integers(1, 99))
def test_every_way_to_write_a_fraction_passes(parts, factor):
    top, bottom = parts
    forms = [
        f"{top * factor}/{bottom * factor}",
        f"\\dfrac{{{top * factor}}}{{{bottom * factor}}}",
        f"({top}) \\cdot \\frac{{1}}{{{bottom}}}",
        f"{top * 100}/{bottom} \\cdot 1\\%",
        f"1 + \\frac{{{top - bottom}}}{{{bottom}}}",
    ]
    assert [outcome(form, f"{top}/{bottom}", kind="rational") for form in forms] == ["pass"] * len(forms)


@given(parts=PARTS, others=PARTS)
def test_two_fractions_pass_exactly_when_they_are_equal(parts, others):
    is_equal = Fraction(*parts) == Fraction(*others)
    found = outcome("{}/{}".format(*parts), "{}/{}".format(*others), kind="rational")
    assert found == ("pass" if is_equal else "fail")


def test_lowest_terms_are_asked_for_where_the_specification_says_so():
    found = {text: outcome(text, "3/4", kind="rational", lowest_terms=True) for text in ("3/4", "6/8", "0.75", "2/3")}
    assert found == {"3/4": "pass", "6/8": "undecided", "0.75": "undecided", "2/3": "fail"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("3.1416", "pass"), ("\\pi", "pass"), ("≈ 3.142", "pass"), ("3.1424", "pass"), ("3.1426", "fail"),
        ("3.14", "undecided"), ("3.15", "fail"), ("22/7", "fail"), ("355/113", "pass"), ("314.16%", "pass"),
        ("3.1416 \\text{ m}", "pass"), ("31.416e-1", "pass"), ("3.1416\\times 10^0", "pass"), ("3,1416", "pass"),
        ("\\sqrt{10}", "fail"), ("x", "undecided"), ("about three", "undecided"), ("3.1416 or 3.15", "undecided"),
    ],
)  # fmt: skip
def test_a_tolerance_decides_what_is_near_enough(text, found):
    assert outcome(text, "\\pi", kind="real", absolute=0.001) == found


@given(value=st.floats(1e-6, 1e6), share=st.floats(-0.0099, 0.0099))
def test_whatever_is_within_a_relative_tolerance_passes(value, share):
    assert outcome(repr(value * (1 + share)), repr(value), kind="real", relative=0.01) == "pass"


@given(value=st.floats(1e-6, 1e6), share=st.floats(0.011, 0.9), sign=st.sampled_from([-1, 1]))
def test_whatever_is_outside_never_passes(value, share, sign):
    assert outcome(repr(value * (1 + sign * share)), repr(value), kind="real", relative=0.01) != "pass"


@pytest.mark.parametrize(
    ("options", "faults"),
    [
        ({"absolute": 0.1}, []),
        ({"relative": "0.01"}, []),
        ({}, ["Say how near is near enough: “absolute” or “relative”."]),
        ({"absolute": -1}, ["“absolute” must be a number that is not negative."]),
        ({"relative": 2}, ["A relative tolerance of 1 and more takes zero for right; 0.01 is one percent."]),
    ],
)
def test_a_number_with_a_tolerance_needs_one(options, faults):
    assert check_spec({"kind": "real", "answer": "3.14", **options}) == faults
