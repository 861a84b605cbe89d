"""Passwords: Argon2id, two at a time, and what a new one must be."""

import threading
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Invalid
from app.text.fingerprints import normalise

MIN_CHARS = 15
MAX_BYTES = 1024
_KINDS_OF_CHARS_MIN = 5
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_two_at_a_time = threading.Semaphore(2)
"""Each hash takes 64 MiB; a crowd at the door must not take the machine."""
_COMMON = (
    "password",
    "passwort",
    "qwerty",
    "qwertz",
    "letmein",
    "iloveyou",
    "admin",
    "welcome",
    "workings",
    "123456",
    "abcdef",
    "correcthorsebatterystaple",
)
_DUMMY = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$tWWIIvUlBYyQlHjFKyVFZUpEHrVWZnGyWL8bFWCLUBA"
"""What an unknown address is compared with, so that it takes as long as a known one."""


def hash_password(password: str) -> str:
    """Hash with Argon2id (m = 64 MiB, t = 3, p = 1)."""
    with _two_at_a_time:
        return _hasher.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Tell whether a password fits; takes the same time when there is none to compare with."""
    with _two_at_a_time:
        try:
            _hasher.verify(stored or _DUMMY, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
    return stored is not None


def check_new(password: str, *, email: str, name: str) -> None:
    """Raise Invalid unless the password is long enough and not easily guessed; any characters may be used."""
    fault = _fault(password, email=email, name=name)
    if fault is not None:
        raise Invalid(fault, fields={"password": fault})


def _fault(password: str, *, email: str, name: str) -> str | None:
    if len(password) < MIN_CHARS:
        return f"Use at least {MIN_CHARS} characters; a short sentence is good."
    if len(password.encode()) > MAX_BYTES:
        return f"Use at most {MAX_BYTES} bytes."
    plain = normalise(password).replace(" ", "")
    if len(set(plain)) < _KINDS_OF_CHARS_MIN:
        return "This repeats a few characters; use a short sentence."
    for word in (*_COMMON, normalise(name), normalise(email.partition("@")[0])):
        rest = plain.replace(word.replace(" ", ""), "") if len(word) > 2 else plain  # noqa: PLR2004 - too short to matter
        if len(rest) * 2 < len(plain):
            return "This is made of a common word or your own name; use a short sentence."
    return None


def change_password(session: Session, user: User, old: str, new: str, *, actor: Actor, now: datetime) -> None:
    """Set a new password after the old one was given; all other sessions of the person end."""
    from app.accounts.service.sessions import end_all_sessions  # noqa: PLC0415 - the two verbs need each other

    if not matches(old, user.password_hash):
        raise Invalid("The old password does not fit.", fields={"old_password": "This does not fit."})
    check_new(new, email=user.email, name=user.name)
    user.password_hash = hash_password(new)
    user.password_changed_at = now
    end_all_sessions(session, user.id, now=now, but=actor.session_id)
    audit.record(session, "user.change_password", actor=actor, at=now, kind="user", object_id=user.id)
