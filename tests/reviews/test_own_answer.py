"""A reviewer's own answer, held against the task by a machine before the reference is shown."""

import pytest

from app.core.errors import Unavailable
from app.reviews.models import Review
from app.reviews.service import revealing
from app.submissions.states import SubmissionState as S
from app.tasks.service import engines
from tests.cast import NOW
from tests.factories.reviewing import opened
from tests.factories.work import a_submission, a_task

HALF = {"kind": "expression", "answer": "\\frac{1}{2}\\sin(2x)"}


def review_of(session, sums, ed, rae, spec):
    task = a_task(session, sums, answer_spec=spec)
    return opened(session, rae, a_submission(session, author=ed, task=task, state=S.SUBMITTED)).id


@pytest.mark.parametrize(
    ("spec", "own", "finding"),
    [
        ({"kind": "integer", "answer": "1200"}, "1,200", "pass"),
        ({"kind": "integer", "answer": "1200"}, "1,201", "fail"),
        (HALF, "\\sin x \\cos x", "pass"),
        (HALF, "9^{9^{9}}", "undecided"),
        (HALF, "it depends", "undecided"),
    ],
)
def test_it_is_compared_as_its_kind_and_never_merely_as_text(client, session, sums, ed, rae, spec, own, finding):
    review_id = review_of(session, sums, ed, rae, spec)
    shown = client.as_(rae).post(f"/api/v1/reviews/{review_id}/reveal", json={"own_answer": own}).json()
    page = client.get(f"/reviews/{review_id}").text

    assert (shown["own_answer"], shown["finding"]) == (own, finding)
    assert shown["reason"]
    assert shown["reason"] in page
    assert session.get_one(Review, review_id).own_finding == finding


@pytest.mark.parametrize(
    ("spec", "own"), [({"kind": "rubric", "answer": "A proof."}, "A proof."), ({"kind": "text", "answer": "5"}, "")]
)
def test_what_no_machine_compares_has_no_finding(client, session, sums, ed, rae, spec, own):
    review_id = review_of(session, sums, ed, rae, spec)
    shown = client.as_(rae).post(f"/api/v1/reviews/{review_id}/reveal", json={"own_answer": own}).json()

    assert (shown["own_answer"], shown["finding"], shown["reason"]) == (own, None, "")


def test_while_too_many_are_compared_nothing_is_revealed(session, sums, ed, rae):
    review_id = review_of(session, sums, ed, rae, HALF)
    session.commit()
    turns = [engines.a_turn() for _ in range(engines.WAITING_MAX)]
    for turn in turns:
        turn.__enter__()
    try:
        with pytest.raises(Unavailable):
            revealing.answer_and_reveal(session, rae.actor, review_id, "1", now=NOW)
    finally:
        for turn in turns:
            turn.__exit__(None, None, None)

    assert session.get_one(Review, review_id).saw_reference_at is None
