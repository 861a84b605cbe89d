"""Lists for whoever looks after the installation: people, events, jobs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.queries import names_of
from app.admin.schemas import EventFilter
from app.core.actor import Role
from app.core.audit import Event, EventSeal
from app.core.jobs import Job, JobState
from app.core.pagination import Page, SortKey, page_of
from app.projects.models import Project
from app.text.identifiers import email_key

PAGE_SIZE = 50
EXPORT_PAGE = 500
VERIFY_KIND = "audit.verify"
_NEWEST_FIRST = [SortKey(Event.at, descending=True), SortKey(Event.id, descending=True)]


@dataclass(frozen=True, slots=True)
class Place:
    """A project somebody belongs to, and as what."""

    slug: str
    name: str
    roles: tuple[Role, ...]


def people_page(session: Session, *, search: str, cursor: str | None) -> Page[User]:
    """List accounts by name; `search` looks inside names and at the beginning of addresses."""
    keys = [SortKey(User.name), SortKey(User.id)]
    query = select(User)
    if search.strip():
        words = _escaped(search.strip())
        inside = User.name.ilike(f"%{words}%", escape="\\")
        query = query.where(or_(inside, User.email_key.like(f"{email_key(words)}%", escape="\\")))
    return page_of(session, query, keys, lambda user: (user.name, user.id), cursor=cursor, size=PAGE_SIZE)


def places_of(session: Session, user_id: UUID) -> list[Place]:
    """List the projects somebody belongs to, by name."""
    query = (
        select(Project.slug, Project.name, Membership.role)
        .join(Membership, Membership.project_id == Project.id)
        .where(Membership.user_id == user_id)
        .order_by(Project.name, Project.id, Membership.role)
    )
    places: dict[tuple[str, str], list[Role]] = {}
    for slug, name, role in session.execute(query).all():
        places.setdefault((slug, name), []).append(role)
    return [Place(slug, name, tuple(roles)) for (slug, name), roles in places.items()]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def events_page(session: Session, wanted: EventFilter, *, cursor: str | None, size: int = PAGE_SIZE) -> Page[Event]:
    """List audit events, newest first."""
    query = _events(wanted)
    return page_of(session, query, _NEWEST_FIRST, lambda event: (event.at, event.id), cursor=cursor, size=size)


def _events(wanted: EventFilter) -> Select[Event]:
    query = select(Event)
    if wanted.who:
        person = select(User.id).where(User.email_key == email_key(wanted.who)).scalar_subquery()
        query = query.where(Event.actor_id == person)
    if wanted.verb:
        query = query.where(Event.verb.like(f"{_escaped(wanted.verb)}%", escape="\\"))
    if wanted.thing is not None:
        query = query.where(or_(Event.object_id == wanted.thing, Event.project_id == wanted.thing))
    if wanted.project:
        query = query.where(Event.project_id == _project(wanted.project))
    if wanted.since_at is not None:
        query = query.where(Event.at >= wanted.since_at)
    if wanted.until_at is not None:
        query = query.where(Event.at < wanted.until_at)
    if wanted.since_at and wanted.until_at and wanted.since_at >= wanted.until_at:
        query = query.where(false())
    return query


def _project(slug: str) -> object:
    return select(Project.id).where(Project.slug == slug).scalar_subquery()


def slugs_of(session: Session, project_ids: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """Return the slugs of some projects by id."""
    wanted = sorted({one for one in project_ids if one is not None})
    rows = session.execute(select(Project.id, Project.slug).where(Project.id.in_(wanted))).all()
    return {row[0]: row[1] for row in rows}


def people_named(session: Session, user_ids: Iterable[UUID | None]) -> Mapping[UUID, str]:
    """Return names by id, for events and jobs."""
    return names_of(session, [one for one in user_ids if one is not None])


def seals_of(session: Session, event_ids: Sequence[UUID]) -> Mapping[UUID, EventSeal]:
    """Return the seals of some events by event."""
    seals = session.scalars(select(EventSeal).where(EventSeal.event_id.in_(event_ids)))
    return {seal.event_id: seal for seal in seals}


def last_seal(session: Session) -> EventSeal | None:
    """Return the head of the chain; None before anything was sealed."""
    return session.scalars(select(EventSeal).order_by(EventSeal.seq.desc()).limit(1)).first()


def last_verification(session: Session, *, finished: bool) -> Job | None:
    """Return the newest check of the chain that has finished, or that waits or runs."""
    states = (JobState.DONE,) if finished else (JobState.QUEUED, JobState.RUNNING)
    query = select(Job).where(Job.kind == VERIFY_KIND, Job.state.in_(states))
    return session.scalars(query.order_by(Job.id.desc()).limit(1)).first()


def jobs_page(session: Session, *, state: JobState | None, cursor: str | None) -> Page[Job]:
    """List background jobs, newest first."""
    query = select(Job) if state is None else select(Job).where(Job.state == state)
    keys = [SortKey(Job.id, descending=True)]
    return page_of(session, query, keys, lambda job: (job.id,), cursor=cursor, size=PAGE_SIZE)
