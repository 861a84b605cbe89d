"""Handing in: the draft that was read through becomes an immutable revision, in one transaction; and its undo."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.assignments.queries import hands_in_use
from app.assignments.service.leases import LEASE_LOST, free_hand, move_assignment
from app.assignments.states import AssignmentState
from app.core import audit, jobs
from app.core.actor import Actor, Role
from app.core.errors import (
    AlreadySubmitted,
    Conflict,
    IllegalMove,
    Invalid,
    LeaseLost,
    NotAllowed,
    NotFound,
    NotSigned,
    Stale,
)
from app.core.ids import new_id
from app.projects.models import Project
from app.projects.policy import ACCEPTS_WRITING
from app.projects.queries import signed_in_force
from app.projects.states import ProjectState
from app.submissions.models import DraftSave, Revision, Submission, VerifierRun, WorkSpan
from app.submissions.policy import can_undo_hand_in
from app.submissions.schemas import FindingOut
from app.submissions.service.checking import Brief, Document, check_stored, count, in_order
from app.submissions.service.ending import move_submission
from app.submissions.service.telling import cites_runs, has_tests, is_checkable, machine_findings, read_told
from app.submissions.states import EDITABLE, SubmissionState
from app.tasks.models import Task
from app.tasks.states import Activity

TRIES = 8
CHECK_JOB = "submissions.check_revision"
SIGN_JOB = "similarity.sign_revision"
"""Looks for work that is like it; the area of similarity, which compares, brings the handler."""


class NotReady(Invalid):
    """The work lacks something without which it cannot be handed in; details hold the findings."""

    code = "not_ready"

    def __init__(self, sentence: str, findings: list[FindingOut]) -> None:
        super().__init__(sentence)
        self.details["findings"] = [finding.model_dump(mode="json") for finding in findings]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was handed in, as stored."""

    submission_id: UUID
    revision: int
    sha256: str
    words: int
    tokens: int
    active_seconds: int
    submitted_at: datetime
    findings: list[Any]
    is_new: bool
    """False when it had been handed in before and the request was a repetition"""


def submit(
    session: Session,
    actor: Actor,
    submission_id: UUID,
    *,
    n: int,
    sha256: str,
    idempotency_key: str | None,
    now: datetime,
) -> Receipt:
    """Hand in save number `n` with hash `sha256` of the actor's own work; the same request again gets the same receipt.

    Revision, state, lease and audit event are one change. Raises Stale when the head is another one, NotReady with
    findings when a blocker stands, AlreadySubmitted, LeaseLost, NotSigned while the agreement in force is not signed,
    Invalid for a key used with another body.
    """
    for _ in range(TRIES):
        row = _read(session, actor, submission_id)
        stored = _stored_receipt(row, n, sha256, idempotency_key)
        if stored is not None:
            return stored
        _require_open(row)
        if (row.draft_n, row.draft_sha256) != (n, sha256) or row.content is None:
            raise _stale(row)
        document = json.loads(row.content)  # written by us from a checked document: read without checking again
        findings = _findings(session, row, document, now=now)
        receipt = _store(session, actor, row, document, findings, idempotency_key, now=now)
        if receipt is not None:
            return receipt
        # It was saved or handed in between our reading and our writing: look again.
    raise Conflict("This draft is being changed in many places at once; close the other windows and submit again.")


def _findings(session: Session, row: "_Row", document: Document, *, now: datetime) -> list[FindingOut]:
    """Say what linter and machines have against the work; NotReady for what must be mended or explained first."""
    brief = Brief(row.activity, unit_expected=row.unit_expected, language=row.content_language)
    findings = check_stored(row.draft_sha256 or "", document, brief)
    if row.was_told or has_tests(row.answer_spec) or cites_runs(document):
        told = read_told(session, row.submission_id, row.answer_spec, tells_check=row.tells_check)
        findings = in_order([*findings, *machine_findings(session, told, document, now=now)])
    stops = [finding for finding in findings if finding.stops]
    if stops:
        raise NotReady(stops[0].sentence, findings)
    return findings


