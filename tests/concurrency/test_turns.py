"""Two different things at once to one piece of work: one happens, the other is told, nothing is half done."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.assignments.models import Assignment
from app.assignments.service.claiming import claim_next
from app.assignments.service.expiring import expire_due
from app.assignments.states import AssignmentState
from app.core.errors import WorkingsError
from app.projects.models import Project
from app.reviews.models import Review
from app.reviews.service.opening import open_review
from app.reviews.states import ReviewState
from app.submissions.models import DraftConflict, DraftSave, Revision, Submission
from app.submissions.service import beginning, ending, handing_in
from app.submissions.service.drafting import Saved, save_draft
from app.submissions.states import SubmissionState as S
from app.tasks.models import TaskSlot
from app.tasks.states import SlotState
from tests.accounts.racing import at_once
from tests.cast import NOW
from tests.factories.reviewing import decided, handed_in, opened
from tests.factories.work import a_submission, a_task, some_content

TIMES = 8
"""Each race is run so often: which of the two comes first is up to the machine."""


def opening(person, work_id):
    return lambda session: open_review(session, person.actor, work_id, now=NOW)[0].id


def refusals(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, WorkingsError)]


@pytest.mark.parametrize("turn", range(TIMES))
def test_a_hand_in_is_taken_back_or_opened(database, session, sums, ed, rae, turn):
    work_id = handed_in(session, sums, ed).id
    session.commit()

    def take_back(own):
        handing_in.undo_hand_in(own, ed.actor, own.get_one(Submission, work_id), now=NOW)

    outcomes = at_once(database, [opening(rae, work_id), take_back])

    state, lease = session.execute(
        select(Submission.state, Assignment.state).join(Assignment, Assignment.id == Submission.assignment_id)
    ).one()
    reviews = session.scalar(select(func.count()).select_from(Review))
    assert len(refusals(outcomes)) == 1
    assert (state, lease, reviews) in [
        (S.IN_REVIEW, AssignmentState.SUBMITTED, 1),
        (S.DRAFT, AssignmentState.ACTIVE, 0),
    ]


@pytest.mark.parametrize("turn", range(TIMES))
def test_work_that_is_withdrawn_while_it_is_approved_keeps_its_place_or_gives_it_back(
    database, session, sums, ed, rae, turn
):
    work = handed_in(session, sums, ed)
    work_id, review_id = work.id, opened(session, rae, work).id
    session.commit()

    def approve(own):
        review = own.get_one(Review, review_id)
        return type(decided(own, rae, own.get_one(Submission, work_id), "approve", review=review)).__name__

    def take_away(own):
        ending.withdraw(own, ed.actor, own.get_one(Submission, work_id), "It holds a slip.", now=NOW)

    outcomes = at_once(database, [approve, take_away])

    found = session.execute(
        select(Submission.state, TaskSlot.state, Review.state)
        .join(TaskSlot, TaskSlot.id == Submission.slot_id)
        .join(Review, Review.submission_id == Submission.id)
    ).one()
    withdrawn = outcomes[1] is None
    assert tuple(found) in (
        [(S.WITHDRAWN, SlotState.FREE, ReviewState.OVERTAKEN), (S.WITHDRAWN, SlotState.FREE, ReviewState.DECIDED)]
        if withdrawn
        else [(S.APPROVED, SlotState.DONE, ReviewState.DECIDED)]
    )


@pytest.mark.parametrize("turn", range(TIMES))
def test_a_text_saved_while_its_lease_ends_is_kept_and_the_place_is_free_once(database, session, sums, ed, eve, turn):
    work = a_submission(session, author=ed, task=a_task(session, sums))
    work_id = work.id
    late = NOW + timedelta(days=2)
    session.commit()

    def save(own):
        content = some_content(answer={"text": "The last word"})
        return save_draft(
            own, ed.actor, work_id, base_n=1, content=content, client_mutation_id="last", fencing=1, now=late
        )

    def claim(own):
        return claim_next(own, eve.actor, own.get_one(Project, sums.id), now=late)

    outcomes = at_once(database, [save, claim, lambda own: expire_due(own, now=late)])

    kept = session.scalars(select(DraftSave.content).where(DraftSave.n == 2)).all()
    kept += session.scalars(select(DraftConflict.content)).all()
    live = session.scalars(select(Assignment.user_id).where(Assignment.state == AssignmentState.ACTIVE)).all()
    taken = session.scalar(select(func.count()).where(TaskSlot.state == SlotState.TAKEN))
    assert ["The last word" in text for text in kept] == [True]
    assert len(live) == taken
    assert len(live) <= 1
    assert isinstance(outcomes[0], Saved) or outcomes[0].code == "lease_lost"


@pytest.mark.parametrize("turn", range(TIMES))
def test_a_task_is_resumed_by_one_or_claimed_by_the_other(database, session, sums, ed, eve, turn):
    work = a_submission(session, author=ed, task=a_task(session, sums))
    ending.release(session, ed.actor, work, now=NOW)
    work_id = work.id
    session.commit()

    def resume(own):
        return beginning.resume(own, ed.actor, own.get_one(Submission, work_id), now=NOW).user_id

    def claim(own):
        return claim_next(own, eve.actor, own.get_one(Project, sums.id), now=NOW).user_id

    outcomes = at_once(database, [resume, claim])

    live = session.scalars(select(Assignment.user_id).where(Assignment.state == AssignmentState.ACTIVE)).all()
    assert len(refusals(outcomes)) == 1
    assert live == [outcome for outcome in outcomes if not isinstance(outcome, WorkingsError)]


@pytest.mark.parametrize("turn", range(TIMES))
def test_work_is_handed_in_or_given_back(database, session, sums, ed, turn):
    work = a_submission(session, author=ed, task=a_task(session, sums))
    work_id, sha256 = work.id, work.draft_sha256 or ""
    session.commit()

    def submit(own):
        return handing_in.submit(own, ed.actor, work_id, n=1, sha256=sha256, idempotency_key=None, now=NOW).revision

    def give_back(own):
        ending.release(own, ed.actor, own.get_one(Submission, work_id), now=NOW)

    outcomes = at_once(database, [submit, give_back])

    found = session.execute(
        select(Submission.state, Assignment.state, TaskSlot.state)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .join(TaskSlot, TaskSlot.id == Submission.slot_id)
    ).one()
    revisions = session.scalar(select(func.count()).select_from(Revision))
    assert len(refusals(outcomes)) == 1
    assert (*found, revisions) in [
        (S.SUBMITTED, AssignmentState.SUBMITTED, SlotState.TAKEN, 1),
        (S.DRAFT, AssignmentState.RELEASED, SlotState.FREE, 0),
    ]
