"""Checking the chain of the audit log, and writing events out for a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.service import notify
from app.accounts.states import NotificationKind, UserState
from app.admin import queries
from app.admin.schemas import EventFilter
from app.core import audit, jobs
from app.core.actor import Actor
from app.core.audit import Event, EventSeal, Verification
from app.core.db import Database
from app.core.jobs import Job

COLUMNS = ("seq", "at", "who", "verb", "kind", "thing", "project", "from", "to", "reason", "detail", "seal")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; such a cell gets an apostrophe before it."""


def wish_verification(session: Session, *, actor: Actor | None, now: datetime) -> Job:
    """Have the whole chain checked by a job; one that waits already is enough."""
    waiting = queries.last_verification(session, finished=False)
    if waiting is not None:
        return waiting
    by = actor.user_id if actor else None
    return jobs.enqueue(session, queries.VERIFY_KIND, {}, now=now, requested_by=by, priority=7)


def verify_chain(database: Database, key: bytes, *, now: datetime) -> Verification:
    """Walk the whole chain; every admin is told, once for each place, when it does not hold."""
    with database.reading() as session:
        found = audit.verify(session, key, between=session.rollback)
    if found.first_bad_seq is not None:
        with database.change() as session:
            _tell_admins(session, found.first_bad_seq, now=now)
    return found


def _tell_admins(session: Session, seq: int, *, now: datetime) -> None:
    sentence = f"The audit log does not hold: event {seq} was changed, removed or put in."
    for admin in session.scalars(select(User.id).where(User.is_admin, User.state == UserState.ACTIVE)).all():
        dedup = f"audit-broken:{seq}:{admin}"
        notify(session, admin, NotificationKind.JOB_FAILED, sentence, "/admin/audit", now=now, dedup_key=dedup)


def export_events(database: Database, wanted: EventFilter) -> Iterator[str]:
    """Write the events as CSV for a spreadsheet, newest first, a page of 500 in a transaction of its own each time."""
    yield _line(COLUMNS)
    cursor: str | None = None
    while True:
        with database.reading() as session:
            page = queries.events_page(session, wanted, cursor=cursor, size=queries.EXPORT_PAGE)
            lines = _lines(session, list(page.items))
        yield "".join(lines)
        cursor = page.next_cursor
        if cursor is None:
            return


def _lines(session: Session, events: list[Event]) -> list[str]:
    people = queries.people_named(session, [event.actor_id for event in events])
    slugs = queries.slugs_of(session, [event.project_id for event in events])
    seals = queries.seals_of(session, [event.id for event in events])
    return [_line(_row(event, people.get, slugs.get, seals.get(event.id))) for event in events]


def _row(event: Event, name_of: Any, slug_of: Any, seal: EventSeal | None) -> tuple[object, ...]:
    return (
        seal.seq if seal else "",
        event.at.isoformat(),
        _named(event.actor_id, name_of),
        event.verb,
        event.object_kind,
        event.object_id or "",
        _named(event.project_id, slug_of),
        event.from_state or "",
        event.to_state or "",
        event.reason or "",
        json.dumps(event.detail, ensure_ascii=False, sort_keys=True) if event.detail else "",
        seal.hmac if seal else "",
    )


def _named(one: UUID | None, name_of: Any) -> str:
    return "" if one is None else str(name_of(one) or one)


def _line(values: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow([_cell(str(value)) for value in values])
    return text.getvalue()


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
