"""Work that ends without an approval: put aside, given up, withdrawn; what was written stays."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.assignments.access import get_assignment
from app.assignments.models import Assignment
from app.assignments.policy import can_end
from app.assignments.service import ending
from app.assignments.service.leases import LEASE_LOST, move_assignment
from app.assignments.states import LIVE, AssignmentState, ReportKind
from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import IllegalMove, Invalid, LeaseLost
from app.submissions.models import Submission
from app.submissions.states import SubmissionState, require_move
from app.tasks.service.slots import free_slot, reopen_slot


def put_aside(
    session: Session, actor: Actor, submission: Submission, kind: ReportKind, reason: str, *, now: datetime
) -> bool:
    """Skip a task, call it broken or outside one's field; return whether the task was halted by it.

    The draft is kept as it is. Raises LeaseLost when the lease has ended already.
    """
    assignment = _held(session, actor, submission)
    return ending.put_aside(session, actor, assignment, kind, reason, now=now)


def release(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Give the task back without a reason; it can be resumed while it has a free place. The draft is kept."""
    ending.release(session, actor, _held(session, actor, submission), now=now)


def give_up(session: Session, actor: Actor, submission: Submission, reason: str, *, now: datetime) -> None:
    """Stop with a reason; what was written is kept and may still teach something. Final for this person and task."""
    old = submission.state
    move_submission(session, submission, SubmissionState.GAVE_UP, now=now, give_up_reason=reason)
    assignment = session.get_one(Assignment, submission.assignment_id)
    if assignment.state in LIVE:
        ending.put_aside(session, actor, assignment, ReportKind.GAVE_UP, reason, now=now)
    _record(session, "submission.give_up", actor, submission, (old, SubmissionState.GAVE_UP), reason=reason, now=now)


def withdraw(session: Session, actor: Actor, submission: Submission, reason: str, *, now: datetime) -> None:
    """Take work back for good: it is in no later snapshot, and its place is offered again."""
    if not reason.strip():
        raise Invalid("Say why it is withdrawn.", fields={"reason": "Say why."})
    old = submission.state
    move_submission(session, submission, SubmissionState.WITHDRAWN, now=now, decided_at=now)
    assignment = session.get_one(Assignment, submission.assignment_id)
    held = assignment.state
    if held in {*LIVE, AssignmentState.DONE}:
        move_assignment(session, assignment.id, held, AssignmentState.RELEASED, now=now)
        if held == AssignmentState.DONE:
            reopen_slot(session, assignment.slot_id, now)
        else:
            free_slot(session, assignment.slot_id)
    _record(session, "submission.withdraw", actor, submission, (old, SubmissionState.WITHDRAWN), reason=reason, now=now)


def move_submission(
    session: Session, submission: Submission, new: SubmissionState, *, now: datetime, **values: Any
) -> None:
    """Move work by compare-and-set on the state that was read; IllegalMove when it is not allowed or came too late.

    `values` are further columns. Writes no audit event and touches neither lease nor place.
    """
    old = submission.state
    require_move(old, new)
    move = update(Submission).where(Submission.id == submission.id, Submission.state == old)
    if not changed_one(session, move.values(state=new, updated_at=now, **values)):
        raise IllegalMove("This work has just been changed elsewhere; reload it.")
    session.expire(submission, ["state", "updated_at", *values])


def _held(session: Session, actor: Actor, submission: Submission) -> Assignment:
    assignment = get_assignment(session, actor, submission.assignment_id)
    if submission.state != SubmissionState.DRAFT or not can_end(actor, assignment):
        raise LeaseLost(LEASE_LOST)
    return assignment


def _record(
    session: Session,
    verb: str,
    actor: Actor,
    submission: Submission,
    moved: tuple[SubmissionState, SubmissionState],
    *,
    reason: str,
    now: datetime,
) -> None:
    audit.record(
        session,
        verb,
        actor=actor,
        at=now,
        kind="submission",
        object_id=submission.id,
        project_id=submission.project_id,
        moved=moved,
        reason=reason,
    )
