"""Who is behind a cookie or a token, in one query each, and small lists of people."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, Uuid, bindparam, column, exists, func, or_, select, table
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken, Membership, Notification, OneTimeLink, User, UserSession
from app.accounts.states import LinkPurpose, UserState
from app.core.actor import Actor, Role
from app.core.pagination import Page, SortKey, page_of
from app.text.identifiers import email_key

IDLE_EXPERT = timedelta(hours=2)
IDLE_MANAGER = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
PAGE_SIZE = 50
_projects = table("projects", column("id", Uuid()), column("name", String()))
"""Named as the foreign keys of models.py name it: projects are downstream, only what they are called is needed here."""


@dataclass(frozen=True, slots=True)
class Held:
    """Who is behind a cookie or token, and when it was last seen in use."""

    actor: Actor
    last_active_at: datetime | None
    token_id: UUID | None = None


def sha256(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_session(session: Session, secret: str, *, now: datetime) -> Actor | None:
    """Load the actor of a live browser session, as `held_session` does."""
    held = held_session(session, secret, now=now)
    return held.actor if held else None


def actor_of_token(session: Session, secret: str, *, now: datetime) -> Actor | None:
    """Load the actor of an API token, as `held_token` does."""
    held = held_token(session, secret, now=now)
    return held.actor if held else None


def held_session(session: Session, secret: str, *, now: datetime) -> Held | None:
    """Load the actor of a live browser session; None when it is unknown, ended, idle too long or its owner disabled.

    Idle time is 2 h, or 30 min for managers and admins; no session lives longer than 12 h.
    """
    rows = session.connection().execute(_BY_SESSION, {"secret_sha256": sha256(secret)}).all()
    if not rows:
        return None
    user_id, name, is_admin, level, session_id, created_at, last_active_at, stepped_up_at = rows[0][2:]
    roles = _roles((row[0], row[1]) for row in rows)
    manages = is_admin or any(Role.MANAGER in mine for mine in roles.values())
    idle = IDLE_MANAGER if manages else IDLE_EXPERT
    if now - last_active_at > idle or now - created_at > ABSOLUTE:
        return None
    actor = Actor(
        user_id=user_id,
        name=name,
        is_admin=is_admin,
        roles=roles,
        level=level,
        session_id=session_id,
        stepped_up_at=stepped_up_at,
    )
    return Held(actor, last_active_at)


_BY_SESSION = (
    select(
        Membership.project_id,
        Membership.role,
        User.id,
        User.name,
        User.is_admin,
        User.level,
        UserSession.id,
        UserSession.created_at,
        UserSession.last_active_at,
        UserSession.stepped_up_at,
    )
    .join(UserSession, UserSession.user_id == User.id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(UserSession.secret_sha256 == bindparam("secret_sha256"), UserSession.ended_at.is_(None))
    .where(User.state == UserState.ACTIVE)
)
"""Built once, and columns instead of objects: every request of a browser begins with it."""


def held_token(session: Session, secret: str, *, now: datetime) -> Held | None:
    """Load the actor of an API token with its scopes; None when it is unknown, expired, revoked or its owner disabled.

    A token bound to a project sees only that project, and a token is never an admin.
    """
    rows = session.execute(
        select(User, ApiToken, Membership.project_id, Membership.role)
        .join(ApiToken, ApiToken.user_id == User.id)
        .outerjoin(Membership, Membership.user_id == User.id)
        .where(ApiToken.secret_sha256 == sha256(secret), ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
        .where(User.state == UserState.ACTIVE)
    ).all()
    if not rows:
        return None
    user, token = rows[0][0], rows[0][1]
    roles = _roles((row[2], row[3]) for row in rows)
    if token.project_id is not None:
        roles = {project: mine for project, mine in roles.items() if project == token.project_id}
    actor = Actor(
        user_id=user.id,
        name=user.name,
        roles=roles,
        level=user.level,
        scopes=frozenset(token.scopes),
        token_project_id=token.project_id,
    )
    return Held(actor, token.last_used_at, token.id)


def actor_of_user(session: Session, user_id: UUID) -> Actor | None:
    """Load the actor a background job acts for; None when the person is disabled or gone."""
    rows = session.execute(
        select(User, User.id, Membership.project_id, Membership.role)
        .outerjoin(Membership, Membership.user_id == User.id)
        .where(User.id == user_id, User.state == UserState.ACTIVE)
    ).all()
    if not rows:
        return None
    user = rows[0][0]
    return Actor(
        user_id=user.id,
        name=user.name,
        is_admin=user.is_admin,
        roles=_roles((row[2], row[3]) for row in rows),
        level=user.level,
    )


def _roles(memberships: Iterable[tuple[UUID | None, Role | None]]) -> dict[UUID, frozenset[Role]]:
    roles: defaultdict[UUID, set[Role]] = defaultdict(set)
    for project_id, role in memberships:
        if project_id is not None and role is not None:  # the outer join gives one empty pair to who has none
            roles[project_id].add(role)
    return {project: frozenset(mine) for project, mine in roles.items()}


def count_unread(session: Session, user_id: UUID) -> int:
    """Count the notifications a person has not seen."""
    query = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return session.scalar(query) or 0


def preference_of(session: Session, user_id: UUID, name: str) -> Any:
    """Return what a person prefers, as it was kept; None when they never said."""
    return session.scalars(select(User.preferences).where(User.id == user_id)).one().get(name)


def names_of(session: Session, user_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return the names of some people by id."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(set(user_ids)))).all()
    return {row[0]: row[1] for row in rows}


def actor_of_email(session: Session, email: str) -> Actor | None:
    """Load the actor with this address, for the command line; None when there is none who may sign in."""
    user_id = session.scalar(select(User.id).where(User.email_key == email_key(email)))
    return actor_of_user(session, user_id) if user_id is not None else None


def news_of(session: Session, user_id: UUID, *, limit: int = PAGE_SIZE) -> Sequence[Notification]:
    """List a person's latest news, newest first."""
    query = select(Notification).where(Notification.user_id == user_id)
    return session.scalars(query.order_by(Notification.created_at.desc(), Notification.id.desc()).limit(limit)).all()


