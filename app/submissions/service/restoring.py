"""Settled work that comes back from a native export: every revision as it was handed in, none of it open any more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.submissions.models import ProgramRun, Revision, Submission, VerifierRun
from app.submissions.states import EditsState, Finding, RunPurpose, RunState, SubmissionState
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
class RestoredCheck:
    """What a machine had found about the last revision."""

    id: UUID
    verifier: str
    finding: Finding
    method: str
    reason: str
    detail: str
    spec_sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RestoredRun:
    """A run of a program that a step cites."""

    id: UUID
    purpose: RunPurpose
    language: str
    source: str
    stdin: str
    verdict: str | None
    message: str
    exit_code: int | None
    stdout: str
    stderr: str
    results: list[Any]
    cpu_milliseconds: int
    wall_milliseconds: int
    memory_bytes: int
    requested_at: datetime


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
    check: RestoredCheck | None
    runs: list[RestoredRun]


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
    ids = {(row["submission_id"], row["n"]): row["id"] for row in rows}
    checks = [_check(work, work.check, ids) for work in works if work.check is not None]
    if checks:
        session.execute(insert(VerifierRun), checks)
    runs = [_run(work, run) for work in works for run in work.runs]
    if runs:
        session.execute(insert(ProgramRun), runs)
    return ids


def _check(work: RestoredSubmission, check: RestoredCheck, ids: Mapping[tuple[UUID, int], UUID]) -> dict[str, Any]:
    last = work.revisions[-1]
    own = asdict(check)
    moment = own.pop("at")
    return {
        **own,
        "submission_id": work.id,
        "revision_id": ids[work.id, last.n],
        "content_sha256": last.sha256,
        "created_at": moment,
    }


def _run(work: RestoredSubmission, run: RestoredRun) -> dict[str, Any]:
    # When it had ended is not said; it was before the work was handed in.
    return {
        **asdict(run),
        "submission_id": work.id,
        "requested_by": work.author_id,
        "state": RunState.DONE,
        "source_sha256": sha256(run.source.encode()).hexdigest(),
        "finished_at": min(run.requested_at, work.revisions[-1].submitted_at),
    }


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
