"""Lists for whoever looks after the installation: people, events, jobs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.audit import Event
from app.core.jobs import Job, JobState
from app.core.pagination import Page, SortKey, page_of
from app.text.identifiers import email_key

PAGE_SIZE = 50


def people_page(session: Session, *, search: str, cursor: str | None) -> Page[User]:
    """List accounts by name; `search` looks at the beginning of name and address."""
    keys = [SortKey(User.name), SortKey(User.id)]
    query = select(User)
    if search.strip():
        start = _escaped(search.strip()) + "%"
        named = User.name.ilike(start, escape="\\")
        query = query.where(or_(named, User.email_key.like(email_key(start), escape="\\")))
    return page_of(session, query, keys, lambda user: (user.name, user.id), cursor=cursor, size=PAGE_SIZE)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def events_page(
    session: Session,
    *,
    actor_id: UUID | None,
    project_id: UUID | None,
    verb: str,
    before: datetime | None,
    cursor: str | None,
) -> Page[Event]:
    """List audit events, newest first; `verb` is the beginning of one (``review.``)."""
    keys = [SortKey(Event.at, descending=True), SortKey(Event.id, descending=True)]
    query = select(Event)
    if actor_id is not None:
        query = query.where(Event.actor_id == actor_id)
    if project_id is not None:
        query = query.where(Event.project_id == project_id)
    if verb.strip():
        query = query.where(Event.verb.like(_escaped(verb.strip()) + "%", escape="\\"))
    if before is not None:
        query = query.where(Event.at < before)
    return page_of(session, query, keys, lambda event: (event.at, event.id), cursor=cursor, size=PAGE_SIZE)


def jobs_page(session: Session, *, state: JobState | None, cursor: str | None) -> Page[Job]:
    """List background jobs, newest first."""
    query = select(Job) if state is None else select(Job).where(Job.state == state)
    keys = [SortKey(Job.id, descending=True)]
    return page_of(session, query, keys, lambda job: (job.id,), cursor=cursor, size=PAGE_SIZE)


def names(session: Session, user_ids: Sequence[UUID | None]) -> dict[UUID, str]:
    """Return names by id, for events."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_([one for one in user_ids if one]))).all()
    return {row[0]: row[1] for row in rows}
