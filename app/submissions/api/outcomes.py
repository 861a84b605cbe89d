"""Other ends and turns of work in JSON: put aside, give up, give back, resume, undo the hand-in, withdraw."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from app.accounts.deps import CurrentActor, require_scope
from app.assignments.states import ReportKind
from app.core import clock
from app.projects.access import get_project
from app.submissions.access import get_own_submission, get_submission
from app.submissions.policy import can_give_up, can_undo_hand_in, can_withdraw
from app.submissions.schemas import ReasonIn, WithdrawManyIn
from app.submissions.service import beginning, ending, handing_in
from app.submissions.service.withdrawing import withdraw_own
from app.submissions.states import SubmissionState
from app.web.deps import Writing

router = APIRouter()
WRITE = require_scope("work:write")
REPORTS = {"skip": ReportKind.SKIP, "broken": ReportKind.BROKEN, "outside-field": ReportKind.OUTSIDE_FIELD}
Aside = Literal["skip", "broken", "outside-field"]


class OutcomeOut(BaseModel):
    """Where the work stands after the change."""

    submission_id: UUID
    state: SubmissionState
    task_halted: bool = False
    """two people have called the task broken"""


class ResumedOut(BaseModel):
    """The new lease of resumed work."""

    submission_id: UUID
    fencing: int
    lease_expires_at: datetime


@router.post("/work/{submission_id}/aside/{kind}", name="api.submissions.put_aside", dependencies=[WRITE])
def put_aside(submission_id: UUID, kind: Aside, given: ReasonIn, actor: CurrentActor, session: Writing) -> OutcomeOut:
    """Skip the task, call it broken, or outside your field; the draft is kept, the place goes back."""
    submission = get_own_submission(session, actor, submission_id)
    halted = ending.put_aside(session, actor, submission, REPORTS[kind], given.reason, now=clock.now())
    return OutcomeOut(submission_id=submission.id, state=submission.state, task_halted=halted)


@router.post("/work/{submission_id}/release", name="api.submissions.release", dependencies=[WRITE])
def release(submission_id: UUID, actor: CurrentActor, session: Writing) -> OutcomeOut:
    """Give the task back without a reason; it can be resumed while it has a free place."""
    submission = get_own_submission(session, actor, submission_id)
    ending.release(session, actor, submission, now=clock.now())
    return OutcomeOut(submission_id=submission.id, state=submission.state)


@router.post("/work/{submission_id}/give-up", name="api.submissions.give_up", dependencies=[WRITE])
def give_up(submission_id: UUID, given: ReasonIn, actor: CurrentActor, session: Writing) -> OutcomeOut:
    """Stop for good with a reason; what was written is kept."""
    submission = get_submission(session, actor, submission_id, can=can_give_up)
    ending.give_up(session, actor, submission, given.reason, now=clock.now())
    return OutcomeOut(submission_id=submission.id, state=submission.state)


@router.post("/work/{submission_id}/resume", name="api.submissions.resume", dependencies=[WRITE])
def resume(submission_id: UUID, actor: CurrentActor, session: Writing) -> ResumedOut:
    """Get a lease back that ran out or was given back; 409 when the task has no free place any more."""
    submission = get_own_submission(session, actor, submission_id)
    lease = beginning.resume(session, actor, submission, now=clock.now())
    return ResumedOut(submission_id=submission_id, fencing=lease.fencing, lease_expires_at=lease.expires_at)


@router.post("/work/{submission_id}/undo", name="api.submissions.undo", dependencies=[WRITE])
def undo(submission_id: UUID, actor: CurrentActor, session: Writing) -> OutcomeOut:
    """Take back a hand-in that nobody has opened yet."""
    submission = get_submission(session, actor, submission_id, can=can_undo_hand_in)
    handing_in.undo_hand_in(session, actor, submission, now=clock.now())
    return OutcomeOut(submission_id=submission.id, state=submission.state)


@router.post("/work/{submission_id}/withdraw", name="api.submissions.withdraw", dependencies=[WRITE])
def withdraw(submission_id: UUID, given: ReasonIn, actor: CurrentActor, session: Writing) -> OutcomeOut:
    """Take work back for good; it is in no later snapshot, and its place is offered again."""
    submission = get_submission(session, actor, submission_id, can=can_withdraw)
    ending.withdraw(session, actor, submission, given.reason, now=clock.now())
    return OutcomeOut(submission_id=submission.id, state=submission.state)


class WithdrawnOut(BaseModel):
    """How many pieces are withdrawn, and how many a job goes on with."""

    withdrawn: int
    waiting: int


@router.post("/projects/{slug}/withdraw", name="api.submissions.withdraw_many", dependencies=[WRITE])
def withdraw_many(slug: str, given: WithdrawManyIn, actor: CurrentActor, session: Writing) -> WithdrawnOut:
    """Take several pieces of your own work in a project back for good, or all that you handed in."""
    project = get_project(session, actor, slug)
    done, waiting = withdraw_own(session, actor, project, given, now=clock.now())
    return WithdrawnOut(withdrawn=done, waiting=waiting)
