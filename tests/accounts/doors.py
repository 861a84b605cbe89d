"""Passwords, hashed once for all tests, and how somebody comes in with one."""

import re
from datetime import datetime
from functools import lru_cache

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.service import Door, hash_password
from app.web.sessions import PLAIN_NAME
from tests.cast import Person
from tests.client import Client

PASSWORD = "seven grey herons wait"
OTHER = "nine blue kettles sing"
DOOR = Door(key=b"k" * 32, ip="127.0.0.1", user_agent="Test")


@lru_cache(maxsize=4)
def hashed(password: str) -> str:
    return hash_password(password)


def give_password(session: Session, person: Person, password: str = PASSWORD, *, at: datetime | None = None) -> None:
    """Let somebody sign in with a password."""
    user = session.get_one(User, person.id)
    user.password_hash, user.password_changed_at = hashed(password), at or user.created_at
    session.flush()  # committed by the client before its next request


def knock(client: Client, email: str, password: str = PASSWORD, **fields: str):
    """Post the sign-in form."""
    return client.post("/sign-in", data={"email": email, "password": password, **fields})


def session_cookie(answer) -> str:
    """Return the new session secret in an answer; empty when it brings none."""
    found = re.search(rf"{PLAIN_NAME}=([^;]+);", answer.headers.get("set-cookie", ""))
    return found.group(1).strip('"') if found else ""


def told(answer) -> str:
    """Return the text of a page without what differs in each answer: nonces, ids and tokens."""
    text = re.sub(r'nonce="[^"]*"|nonce-[\w-]+', "", answer.text)
    return re.sub(r'name="csrf_token" value="[^"]*"|"mono">[0-9a-f]{16}<', "", text)
