"""One-time links: the first admin's set-up, invitations, password resets. Each works once and not for long."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Membership, OneTimeLink, User
from app.accounts.policy import can_manage_members
from app.accounts.queries import sha256
from app.accounts.service import passwords
from app.accounts.service.sessions import end_all_sessions
from app.accounts.states import LinkPurpose, UserState
from app.core import audit, jobs, mail
from app.core.actor import Actor, Role
from app.core.db import changed_one
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
_GONE = "This link was used, has expired or was taken back. Ask for a new one."


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
) -> str:
    """Store a link and return its secret, which is shown once and kept only as a hash."""
    secret = new_secret()
    session.add(
        OneTimeLink(
            id=new_id(),
            secret_sha256=sha256(secret),
            purpose=purpose,
            email=email,
            user_id=user_id,
            project_id=project_id,
            roles=[str(role) for role in roles],
            created_by=created_by,
            created_at=now,
            expires_at=now + LIFETIME[purpose],
        )
    )
    return secret


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
        raise NotFound(_GONE)
    return link


def _use(session: Session, link: OneTimeLink, *, now: datetime) -> None:
    """Take the link; of two at once one gets it."""
    free = (OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
    if not changed_one(session, update(OneTimeLink).where(OneTimeLink.id == link.id, *free).values(used_at=now)):
        raise NotFound(_GONE)


def setup_link(session: Session, *, now: datetime) -> str | None:
    """Return the path at which the first admin is made, or None when somebody is here already.

    An earlier code dies, so that only the one shown last works.
    """
    if session.scalar(select(exists(select(User.id)))):
        return None
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.purpose == LinkPurpose.SETUP, OneTimeLink.used_at.is_(None))
        .values(revoked_at=now)
    )
    return f"/setup/{make_link(session, LinkPurpose.SETUP, now=now)}"


def set_up_first_admin(session: Session, secret: str, email: str, name: str, password: str, *, now: datetime) -> User:
    """Make the first admin by the set-up code; of two at once one wins."""
    link = open_link(session, secret, LinkPurpose.SETUP, now=now)
    passwords.check_new(password, email=email, name=name)
    _use(session, link, now=now)
    if session.scalar(select(exists(select(User.id)))):
        raise NotFound(_GONE)
    user = _new_user(session, email, name, password, now=now, is_admin=True)
    audit.record(session, "user.set_up", actor=user.id, at=now, kind="user", object_id=user.id)
    return user


def invite(
    session: Session,
    email: str,
    *,
    project_id: UUID,
    roles: Sequence[Role],
    actor: Actor,
    settings: "Settings",
    now: datetime,
) -> str:
    """Invite an address into a project and return the link's path; mailed too when mail is configured."""
    if not can_manage_members(actor, project_id):
        raise NotAllowed("Only a manager of the project may invite.")
    if not roles:
        raise Invalid("Choose at least one role.", fields={"roles": "Choose at least one."})
    secret = make_link(
        session,
        LinkPurpose.INVITATION,
        now=now,
        email=email,
        project_id=project_id,
        roles=roles,
        created_by=actor.user_id,
    )
    path = f"/invitations/{secret}"
    audit.record(
        session, "member.invite", actor=actor, at=now, kind="project", object_id=project_id, project_id=project_id
    )
    body = (
        f"{actor.name} invites you to work on a project in Workings.\n\nOpen this link within seven days:\n"
        f"{settings.public_url}{path}\n\nIf you did not expect this, ignore it.\n"
    )
    _mail(session, settings, email, "An invitation to Workings", body, now=now)
    return path


def accept_invitation(session: Session, secret: str, name: str, password: str, *, now: datetime) -> User:
    """Make the account of an invited address (or set its first password) and join the project, once."""
    link = open_link(session, secret, LinkPurpose.INVITATION, now=now)
    if link.email is None:
        raise NotFound(_GONE)
    existing = session.scalars(select(User).where(User.email_key == email_key(link.email))).one_or_none()
    if existing is not None and existing.password_hash is not None:
        raise Invalid("There is an account with this address already: sign in, then open the link again.")
    passwords.check_new(password, email=link.email, name=name)
    _use(session, link, now=now)
    if existing is None:
        user = _new_user(session, link.email, name, password, now=now, is_admin=False)
    else:
        user = existing
        user.name, user.password_hash, user.password_changed_at = name, passwords.hash_password(password), now
    _join(session, link, user, now=now)
    audit.record(session, "user.accept", actor=user.id, at=now, kind="user", object_id=user.id)
    return user


