"""Signing in, staying signed in, and giving the password once more; sessions are rows, so signing out is real."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User, UserSession
from app.accounts.queries import actor_of_session, sha256
from app.accounts.service import passwords, throttle
from app.accounts.service.ending import end_replaced_session
from app.accounts.service.passwords import Proof
from app.accounts.service.throttle import Door
from app.accounts.states import UserState
from app.core import audit
from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import NotSignedIn, StepUpNeeded
from app.core.ids import new_id, new_secret
from app.text.identifiers import email_key

USER_AGENT_MAX_CHARS = 200
RENEW_AFTER = timedelta(minutes=1)


def prove_by_address(database: Database, email: str, password: str, *, door: Door, now: datetime) -> Proof:
    """Compare a password with that of an address, known or not, in the same time; no transaction is open meanwhile.

    Raises TooManyRequests during the pause after several failures of this account, or of this network.
    """
    with database.reading() as session:
        _require_leave(session, _account(door, email), door, now=now)
        query = select(User.id, User.password_hash).where(User.email_key == email_key(email))
        row = session.execute(query).first()
    user_id, stored = row or (None, None)
    return passwords.compare(password, user_id, stored)


def prove_own(database: Database, secret: str, password: str, *, door: Door, now: datetime) -> Proof:
    """Compare a password with that of the person whose session this is; raises NotSignedIn or TooManyRequests."""
    with database.reading() as session:
        actor = actor_of_session(session, secret, now=now)
        if actor is None:
            raise NotSignedIn("Your session has ended; sign in again.")
        _require_leave(session, _again(door, actor.user_id), door, now=now)
        stored = session.scalar(select(User.password_hash).where(User.id == actor.user_id))
    return passwords.compare(password, actor.user_id, stored)


def sign_in(
    session: Session, email: str, proof: Proof, *, door: Door, now: datetime, replaces: str | None = None
) -> str | None:
    """Return the secret of a new session, or None when address and password do not fit.

    The same work and answer for known and unknown addresses. A failure is counted: the caller lets it commit.
    The pause is looked at again, so that guesses sent side by side do not slip past it. `replaces` is the secret of
    the session this browser had, which ends.
    """
    account = _account(door, email)
    # The row lock makes simultaneous guesses at one account wait for each other's count on PostgreSQL.
    user = session.scalars(select(User).where(User.id == proof.user_id).with_for_update()).one_or_none()
    _require_leave(session, account, door, now=now)
    fits = proof.fits and user is not None and user.password_hash == proof.compared_with
    if user is None or not fits or user.state is not UserState.ACTIVE:
        throttle.note_failure(session, account, door.network, now=now)
        audit.record(session, "session.refuse", actor=None, at=now, kind="user", object_id=user.id if user else None)
        return None
    throttle.forget_failures(session, account)
    user.password_hash = proof.rehashed or user.password_hash
    return start_session(session, user, user_agent=door.user_agent, now=now, stepped_up=True, replaces=replaces)


def start_session(
    session: Session, user: User, *, user_agent: str, now: datetime, stepped_up: bool, replaces: str | None = None
) -> str:
    """Begin a session and return its secret, which is stored only as a hash; the one it replaces ends."""
    secret = new_secret()
    held = UserSession(
        id=new_id(),
        secret_sha256=sha256(secret),
        user_id=user.id,
        created_at=now,
        last_active_at=now,
        stepped_up_at=now if stepped_up else None,
        user_agent=user_agent[:USER_AGENT_MAX_CHARS],
    )
    if replaces is not None:
        end_replaced_session(session, replaces, now=now)
    session.add(held)
    audit.record(session, "session.start", actor=user.id, at=now, kind="session", object_id=held.id)
    return secret


def note_activity(session: Session, session_id: UUID, *, now: datetime) -> None:
    """Keep a session alive by a real change."""
    session.execute(
        update(UserSession).where(UserSession.id == session_id).values(last_active_at=now),
        execution_options={"synchronize_session": False},
    )


def step_up(session: Session, actor: Actor, proof: Proof, *, door: Door, now: datetime) -> bool:
    """Note that the password was given again; False when it does not fit (counted, with the same pauses)."""
    subject = _again(door, actor.user_id)
    user = session.scalars(select(User).where(User.id == actor.user_id).with_for_update()).one()
    _require_leave(session, subject, door, now=now)
    if proof.user_id != user.id or not proof.fits or proof.compared_with != user.password_hash:
        throttle.note_failure(session, subject, door.network, now=now)
        return False
    throttle.forget_failures(session, subject)
    moment = {"stepped_up_at": now, "last_active_at": now}
    session.execute(
        update(UserSession).where(UserSession.id == actor.session_id).values(moment),
        execution_options={"synchronize_session": False},
    )
    audit.record(session, "session.step_up", actor=actor, at=now, kind="session", object_id=actor.session_id)
    return True


def require_step_up(actor: Actor, *, now: datetime) -> None:
    """Raise StepUpNeeded unless the password was given in the last ten minutes; tokens are ruled by their scopes."""
    if actor.scopes is None and not actor.stepped_up(now):
        raise StepUpNeeded("Give your password once more to do this.")


def _account(door: Door, email: str) -> str:
    return door.subject("account", email_key(email))


def _again(door: Door, user_id: UUID) -> str:
    """Count wrong passwords inside a session apart: a stranger at the door must not pause who is in already."""
    return door.subject("again", str(user_id))


def _require_leave(session: Session, subject: str, door: Door, *, now: datetime) -> None:
    throttle.require_patience(session, subject, now=now)
    throttle.require_room(session, door, now=now)
