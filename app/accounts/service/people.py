"""Accounts and roles: make, disable, grant, revoke; the last admin and the last manager stay."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken, Membership, User
from app.accounts.policy import can_administer, can_manage_members
from app.accounts.queries import project_name
from app.accounts.schemas import Profile
from app.accounts.service.ending import begin_anew, end_all_sessions
from app.accounts.service.links import make_link, path_of
from app.accounts.service.notifications import notify
from app.accounts.states import LinkPurpose, NotificationKind, UserState
from app.core import audit
from app.core.actor import Actor, Role
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.core.ids import new_id
from app.text.identifiers import check_email, check_name, email_key


def create_user(
    session: Session,
    *,
    email: str,
    name: str,
    is_admin: bool,
    now: datetime,
    actor: Actor | None = None,
    password_hash: str | None = None,
) -> str:
    """Make an account and return the path of the link with which its owner sets a password (7 days, once).

    With a `password_hash` they can sign in at once, and the link is of no use. Raises Invalid or Conflict.
    """
    try:
        address, shown = check_email(email), check_name(name)
    except ValueError as error:
        raise Invalid(str(error)) from error
    user = User(
        id=new_id(),
        email=address,
        email_key=email_key(address),
        name=shown,
        is_admin=is_admin,
        password_hash=password_hash,
        password_changed_at=now if password_hash else None,
        created_at=now,
    )
    session.add(user)
    try:
        session.flush()  # the unique address decides, not a look beforehand
    except IntegrityError as error:
        raise Conflict("Somebody has an account with this address already.") from error
    audit.record(session, "user.create", actor=actor, at=now, kind="user", object_id=user.id, admin=is_admin)
    creator = actor.user_id if actor else None
    secret = make_link(session, LinkPurpose.INVITATION, now=now, email=user.email, user_id=user.id, created_by=creator)[
        1
    ]
    return path_of(LinkPurpose.INVITATION, secret)


def change_profile(session: Session, user: User, wanted: Profile, *, actor: Actor, now: datetime) -> None:
    """Change what somebody says of themselves."""
    user.name, user.locale, user.mail_notifications = wanted.name, wanted.locale, wanted.mail_notifications
    audit.record(session, "user.change_profile", actor=actor, at=now, kind="user", object_id=user.id)


def disable(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Shut somebody out: sessions and tokens are dead at their next request; what they wrote stays."""
    _require_admin(actor)
    if user.id == actor.user_id:
        raise NotAllowed("You cannot disable yourself; ask another admin.")
    if user.is_admin:
        _require_another_admin(session, user)
    user.state = UserState.DISABLED
    end_all_sessions(session, user.id, now=now)
    tokens = update(ApiToken).where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    session.execute(tokens.values(revoked_at=now))
    audit.record(session, "user.disable", actor=actor, at=now, kind="user", object_id=user.id)


