"""Exact text, and what is declared not to count."""

import pytest

from app.verifiers.outcome import Given, Outcome
from app.verifiers.registry import check_spec, compare, guess_probability, read

NOETHER = {"kind": "text", "answer": "Emmy Noether", "also": ["Noether"]}


def outcome(text, spec):
    return compare(Given(text), spec).outcome


@pytest.mark.parametrize("text", ["Emmy Noether", "  emmy   NOETHER ", "Ｎoether", "noe\u200bther"])
def test_case_space_and_character_forms_do_not_count(text):
    assert outcome(text, NOETHER) is Outcome.PASS


@pytest.mark.parametrize("text", ["David Hilbert", "x"])
def test_another_text_fails(text):
    assert outcome(text, NOETHER) is Outcome.FAIL


@pytest.mark.parametrize("text", ["", "Emmy Noether, 1918", "Emy Noether", "Émmy Nöther", "Emmy-Noether"])
def test_a_text_that_may_mean_the_same_is_left_to_people(text):
    assert outcome(text, NOETHER) is Outcome.UNDECIDED


def test_a_strict_text_fails_when_it_is_another_one():
    assert outcome("Emmy Noether, 1918", NOETHER | {"strict": True}) is Outcome.FAIL


def test_a_number_that_is_given_as_text_is_not_failed_for_its_form():
    assert outcome("72.0", {"kind": "text", "answer": "72"}) is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("ignore", "text", "expected"),
    [
        ([], "sn1", Outcome.UNDECIDED),
        (["case"], "sn1", Outcome.PASS),
        (["punctuation"], "S-N-1", Outcome.UNDECIDED),
        (["punctuation"], "SN1!", Outcome.PASS),
        (["accents", "case"], "śn1", Outcome.PASS),
    ],
)
def test_what_does_not_count_is_declared(ignore, text, expected):
    assert outcome(text, {"kind": "text", "answer": "SN1", "ignore": ignore}) is expected


def test_the_reason_for_the_author_never_holds_the_expected_text():
    found = [compare(Given(text), NOETHER) for text in ("Emmy Noether", "David Hilbert", "Emmy")]

    assert [one.reason for one in found if "noether" in one.reason.casefold()] == []
    assert found[1].detail == "“David Hilbert” against “emmy noether”, “noether”"


def test_a_text_is_read_without_knowing_the_expected_one():
    assert read(Given(" Emmy  N. "), {"kind": "text"}).words == "reads as the text “emmy n.”"
    assert not read(Given("   "), NOETHER).is_readable


def test_a_specification_of_a_text_says_what_is_wrong_with_it():
    assert check_spec(NOETHER) == []
    assert check_spec({"kind": "text"}) == ["The expected answer is missing."]
    assert check_spec({"kind": "text", "answer": "x" * 10_001}) == [
        "The expected answer has 10,001 characters; at most 10,000 are allowed."
    ]
    assert check_spec({"kind": "text", "answer": "x", "ignore": ["vowels"]}) == [
        "“ignore” knows case, spaces, unicode, punctuation, accents, but not vowels."
    ]


def test_a_text_is_not_guessable():
    assert guess_probability(NOETHER) is None
