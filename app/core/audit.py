"""The audit log: one event per change, written in its transaction, then sealed into one gap-free HMAC chain.

Sealing is a job of the worker, not of the change: numbering events inside each transaction would make all writers of
a PostgreSQL installation wait for one another (docs/decisions/0004).
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.actor import Actor
from app.core.db import Base
from app.core.ids import new_id

SEAL_BATCH = 500
GENESIS = "0" * 64


class Event(Base):
    """Something that was done: by whom, to what, from which state to which, and why; no secret, no answer text."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "project_id", "at"), Index(None, "object_id"), Index(None, "actor_id", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    verb: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[UUID | None]
    project_id: Mapped[UUID | None]
    from_state: Mapped[str | None] = mapped_column(String(32))
    to_state: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(2000))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class EventSeal(Base):
    """The place of one event in the chain: `hmac` covers the event and the seal before it. Only ever inserted."""

    __tablename__ = "event_seals"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
    hmac: Mapped[str] = mapped_column(String(64))


def record(
    session: Session,
    verb: str,
    *,
    actor: Actor | UUID | None,
    at: datetime,
    kind: str,
    object_id: UUID | None = None,
    project_id: UUID | None = None,
    moved: tuple[str | None, str | None] = (None, None),
    reason: str | None = None,
    **detail: Any,
) -> None:
    """Write one event into the running transaction; it exists exactly if the change does.

    `verb` reads like ``submission.submit``; `moved` is (from state, to state).
    """
    event = {
        "id": new_id(),
        "at": at,
        "actor_id": actor.user_id if isinstance(actor, Actor) else actor,
        "verb": verb,
        "object_kind": kind,
        "object_id": object_id,
        "project_id": project_id,
        "from_state": moved[0],
        "to_state": moved[1],
        "reason": reason,
        "detail": detail,
    }
    session.connection().execute(_RECORD, event)


_RECORD = insert(Event.__table__)  # type: ignore[arg-type]  # a Table at run time; past the unit of work, at half the cost


def seal(session: Session, key: bytes, *, limit: int = SEAL_BATCH) -> int:
    """Append up to `limit` unsealed events, oldest first, to the chain; return how many. One sealer at a time.

    Two sealers would both try the same `seq`, whose primary key lets only one commit.
    """
    last = session.scalars(select(EventSeal).order_by(EventSeal.seq.desc()).limit(1)).first()
    seq, previous = (last.seq, last.hmac) if last else (0, GENESIS)
    events = session.scalars(
        select(Event)
        .outerjoin(EventSeal, EventSeal.event_id == Event.id)
        .where(EventSeal.seq.is_(None))
        .order_by(Event.id)
        .limit(limit)
    ).all()
    for event in events:
        seq += 1
        previous = chain(key, previous, seq, event)
        session.add(EventSeal(seq=seq, event_id=event.id, hmac=previous))
    return len(events)


def chain(key: bytes, previous: str, seq: int, event: Event) -> str:
    """Compute the seal of `event` at place `seq`: HMAC-SHA-256 over the previous seal, the place and the event."""
    row = {
        "id": str(event.id),
        "at": event.at.isoformat(),
        "actor": str(event.actor_id),
        "verb": event.verb,
        "object": [event.object_kind, str(event.object_id), str(event.project_id)],
        "moved": [event.from_state, event.to_state],
        "reason": event.reason,
        "detail": event.detail,
    }
    text = json.dumps([previous, seq, row], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking the chain found."""

    sealed: int
    unsealed: int
    first_bad_seq: int | None
    head: str


def verify(session: Session, key: bytes, *, between: Callable[[], None] | None = None) -> Verification:
    """Walk the whole chain and name the first event that was changed, removed or put in between.

    `between` is called after each page: a reader that passes its session's `rollback` keeps nobody on SQLite from
    writing meanwhile, and sees the same, since the chain only grows.
    """
    expected, previous, first_bad = 0, GENESIS, None
    while first_bad is None:
        rows = _sealed_after(session, expected)
        if not rows:
            break
        for stored, event in rows:
            expected += 1
            previous = chain(key, previous, expected, event)
            if stored.seq != expected or not hmac.compare_digest(stored.hmac, previous):
                first_bad = expected
                break
        if between is not None:
            between()
    unsealed = count_unsealed(session)
    return Verification(sealed=expected, unsealed=unsealed, first_bad_seq=first_bad, head=previous)


def _sealed_after(session: Session, seq: int) -> Sequence[tuple[EventSeal, Event]]:
    rows = session.execute(
        select(EventSeal, Event)
        .join(Event, Event.id == EventSeal.event_id)
        .where(EventSeal.seq > seq)
        .order_by(EventSeal.seq)
        .limit(SEAL_BATCH)
    ).all()
    return [(row[0], row[1]) for row in rows]


def count_unsealed(session: Session) -> int:
    """Count the events that wait for their seal, up to ten thousand."""
    query = select(Event.id).outerjoin(EventSeal, EventSeal.event_id == Event.id).where(EventSeal.seq.is_(None))
    return len(session.scalars(query.limit(10_000)).all())
