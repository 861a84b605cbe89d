"""Passwords: Argon2id, two at a time and never inside a transaction, and what a new one must be.

A hash takes 64 MiB and a sixth of a second. Under SQLite a change holds the one write lock from its first statement
on, so whoever checks a password does it before: `compare` and `hash_password` take no session on purpose.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.service.ending import begin_anew
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, Unavailable
from app.text.fingerprints import normalise

MIN_CHARS = 15
MAX_BYTES = 1024
DIFFERENT_CHARS_MIN = 5
OWN_CHARS_MIN = 8
_WORD_MIN = 3
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
WAITING_MAX = 8
_two_at_a_time = threading.BoundedSemaphore(2)
"""A crowd at the door must not take the machine's memory."""
_at_the_door = threading.BoundedSemaphore(WAITING_MAX)
"""Nor all threads of the server: who comes on top of these is asked to come back."""
_COMMON_FILE = Path(__file__).with_name("common_passwords.txt")
_COMMON_WORDS = ("password", "passwort", "qwerty", "qwertz", "azerty", "iloveyou", "letmein", "workings", "123456789")
_DUMMY = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$tWWIIvUlBYyQlHjFKyVFZUpEHrVWZnGyWL8bFWCLUBA"
"""What an unknown address is compared with, so that it takes as long as a known one. Nobody knows its password."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of comparing a password with the stored one; `fits` holds only as long as `compared_with` is stored."""

    user_id: UUID | None
    fits: bool
    compared_with: str | None = None
    rehashed: str | None = None
    """a new hash of the same password, when the stored one was made with older settings"""


@contextmanager
def _a_turn() -> Iterator[None]:
    if not _at_the_door.acquire(blocking=False):
        raise Unavailable("Many people are at the door just now; try again in a moment.")
    try:
        with _two_at_a_time:
            yield
    finally:
        _at_the_door.release()


def hash_password(password: str) -> str:
    """Hash with Argon2id (m = 64 MiB, t = 3, p = 1); Unavailable when too many wait for it."""
    with _a_turn():
        return _hasher.hash(password)


def compare(password: str, user_id: UUID | None, stored: str | None) -> Proof:
    """Compare a password with what is stored; takes the same time when there is nothing to compare with."""
    with _a_turn():
        try:
            _hasher.verify(stored or _DUMMY, password)
        except (VerificationError, InvalidHashError):
            return Proof(user_id, fits=False, compared_with=stored)
        if stored is None:
            return Proof(user_id, fits=False)
        rehashed = _hasher.hash(password) if _hasher.check_needs_rehash(stored) else None
    return Proof(user_id, fits=True, compared_with=stored, rehashed=rehashed)


def check_new(password: str, *, email: str, name: str) -> None:
    """Raise Invalid unless the password is long enough and not easily guessed; any characters may be used."""
    fault = _fault(password, email=email, name=name)
    if fault is not None:
        raise Invalid(fault, fields={"password": fault})


def hash_new(password: str, *, email: str, name: str) -> str:
    """Check a new password and hash it; raises Invalid."""
    check_new(password, email=email, name=name)
    return hash_password(password)


def _fault(password: str, *, email: str, name: str) -> str | None:
    if len(password) < MIN_CHARS:
        return f"Use at least {MIN_CHARS} characters; a short sentence is good."
    if len(password.encode()) > MAX_BYTES:
        return f"Use at most {MAX_BYTES} bytes."
    plain = _squeezed(password)
    if len(set(plain)) < DIFFERENT_CHARS_MIN:
        return "This repeats a few characters; use a short sentence."
    if plain in _common_passwords():
        return "This is one of the passwords that are tried first; use a short sentence of your own."
    local, _, domain = email.partition("@")
    own = [*normalise(name).split(), name, local, domain.partition(".")[0], *_COMMON_WORDS]
    rest = plain
    for word in sorted({_squeezed(word) for word in own}, key=len, reverse=True):
        if len(word) >= _WORD_MIN:
            rest = rest.replace(word, "")
    if len(rest) < OWN_CHARS_MIN:
        return "This is mostly your own name or address, or a common word; use a short sentence."
    return None


def _squeezed(text: str) -> str:
    return normalise(text).replace(" ", "")


@lru_cache(maxsize=1)
def _common_passwords() -> frozenset[str]:
    return frozenset(_squeezed(line) for line in _COMMON_FILE.read_text(encoding="utf-8").splitlines())


def change_password(session: Session, proof: Proof, new_hash: str, *, actor: Actor, now: datetime) -> None:
    """Store a new password whose old one was proven; all other sessions of the person end, this one gets a new id.

    Raises Invalid when the old one does not fit, Conflict when it was changed elsewhere since it was proven.
    """
    if proof.user_id != actor.user_id or not proof.fits:
        raise Invalid("The old password does not fit.", fields={"old_password": "This does not fit."})
    user = session.scalars(select(User).where(User.id == actor.user_id).with_for_update()).one()
    if user.password_hash != proof.compared_with:
        raise Conflict("The password has just been changed elsewhere; sign in with the new one.")
    user.password_hash, user.password_changed_at = new_hash, now
    begin_anew(session, user.id, actor=actor, now=now)
    audit.record(session, "user.change_password", actor=actor, at=now, kind="user", object_id=user.id)
