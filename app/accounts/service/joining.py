"""Coming in by a link: the first admin, an invited person, a new password. The password is hashed beforehand."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Membership, OneTimeLink, User
from app.accounts.queries import managed_by
from app.accounts.service.ending import begin_anew, end_all_sessions
from app.accounts.service.links import GONE, anybody_here, open_link, use_link
from app.accounts.states import LinkPurpose, UserState
from app.core import audit
from app.core.actor import Actor, Role
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.core.ids import new_id
from app.text.identifiers import email_key


def set_up_first_admin(
    session: Session, secret: str, email: str, name: str, password_hash: str, *, now: datetime
) -> User:
    """Make the first admin by the set-up code; of two at once, even with two codes, one wins."""
    # All codes are locked in one order, so that on PostgreSQL the second sees the account that the first made.
    codes = select(OneTimeLink.id).where(OneTimeLink.purpose == LinkPurpose.SETUP).order_by(OneTimeLink.id)
    session.scalars(codes.with_for_update()).all()
    link = open_link(session, secret, LinkPurpose.SETUP, now=now)
    use_link(session, link, now=now)
    if anybody_here(session):
        raise NotFound(GONE)
    user = _new_user(session, email, name, password_hash, now=now, is_admin=True)
    audit.record(session, "user.set_up", actor=user.id, at=now, kind="user", object_id=user.id)
    return user


def accept_invitation(session: Session, secret: str, name: str, password_hash: str, *, now: datetime) -> User:
    """Make the account of an invited address (or set its first password) and join the project, once."""
    link = open_link(session, secret, LinkPurpose.INVITATION, now=now)
    user = session.scalars(select(User).where(User.email_key == email_key(link.email or ""))).one_or_none()
    if user is not None and user.password_hash is not None:
        raise Invalid("There is an account with this address already: sign in, then open the link again.")
    if user is not None and user.state is not UserState.ACTIVE:
        raise NotFound(GONE)
    use_link(session, link, now=now)
    if user is None:
        user = _new_user(session, link.email or "", name, password_hash, now=now, is_admin=False)
    else:
        user.name, user.password_hash, user.password_changed_at = name, password_hash, now
    _join(session, link, user, now=now)
    audit.record(
        session, "user.accept", actor=user.id, at=now, kind="user", object_id=user.id, project_id=link.project_id
    )
    return user


def join_by_invitation(session: Session, secret: str, *, actor: Actor, now: datetime) -> None:
    """Let somebody who is signed in join by an invitation to their own address; their session gets a new id."""
    link = open_link(session, secret, LinkPurpose.INVITATION, now=now)
    user = session.get_one(User, actor.user_id)
    if link.email is None or email_key(link.email) != user.email_key:
        raise NotAllowed("This invitation is for another address. Sign out and open it again.")
    use_link(session, link, now=now)
    _join(session, link, user, now=now)
    begin_anew(session, user.id, actor=actor, now=now)
    audit.record(
        session, "member.join", actor=actor, at=now, kind="user", object_id=user.id, project_id=link.project_id
    )


def reset_password(session: Session, secret: str, password_hash: str, *, now: datetime) -> User:
    """Set a new password by a reset link; every session of the person ends."""
    link = open_link(session, secret, LinkPurpose.RESET, now=now)
    user = session.get(User, link.user_id) if link.user_id else None
    if user is None or user.state is not UserState.ACTIVE:
        raise NotFound(GONE)
    use_link(session, link, now=now)
    user.password_hash, user.password_changed_at = password_hash, now
    end_all_sessions(session, user.id, now=now)
    audit.record(session, "user.reset_password", actor=user.id, at=now, kind="user", object_id=user.id)
    return user


def _join(session: Session, link: OneTimeLink, user: User, *, now: datetime) -> None:
    """Give what the link promises, if who made it could still give it: the invitation of a former manager is void."""
    if link.project_id is None:
        return
    if link.created_by is not None and not managed_by(session, link.project_id, link.created_by):
        raise NotFound(GONE)
    query = select(Membership.role).where(Membership.user_id == user.id, Membership.project_id == link.project_id)
    held = set(session.scalars(query))
    session.add_all(
        Membership(user_id=user.id, project_id=link.project_id, role=role, created_at=now, created_by=link.created_by)
        for role in map(Role, link.roles)
        if role not in held
    )


def _new_user(session: Session, email: str, name: str, password_hash: str, *, now: datetime, is_admin: bool) -> User:
    user = User(
        id=new_id(),
        email=email,
        email_key=email_key(email),
        name=name,
        password_hash=password_hash,
        password_changed_at=now,
        is_admin=is_admin,
        created_at=now,
    )
    session.add(user)
    try:
        session.flush()  # memberships and events refer to it, and the unique address decides between two at once
    except IntegrityError as error:
        raise Conflict("There is an account with this address already: sign in instead.") from error
    return user
