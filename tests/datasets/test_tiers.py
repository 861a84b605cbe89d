"""Tiers: how an item was verified by people and by a machine."""

import pytest

from app.datasets.queries.counting import count_selected
from app.datasets.schemas import Rule
from app.datasets.states import Tier
from app.reviews.states import Verdict
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.factories.judged import a_review
from tests.factories.machine import a_verifier_run
from tests.factories.work import a_submission, a_task


def approved(session, author, reviewer, task, *, finding=None, method="re_derived"):
    work = a_submission(session, author=author, task=task, state=S.APPROVED)
    a_review(session, work, reviewer=reviewer, labels={}, verdict=Verdict.APPROVE, verification_method=method)
    if finding is not None:
        a_verifier_run(session, work, finding)
    return work


@pytest.mark.parametrize(
    ("finding", "method", "tier"),
    [
        ("pass", "re_derived", Tier.A),
        ("pass", "executed", Tier.A),
        ("pass", "read_only", Tier.B),
        ("undecided", "re_derived", Tier.B),
        ("fail", "re_derived", Tier.B),
        ("error", "re_derived", Tier.B),
        (None, "re_derived", Tier.B),
    ],
)
def test_the_tier_follows_from_how_it_was_verified_and_what_the_machine_says(
    session, sums, ed, rae, finding, method, tier
):
    approved(session, ed, rae, a_task(session, sums), finding=finding, method=method)

    assert count_selected(session, sums.id, Rule(), now=NOW).by_tier == {tier: 1}


@pytest.mark.parametrize(
    ("second", "verifier", "tiers"),
    [
        ("pass", "integer", {Tier.S: 2}),
        ("undecided", "integer", {Tier.A: 1, Tier.B: 1}),
        (None, "integer", {Tier.A: 1, Tier.B: 1}),
        ("pass", "by_assumption", {Tier.A: 2}),
    ],
)
def test_two_confirmed_answers_of_two_people_make_an_s(session, sums, ed, eve, rae, second, verifier, tiers):
    task = a_task(session, sums, submissions_needed=2)
    first = approved(session, ed, rae, task)
    a_verifier_run(session, first, "pass", verifier=verifier)
    other = approved(session, eve, rae, task)
    if second is not None:
        a_verifier_run(session, other, second, verifier=verifier)

    assert count_selected(session, sums.id, Rule(), now=NOW).by_tier == tiers