def enable(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Let somebody in again; they sign in anew, their tokens stay revoked."""
    _require_admin(actor)
    user.state = UserState.ACTIVE
    audit.record(session, "user.enable", actor=actor, at=now, kind="user", object_id=user.id)


def set_admin(session: Session, user: User, *, is_admin: bool, actor: Actor, now: datetime) -> None:
    """Make somebody an admin of the installation, or no longer; their sessions begin anew. The last admin stays."""
    _require_admin(actor)
    if user.is_admin == is_admin:
        return
    if not is_admin:
        _require_another_admin(session, user)
    user.is_admin = is_admin
    begin_anew(session, user.id, actor=actor, now=now)
    audit.record(session, "user.set_admin", actor=actor, at=now, kind="user", object_id=user.id, admin=is_admin)


def set_level(session: Session, user: User, *, level: int, actor: Actor, now: datetime) -> None:
    """Set the highest review level (1 or 2) that somebody may decide; their sessions begin anew."""
    _require_admin(actor)
    if level not in {1, 2}:
        raise Invalid("The review level is 1 or 2.")
    if user.level == level:
        return
    user.level = level
    begin_anew(session, user.id, actor=actor, now=now)
    audit.record(session, "user.set_level", actor=actor, at=now, kind="user", object_id=user.id, level=level)


def end_sessions_of(session: Session, user: User, *, actor: Actor, now: datetime) -> None:
    """Sign somebody out everywhere, as an admin."""
    _require_admin(actor)
    end_all_sessions(session, user.id, now=now)
    audit.record(session, "session.end_all", actor=actor, at=now, kind="user", object_id=user.id)


def grant_role(session: Session, project_id: UUID, user_id: UUID, role: Role, *, actor: Actor, now: datetime) -> bool:
    """Give somebody a role in a project; False when they had it already.

    Their sessions end, so that they sign in anew; a session in which somebody changes their own roles gets a new id.
    """
    _require_manager(actor, project_id)
    user = session.get(User, user_id)
    if user is None or user.state is not UserState.ACTIVE:
        raise NotFound("There is no such person.")
    where = (Membership.user_id == user_id, Membership.project_id == project_id, Membership.role == role)
    if session.scalar(select(Membership.id).where(*where)) is not None:
        return False
    session.add(Membership(user_id=user_id, project_id=project_id, role=role, created_at=now, created_by=actor.user_id))
    session.flush()  # two grants at once: the unique row lets one through
    _after_role_change(session, project_id, user_id, role, "member.grant", actor=actor, now=now)
    if user_id != actor.user_id:
        name = project_name(session, project_id)
        sentence = f"You are now {'an annotator' if role is Role.ANNOTATOR else f'a {role}'} in {name}."
        notify(session, user_id, NotificationKind.MEMBERSHIP, sentence, "/projects", now=now)
    return True


def revoke_role(session: Session, project_id: UUID, user_id: UUID, role: Role, *, actor: Actor, now: datetime) -> None:
    """Take a role in a project away; the last manager who can sign in stays. Nothing happens when they lack it.

    Sessions end as in `grant_role`.
    """
    _require_manager(actor, project_id)
    if role is Role.MANAGER:
        _require_another_manager(session, project_id, user_id)
    where = (Membership.user_id == user_id, Membership.project_id == project_id, Membership.role == role)
    if changed_one(session, delete(Membership).where(*where)):
        _after_role_change(session, project_id, user_id, role, "member.revoke", actor=actor, now=now)


def _after_role_change(
    session: Session, project_id: UUID, user_id: UUID, role: Role, verb: str, *, actor: Actor, now: datetime
) -> None:
    begin_anew(session, user_id, actor=actor, now=now)
    audit.record(
        session, verb, actor=actor, at=now, kind="user", object_id=user_id, project_id=project_id, role=str(role)
    )


def _require_admin(actor: Actor) -> None:
    if not can_administer(actor):
        raise NotAllowed("Only an admin may do this.")


def _require_manager(actor: Actor, project_id: UUID) -> None:
    if not can_manage_members(actor, project_id):
        raise NotAllowed("Only a manager of the project may change who is in it.")


def _require_another_manager(session: Session, project_id: UUID, user_id: UUID) -> None:
    # Locked in one order on PostgreSQL, so that two managers cannot take each other's role at once.
    managers = select(Membership.id).where(Membership.project_id == project_id, Membership.role == Role.MANAGER)
    session.scalars(managers.order_by(Membership.id).with_for_update()).all()
    others = (
        select(func.count())
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.project_id == project_id, Membership.role == Role.MANAGER)
        .where(User.state == UserState.ACTIVE, User.id != user_id)
    )
    if not session.scalar(others):
        raise Conflict("This is the last manager; make somebody else a manager first.")


def _require_another_admin(session: Session, user: User) -> None:
    query = select(User.id).where(User.is_admin, User.state == UserState.ACTIVE)
    # Locked in one order on PostgreSQL, so that two admins cannot demote each other at once.
    admins = session.scalars(query.order_by(User.id).with_for_update()).all()
    if not set(admins) - {user.id}:
        raise Conflict("This is the last admin; make somebody else an admin first.")
