"""The pyramid of a million basketballs: several right answers, each under a stated assumption."""

import pytest

from app.verifiers.by_assumption import ASK, NOT_RECOGNISED
from app.verifiers.outcome import Given
from app.verifiers.registry import check_spec, compare, guess_probability, read, self_test

TOO_FEW = "There must be 2 to 20 branches, each an assumption with its own answer."
INCOMPLETE = "Each branch needs “assumption”, “keys” and a “spec” of its own."


def branch(assumption, keys, height):
    return {"assumption": assumption, "keys": keys, "spec": {"kind": "quantity", "answer": height, "absolute": 0.1}}


PYRAMID = {
    "kind": "by_assumption",
    "branches": [
        branch("square-based close packing", ["square-based", "square base", "正方形"], "24.3 m"),
        branch("triangular-based close packing", ["triangular-based", "triangular base", "tetrahedral"], "35.3 m"),
        branch("a flat triangular wall", ["flat triangular", "wall", "one ball thick"], "293.7 m"),
    ],
}


def height(answer, *assumptions):
    found = compare(Given(answer, assumptions=assumptions), PYRAMID)
    return str(found.outcome), found.needs_assumption


@pytest.mark.parametrize(
    ("answer", "assumption"),
    [
        ("24.3 m", "The pyramid is square-based, with close packing"),
        ("2430 cm", "SQUARE BASE"),
        ("24.3 m", "square based"),
        ("24.3 m", "底面是正方形"),
        ("35.3 m", "tetrahedral stack"),
        ("35.3 m", "a triangular-based pyramid"),
        ("293.7 m", "a flat triangular wall, one ball thick"),
        ("293.7 m", "it is a wall"),
    ],
)
def test_each_branch_accepts_its_own_height_under_its_own_assumption(answer, assumption):
    assert height(answer, "balls of 0.24 m", assumption) == ("pass", False)


@pytest.mark.parametrize(
    ("answer", "assumption"),
    [("35.3 m", "square-based"), ("24.3 m", "tetrahedral"), ("24.3 m", "a wall"), ("30 m", "a wall")],
)
def test_the_height_of_another_branch_fails(answer, assumption):
    assert height(answer, assumption) == ("fail", False)


@pytest.mark.parametrize("answer", ["24.3 m", "35.3 m", "293.7 m", "17 m"])
def test_an_answer_without_assumption_is_sent_back_and_not_failed(answer):
    found = compare(Given(answer), PYRAMID)

    assert (str(found.outcome), found.needs_assumption, found.reason) == ("undecided", True, ASK)
    assert compare(Given(answer, assumptions=(" ",)), PYRAMID).needs_assumption


@pytest.mark.parametrize("answer", ["24.3 m", "17 m"])
@pytest.mark.parametrize(
    "assumption",
    ["a heap", "not square-based", "it is never a wall", "either square-based or tetrahedral", "without a square base"],
)
def test_an_assumption_that_is_not_recognised_is_left_to_people(answer, assumption):
    found = compare(Given(answer, assumptions=(assumption,)), PYRAMID)

    assert (str(found.outcome), found.needs_assumption, found.reason) == ("undecided", False, NOT_RECOGNISED)


def test_a_longer_key_wins_over_a_shorter_one_inside_it():
    spec = {
        "kind": "by_assumption",
        "branches": [branch("triangular", ["triangular"], "35.3 m"), branch("wall", ["flat triangular"], "293.7 m")],
    }
    assert str(compare(Given("293.7 m", assumptions=("flat triangular",)), spec).outcome) == "pass"
    assert str(compare(Given("35.3 m", assumptions=("triangular",)), spec).outcome) == "pass"


def test_reviewers_read_what_the_answer_would_be_in_each_branch():
    found = compare(Given("24.3 m"), PYRAMID)
    assert found.detail == (
        "by assumption: square-based close packing: pass; triangular-based close packing: fail; "
        "a flat triangular wall: fail"
    )


def test_the_reading_tells_whether_an_assumption_is_stated():
    said = "reads as a number in m, which measures length"
    assert read(Given("24.3 m"), PYRAMID).words == f"{said}; no assumption stated"
    assert read(Given("24.3 m", assumptions=("a wall",)), PYRAMID).words == f"{said}; 1 assumption"


def test_the_reference_passes_and_wrong_answers_do_not():
    wrong = [Given("24.3 s", assumptions=("square-based",)), Given("24.3 m"), Given("9 m", assumptions=("wall",))]
    assert self_test(PYRAMID, wrong).is_passed
    assert not self_test(PYRAMID, [Given("24.3 m", assumptions=("square base",))]).is_passed


@pytest.mark.parametrize(
    ("branches", "faults"),
    [
        (PYRAMID["branches"], []),
        ([], [TOO_FEW]),
        (PYRAMID["branches"][:1], [TOO_FEW]),
        ([{"assumption": "a"}, {"assumption": "b"}], [INCOMPLETE]),
        ([branch("", ["a"], "1 m"), branch("b", [], "2 m")], ["Branch 1 says no assumption."]),
        ([branch("a", [], "1 m"), branch("b", ["a"], "2 m")], ["“a” is a key of two branches."]),
        (
            [branch("a", [], "1 m"), {"assumption": "b", "spec": PYRAMID}],
            ["Branch 2 needs an answer of a kind that can be compared."],
        ),
        (
            [branch("a", [], "1 m"), branch("b", [], "tall")],
            ["Branch 2: “tall” does not read as a quantity: it holds words and no number."],
        ),
    ],
)  # fmt: skip
def test_a_specification_says_what_is_wrong_with_it(branches, faults):
    assert check_spec({"kind": "by_assumption", "branches": branches}) == faults


def test_it_is_guessed_as_easily_as_its_easiest_branch():
    easy = {"assumption": "b", "spec": {"kind": "integer", "answer": "4"}}
    assert guess_probability({"kind": "by_assumption", "branches": [branch("a", [], "1 m"), easy]}) == 0.1
    assert guess_probability(PYRAMID) is None
