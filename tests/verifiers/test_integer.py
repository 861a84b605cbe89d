"""Whole numbers, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verifiers.outcome import Given
from app.verifiers.registry import check_spec, compare, guess_probability, read
from tests.verifiers.comparing import outcome

WHOLE = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    "text",
    [
        "1240", "1,240", "1{,}240", "1\\,240", "1 240", "1\u202f240", "１２４０", "+1240", "1240.00", "1.24e3",
        "$1240$", "\\boxed{1240}", "\\(1,240\\)", "**1240**", "The answer is 1240.", "答案是1240", "x = 1240",
        "1240 dollars", "$1,240", "\\$1240", "€1240", "1240 \\text{ m}", "1240\\,\\mathrm{km}", "1240人", "1240 m",
        "2480/2", "\\dfrac{2480}{2}", "31 \\cdot 40", "1000 + 240", "4\\cdot 310", "124000\\%", "1.24 thousand", "๑๒๔๐",
        "\\left(1240\\right)", "35^2 + 15", "\\sqrt{1537600}", "-(-1240)", "−(−1240)",
    ],
)  # fmt: skip
def test_a_whole_number_is_recognised_in_many_forms(text):
    assert outcome(text, "1240", kind="integer") == "pass"


@pytest.mark.parametrize("text", ["1241", "-1240", "12400", "124", "1240.5", "1,241", "1240^2", "1241 dollars", "π"])
def test_another_number_fails(text):
    assert outcome(text, "1240", kind="integer") == "fail"


@pytest.mark.parametrize(
    "text",
    [
        "", "twelve hundred and forty", "not 1240", "1240 or 1241", "1240, 1241", "1240 dozen", "1240 million",
        "about 1240", "at most 1240", "≤ 1240", "x > 1240", "1240 to 1300", "1240 ± 1", "1.240", "1240 x", "1240%",
        "1240 pairs", "twice 1240", "1240 = 1241", "12,40", "1240 km and 300 m", "1240000 m", "1240 cents",
        "\\frac{1240}{0}", "1240!", "9^{9^{9}}", "1240 or so", "{1240", "1240)", "((1240", "\\int 1240", "1240 base 8",
        "1240 tenths", "1240 below zero", "1240 per cent", "1240以上", "1240 倍", "1240หรือ1",
        "1240 k", "1240 (or so)", "0.1240e4 to 2",
    ],
)  # fmt: skip
def test_what_may_mean_something_else_neither_passes_nor_fails(text):
    expected = "1240" if text != "1240 cents" else "12.4"
    assert outcome(text, expected, kind="integer") == "undecided"


def test_units_that_explain_another_number_keep_it_from_failing():
    assert outcome("90 minutes", "2", kind="integer") == "undecided"
    assert outcome(("90", "min"), "2", kind="integer") == "undecided"
    assert outcome("90 apples", "2", kind="integer") == "fail"


@pytest.mark.parametrize("unit", ["or 13", "dozen", "not sure", "x 10^3", "million", "以上", "%", "tenths", "per cent"])
def test_the_field_for_the_unit_cannot_turn_a_number_into_another_one(unit):
    assert outcome(("12", unit), "12", kind="integer") == "undecided"


@pytest.mark.parametrize("unit", ["m", "m^2", "cm³", "km/h", "kg m^{-3}", "apples", "人", "$", "\\text{dollars}"])
def test_a_unit_that_nobody_asked_for_does_not_count(unit):
    assert outcome(("12", unit), "12", kind="integer") == "pass"


def test_degrees_and_percent_beside_a_plain_number():
    assert outcome("30°", "30", kind="integer") == "pass"
    assert outcome(("30", "degrees"), "30", kind="integer") == "pass"
    assert outcome("20%", "20", kind="integer") == "undecided"
    assert outcome("20%", "20", kind="integer", percent=True) == "pass"
    assert outcome("21%", "20", kind="integer", percent=True) == "fail"


@given(number=WHOLE)
def test_every_number_passes_with_and_without_separators(number):
    forms = {str(number), f"{number:,}", f"{number:,}".replace(",", "{,}"), f"\\frac{{{2 * number}}}{{2}}"}
    assert {outcome(form, str(number), kind="integer") for form in forms} == {"pass"}


@given(number=WHOLE, other=WHOLE)
def test_two_numbers_pass_exactly_when_they_are_the_same(number, other):
    assert outcome(f"{other:,}", str(number), kind="integer") == ("pass" if number == other else "fail")


def test_numbers_of_thousands_of_digits_are_compared_exactly():
    assert outcome("2^{2024}+2", "2^{2024}+1", kind="integer") == "fail"
    assert outcome(str(2**2024 + 1), "2^{2024}+1", kind="integer") == "pass"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,240 dollars", "reads as the whole number 1,240 (dollars)"),
        ("7/2", "reads as a number that is not whole"),
        ("\\sqrt 2", "reads as a number"),
        ("twelve", "cannot be read: it holds words and no number"),
        ("", "cannot be read: it is empty"),
    ],
)
def test_the_reading_says_how_an_answer_is_understood(text, words):
    assert read(Given(text), {"kind": "integer", "answer": "5"}).words == words


def test_no_reason_holds_the_expected_number():
    spec = {"kind": "integer", "answer": "1240"}
    reasons = [compare(Given(text), spec).reason for text in ("1240", "5", "five", "1240 dozen", "about 3")]
    assert [reason for reason in reasons if "1240" in reason] == []


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, []),
        ({"answer": "12.5"}, ["“12.5” does not read as a whole number: it is not whole."]),
        ({"answer": "many"}, ["“many” does not read as a whole number: it holds words and no number."]),
        ({"range": [3, 1]}, ["“range” must be two whole numbers, the smaller one first."]),
        ({"also": "13"}, ["“also” must be a list of further right answers."]),
    ],
)
def test_a_specification_says_what_is_wrong_with_it(change, faults):
    assert check_spec({"kind": "integer", "answer": "12"} | change) == faults


def test_small_numbers_are_guessed_and_large_ones_are_not():
    found = [guess_probability({"kind": "integer", "answer": answer}) for answer in ("3", "-17", "1240")]
    assert found == [0.1, 0.01, None]
    assert guess_probability({"kind": "integer", "answer": "1240", "range": [1001, 2000]}) == 0.001
