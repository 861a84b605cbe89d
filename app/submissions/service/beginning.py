"""The beginning of work: a lease gets its submission; a resumed one gets its old text back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from app.assignments.access import get_assignment
from app.assignments.models import Assignment
from app.assignments.policy import can_resume
from app.assignments.service import claiming
from app.assignments.service.leases import Lease
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict
from app.core.ids import new_id
from app.projects.models import Project
from app.submissions.models import Submission
from app.submissions.schemas import FORM_VERSION
from app.submissions.states import SubmissionState
from app.tasks.models import Task


def take_next(session: Session, actor: Actor, project: Project, *, now: datetime, domain: str | None = None) -> UUID:
    """Claim the next task of a project and begin the work on it; return the submission's id.

    Raises NothingLeft with the reason when there is none for this person now.
    """
    lease = claiming.claim_next(session, actor, project, now=now, domain=domain)
    return begin(session, lease, now=now)


def begin(session: Session, lease: Lease, *, now: datetime) -> UUID:
    """Store the empty work of a new lease; return its id. The first save makes number 1."""
    submission_id = new_id()
    session.connection().execute(
        _BEGIN,
        {
            "id": submission_id,
            "project_id": lease.project_id,
            "task": lease.task_id,
            "slot_id": lease.slot_id,
            "assignment_id": lease.assignment_id,
            "author_id": lease.user_id,
            "state": SubmissionState.DRAFT,
            "draft_n": 0,
            "form_version": FORM_VERSION,
            "revision_n": 0,
            "review_level": 1,
            "times_returned": 0,
            "created_at": now,
            "updated_at": now,
        },
    )
    return submission_id


_BEGIN = insert(Submission.__table__).values(  # type: ignore[arg-type]  # a Table at run time
    task_id=bindparam("task"),
    activity=select(Task.activity).where(Task.id == bindparam("task")).scalar_subquery(),
)


def resume(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> Lease:
    """Give the actor's own unfinished work its lease back, in the same or another free place of the task.

    Raises Conflict when no place is free or it was not put aside in a way that can be undone; the text stays.
    """
    if submission.state != SubmissionState.DRAFT:
        raise Conflict("Only unfinished work can be resumed.")
    assignment = get_assignment(session, actor, submission.assignment_id)
    if not can_resume(actor, assignment):
        raise Conflict("This task was skipped, or is in your hands already; reload the page.")
    project = session.get_one(Project, submission.project_id)
    lease = claiming.resume(session, actor, assignment, project, now=now)
    move = update(Submission).where(Submission.id == submission.id, Submission.state == SubmissionState.DRAFT)
    if not changed_one(session, move.values(slot_id=lease.slot_id, updated_at=now)):
        raise Conflict("This work has just been changed elsewhere; reload it.")
    session.expire(submission)
    session.expire(assignment)
    return lease


def submission_of(session: Session, assignment: Assignment) -> UUID | None:
    """Find the work of an assignment."""
    return session.scalar(select(Submission.id).where(Submission.assignment_id == assignment.id))
