"""Identifiers that sort by the time they were made."""

import secrets
import time
from datetime import datetime
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def new_id() -> UUID:
    """Make a UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random_a = secrets.randbits(12) << 64
    random_b = secrets.randbits(62)
    return UUID(int=(milliseconds << 80) | _VERSION_7 | random_a | _VARIANT | random_b)


def first_id_of(moment: datetime) -> UUID:
    """Return the id before which none was made by `new_id` at this moment or later."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | _VERSION_7 | _VARIANT)


def new_secret() -> str:
    """Make 256 random bits as 43 URL-safe characters: for sessions, links and tokens."""
    return secrets.token_urlsafe(32)
