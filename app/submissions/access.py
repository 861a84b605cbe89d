"""The only door to work: 404 for who may not know of it, 403 for what they may not do with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_, select
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core.actor import Actor, Role
from app.core.errors import NotAllowed, NotFound
from app.projects.models import Project
from app.projects.states import ProjectState
from app.submissions.models import DraftConflict, DraftSave, Revision, Submission
from app.submissions.policy import (
    HIDDEN_FROM_ALL_BUT_AUTHOR,
    SHOWN_TO_REVIEWERS,
    can_view_submission,
    is_author,
)
from app.submissions.states import MOVES, SubmissionState
from app.tasks.models import Task
from app.tasks.states import Activity

Rule = Callable[[Actor, Submission], bool]
_UNKNOWN = "There is no such work, or it is not yours to see."


def get_submission(
    session: Session, actor: Actor, submission_id: UUID, *, can: Rule = can_view_submission
) -> Submission:
    """Load one submission; NotFound if the actor may not know of it, NotAllowed if `can` says no."""
    submission = session.get(Submission, submission_id)
    if submission is None or not can_view_submission(actor, submission):
        raise NotFound(_UNKNOWN)
    if not can(actor, submission):
        raise NotAllowed("You cannot do this with this work as it stands; reload the page to see where it is.")
    return submission


def get_own_submission(session: Session, actor: Actor, submission_id: UUID) -> Submission:
    """Load one submission of the actor's own; NotFound for everybody else's, whoever asks."""
    submission = session.get(Submission, submission_id)
    if submission is None or not is_author(actor, submission):
        raise NotFound(_UNKNOWN)
    return submission


def visible_submissions(actor: Actor) -> Select[Submission]:
    """Select the work the actor may see: `can_view_submission` as SQL, in no particular order."""
    own = and_(Submission.author_id == actor.user_id, Submission.project_id.in_(sorted(actor.roles)))
    handed_in = and_(Submission.revision_n > 0, Submission.state.not_in(HIDDEN_FROM_ALL_BUT_AUTHOR))
    others = and_(Submission.author_id != actor.user_id, handed_in, or_(*_others_seen(actor)))
    return select(Submission).where(or_(own if actor.roles else false(), others))


def withdrawable(actor: Actor, project_id: UUID) -> Select[Submission]:
    """Select the actor's own work in a project that was handed in and may be withdrawn, the newest first.

    A draft that nobody else has seen is given back instead.
    """
    allowed = [state for state, moves in MOVES.items() if SubmissionState.WITHDRAWN in moves]
    return (
        select(Submission)
        .where(
            Submission.author_id == actor.user_id,
            Submission.project_id == project_id,
            Submission.project_id.in_(sorted(actor.roles)),
            Submission.revision_n > 0,
            Submission.state.in_(allowed),
        )
        .order_by(Submission.id.desc())
    )


def _others_seen(actor: Actor) -> list[ColumnElement[bool]]:
    if actor.is_admin:
        return [Submission.id.is_not(None)]
    seen: list[ColumnElement[bool]] = [false()]
    run, reviews = actor.projects_as(Role.MANAGER), actor.projects_as(Role.REVIEWER)
    if run:
        seen.append(Submission.project_id.in_(run))
    if reviews:
        seen.append(and_(Submission.project_id.in_(reviews), Submission.state.in_(SHOWN_TO_REVIEWERS)))
    return seen


def get_revision(session: Session, submission: Submission, n: int) -> Revision:
    """Load one handed-in version of work the caller has got through the door."""
    query = select(Revision).where(Revision.submission_id == submission.id, Revision.n == n)
    revision = session.scalars(query).first()
    if revision is None:
        raise NotFound("This work has no such version.")
    return revision


def get_save(session: Session, submission: Submission, n: int) -> DraftSave:
    """Load one kept save of the caller's own draft; NotFound when it is none of the last fifty."""
    save = session.get(DraftSave, (submission.id, n))
    if save is None:
        raise NotFound("This save is not kept any more; the last fifty are.")
    return save


def get_conflict(session: Session, submission: Submission, conflict_id: UUID) -> DraftConflict:
    """Load one text of the caller's own that came too late to be the head."""
    query = select(DraftConflict).where(DraftConflict.id == conflict_id, DraftConflict.submission_id == submission.id)
    conflict = session.scalars(query).first()
    if conflict is None:
        raise NotFound("There is no such conflict copy.")
    return conflict


@dataclass(frozen=True, slots=True)
class Desk:
    """The head of somebody's own work with its lease and its project's rules: what one save needs, in one query."""

    submission_id: UUID
    project_id: UUID
    task_id: UUID
    slot_id: UUID
    assignment_id: UUID
    activity: Activity
    state: SubmissionState
    draft_n: int
    draft_sha256: str | None
    updated_at: datetime
    lease_state: AssignmentState
    fencing: int
    lease_expires_at: datetime | None
    project_state: ProjectState
    lease_hours: int
    tracks_time: bool
    content_language: str | None
    unit_expected: bool
    applied_n: int | None
    """number of the save that this mutation made before, when the request is a repetition"""
    applied_sha256: str | None
    applied_at: datetime | None


_DESK = (
    select(
        Submission.id,
        Submission.project_id,
        Submission.task_id,
        Submission.slot_id,
        Submission.assignment_id,
        Submission.activity,
        Submission.state,
        Submission.draft_n,
        Submission.draft_sha256,
        Submission.updated_at,
        Assignment.state,
        Assignment.fencing,
        Assignment.lease_expires_at,
        Project.state,
        Project.lease_hours,
        Project.tracks_time,
        Project.content_language,
        Task.unit_expected,
        DraftSave.n,
        DraftSave.sha256,
        DraftSave.saved_at,
    )
    .join(Assignment, Assignment.id == Submission.assignment_id)
    .join(Project, Project.id == Submission.project_id)
    .join(Task, Task.id == Submission.task_id)
    .outerjoin(
        DraftSave,
        and_(DraftSave.submission_id == Submission.id, DraftSave.client_mutation_id == bindparam("client_mutation_id")),
    )
    .where(Submission.id == bindparam("submission_id"), Submission.author_id == bindparam("author_id"))
)


def get_desk(session: Session, actor: Actor, submission_id: UUID, *, client_mutation_id: str = "") -> Desk:
    """Load the head of the actor's own work; NotFound for everybody else's, whoever asks.

    NotAllowed when they are no annotator of its project any more. Columns instead of objects: this runs on each save.
    """
    parameters = {
        "submission_id": submission_id,
        "author_id": actor.user_id,
        "client_mutation_id": client_mutation_id,
    }
    row = session.connection().execute(_DESK, parameters).first()
    if row is None or not actor.is_in(row[1]):
        raise NotFound(_UNKNOWN)
    if not actor.has(Role.ANNOTATOR, row[1]):
        raise NotAllowed("You are no annotator in this project any more; what you wrote is kept.")
    return Desk(*list(row))
