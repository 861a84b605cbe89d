"""Wrong passwords, codes and links: counted in the database, answered by a growing pause, never by a lock."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import FailedAttempt
from app.core.errors import TooManyRequests

WINDOW = timedelta(minutes=15)
FREE_FAILURES = 5
FAILURES_PER_ADDRESS_MAX = 30
LONGEST_PAUSE_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody stands when they try to come in: the key of the counters, their network, their browser."""

    key: bytes
    ip: str
    user_agent: str = ""

    def subject(self, kind: str, value: str) -> str:
        """Return the keyed hash under which failures are counted: no address of a person or machine is stored."""
        return hmac.new(self.key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()

    @property
    def network(self) -> str:
        """The subject of everything that goes wrong from this network."""
        return self.subject("ip", self.ip)


def pause_seconds(failures: int) -> int:
    """Return the pause after so many failures: none up to four, then 1, 2, 4 … 900 s."""
    if failures < FREE_FAILURES:
        return 0
    return int(min(2 ** min(failures - FREE_FAILURES, 20), LONGEST_PAUSE_SECONDS))


def require_patience(session: Session, subject: str, *, now: datetime) -> None:
    """Raise TooManyRequests while the pause after the last failure of an account is not over."""
    failures = _recent(session, subject, now=now)
    if failures:
        _wait(failures[0] + timedelta(seconds=pause_seconds(len(failures))), now=now)


def require_room(session: Session, door: Door, *, now: datetime) -> None:
    """Raise TooManyRequests when 30 tries from this network have failed in the last 15 minutes."""
    failures = _recent(session, door.network, now=now)
    if len(failures) >= FAILURES_PER_ADDRESS_MAX:
        _wait(failures[FAILURES_PER_ADDRESS_MAX - 1] + WINDOW, now=now)


def count_recent(session: Session, subject: str, *, now: datetime) -> int:
    """Count what was noted in the last 15 minutes."""
    return len(_recent(session, subject, now=now))


def note_failure(session: Session, *subjects: str, now: datetime) -> None:
    """Count one failure for each subject; the caller must let its transaction commit."""
    session.add_all(FailedAttempt(subject=subject, at=now) for subject in subjects)


def forget_failures(session: Session, subject: str) -> None:
    """Forget the failures of an account whose owner has come in."""
    session.execute(delete(FailedAttempt).where(FailedAttempt.subject == subject))


def _recent(session: Session, subject: str, *, now: datetime) -> list[datetime]:
    query = select(FailedAttempt.at).where(FailedAttempt.subject == subject, FailedAttempt.at > now - WINDOW)
    return list(session.scalars(query.order_by(FailedAttempt.at.desc()).limit(FAILURES_PER_ADDRESS_MAX)))


def _wait(until: datetime, *, now: datetime) -> None:
    left = (until - now).total_seconds()
    if left > 0:
        seconds = int(left) + 1
        raise TooManyRequests(f"Too many tries. Wait {seconds} s and try again.", retry_after_seconds=seconds)
