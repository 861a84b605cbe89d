"""Ending sessions at once: by their owner, or because who they are has changed; renewing the one that goes on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import event, update
from sqlalchemy.orm import Session, SessionTransaction

from app.accounts.models import UserSession
from app.accounts.queries import sha256
from app.core import audit
from app.core.actor import RENEWED, Actor
from app.core.ids import new_secret


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


def begin_anew(session: Session, user_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Let no session outlive a change of what its owner may do or of their password; the caller records why.

    All sessions of the person end. When they change it themselves, the one they are in goes on with a new id.
    """
    end_all_sessions(session, user_id, now=now, but=actor.session_id)
    if user_id == actor.user_id:
        renew_session(session, actor)


def renew_session(session: Session, actor: Actor) -> None:
    """Give the actor's browser session a new secret, its id as the browser sees it; the answer carries it.

    The old one is worth nothing from the commit on. A token or a job has no session, so for them nothing happens.
    """
    if actor.session_id is None:
        return
    secret = new_secret()
    session.execute(
        update(UserSession).where(UserSession.id == actor.session_id).values(secret_sha256=sha256(secret)),
        execution_options={"synchronize_session": False},
    )
    session.info[RENEWED] = secret
    event.listen(session, "after_soft_rollback", _forget_renewal)


def _forget_renewal(session: Session, _transaction: SessionTransaction) -> None:
    session.info.pop(RENEWED, None)
