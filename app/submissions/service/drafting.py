"""Saving a draft: compare-and-set on its number; what comes too late is kept beside it, never thrown away."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.assignments.service.leases import LEASE_LOST, renew_lease
from app.assignments.states import AssignmentState
from app.core import audit
from app.core.actor import Actor
from app.core.db import is_postgresql
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.projects.policy import ACCEPTS_WRITING
from app.submissions.access import Desk, get_desk
from app.submissions.activities.registry import KINDS
from app.submissions.models import CONTENT_MAX_CHARS, DRAFT_HISTORY_KEPT, DraftConflict, DraftSave, Submission
from app.submissions.schemas import Content
from app.submissions.service.checking import Brief, Document
from app.submissions.states import EDITABLE, REVIEWABLE, SubmissionState
from app.text.fingerprints import canonical_json

TRIES = 8
PRUNE_EVERY = 10
"""Saves between two clean-ups of the history, which so holds fifty to fifty-nine."""
RENEW_AFTER = timedelta(minutes=1)
"""A lease is written again only when its new end is more than this later."""
CODE_STALE, CODE_LEASE_LOST, CODE_SUBMITTED, CODE_CLOSED = "stale", "lease_lost", "already_submitted", "conflict"
_STALE = "This draft was saved in another place meanwhile. Your text is kept beside it; compare the two."
_SUBMITTED = "This was handed in already. The text you just sent is kept as a copy; nothing was lost."
_ENDED = "This work was put aside. The text you just sent is kept as a copy."
_CLOSED = "The project is closed. The text you just sent is kept as a copy."


@dataclass(frozen=True, slots=True)
class Saved:
    """An acknowledged save: the number and hash of the head, and until when the lease holds now."""

    n: int
    sha256: str
    saved_at: datetime
    lease_expires_at: datetime | None
    brief: Brief
    """what the linter has to know of the task"""
    document: Document
    """what was sent, as it is stored"""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a draft with its text (canonical JSON; None before the first save)."""

    n: int
    sha256: str | None
    content: str | None
    saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A save that did not become the head: why, what the head is, and where the sent text is kept."""

    code: str
    sentence: str
    head: Head
    conflict_id: UUID | None
    """None when the head holds the very same text"""


def save_draft(
    session: Session,
    actor: Actor,
    submission_id: UUID,
    *,
    base_n: int,
    content: Content,
    client_mutation_id: str,
    fencing: int,
    now: datetime,
) -> Saved | Refused:
    """Make `content` the head of the actor's draft if that is still number `base_n`, and renew the lease.

    The same mutation twice is applied once; the same text twice makes no new number. A refusal is returned, not
    raised, because the sent text is stored beside the head in the same transaction. Raises NotFound for others' work.
    """
    document = content.model_dump(mode="json")
    for _ in range(TRIES):
        desk = get_desk(session, actor, submission_id, client_mutation_id=client_mutation_id)
        text, sha256 = write_content(desk, content, document)
        sent = _Sent(base_n, text, sha256, client_mutation_id, document)
        outcome = _attempt(session, desk, sent, fencing, now)
        if outcome is None:
            continue  # it was saved or handed in between our reading and our writing: look again
        return outcome if isinstance(outcome, Saved) else _refuse(session, desk, outcome, sent, now=now)
    raise Conflict("This draft is being saved in many places at once; close the other windows and save again.")


def _attempt(
    session: Session, desk: Desk, sent: "_Sent", fencing: int, now: datetime
) -> Saved | tuple[str, str] | None:
    """Save once: what was saved, why it is refused (code, sentence), or None when the head moved meanwhile."""
    brief = brief_of(desk)
    if desk.applied_n is not None and desk.applied_sha256 is not None and desk.applied_at is not None:
        return Saved(desk.applied_n, desk.applied_sha256, desk.applied_at, desk.lease_expires_at, brief, sent.document)
    reason = _why_refused(desk, fencing)
    if reason is not None:
        return reason
    if sent.sha256 == desk.draft_sha256:
        expires_at = _renewed(session, desk, now)
        return Saved(desk.draft_n, sent.sha256, desk.updated_at, expires_at, brief, sent.document)
    if sent.base_n != desk.draft_n:
        return CODE_STALE, _STALE
    if not _advance(session, desk, sent.sha256, now):
        return None
    expires_at = _renewed(session, desk, now)
    _keep(session, desk, sent.text, sent.sha256, sent.client_mutation_id, now)
    return Saved(desk.draft_n + 1, sent.sha256, now, expires_at, brief, sent.document)


def write_content(desk: Desk, content: Content, document: Document) -> tuple[str, str]:
    """Write a document in its canonical form, with its hash; Invalid when it is too long or not this kind of work's."""
    faults = KINDS[desk.activity].faults(content)
    if faults:
        raise Invalid(faults[0], pointer="/content/program")
    text = canonical_json(document)
    if len(text) > CONTENT_MAX_CHARS:
        raise Invalid(f"The document has more than {CONTENT_MAX_CHARS:,} characters; shorten it.", pointer="/content")
    return text, hashlib.sha256(text.encode()).hexdigest()


