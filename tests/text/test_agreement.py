"""Krippendorff's alpha on his own example, and where it says nothing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.agreement import interval, krippendorff_alpha, nominal

RATERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)
"""Four observers, twelve units, missing data: the example of the textbook."""
UNITS = [(Counter(label for label in unit if label is not None), 1) for unit in zip(*RATERS, strict=True)]


@pytest.mark.parametrize(("distance", "alpha"), [(nominal, 0.743), (interval, 0.849)])
def test_the_example_of_the_textbook_comes_out(distance, alpha):
    assert krippendorff_alpha(UNITS, distance) == pytest.approx(alpha, abs=0.0005)


def test_full_agreement_is_one_and_chance_is_nothing():
    assert krippendorff_alpha([({1: 2}, 1), ({-1: 2}, 1)], interval) == 1
    assert krippendorff_alpha([({1: 2}, 250), ({1: 1, -1: 1}, 500), ({-1: 2}, 250)], nominal) == pytest.approx(
        0, abs=0.001
    )


@pytest.mark.parametrize("units", [[], [({1: 1}, 5)], [({1: 2}, 5)], [({}, 1)]])
def test_where_nobody_could_differ_nothing_is_said(units):
    assert krippendorff_alpha(units, nominal) is None


LABELS = st.dictionaries(st.sampled_from([-1, 0, 1]), st.integers(1, 4), max_size=3)


@given(units=st.lists(st.tuples(LABELS, st.integers(1, 5)), max_size=6))
def test_equal_units_may_be_told_at_once(units):
    apart = [(labels, 1) for labels, times in units for _ in range(times)]

    at_once, one_by_one = krippendorff_alpha(units, interval), krippendorff_alpha(apart, interval)

    assert at_once == (None if one_by_one is None else pytest.approx(one_by_one))
