"""Multiple choice: one option, or several of them."""

import pytest

from app.verifiers.outcome import Given, Outcome
from app.verifiers.registry import check_spec, compare, guess_probability, read

ONE = {"kind": "choice", "options": ["12 m", "18 m", "24 m", "36 m"], "answer": "B"}
SEVERAL = {"kind": "choice", "options": ["2", "4", "5", "9"], "answer": ["A", "C"], "several": True}
TRUTH = {"kind": "choice", "options": ["True", "False"], "answer": "True"}


def outcome(text, spec):
    return compare(Given(text), spec).outcome


@pytest.mark.parametrize("text", ["B", "b", "(b)", "b)", "[B]", "B.", "Option B", "The answer is (B)", "\\text{(B)}"])
def test_an_option_is_named_by_its_label(text):
    assert outcome(text, ONE) is Outcome.PASS


@pytest.mark.parametrize("text", ["18 m", "18  M", "$18 m$", "B. 18 m", "(B) 18 m"])
def test_an_option_is_named_by_its_text(text):
    assert outcome(text, ONE) is Outcome.PASS


@pytest.mark.parametrize("text", ["A", "(c)", "36 m", "D. 36 m"])
def test_another_option_fails(text):
    assert outcome(text, ONE) is Outcome.FAIL


@pytest.mark.parametrize("text", ["", "E", "B or C", "not B", "B. 36 m", "18", "AB", "B because it is longest"])
def test_what_names_no_single_option_is_undecided(text):
    assert outcome(text, ONE) is Outcome.UNDECIDED


@pytest.mark.parametrize("text", ["A, C", "c and a", "AC", "{a, c}", "2, 5", "A; C", "(A), (C)"])
def test_several_options_are_named_in_any_order(text):
    assert outcome(text, SEVERAL) is Outcome.PASS


@pytest.mark.parametrize("text", ["A", "A, B, C", "B and D", "none"])
def test_one_option_too_few_or_too_many_fails(text):
    assert outcome(text, SEVERAL) is Outcome.FAIL


@pytest.mark.parametrize(("text", "expected"), [("TRUE", "pass"), ("yes", "pass"), ("F", "fail"), ("no", "fail")])
def test_true_and_false_have_their_usual_names(text, expected):
    assert outcome(text, TRUTH) == expected


def test_labels_may_be_given():
    spec = {"kind": "choice", "options": {"i": "even", "ii": "odd"}, "answer": "ii"}

    assert [outcome(text, spec) for text in ("ii", "II", "odd", "i", "even")] == [
        "pass",
        "pass",
        "pass",
        "fail",
        "fail",
    ]


def test_the_reading_and_the_reason_do_not_tell_the_right_option():
    assert read(Given("c"), ONE).words == "reads as option C"
    assert read(Given("a c"), SEVERAL).words == "reads as options A, C"
    assert read(Given("E"), ONE).words == "names none of the options"
    assert compare(Given("c"), ONE).reason == "The answer does not agree with the expected one."
    assert compare(Given("c"), ONE).detail == "chose C, expected B"


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, []),
        ({"options": ["x"]}, ["A choice needs 2 to 26 options."]),
        ({"answer": "E"}, ["“E” is none of the options."]),
        ({"answer": ["A", "B"]}, ["Exactly one option is right, unless “several” is set."]),
        ({"options": ["x", "X ", "y"]}, ["Two options have the same text."]),
    ],
)
def test_a_specification_of_a_choice_says_what_is_wrong_with_it(change, faults):
    assert check_spec(ONE | change) == faults


def test_the_guess_probability_is_that_of_a_blind_hit():
    assert (guess_probability(ONE), guess_probability(TRUTH), guess_probability(SEVERAL)) == (0.25, 0.5, 1 / 15)
