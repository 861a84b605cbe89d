"""Which processes run programs here, and what they can run: each says so of itself while it is alive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base, changed_one

LANE = frozenset(
    {"submissions.run_program", "submissions.check_revision", "tasks.check_answer", "tasks.check_imported"}
)
"""Kinds of jobs that run programs of people or compare answers: for runners alone, since somebody waits for them."""
ALIVE_SECONDS = 45
"""A runner that has said nothing for so long is taken for dead."""
BEAT_SECONDS = 15
FORGOTTEN_AFTER = timedelta(days=1)
NONE_ALIVE = "Programs are not run here at the moment: no runner is at work. Whoever runs the server can start one."


class RunnerRow(Base):
    """A process that runs programs, or that says why it cannot."""

    __tablename__ = "runners"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    languages: Mapped[list[str]]
    """keys of the languages that it offers; none without isolation"""
    isolation: Mapped[str] = mapped_column(String(1000), default="")
    """how programs are locked in, for whoever runs the server"""
    why_off: Mapped[str] = mapped_column(String(1000), default="")
    """why it runs no program; "" when it does"""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Capability:
    """What this installation can run now."""

    languages: frozenset[str]
    why_off: str | None
    """a sentence, when no program is run; None when some are"""
    isolation: str = ""
    is_anybody_there: bool = False
    """a runner is alive, able or not"""

    @property
    def runs_on(self) -> bool:
        """Tell whether programs are run."""
        return self.why_off is None


def sign_in(
    session: Session, name: str, *, languages: Sequence[str], isolation: str, why_off: str, now: datetime
) -> None:
    """Say that a runner has begun, and what it can; those that went without a word a day ago are forgotten."""
    old = (RunnerRow.name == name) | (RunnerRow.seen_at < now - FORGOTTEN_AFTER)
    session.execute(delete(RunnerRow).where(old))
    session.add(
        RunnerRow(
            name=name,
            languages=list(languages),
            isolation=isolation[:1000],
            why_off=why_off[:1000],
            started_at=now,
            seen_at=now,
        )
    )


def note_alive(session: Session, name: str, *, now: datetime) -> bool:
    """Say that a runner is alive; False when its row is gone and it has to sign in again."""
    return changed_one(session, update(RunnerRow).where(RunnerRow.name == name).values(seen_at=now))


def sign_out(session: Session, name: str) -> None:
    """Say that a runner has ended."""
    session.execute(delete(RunnerRow).where(RunnerRow.name == name))


def capability(session: Session, *, now: datetime) -> Capability:
    """Tell what the runners that are alive can run together; where none can, the reason of one of them."""
    query = select(RunnerRow.languages, RunnerRow.why_off, RunnerRow.isolation)
    alive = session.execute(query.where(RunnerRow.seen_at > now - timedelta(seconds=ALIVE_SECONDS))).all()
    able = [row for row in alive if not row[1]]
    if able:
        return Capability(frozenset(key for row in able for key in row[0]), None, able[0][2], is_anybody_there=True)
    return Capability(frozenset(), alive[0][1] if alive else NONE_ALIVE, is_anybody_there=bool(alive))
