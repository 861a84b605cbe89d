"""Settled work that comes back from a native export: every revision as it was handed in, none of it open any more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.submissions.models import Revision, Submission
from app.submissions.states import EditsState, SubmissionState
from app.tasks.states import Activity


@dataclass(frozen=True, slots=True)
class RestoredRevision:
    """One version of the work, its content in the one form that is hashed."""

    n: int
    content: str
    sha256: str
    form_version: int
    guideline_n: int
    words: int
    tokens: int
    vocabulary: str
    active_seconds: int
    findings: list[Any]
    edited_by: UUID | None
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class RestoredSubmission:
    """One person's work on one task, with all its revisions in order."""

    id: UUID
    task_id: UUID
    task_version: int
    slot_id: UUID
    assignment_id: UUID
    author_id: UUID
    activity: Activity
    state: SubmissionState
    review_level: int
    times_returned: int
    decided_at: datetime | None
    revisions: list[RestoredRevision]


def known_submissions(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Tell which of these pieces of work are here already."""
    return set(session.scalars(select(Submission.id).where(Submission.id.in_(ids))))


def restore_submissions(
    session: Session, project_id: UUID, works: Sequence[RestoredSubmission], *, now: datetime
) -> dict[tuple[UUID, int], UUID]:
    """Store settled work under its own ids and return (submission id, n) → revision id.

    There is no draft: what was handed in is all there is. A reviewer's edits count as accepted, since only such are
    frozen; of those in earlier revisions nothing more is known.
    """
    session.execute(insert(Submission), [_submission(project_id, work, now) for work in works])
    rows = [_revision(work, revision) for work in works for revision in work.revisions]
    session.execute(insert(Revision), rows)
    return {(row["submission_id"], row["n"]): row["id"] for row in rows}


def _submission(project_id: UUID, work: RestoredSubmission, now: datetime) -> dict[str, Any]:
    first, last = work.revisions[0], work.revisions[-1]
    return {
        "id": work.id,
        "project_id": project_id,
        "task_id": work.task_id,
        "slot_id": work.slot_id,
        "assignment_id": work.assignment_id,
        "author_id": work.author_id,
        "activity": work.activity,
        "state": work.state,
        "form_version": last.form_version,
        "revision_n": last.n,
        "review_level": work.review_level,
        "times_returned": work.times_returned,
        "created_at": first.submitted_at,
        "updated_at": now,
        "submitted_at": last.submitted_at,
        "decided_at": work.decided_at,
    }


def _revision(work: RestoredSubmission, revision: RestoredRevision) -> dict[str, Any]:
    is_last = revision is work.revisions[-1]
    return {
        "id": new_id(),
        "submission_id": work.id,
        "n": revision.n,
        "content": revision.content,
        "sha256": revision.sha256,
        "form_version": revision.form_version,
        "task_version": work.task_version,
        "guideline_n": revision.guideline_n,
        "words": revision.words,
        "tokens": revision.tokens,
        "vocabulary": revision.vocabulary,
        "active_seconds": revision.active_seconds,
        "findings": revision.findings,
        "edited_by": revision.edited_by,
        "edits_state": EditsState.ACCEPTED if revision.edited_by is not None and is_last else None,
        "submitted_at": revision.submitted_at,
    }
