"""The doors to accounts, tokens, sessions and news."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken, Notification, OneTimeLink, User, UserSession
from app.accounts.policy import can_administer
from app.core.actor import Actor
from app.core.errors import NotFound


def require_admin(actor: Actor) -> None:
    """Raise NotFound unless the actor administers the installation: others need not know these pages exist."""
    if not can_administer(actor):
        raise NotFound("There is nothing at this address.")


def get_user(session: Session, actor: Actor, user_id: UUID) -> User:
    """Load an account; only oneself or, for an admin, anybody."""
    user = session.get(User, user_id)
    if user is None or not (user.id == actor.user_id or can_administer(actor)):
        raise NotFound("There is no such person.")
    return user


def get_own_session(session: Session, actor: Actor, session_id: UUID) -> UserSession:
    """Load one of one's own sessions."""
    held = session.get(UserSession, session_id)
    if held is None or held.user_id != actor.user_id:
        raise NotFound("There is no such session.")
    return held


def get_own_token(session: Session, actor: Actor, token_id: UUID) -> ApiToken:
    """Load one of one's own tokens."""
    token = session.get(ApiToken, token_id)
    if token is None or token.user_id != actor.user_id:
        raise NotFound("There is no such token.")
    return token


def get_own_notification(session: Session, actor: Actor, notification_id: UUID) -> Notification:
    """Load one piece of one's own news."""
    news = session.get(Notification, notification_id)
    if news is None or news.user_id != actor.user_id:
        raise NotFound("There is no such news.")
    return news


def get_invitation(session: Session, project_id: UUID, link_id: UUID) -> OneTimeLink:
    """Load an invitation into a project that the caller has already been let into as its manager."""
    query = select(OneTimeLink).where(OneTimeLink.id == link_id, OneTimeLink.project_id == project_id)
    link = session.scalars(query).one_or_none()
    if link is None:
        raise NotFound("There is no such invitation.")
    return link
