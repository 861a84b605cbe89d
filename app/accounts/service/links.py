"""One-time links: made, opened, taken back. Each works once and not for long; only its hash is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.accounts.models import OneTimeLink, User
from app.accounts.policy import can_administer, can_manage_members
from app.accounts.queries import project_name, sha256
from app.accounts.service import throttle
from app.accounts.service.throttle import Door
from app.accounts.states import LinkPurpose, UserState
from app.core import audit, jobs, mail
from app.core.actor import Actor, Role
from app.core.db import Database, changed_one
from app.core.errors import Invalid, NotAllowed, NotFound
from app.core.ids import new_id, new_secret
from app.text.identifiers import email_key

if TYPE_CHECKING:
    from app.config import Settings

LIFETIME = {
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.RESET: timedelta(minutes=30),
    LinkPurpose.SETUP: timedelta(minutes=30),
}
RESETS_PER_WINDOW = 5
GONE = "This link was used, has expired or was taken back. Ask for a new one."
PATHS = {LinkPurpose.INVITATION: "/invitations/", LinkPurpose.RESET: "/password/", LinkPurpose.SETUP: "/setup/"}


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What a link is for, as the page behind it tells."""

    email: str
    name: str
    """of the account, if there is one"""
    has_password: bool
    """an account that can sign in exists already"""
    project: str | None
    roles: tuple[Role, ...]
    invited_by: str | None


def make_link(
    session: Session,
    purpose: LinkPurpose,
    *,
    now: datetime,
    email: str | None = None,
    user_id: UUID | None = None,
    project_id: UUID | None = None,
    roles: Sequence[Role] = (),
    created_by: UUID | None = None,
) -> tuple[OneTimeLink, str]:
    """Store a link and return it with its secret, which is shown once and kept only as a hash."""
    secret = new_secret()
    link = OneTimeLink(
        id=new_id(),
        secret_sha256=sha256(secret),
        purpose=purpose,
        email=email,
        user_id=user_id,
        project_id=project_id,
        roles=[str(role) for role in dict.fromkeys(roles)],
        created_by=created_by,
        created_at=now,
        expires_at=now + LIFETIME[purpose],
    )
    session.add(link)
    return link, secret


def path_of(purpose: LinkPurpose, secret: str) -> str:
    """Return the path at which a link is opened."""
    return f"{PATHS[purpose]}{secret}"


def open_link(session: Session, secret: str, purpose: LinkPurpose, *, now: datetime) -> OneTimeLink:
    """Load a link that still works; NotFound otherwise, with one sentence for all reasons."""
    query = select(OneTimeLink).where(
        OneTimeLink.secret_sha256 == sha256(secret),
        OneTimeLink.purpose == purpose,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.revoked_at.is_(None),
        OneTimeLink.expires_at > now,
    )
    link = session.scalars(query).one_or_none()
    if link is None:
        raise NotFound(GONE)
    return link


def use_link(session: Session, link: OneTimeLink, *, now: datetime) -> None:
    """Take the link; of two at once one gets it, the other NotFound."""
    free = (OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
    if not changed_one(session, update(OneTimeLink).where(OneTimeLink.id == link.id, *free).values(used_at=now)):
        raise NotFound(GONE)


def read_facts(session: Session, secret: str, purpose: LinkPurpose, *, now: datetime) -> LinkFacts:
    """Tell what a working link is for; NotFound when it works no longer or its account is disabled."""
    link = open_link(session, secret, purpose, now=now)
    by_address = User.email_key == email_key(link.email or "")
    user = session.scalars(select(User).where(User.id == link.user_id if link.user_id else by_address)).one_or_none()
    if user is not None and user.state is not UserState.ACTIVE:
        raise NotFound(GONE)
    inviter = session.scalar(select(User.name).where(User.id == link.created_by)) if link.created_by else None
    return LinkFacts(
        email=link.email or "",
        name=user.name if user else "",
        has_password=user is not None and user.password_hash is not None,
        project=project_name(session, link.project_id) if link.project_id else None,
        roles=tuple(Role(role) for role in link.roles),
        invited_by=inviter,
    )


def peek(database: Database, secret: str, purpose: LinkPurpose, *, door: Door, now: datetime) -> LinkFacts:
    """Tell what a link is for in a transaction of its own, before a password is hashed for it.

    Raises NotFound as `read_facts` does, TooManyRequests when too many wrong links came from this network.
    """
    with database.reading() as session:
        throttle.require_room(session, door, now=now)
        return read_facts(session, secret, purpose, now=now)


def setup_link(session: Session, *, now: datetime) -> str | None:
    """Return the path at which the first admin is made, or None when somebody is here already.

    An earlier code dies, so that only the one shown last works.
    """
    if anybody_here(session):
        return None
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == LinkPurpose.SETUP, OneTimeLink.used_at.is_(None))
        .values(revoked_at=now)
    )
    return path_of(LinkPurpose.SETUP, make_link(session, LinkPurpose.SETUP, now=now)[1])


