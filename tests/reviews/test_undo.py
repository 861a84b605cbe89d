"""A decision can be taken back for ten seconds, while nobody has acted on it; everything stands as before."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Notification
from app.assignments.models import Assignment
from app.assignments.service.claiming import claim_next
from app.core.errors import Conflict, IllegalMove
from app.projects.models import Project
from app.reviews.access import get_review
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.service.opening import leave_review
from app.reviews.service.undoing import undo_decision
from app.reviews.states import ReviewState
from app.submissions.models import Revision, Submission, VerifierRun
from app.submissions.service.handing_in import undo_hand_in
from app.submissions.states import SubmissionState
from app.tasks.models import Task, TaskSlot
from tests.cast import NOW
from tests.factories.machine import a_verifier_run
from tests.factories.reviewing import decided, handed_in, opened
from tests.factories.work import some_content

S = SubmissionState
SOON = NOW + timedelta(seconds=9)
DRAFT = {
    "labels": {"s1": {"value": "good"}, "s2": {"value": "bad", "error_type": "missing_case", "note": "Which?"}},
    "rubric_scores": {"correct": 2},
    "verification_note": "by hand",
    "seconds": 77,
}
EDITED = some_content(answer={"text": "n = 5, nothing else"}).model_dump(mode="json")


@pytest.fixture
def work(session, sums, ed):
    return handed_in(session, sums, ed)


def standing(session, work):
    session.expire_all()
    submission = session.get_one(Submission, work.id)
    columns = ("state", "revision_n", "review_level", "times_returned", "last_reviewer_id", "decided_at")
    return (
        tuple(getattr(submission, name) for name in columns),
        session.get_one(Assignment, submission.assignment_id).state,
        session.get_one(TaskSlot, submission.slot_id).state,
        session.get_one(Task, submission.task_id).state,
        session.scalars(select(Revision.n).order_by(Revision.n)).all(),
        session.scalars(select(Notification.id)).all(),
    )


def undo(session, person, review_id, *, now=SOON):
    return undo_decision(session, person.actor, get_review(session, person.actor, review_id), now=now)


@pytest.mark.parametrize(
    ("verdict", "facts"),
    [
        ("approve", {}),
        ("return", {}),
        ("reject", {}),
        ("escalate", {}),
        ("approve_with_edits", {"verification_method": "re_derived", "edited_content": EDITED}),
    ],
)
def test_everything_stands_as_before_and_the_review_is_open_with_all_that_was_written(
    session, rae, work, verdict, facts
):
    review = opened(session, rae, work)
    review_id = review.id
    before = standing(session, work)
    decided(session, rae, work, verdict, review=session.get_one(Review, review_id), draft=DRAFT, **facts)

    again = undo(session, rae, review_id)

    assert standing(session, work) == before
    assert (session.get_one(Review, review_id).state, again.state) == (ReviewState.UNDONE, ReviewState.OPEN)
    labels = session.scalars(select(StepLabel).where(StepLabel.review_id == again.id).order_by(StepLabel.step_id))
    assert [(one.step_id, one.value, one.error_type, one.note) for one in labels] == [
        ("s1", "good", None, ""),
        ("s2", "bad", "missing_case", "Which?"),
    ]
    assert (again.rubric_scores, again.verification_note, again.seconds) == (
        {"correct": 2},
        session.get_one(Review, review_id).verification_note,
        77,
    )


def test_a_final_rejection_can_be_taken_back_by_the_second_person(session, rae, ron, work):
    decided(session, rae, work, "reject")
    review = opened(session, ron, work)
    before = standing(session, work)
    decided(session, ron, work, "reject", review=session.get_one(Review, review.id))

    undo(session, ron, review.id)

    assert standing(session, work) == before


def test_a_sampled_approval_can_be_taken_back(session, sums, rae, work):
    project = session.get_one(Project, sums.id)
    project.review_levels, project.level2_share_percent = 2, 100
    review = opened(session, rae, work)
    before = standing(session, work)
    decided(session, rae, work, "approve", review=session.get_one(Review, review.id))

    undo(session, rae, review.id)

    assert standing(session, work) == before


def test_issues_go_back_into_the_open_review(session, rae, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "return", review=review)

    again = undo(session, rae, review.id)

    session.expire_all()
    assert [(one.review_id, one.published_at) for one in session.scalars(select(Thread))] == [(again.id, None)]


def test_after_an_undo_another_verdict_can_be_given(session, rae, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "reject", review=review)
    again = undo(session, rae, review.id)

    decided(session, rae, work, "approve", review=again, now=SOON)

    assert work.state == S.APPROVED
    assert sorted(session.scalars(select(Review.state))) == ["decided", "undone"]


def test_after_ten_seconds_it_stands(session, rae, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "approve", review=review)

    with pytest.raises(IllegalMove, match="10 seconds"):
        undo(session, rae, review.id, now=NOW + timedelta(seconds=11))


def test_it_stands_once_the_author_has_begun_to_revise(session, rae, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "return", review=review)
    work.updated_at = NOW + timedelta(seconds=1)
    session.flush()

    with pytest.raises(Conflict, match="acted on"):
        undo(session, rae, review.id)


def test_it_stands_once_somebody_has_opened_what_it_handed_on(session, rae, ron, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "escalate", review=review)
    opened(session, ron, work, now=NOW + timedelta(seconds=2))

    with pytest.raises(Conflict, match="acted on"):
        undo(session, rae, review.id)


def test_it_stands_once_the_author_has_replied(session, rae, ed, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "return", review=review)
    thread = session.scalars(select(Thread)).one()
    session.add(Comment(thread_id=thread.id, author_id=ed.id, body="But why?", created_at=NOW + timedelta(seconds=3)))
    session.flush()

    with pytest.raises(Conflict, match="acted on"):
        undo(session, rae, review.id)


def test_only_a_decision_can_be_taken_back_and_only_once(session, rae, work):
    review = opened(session, rae, work)
    with pytest.raises(IllegalMove):
        undo(session, rae, review.id)
    decided(session, rae, work, "approve", review=review)
    undo(session, rae, review.id)

    with pytest.raises(IllegalMove):
        undo(session, rae, review.id)


def test_a_rejection_stands_once_its_place_went_to_somebody_else(session, sums, rae, ron, eve, work):
    decided(session, rae, work, "reject")
    review = opened(session, ron, work)
    decided(session, ron, work, "reject", review=review)
    claim_next(session, eve.actor, session.get_one(Project, sums.id), now=SOON)

    with pytest.raises(Conflict, match="went to somebody else"):
        undo(session, ron, review.id)


@pytest.mark.parametrize("then", ["left", "passed on"])
def test_the_author_cannot_take_back_what_a_reviewer_has_looked_at(session, sums, rae, ed, work, then):
    project = session.get_one(Project, sums.id)
    project.review_levels, project.level2_share_percent = 2, 100
    review = opened(session, rae, work, now=SOON)
    if then == "left":
        leave_review(session, rae.actor, get_review(session, rae.actor, review.id), now=SOON)
    else:
        decided(session, rae, work, "approve", review=review, now=SOON)

    with pytest.raises(IllegalMove, match="has opened it"):
        undo_hand_in(session, ed.actor, work, now=SOON)

    assert work.state == SubmissionState.SUBMITTED


def test_edits_that_a_machine_has_looked_at_already_are_taken_back_too(session, rae, work):
    before = standing(session, work)[0][:3]
    decided(session, rae, work, "approve_with_edits", verification_method="re_derived", edited_content=EDITED)
    a_verifier_run(session, session.get_one(Submission, work.id), "pass")
    review_id = session.scalars(select(Review.id)).one()

    undo(session, rae, review_id)

    assert session.scalars(select(Revision.n)).all() == [1]
    assert session.scalars(select(VerifierRun.id)).all() == []
    assert standing(session, work)[0][1] == before[1]
