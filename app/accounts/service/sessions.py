"""Signing in and out; sessions are rows, so signing out is real."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User, UserSession
from app.accounts.queries import sha256
from app.accounts.service import passwords, throttle
from app.accounts.states import UserState
from app.core import audit
from app.core.actor import Actor
from app.core.errors import StepUpNeeded
from app.core.ids import new_id, new_secret
from app.text.identifiers import email_key

RENEW_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody stands when they try to come in: the key of the counters, their IP address, their browser."""

    key: bytes
    ip: str
    user_agent: str = ""


def sign_in(session: Session, email: str, password: str, *, door: Door, now: datetime) -> str | None:
    """Return the secret of a new session, or None when address and password do not fit.

    The same time and answer for known and unknown addresses. A failure is counted: the caller lets it commit.
    Raises TooManyRequests during the pause after several failures of this account or this IP address.
    """
    account = throttle.subject_of(door.key, "account", email_key(email))
    address = throttle.subject_of(door.key, "ip", door.ip)
    throttle.require_patience(session, account, free=throttle.FREE_FAILURES, now=now)
    throttle.require_patience(session, address, free=throttle.FREE_FAILURES_PER_ADDRESS, now=now)
    user = session.scalars(select(User).where(User.email_key == email_key(email))).one_or_none()
    fits = passwords.matches(password, user.password_hash if user else None)
    if user is None or not fits or user.state is not UserState.ACTIVE:
        throttle.note_failure(session, account, now=now)
        throttle.note_failure(session, address, now=now)
        audit.record(session, "session.refuse", actor=None, at=now, kind="user", object_id=user.id if user else None)
        return None
    return start_session(session, user, user_agent=door.user_agent, now=now, stepped_up=True)


def start_session(session: Session, user: User, *, user_agent: str, now: datetime, stepped_up: bool) -> str:
    """Begin a session and return its secret, which is stored only as a hash."""
    secret = new_secret()
    held = UserSession(
        id=new_id(),
        secret_sha256=sha256(secret),
        user_id=user.id,
        created_at=now,
        last_active_at=now,
        stepped_up_at=now if stepped_up else None,
        user_agent=user_agent[:200],
    )
    session.add(held)
    audit.record(session, "session.start", actor=user.id, at=now, kind="user", object_id=user.id)
    return secret


def end_session(session: Session, session_id: UUID, *, actor: Actor, now: datetime) -> None:
    """End one session at once."""
    session.execute(
        update(UserSession).where(UserSession.id == session_id, UserSession.ended_at.is_(None)).values(ended_at=now)
    )
    audit.record(session, "session.end", actor=actor, at=now, kind="user", object_id=actor.user_id)


def end_all_sessions(session: Session, user_id: UUID, *, now: datetime, but: UUID | None = None) -> None:
    """End every session of a person, except the one they are in if it is given."""
    ending = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if but is not None:
        ending = ending.where(UserSession.id != but)
    session.execute(ending.values(ended_at=now))


def note_activity(session: Session, actor: Actor, *, now: datetime) -> None:
    """Keep a session alive by a real change; written at most once a minute."""
    session.execute(
        update(UserSession)
        .where(UserSession.id == actor.session_id, UserSession.last_active_at < now - RENEW_AFTER)
        .values(last_active_at=now)
    )


def step_up(session: Session, actor: Actor, password: str, *, door: Door, now: datetime) -> bool:
    """Note that the password was given again; False when it does not fit (counted, with the same pauses)."""
    subject = throttle.subject_of(door.key, "step-up", str(actor.user_id))
    throttle.require_patience(session, subject, free=throttle.FREE_FAILURES, now=now)
    user = session.get_one(User, actor.user_id)
    if not passwords.matches(password, user.password_hash):
        throttle.note_failure(session, subject, now=now)
        return False
    session.execute(update(UserSession).where(UserSession.id == actor.session_id).values(stepped_up_at=now))
    audit.record(session, "session.step_up", actor=actor, at=now, kind="user", object_id=actor.user_id)
    return True


def require_step_up(actor: Actor, *, now: datetime) -> None:
    """Raise StepUpNeeded unless the password was given in the last ten minutes; tokens are ruled by their scopes."""
    if actor.scopes is None and not actor.stepped_up(now):
        raise StepUpNeeded("Give your password once more to do this.")
