"""Proposed wrong answers: different from the right one, and refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verifiers.outcome import Given, Outcome
from app.verifiers.plausible import propose_wrong
from app.verifiers.registry import compare


@pytest.mark.parametrize(
    ("spec", "proposals"),
    [
        ({"kind": "integer", "answer": "72"}, ["73", "71", "720", "27", "144", "-(72)"]),
        ({"kind": "integer", "answer": "0"}, ["1", "-1", "10", "2", "3"]),
        ({"kind": "real", "answer": "24.3"}, ["25.3", "23.3", "243.0", "26.3", "48.6", "-(24.3)"]),
        ({"kind": "choice", "answer": "B", "options": ["one", "two", "three"]}, ["A", "C"]),
        ({"kind": "rubric"}, []),
        ({"kind": "program", "tests": "assert f() == 5"}, []),
    ],
)
def test_proposals_are_slips_that_people_make(spec, proposals):
    assert propose_wrong(spec)[: len(proposals)] == proposals


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_every_integer_gets_five_proposals_and_none_is_accepted(number):
    spec = {"kind": "integer", "answer": str(number)}

    proposals = propose_wrong(spec)

    assert len(set(proposals)) == len(proposals) >= 5
    assert [one for one in proposals if compare(Given(one), spec).outcome is Outcome.PASS] == []
