"""Who belongs to a project: brought in by address, given other roles, let go."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Membership, User
from app.accounts.states import UserState
from app.core import mail
from app.core.actor import Actor, Role
from app.core.errors import Invalid, NotFound
from app.projects.models import Project
from app.projects.schemas import InviteIn
from app.text.identifiers import email_key

if TYPE_CHECKING:
    from app.config import Settings


@dataclass(frozen=True, slots=True)
class Brought:
    """How somebody came in: at once, because they have an account, or by a link that waits for them."""

    email: str
    name: str | None
    """None: invited, no account yet"""
    link: str | None
    """path of the invitation when it must be handed over by the manager, since no mail is configured"""


def bring_in(
    session: Session, project: Project, who: InviteIn, *, actor: Actor, settings: "Settings", now: datetime
) -> Brought:
    """Give somebody with an account the roles; invite others by a link that works once and seven days.

    Invalid when the account is disabled.
    """
    user = session.scalars(select(User).where(User.email_key == email_key(who.email))).one_or_none()
    if user is None:
        path = accounts.invite(
            session, who.email, project_id=project.id, roles=who.roles, actor=actor, settings=settings, now=now
        )
        return Brought(who.email, None, None if mail.is_configured(settings) else path)
    if user.state != UserState.ACTIVE:
        sentence = "This account is disabled; an admin of the installation can enable it."
        raise Invalid("Not added.", fields={"email": sentence})
    for role in who.roles:
        accounts.grant_role(session, project.id, user.id, role, actor=actor, now=now)
    return Brought(user.email, user.name, None)


def set_roles(
    session: Session, project: Project, user_id: UUID, roles: Collection[Role], *, actor: Actor, now: datetime
) -> None:
    """Make `roles` all that a member is in the project; none lets them go. Their work stays.

    NotFound when they are no member, Conflict when they are the last manager and would no longer be one.
    """
    held = set(
        session.scalars(
            select(Membership.role).where(Membership.project_id == project.id, Membership.user_id == user_id)
        )
    )
    if not held:
        raise NotFound("There is no such member.")
    for role in sorted(set(roles) - held):
        accounts.grant_role(session, project.id, user_id, role, actor=actor, now=now)
    for role in sorted(held - set(roles)):
        accounts.revoke_role(session, project.id, user_id, role, actor=actor, now=now)
