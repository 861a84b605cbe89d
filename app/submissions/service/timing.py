"""Working time from signs of work: thinking is work, so short gaps count in full; longer ones only on paper."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core.db import changed_one
from app.core.ids import new_id
from app.submissions.models import WorkSpan

GAP_MAX = timedelta(minutes=10)
"""Between two signs of work this much counts in full."""
ON_PAPER_GAP_MAX = timedelta(hours=2)
"""With "on paper" said, this much; what is longer begins a new stretch."""


@dataclass(frozen=True, slots=True)
class WorkedTime:
    """Seconds of work on one submission; those on paper are part of the active ones."""

    active_seconds: int
    on_paper_seconds: int


def beat(
    session: Session, submission_id: UUID, user_id: UUID, *, on_paper: bool, paused: bool, now: datetime
) -> WorkedTime:
    """Count the time since the last sign of work and return the sum; two windows beating count once.

    A pause counts what came before it and ends the stretch.
    """
    last = session.execute(
        select(WorkSpan.id, WorkSpan.last_beat_at, WorkSpan.is_closed)
        .where(WorkSpan.submission_id == submission_id)
        .order_by(WorkSpan.last_beat_at.desc())
        .limit(1)
    ).first()
    gap = now - last[1] if last is not None else None
    allowed = ON_PAPER_GAP_MAX if on_paper else GAP_MAX
    if last is not None and gap is not None and not last[2] and gap <= allowed:
        _lengthen(session, last[0], last[1], gap, on_paper=on_paper, paused=paused, now=now)
    elif not paused:
        session.add(
            WorkSpan(id=new_id(), submission_id=submission_id, user_id=user_id, started_at=now, last_beat_at=now)
        )
        session.flush()  # the sum below reads the rows
    return worked_time(session, submission_id)


def worked_time(session: Session, submission_id: UUID) -> WorkedTime:
    """Sum the time of all stretches of work on one submission."""
    row = session.execute(
        select(
            func.coalesce(func.sum(WorkSpan.active_seconds), 0), func.coalesce(func.sum(WorkSpan.on_paper_seconds), 0)
        ).where(WorkSpan.submission_id == submission_id)
    ).one()
    return WorkedTime(int(row[0]), int(row[1]))


def _lengthen(
    session: Session,
    span_id: UUID,
    last_beat_at: datetime,
    gap: timedelta,
    *,
    on_paper: bool,
    paused: bool,
    now: datetime,
) -> None:
    seconds = max(0, round(gap.total_seconds()))
    values = {
        "last_beat_at": max(now, last_beat_at),
        "active_seconds": WorkSpan.active_seconds + seconds,
        "is_closed": paused,
    }
    if on_paper:
        values["on_paper_seconds"] = WorkSpan.on_paper_seconds + seconds
    # Compare-and-set on the last beat: of two windows that beat at once, one counts the gap.
    same = (WorkSpan.id == span_id, WorkSpan.last_beat_at == last_beat_at)
    changed_one(session, update(WorkSpan).where(*same).values(values))