def brief_of(desk: Desk) -> Brief:
    """Say what the task asks of the work."""
    return Brief(desk.activity, unit_expected=desk.unit_expected, language=desk.content_language)


def head_of(session: Session, submission_id: UUID) -> Head:
    """Read the head of a draft with its text."""
    row = session.execute(_HEAD, {"submission_id": submission_id}).one()
    return Head(row[0], row[1], row[2], row[3])


_HEAD = (
    select(Submission.draft_n, Submission.draft_sha256, DraftSave.content, DraftSave.saved_at)
    .outerjoin(DraftSave, (DraftSave.submission_id == Submission.id) & (DraftSave.n == Submission.draft_n))
    .where(Submission.id == bindparam("submission_id"))
)


def _why_refused(desk: Desk, fencing: int) -> tuple[str, str] | None:
    if desk.state in REVIEWABLE or desk.state in {SubmissionState.APPROVED, SubmissionState.REJECTED}:
        return CODE_SUBMITTED, _SUBMITTED
    if desk.state not in EDITABLE:
        return CODE_CLOSED, _ENDED
    if desk.project_state not in ACCEPTS_WRITING:
        return CODE_CLOSED, _CLOSED
    if desk.state == SubmissionState.RETURNED:
        return None if desk.lease_state == AssignmentState.SUBMITTED else (CODE_LEASE_LOST, LEASE_LOST)
    if desk.lease_state != AssignmentState.ACTIVE or desk.fencing != fencing:
        return CODE_LEASE_LOST, LEASE_LOST
    return None


def _advance(session: Session, desk: Desk, sha256: str, now: datetime) -> bool:
    values = {
        "b_id": desk.submission_id,
        "b_n": desk.draft_n,
        "b_state": desk.state,
        "draft_n": desk.draft_n + 1,
        "draft_sha256": sha256,
        "updated_at": now,
    }
    return session.connection().execute(_ADVANCE, values).rowcount == 1


_SUBMISSIONS, _SAVES = Submission.__table__, DraftSave.__table__
_ADVANCE = (
    update(_SUBMISSIONS)  # type: ignore[arg-type]  # a Table at run time; built once, since it runs on each save
    .where(
        Submission.id == bindparam("b_id"),
        Submission.draft_n == bindparam("b_n"),
        Submission.state == bindparam("b_state"),
    )
    .values(draft_n=bindparam("draft_n"), draft_sha256=bindparam("draft_sha256"), updated_at=bindparam("updated_at"))
)
_KEEP = insert(_SAVES)  # type: ignore[arg-type]  # a Table at run time


