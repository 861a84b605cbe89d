"""Accounts and roles: make, disable, grant, revoke; the last admin and the last manager stay."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken, Membership, User
from app.accounts.policy import can_administer, can_manage_members
from app.accounts.schemas import Profile
from app.accounts.service.links import make_link
from app.accounts.service.notifications import notify
from app.accounts.service.sessions import end_all_sessions
from app.accounts.states import LinkPurpose, NotificationKind, UserState
from app.core import audit
from app.core.actor import Actor, Role
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.core.ids import new_id
from app.text.identifiers import check_email, check_name, email_key


def create_user(
    session: Session, *, email: str, name: str, is_admin: bool, now: datetime, actor: Actor | None = None
) -> str:
    """Make an account without a password and return the path of the link that sets one (7 days, once)."""
    try:
        address, shown = check_email(email), check_name(name)
    except ValueError as error:
        raise Invalid(str(error)) from error
    user = User(id=new_id(), email=address, email_key=email_key(address), name=shown, is_admin=is_admin, created_at=now)
    session.add(user)
    try:
        session.flush()  # the unique address decides, not a look beforehand
    except IntegrityError as error:
        raise Conflict("Somebody has an account with this address already.") from error
    audit.record(session, "user.create", actor=actor, at=now, kind="user", object_id=user.id, admin=is_admin)
    secret = make_link(session, LinkPurpose.INVITATION, now=now, email=user.email, user_id=user.id)
    return f"/invitations/{secret}"


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
    """Make somebody an admin of the installation, or no longer; their sessions begin anew."""
    _require_admin(actor)
    if not is_admin:
        _require_another_admin(session, user)
    user.is_admin = is_admin
    end_all_sessions(session, user.id, now=now, but=actor.session_id)
    audit.record(session, "user.set_admin", actor=actor, at=now, kind="user", object_id=user.id, admin=is_admin)


def set_level(session: Session, user: User, *, level: int, actor: Actor, now: datetime) -> None:
    """Set the highest review level (1 or 2) that somebody may decide."""
    _require_admin(actor)
    if level not in {1, 2}:
        raise Invalid("The review level is 1 or 2.")
    user.level = level
    audit.record(session, "user.set_level", actor=actor, at=now, kind="user", object_id=user.id, level=level)


def grant_role(session: Session, project_id: UUID, user_id: UUID, role: Role, *, actor: Actor, now: datetime) -> bool:
    """Give somebody a role in a project; False when they had it already."""
    _require_manager(actor, project_id)
    user = session.get(User, user_id)
    if user is None or user.state is not UserState.ACTIVE:
        raise NotFound("There is no such person.")
    where = (Membership.user_id == user_id, Membership.project_id == project_id, Membership.role == role)
    if session.scalar(select(Membership.id).where(*where)) is not None:
        return False
    session.add(Membership(user_id=user_id, project_id=project_id, role=role, created_at=now, created_by=actor.user_id))
    session.flush()  # two grants at once: the unique row lets one through
    audit.record(
        session, "member.grant", actor=actor, at=now, kind="user", object_id=user_id, project_id=project_id, role=role
    )
    if user_id != actor.user_id:
        sentence = f"You are now {'an annotator' if role is Role.ANNOTATOR else f'a {role}'} in a project."
        notify(session, user_id, NotificationKind.MEMBERSHIP, sentence, "/projects", now=now)
    return True


def revoke_role(session: Session, project_id: UUID, user_id: UUID, role: Role, *, actor: Actor, now: datetime) -> None:
    """Take a role in a project away; the last manager stays."""
    _require_manager(actor, project_id)
    if role is Role.MANAGER:
        query = select(func.count()).where(Membership.project_id == project_id, Membership.role == Role.MANAGER)
        # Locks the managers' rows on PostgreSQL, so that two cannot take each other's role at once.
        session.execute(
            select(Membership.id)
            .where(Membership.project_id == project_id, Membership.role == Role.MANAGER)
            .with_for_update()
        ).all()
        if (session.scalar(query) or 0) <= 1:
            raise Conflict("This is the last manager; make somebody else a manager first.")
    where = (Membership.user_id == user_id, Membership.project_id == project_id, Membership.role == role)
    session.execute(delete(Membership).where(*where))
    audit.record(
        session, "member.revoke", actor=actor, at=now, kind="user", object_id=user_id, project_id=project_id, role=role
    )


def _require_admin(actor: Actor) -> None:
    if not can_administer(actor):
        raise NotAllowed("Only an admin may do this.")


def _require_manager(actor: Actor, project_id: UUID) -> None:
    if not can_manage_members(actor, project_id):
        raise NotAllowed("Only a manager of the project may change who is in it.")


def _require_another_admin(session: Session, user: User) -> None:
    query = select(User.id).where(User.is_admin, User.state == UserState.ACTIVE, User.id != user.id).with_for_update()
    if session.scalars(query).first() is None:
        raise Conflict("This is the last admin; make somebody else an admin first.")