def undo_hand_in(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Take back a hand-in that nobody has opened: the work is editable again, its revision stays in the history.

    First work gets a live lease again (Conflict while three others are held); returned work goes back to `returned`.
    IllegalMove once a reviewer has opened it, though they may have left it again, or passed it on to level 2.
    """
    session.refresh(submission, with_for_update={"key_share": True})  # a review may be opened at this moment
    was_returned = submission.times_returned > 0
    new = SubmissionState.RETURNED if was_returned else SubmissionState.DRAFT
    if not can_undo_hand_in(actor, submission):
        raise IllegalMove("A reviewer has opened it; it cannot be taken back any more.")
    move_submission(session, submission, new, now=now)
    if not was_returned:
        _lend_again(session, actor, submission, now)
    audit.record(
        session,
        "submission.undo_hand_in",
        actor=actor,
        at=now,
        kind="submission",
        object_id=submission.id,
        project_id=submission.project_id,
        moved=(SubmissionState.SUBMITTED, new),
    )


def _lend_again(session: Session, actor: Actor, submission: Submission, now: datetime) -> None:
    hand = free_hand(hands_in_use(session, actor.user_id))
    if hand is None:
        raise Conflict("You hold three tasks already; finish one or give it back first.")
    project = session.get_one(Project, submission.project_id)
    move_assignment(
        session,
        submission.assignment_id,
        AssignmentState.SUBMITTED,
        AssignmentState.ACTIVE,
        now=now,
        hand=hand,
        lease_expires_at=now + timedelta(hours=project.lease_hours),
        warned_percent=0,
        ended_at=None,
        fencing=Assignment.fencing + 1,
    )


_LAST = Revision.__table__.alias("last_revision")
_READ = (
    select(
        Submission.id.label("submission_id"),
        Submission.project_id,
        Submission.assignment_id,
        Submission.activity,
        Submission.state,
        Submission.draft_n,
        Submission.draft_sha256,
        Submission.revision_n,
        Submission.form_version,
        Assignment.state.label("lease_state"),
        Project.state.label("project_state"),
        Project.guideline_n,
        Project.agreement_n,
        or_(Project.agreement_n == 0, signed_in_force(bindparam("author_id")).is_not(None)).label("is_signed"),
        Project.content_language,
        Task.version.label("task_version"),
        Task.unit_expected,
        Task.answer_spec,
        Project.tells_check,
        exists(VerifierRun.id)
        .where(VerifierRun.submission_id == Submission.id, VerifierRun.revision_id.is_(None))
        .correlate(Submission)
        .label("was_told"),
        DraftSave.content,
        select(func.coalesce(func.sum(WorkSpan.active_seconds), 0))
        .where(WorkSpan.submission_id == Submission.id)
        .correlate(Submission)
        .scalar_subquery()
        .label("active_seconds"),
        _LAST.c.draft_n.label("last_draft_n"),
        _LAST.c.sha256.label("last_sha256"),
        _LAST.c.idempotency_key.label("last_key"),
        _LAST.c.words.label("last_words"),
        _LAST.c.tokens.label("last_tokens"),
        _LAST.c.active_seconds.label("last_active_seconds"),
        _LAST.c.submitted_at.label("last_submitted_at"),
        _LAST.c.findings.label("last_findings"),
    )
    .join(Assignment, Assignment.id == Submission.assignment_id)
    .join(Project, Project.id == Submission.project_id)
    .join(Task, Task.id == Submission.task_id)
    .outerjoin(DraftSave, and_(DraftSave.submission_id == Submission.id, DraftSave.n == Submission.draft_n))
    .outerjoin(_LAST, and_(_LAST.c.submission_id == Submission.id, _LAST.c.n == Submission.revision_n))
    .where(Submission.id == bindparam("submission_id"), Submission.author_id == bindparam("author_id"))
)


@dataclass(frozen=True, slots=True)
class _Row:
    """All that handing in needs to know, read in one query."""

    submission_id: UUID
    project_id: UUID
    assignment_id: UUID
    activity: Activity
    state: SubmissionState
    draft_n: int
    draft_sha256: str | None
    revision_n: int
    form_version: int
    lease_state: AssignmentState
    project_state: ProjectState
    guideline_n: int
    agreement_n: int
    is_signed: bool
    """the agreement in force, by the author; True where the project has none"""
    content_language: str | None
    task_version: int
    unit_expected: bool
    answer_spec: dict[str, Any]
    tells_check: bool
    was_told: bool
    """a machine has been asked about this work before it was handed in"""
    content: str | None
    active_seconds: int
    last_draft_n: int | None
    last_sha256: str | None
    last_key: str | None
    last_words: int | None
    last_tokens: int | None
    last_active_seconds: int | None
    last_submitted_at: datetime | None
    last_findings: list[Any] | None


def _read(session: Session, actor: Actor, submission_id: UUID) -> _Row:
    found = session.connection().execute(_READ, {"submission_id": submission_id, "author_id": actor.user_id}).first()
    if found is None or not actor.is_in(found[1]):
        raise NotFound("There is no such work, or it is not yours to see.")
    if not actor.has(Role.ANNOTATOR, found[1]):
        raise NotAllowed("You are no annotator in this project any more; what you wrote is kept.")
    return _Row(*list(found))


def _stored_receipt(row: _Row, n: int, sha256: str, idempotency_key: str | None) -> Receipt | None:
    """Return the receipt of the last revision when this request is its repetition."""
    same = (row.last_draft_n, row.last_sha256) == (n, sha256)
    if idempotency_key is not None and row.last_key == idempotency_key and not same:
        raise Invalid("This Idempotency-Key was used for another version; make a new one.", pointer="Idempotency-Key")
    if not same or row.last_submitted_at is None or row.state in EDITABLE:
        return None
    return Receipt(
        row.submission_id,
        row.revision_n,
        sha256,
        row.last_words or 0,
        row.last_tokens or 0,
        row.last_active_seconds or 0,
        row.last_submitted_at,
        row.last_findings or [],
        is_new=False,
    )


def _require_open(row: _Row) -> None:
    if row.state not in EDITABLE:
        raise AlreadySubmitted("This was handed in already, or put aside; reload the page to see where it stands.")
    if row.project_state not in ACCEPTS_WRITING:
        raise Conflict("The project is closed; nothing is handed in any more. What you wrote is kept.")
    expected = AssignmentState.SUBMITTED if row.state == SubmissionState.RETURNED else AssignmentState.ACTIVE
    if row.lease_state != expected:
        raise LeaseLost(LEASE_LOST)
    if not row.is_signed:
        raise NotSigned(
            f"Read version {row.agreement_n} of the contributor agreement and sign it, then hand this in. "
            "What you wrote is saved.",
            details={"agreement_version": row.agreement_n},
        )


def _stale(row: _Row) -> Stale:
    head = {"n": row.draft_n, "sha256": row.draft_sha256}
    return Stale("The draft has changed since you read it through; look at it once more, then submit.", details=head)


def _store(
    session: Session,
    actor: Actor,
    row: _Row,
    document: Document,
    findings: list[FindingOut],
    idempotency_key: str | None,
    *,
    now: datetime,
) -> Receipt | None:
    """Store the revision with all that goes with it; None when the draft moved meanwhile, and nothing is stored."""
    words, tokens = count(document)
    n = row.revision_n + 1
    connection = session.connection()
    moved = {"b_id": row.submission_id, "b_state": row.state, "b_n": row.draft_n, "b_sha256": row.draft_sha256}
    if connection.execute(_HAND_IN, moved | {"revision_n": n, "now": now}).rowcount != 1:
        return None
    told = [finding.model_dump(mode="json") for finding in findings]
    counted = {"words": words, "tokens": tokens, "findings": told}
    named = {"n": n, "idempotency_key": idempotency_key, "submitted_at": now}
    revision = _revision_of(row)
    connection.execute(_REVISE, revision | counted | named)
    _ask_for_check(session, row, revision["id"], now=now)
    if row.lease_state == AssignmentState.ACTIVE:
        move_assignment(session, row.assignment_id, row.lease_state, AssignmentState.SUBMITTED, now=now)
    audit.record(
        session,
        "submission.submit",
        actor=actor,
        at=now,
        kind="submission",
        object_id=row.submission_id,
        project_id=row.project_id,
        moved=(row.state, SubmissionState.SUBMITTED),
        revision=n,
        sha256=row.draft_sha256,
    )
    return Receipt(
        row.submission_id, n, row.draft_sha256 or "", words, tokens, int(row.active_seconds), now, told, is_new=True
    )


def _ask_for_check(session: Session, row: _Row, revision_id: UUID, *, now: datetime) -> None:
    kinds = [CHECK_JOB, SIGN_JOB] if is_checkable(row.answer_spec) else [SIGN_JOB]
    payload = {"revision_id": str(revision_id)}
    jobs.enqueue_all_behind(session, kinds, payload, project_id=row.project_id, now=now)


def _revision_of(row: _Row) -> dict[str, Any]:
    """Take over what the draft says of itself."""
    return {
        "id": new_id(),
        "submission_id": row.submission_id,
        "draft_n": row.draft_n,
        "content": row.content,
        "sha256": row.draft_sha256,
        "form_version": row.form_version,
        "task_version": row.task_version,
        "guideline_n": row.guideline_n,
        "vocabulary": VOCABULARY,
        "active_seconds": int(row.active_seconds),
    }


VOCABULARY = "o200k_base"
_HAND_IN = (
    update(Submission.__table__)  # type: ignore[arg-type]  # a Table at run time
    .where(
        Submission.id == bindparam("b_id"),
        Submission.state == bindparam("b_state"),
        Submission.draft_n == bindparam("b_n"),
        Submission.draft_sha256 == bindparam("b_sha256"),
    )
    .values(
        state=SubmissionState.SUBMITTED,
        revision_n=bindparam("revision_n"),
        submitted_at=bindparam("now"),
        updated_at=bindparam("now"),
        decided_at=None,
    )
)
_REVISE = insert(Revision.__table__)  # type: ignore[arg-type]  # a Table at run time