def _keep(session: Session, desk: Desk, text: str, sha256: str, client_mutation_id: str, now: datetime) -> None:
    n = desk.draft_n + 1
    row = {
        "submission_id": desk.submission_id,
        "n": n,
        "content": text,
        "sha256": sha256,
        "client_mutation_id": client_mutation_id,
        "saved_at": now,
    }
    session.connection().execute(_KEEP, row)
    if n % PRUNE_EVERY == 0 and n > DRAFT_HISTORY_KEPT:
        old = delete(DraftSave).where(
            DraftSave.submission_id == desk.submission_id, DraftSave.n <= n - DRAFT_HISTORY_KEPT
        )
        session.execute(old, execution_options={"synchronize_session": False})


def _renewed(session: Session, desk: Desk, now: datetime) -> datetime | None:
    if desk.lease_expires_at is None:
        return None
    expires_at = now + timedelta(hours=desk.lease_hours)
    if expires_at - desk.lease_expires_at <= RENEW_AFTER:
        return desk.lease_expires_at
    # It cannot be lost here: it was live in this transaction; should it end meanwhile, the text is saved all the same.
    renew_lease(session, desk.assignment_id, desk.fencing, expires_at=expires_at)
    return expires_at


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a save brought."""

    base_n: int
    text: str
    sha256: str
    client_mutation_id: str
    document: Document


def _refuse(session: Session, desk: Desk, reason: tuple[str, str], sent: _Sent, *, now: datetime) -> Refused:
    head = head_of(session, desk.submission_id)
    if sent.sha256 == head.sha256:
        return Refused(reason[0], reason[1], head, None)
    copy = {
        "id": new_id(),
        "submission_id": desk.submission_id,
        "base_n": sent.base_n,
        "head_n": head.n,
        "content": sent.text,
        "sha256": sent.sha256,
        "client_mutation_id": sent.client_mutation_id,
        "created_at": now,
        "settled_at": None,
    }
    # A repetition finds its copy there already, also when both arrive at the same moment.
    session.connection().execute(_KEEP_COPY[is_postgresql(session)], copy)
    same = (
        DraftConflict.submission_id == desk.submission_id,
        DraftConflict.client_mutation_id == sent.client_mutation_id,
    )
    kept = session.scalars(select(DraftConflict.id).where(*same)).one()
    return Refused(reason[0], reason[1], head, kept)


_COPIES: Any = DraftConflict.__table__
_KEEP_COPY: dict[bool, Any] = {
    True: postgresql.insert(_COPIES).on_conflict_do_nothing(),
    False: sqlite.insert(_COPIES).on_conflict_do_nothing(),
}


def settle_conflict(
    session: Session, actor: Actor, desk: Desk, conflict: DraftConflict, *, take_mine: bool, base_n: int, now: datetime
) -> Saved | Refused:
    """End a conflict: the kept copy becomes the next save, or the head stays; both texts stay in the history.

    Refused as a save would be when the head has moved past `base_n`, or the lease is lost; then nothing changes.
    """
    head = head_of(session, desk.submission_id)
    if take_mine:
        reason = _why_refused(desk, desk.fencing)
        if reason is None and base_n == desk.draft_n and _advance(session, desk, conflict.sha256, now):
            _keep(session, desk, conflict.content, conflict.sha256, f"settle-{conflict.id}", now)
            head = Head(desk.draft_n + 1, conflict.sha256, conflict.content, now)
        else:
            code, sentence = reason or (CODE_STALE, _STALE)
            return Refused(code, sentence, head, conflict.id)
    conflict.settled_at = now
    audit.record(
        session,
        "submission.settle_conflict",
        actor=actor,
        at=now,
        kind="submission",
        object_id=desk.submission_id,
        project_id=desk.project_id,
        took="mine" if take_mine else "theirs",
    )
    document = json.loads(head.content) if head.content else {}
    return Saved(head.n, head.sha256 or "", head.saved_at or now, desk.lease_expires_at, brief_of(desk), document)