def join_by_invitation(session: Session, secret: str, *, actor: Actor, now: datetime) -> None:
    """Let somebody who has an account join by an invitation to their own address."""
    link = open_link(session, secret, LinkPurpose.INVITATION, now=now)
    user = session.get_one(User, actor.user_id)
    if link.email is None or email_key(link.email) != user.email_key:
        raise NotAllowed("This invitation is for another address. Sign out and open it again.")
    _use(session, link, now=now)
    _join(session, link, user, now=now)
    audit.record(
        session, "member.join", actor=actor, at=now, kind="user", object_id=user.id, project_id=link.project_id
    )


def _join(session: Session, link: OneTimeLink, user: User, *, now: datetime) -> None:
    if link.project_id is None:
        return
    query = select(Membership.role).where(Membership.user_id == user.id, Membership.project_id == link.project_id)
    held = set(session.scalars(query))
    for role in (Role(name) for name in link.roles):
        if role not in held:
            session.add(
                Membership(
                    user_id=user.id,
                    project_id=link.project_id,
                    role=role,
                    created_at=now,
                    created_by=link.created_by,
                )
            )


def _new_user(session: Session, email: str, name: str, password: str, *, now: datetime, is_admin: bool) -> User:
    user = User(
        id=new_id(),
        email=email,
        email_key=email_key(email),
        name=name,
        password_hash=passwords.hash_password(password),
        password_changed_at=now,
        is_admin=is_admin,
        created_at=now,
    )
    session.add(user)
    session.flush()  # memberships and events refer to it
    return user


def revoke_link(session: Session, link: OneTimeLink, *, actor: Actor, now: datetime) -> None:
    """Take a link back before it is used."""
    session.execute(
        update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None)).values(revoked_at=now)
    )
    audit.record(
        session, "link.revoke", actor=actor, at=now, kind="link", object_id=link.id, project_id=link.project_id
    )


def ask_for_reset(session: Session, email: str, *, settings: "Settings", now: datetime) -> None:
    """Mail a reset link if there is such an account; the answer is the same if there is none."""
    user = session.scalars(select(User).where(User.email_key == email_key(email))).one_or_none()
    if user is None or user.state is not UserState.ACTIVE or not mail.is_configured(settings):
        return
    secret = make_link(session, LinkPurpose.RESET, now=now, email=user.email, user_id=user.id)
    body = (
        f"Somebody asked for a new password for your account.\n\nOpen this link within 30 minutes:\n"
        f"{settings.public_url}/password/{secret}\n\nIf it was not you, ignore it.\n"
    )
    _mail(session, settings, user.email, "A new password for Workings", body, now=now)


def reset_link(session: Session, user: User, *, actor: Actor, now: datetime) -> str:
    """Make a reset link for an admin to hand over; returns its path."""
    secret = make_link(session, LinkPurpose.RESET, now=now, email=user.email, user_id=user.id, created_by=actor.user_id)
    audit.record(session, "user.reset_link", actor=actor, at=now, kind="user", object_id=user.id)
    return f"/password/{secret}"


def reset_password(session: Session, secret: str, password: str, *, now: datetime) -> User:
    """Set a new password by a reset link; every session of the person ends."""
    link = open_link(session, secret, LinkPurpose.RESET, now=now)
    user = session.get(User, link.user_id) if link.user_id else None
    if user is None or user.state is not UserState.ACTIVE:
        raise NotFound(_GONE)
    passwords.check_new(password, email=user.email, name=user.name)
    _use(session, link, now=now)
    user.password_hash, user.password_changed_at = passwords.hash_password(password), now
    end_all_sessions(session, user.id, now=now)
    audit.record(session, "user.reset_password", actor=user.id, at=now, kind="user", object_id=user.id)
    return user


def _mail(session: Session, settings: "Settings", to: str, subject: str, body: str, *, now: datetime) -> None:
    if mail.is_configured(settings):
        jobs.enqueue(session, "mail.send", {"to": to, "subject": subject, "body": body}, now=now, priority=2)