def anybody_here(session: Session) -> bool:
    """Tell whether the installation has an account."""
    return bool(session.scalar(select(exists(select(User.id)))))


def invite(
    session: Session,
    email: str,
    *,
    project_id: UUID | None,
    roles: Sequence[Role],
    actor: Actor,
    settings: "Settings",
    now: datetime,
) -> str | None:
    """Invite an address into a project, or (an admin, without one) just into the installation.

    Returns the link's path for the actor to hand over, or None when it goes out by mail: then nobody but who reads
    that address sees it, for the worker gives the link its secret as it writes the letter.
    """
    _require_may_invite(actor, project_id)
    if project_id is not None and not roles:
        raise Invalid("Choose at least one role.", fields={"roles": "Choose at least one."})
    facts = {"email": email, "project_id": project_id, "roles": roles, "created_by": actor.user_id}
    link, secret = make_link(session, LinkPurpose.INVITATION, now=now, **facts)  # type: ignore[arg-type]  # names are those of make_link
    audit.record(
        session,
        "member.invite",
        actor=actor,
        at=now,
        kind="link",
        object_id=link.id,
        project_id=project_id,
        roles=link.roles,
    )
    if not mail.is_configured(settings):
        return path_of(LinkPurpose.INVITATION, secret)
    jobs.enqueue(session, "mail.send", {"kind": "invitation", "link_id": str(link.id)}, now=now, priority=2)
    return None


def _require_may_invite(actor: Actor, project_id: UUID | None) -> None:
    if project_id is None and not can_administer(actor):
        raise NotAllowed("Only an admin may invite into the installation.")
    if project_id is not None and not can_manage_members(actor, project_id):
        raise NotAllowed("Only a manager of the project may invite.")


def revoke_link(session: Session, link: OneTimeLink, *, actor: Actor, now: datetime) -> None:
    """Take a link back before it is used; one that is used or taken back already stays as it is."""
    waiting = (OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
    if changed_one(session, update(OneTimeLink).where(*waiting).values(revoked_at=now)):
        audit.record(
            session, "link.revoke", actor=actor, at=now, kind="link", object_id=link.id, project_id=link.project_id
        )


def ask_for_reset(session: Session, email: str, *, door: Door, settings: "Settings", now: datetime) -> None:
    """Have a reset link mailed if there is such an account; the answer and the work are the same if there is none.

    Raises TooManyRequests for a network that asks too often; for one address at most five letters in 15 minutes.
    """
    throttle.require_room(session, door, now=now)
    subject = door.subject("reset", email_key(email))
    asked = throttle.count_recent(session, subject, now=now)
    throttle.note_failure(session, subject, door.network, now=now)
    query = select(User.id).where(User.email_key == email_key(email), User.state == UserState.ACTIVE)
    user_id = session.scalar(query)
    if asked < RESETS_PER_WINDOW and mail.is_configured(settings):
        payload = {"kind": "reset", "user_id": str(user_id) if user_id else None}
        jobs.enqueue(session, "mail.send", payload, now=now, priority=2)


def reset_link(session: Session, user: User, *, actor: Actor, now: datetime) -> str:
    """Make a reset link for an admin to hand over; returns its path. Earlier ones of this person die."""
    if not can_administer(actor):
        raise NotAllowed("Only an admin may make a reset link.")
    if user.state is not UserState.ACTIVE:
        raise Invalid("This account is disabled; enable it first.")
    secret = renewed_reset_secret(session, user, created_by=actor.user_id, now=now)
    audit.record(session, "user.reset_link", actor=actor, at=now, kind="user", object_id=user.id)
    return path_of(LinkPurpose.RESET, secret)


def renewed_reset_secret(session: Session, user: User, *, created_by: UUID | None, now: datetime) -> str:
    """Make the one reset link of a person that works."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == LinkPurpose.RESET, OneTimeLink.user_id == user.id)
        .where(OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    facts = {"email": user.email, "user_id": user.id, "created_by": created_by}
    return make_link(session, LinkPurpose.RESET, now=now, **facts)[1]  # type: ignore[arg-type]  # as above


def give_secret(link: OneTimeLink) -> str:
    """Give a link a fresh secret, for the letter that carries it; what it had before opens it no longer."""
    secret = new_secret()
    link.secret_sha256 = sha256(secret)
    return secret
