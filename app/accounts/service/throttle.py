"""Wrong passwords, codes and links: counted in the database, answered by a growing pause, never by a lock."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import FailedAttempt
from app.core.errors import TooManyRequests

WINDOW = timedelta(minutes=15)
FREE_FAILURES = 5
FREE_FAILURES_PER_ADDRESS = 30
LONGEST_PAUSE_SECONDS = 900


def subject_of(key: bytes, kind: str, value: str) -> str:
    """Return the keyed hash under which failures are counted: no address or IP is stored."""
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def pause_seconds(failures: int, free: int) -> int:
    """Return the pause after so many failures: 0 up to `free`, then 1, 2, 4 … 900 s."""
    if failures < free:
        return 0
    return int(min(2 ** min(failures - free, 20), LONGEST_PAUSE_SECONDS))


def require_patience(session: Session, subject: str, *, free: int, now: datetime) -> None:
    """Raise TooManyRequests while the pause after the last failure is not over."""
    query = select(FailedAttempt.at).where(FailedAttempt.subject == subject, FailedAttempt.at > now - WINDOW)
    failures = session.scalars(query.order_by(FailedAttempt.at.desc())).all()
    if not failures:
        return
    left = pause_seconds(len(failures), free) - (now - failures[0]).total_seconds()
    if left > 0:
        seconds = int(left) + 1
        raise TooManyRequests(f"Too many tries. Wait {seconds} s and try again.", retry_after_seconds=seconds)


def note_failure(session: Session, subject: str, *, now: datetime) -> None:
    """Count one failure; the caller must let its transaction commit."""
    session.add(FailedAttempt(subject=subject, at=now))
