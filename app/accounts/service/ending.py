"""Ending sessions at once: by their owner, or because who they are has changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import UserSession
from app.accounts.queries import sha256
from app.core import audit
from app.core.actor import Actor


def end_session(session: Session, session_id: UUID, *, actor: Actor, now: datetime) -> None:
    """End one session at once."""
    session.execute(
        update(UserSession).where(UserSession.id == session_id, UserSession.ended_at.is_(None)).values(ended_at=now)
    )
    audit.record(session, "session.end", actor=actor, at=now, kind="session", object_id=session_id)


def end_all_sessions(session: Session, user_id: UUID, *, now: datetime, but: UUID | None = None) -> None:
    """End every session of a person, except the one they are in if it is given; the caller records why."""
    ending = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if but is not None:
        ending = ending.where(UserSession.id != but)
    session.execute(ending.values(ended_at=now), execution_options={"synchronize_session": False})


def end_replaced_session(session: Session, secret: str, *, now: datetime) -> None:
    """End the session that a browser gives up for a new one; an unknown secret ends nothing."""
    session.execute(
        update(UserSession)
        .where(UserSession.secret_sha256 == sha256(secret), UserSession.ended_at.is_(None))
        .values(ended_at=now),
        execution_options={"synchronize_session": False},
    )


def sign_out_everywhere(session: Session, actor: Actor, *, now: datetime, but_here: bool = False) -> None:
    """End all one's own sessions, on wish but the one that asks."""
    end_all_sessions(session, actor.user_id, now=now, but=actor.session_id if but_here else None)
    audit.record(session, "session.end_all", actor=actor, at=now, kind="user", object_id=actor.user_id)
