"""Reads of work that no single row answers: its versions, saves and conflicts, the last pieces of somebody's work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.submissions.models import (
    DRAFT_HISTORY_KEPT,
    DraftConflict,
    DraftSave,
    ProgramRun,
    Revision,
    Submission,
    VerifierRun,
)
from app.submissions.states import Finding, SubmissionState
from app.tasks.models import Attachment, Task

SHOWN = 200
CHECKS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """One handed-in version without its text."""

    n: int
    sha256: str
    words: int
    tokens: int
    active_seconds: int
    submitted_at: datetime
    is_edited_by_reviewer: bool


@dataclass(frozen=True, slots=True)
class SaveRow:
    """One kept save without its text."""

    n: int
    sha256: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class PieceRow:
    """One piece of somebody's work, in a line."""

    submission_id: UUID
    task_number: int
    task_title: str
    state: SubmissionState
    updated_at: datetime


def revisions_of(session: Session, submission_id: UUID) -> list[RevisionRow]:
    """List the handed-in versions, newest first; at most 200."""
    query = (
        select(
            Revision.n,
            Revision.sha256,
            Revision.words,
            Revision.tokens,
            Revision.active_seconds,
            Revision.submitted_at,
            Revision.edited_by.is_not(None),
        )
        .where(Revision.submission_id == submission_id)
        .order_by(Revision.n.desc())
        .limit(SHOWN)
    )
    return [RevisionRow(*row) for row in session.execute(query)]


def saves_of(session: Session, submission_id: UUID) -> list[SaveRow]:
    """List the kept saves of a draft, newest first; fifty."""
    query = (
        select(DraftSave.n, DraftSave.sha256, DraftSave.saved_at)
        .where(DraftSave.submission_id == submission_id)
        .order_by(DraftSave.n.desc())
        .limit(DRAFT_HISTORY_KEPT)
    )
    return [SaveRow(*row) for row in session.execute(query)]


def conflicts_of(session: Session, submission_id: UUID, *, open_only: bool) -> Sequence[DraftConflict]:
    """List the texts that came too late, oldest first; at most 200."""
    query = select(DraftConflict).where(DraftConflict.submission_id == submission_id)
    if open_only:
        query = query.where(DraftConflict.settled_at.is_(None))
    return session.scalars(query.order_by(DraftConflict.created_at, DraftConflict.id).limit(SHOWN)).all()


@dataclass(frozen=True, slots=True)
class RevisionChecks:
    """What machines found about a handed-in version, each list newest first."""

    verdicts: Sequence[VerifierRun]
    runs: Sequence[ProgramRun]

    @property
    def verdict(self) -> VerifierRun | None:
        """The last word of a machine that could look."""
        return next((one for one in self.verdicts if one.finding != Finding.ERROR), None)


def checks_of_revision(session: Session, revision_id: UUID) -> RevisionChecks:
    """Read what machines said of a handed-in version and the runs behind it: for those who may read that version."""
    verdicts = select(VerifierRun).where(VerifierRun.revision_id == revision_id)
    verdicts = verdicts.order_by(VerifierRun.created_at.desc(), VerifierRun.id.desc()).limit(CHECKS_SHOWN)
    of_the_work = select(Revision.submission_id).where(Revision.id == revision_id).scalar_subquery()
    # By the work as well, since its index finds the runs.
    runs = select(ProgramRun).where(ProgramRun.submission_id == of_the_work, ProgramRun.revision_id == revision_id)
    runs = runs.order_by(ProgramRun.requested_at.desc(), ProgramRun.id.desc()).limit(CHECKS_SHOWN)
    return RevisionChecks(session.scalars(verdicts).all(), session.scalars(runs).all())


def attachments_of(session: Session, task_id: UUID, author_id: UUID) -> Sequence[Attachment]:
    """List the images of a task and those its solver pasted into the work on it, oldest first; at most 200."""
    query = select(Attachment).where(
        Attachment.task_id == task_id, (Attachment.owner_id.is_(None)) | (Attachment.owner_id == author_id)
    )
    return session.scalars(query.order_by(Attachment.created_at, Attachment.id).limit(SHOWN)).all()


def latest_pieces(session: Session, author_id: UUID, project_id: UUID, *, besides: UUID, count: int) -> list[PieceRow]:
    """List the last pieces of handed-in work of somebody in a project, newest change first, without one of them."""
    query = (
        select(Submission.id, Task.number, Task.title, Submission.state, Submission.updated_at)
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.author_id == author_id, Submission.project_id == project_id, Submission.id != besides)
        .where(Submission.state != SubmissionState.DRAFT)
        .order_by(Submission.updated_at.desc(), Submission.id.desc())
        .limit(count)
    )
    return [PieceRow(*row) for row in session.execute(query)]


def own_pieces(session: Session, own: Select[Submission], *, at_most: int) -> tuple[list[PieceRow], int]:
    """List the first of some work of one person in a line each, and count all of it."""
    pieces = own.join(Task, Task.id == Submission.task_id).with_only_columns(
        Submission.id, Task.number, Task.title, Submission.state, Submission.updated_at
    )
    count = session.scalar(select(func.count()).select_from(own.order_by(None).subquery())) or 0
    return [PieceRow(*row) for row in session.execute(pieces.limit(at_most))], count