def news_page(session: Session, user_id: UUID, *, cursor: str | None) -> Page[Notification]:
    """List one page of a person's news, newest first."""
    keys = [SortKey(Notification.created_at, descending=True), SortKey(Notification.id, descending=True)]
    query = select(Notification).where(Notification.user_id == user_id)
    return page_of(session, query, keys, lambda news: (news.created_at, news.id), cursor=cursor, size=PAGE_SIZE)


def open_sessions(session: Session, user_id: UUID, *, now: datetime) -> Sequence[UserSession]:
    """List the sessions of a person that have not been ended or run out, newest first."""
    query = select(UserSession).where(
        UserSession.user_id == user_id,
        UserSession.ended_at.is_(None),
        UserSession.created_at > now - ABSOLUTE,
        UserSession.last_active_at > now - IDLE_EXPERT,
    )
    return session.scalars(query.order_by(UserSession.created_at.desc()).limit(50)).all()


def tokens_of(session: Session, user_id: UUID) -> Sequence[tuple[ApiToken, str | None]]:
    """List a person's tokens with the names of the projects they are bound to, newest first."""
    query = (
        select(ApiToken, _projects.c.name)
        .outerjoin(_projects, _projects.c.id == ApiToken.project_id)
        .where(ApiToken.user_id == user_id)
        .order_by(ApiToken.created_at.desc())
        .limit(100)
    )
    return [(row[0], row[1]) for row in session.execute(query).all()]


def open_invitations(session: Session, project_id: UUID | None, *, now: datetime) -> Sequence[OneTimeLink]:
    """List the invitations (into a project, or without one) that can still be accepted, newest first."""
    where = OneTimeLink.project_id.is_(None) if project_id is None else OneTimeLink.project_id == project_id
    query = select(OneTimeLink).where(
        where,
        OneTimeLink.purpose == LinkPurpose.INVITATION,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.revoked_at.is_(None),
        OneTimeLink.expires_at > now,
    )
    return session.scalars(query.order_by(OneTimeLink.created_at.desc()).limit(200)).all()


def project_name(session: Session, project_id: UUID) -> str | None:
    """Return what a project is called."""
    name: str | None = session.scalar(select(_projects.c.name).where(_projects.c.id == project_id))
    return name


def project_names(session: Session, project_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return what some projects are called, in the order of their names."""
    query = select(_projects.c.id, _projects.c.name).where(_projects.c.id.in_(sorted(set(project_ids))))
    return {row[0]: row[1] for row in session.execute(query.order_by(_projects.c.name, _projects.c.id)).all()}


def managed_by(session: Session, project_id: UUID, user_id: UUID) -> bool:
    """Tell whether somebody may bring people into a project: its manager or an admin, with an account in use."""
    manages = exists().where(
        Membership.user_id == User.id, Membership.project_id == project_id, Membership.role == Role.MANAGER
    )
    query = select(User.id).where(User.id == user_id, User.state == UserState.ACTIVE, or_(User.is_admin, manages))
    return session.scalar(query) is not None
