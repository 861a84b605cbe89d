"""Background work as rows: enqueued with the change that needs it, claimed by lease, finished exactly once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Index, Select, String, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base, Database, changed_one
from app.core.ids import new_id

if TYPE_CHECKING:
    from app.config import Settings

LEASE_SECONDS = 60
HEARTBEAT_SECONDS = 15
MAX_ATTEMPTS = 5
BEHIND = 8
"""Priority of what nobody waits for."""
REMEMBERED = timedelta(minutes=1)
"""So long it counts against somebody that they were served."""
BACKOFF_SECONDS = (5, 30, 120, 600)
ERROR_MAX_CHARS = 4000
SILENCED = "Its worker ended without a word, each time it was tried."


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    """Waits for a worker, perhaps until `run_at`."""
    RUNNING = "running"
    """A worker holds its lease."""
    DONE = "done"
    """Finished; `result` says what came out."""
    CANCELLED = "cancelled"
    """Stopped by a person before it finished; changed nothing."""
    DEAD = "dead"
    """Failed for good; an admin sees it with its last error."""


class Job(Base):
    """One piece of background work."""

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "state", "priority", "turn", "id"), Index(None, "requested_by", "created_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    priority: Mapped[int] = mapped_column(default=5)
    """0 first, 9 last"""
    turn: Mapped[int] = mapped_column(default=0)
    """round in the fair queue: everybody's first job comes before anybody's second"""
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    locked_by: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    fencing: Mapped[int] = mapped_column(default=0)
    """grows with each claim, so that a paused worker's late result is refused"""
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(500), default="")
    result: Mapped[dict[str, Any] | None]
    last_error: Mapped[str | None] = mapped_column(String(ERROR_MAX_CHARS))
    dedup_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    requested_by: Mapped[UUID | None]
    project_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobCancelled(Exception):
    """Raised inside a handler when a person has asked to stop."""


class JobLost(Exception):
    """Raised inside a handler when its lease has gone to another worker; nothing of it may be stored."""


class JobRefused(Exception):
    """Raised by a handler when trying again cannot help; the sentence is shown to who asked for the job."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """What a handler gets: the job's facts, and ways to report and to stop."""

    job_id: UUID
    payload: Mapping[str, Any]
    requested_by: UUID | None
    database: Database
    settings: "Settings"
    report: Callable[[int, int | None, str], None]
    """(done, total, message) → None; raises JobCancelled or JobLost when the work must stop"""


Handler = Callable[[JobRun], dict[str, Any] | None]
"""Does the work in transactions of its own (each committed by the handler's `with run.database.writing()` and
`commit`); must be repeatable, since a job may run again after a crash. Returns a small result to show."""


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    requested_by: UUID | None = None,
    project_id: UUID | None = None,
    priority: int = 5,
    run_at: datetime | None = None,
    dedup_key: str | None = None,
) -> Job:
    """Add a job to the running transaction; it will run if and only if the change commits.

    The payload holds ids and small options, never text of people. With `dedup_key` the unique index refuses a twin.
    """
    job = Job(
        id=new_id(),
        kind=kind,
        payload=dict(payload),
        priority=priority,
        turn=_next_turn(session, requested_by, now=now),
        run_at=run_at or now,
        requested_by=requested_by,
        project_id=project_id,
        dedup_key=dedup_key,
        created_at=now,
    )
    session.add(job)
    return job


def enqueue_behind(
    session: Session, kind: str, payload: Mapping[str, Any], *, now: datetime, project_id: UUID | None
) -> None:
    """Add a job that nobody waits for, behind all others, the oldest first: one statement, for what happens often."""
    enqueue_all_behind(session, [kind], payload, now=now, project_id=project_id)


def enqueue_all_behind(
    session: Session, kinds: Sequence[str], payload: Mapping[str, Any], *, now: datetime, project_id: UUID | None
) -> None:
    """Add jobs of several kinds about the same thing, in one statement still."""
    row = {"payload": dict(payload), "now": now, "project_id": project_id}
    session.connection().execute(_BEHIND, [{"id": new_id(), "kind": kind} | row for kind in kinds])


def _next_turn(session: Session, requested_by: UUID | None, *, now: datetime) -> int:
    """Take the round after one's own last job that waits or was asked for just now, not before the one being served.

    Who asks again as soon as they were served would otherwise come before those who have waited all the while.
    """
    # What is enqueued behind has no turn, however many there are.
    waiting = and_(Job.state.in_((JobState.QUEUED, JobState.RUNNING)), Job.priority < BEHIND)
    recent = and_(Job.created_at > now - REMEMBERED, Job.priority < BEHIND)
    served = session.scalar(select(func.min(Job.turn)).where(waiting)) or 0
    of_own = select(func.max(Job.turn)).where(Job.requested_by == requested_by)
    # Jobs of nobody come again and again by the clock; their rounds would grow for ever.
    turns = [session.scalar(of_own.where(which)) for which in ((waiting, recent) if requested_by else (waiting,))]
    return max([served, *(turn + 1 for turn in turns if turn is not None)])


def claim(
    session: Session,
    worker: str,
    *,
    now: datetime,
    only: Collection[str] = (),
    never: Collection[str] = (),
    lease_seconds: int = LEASE_SECONDS,
) -> Job | None:
    """Take the next due job, or one whose worker went silent; None when there is nothing to do.

    `only` and `never` name kinds: some workers take nothing but those, others anything but those. A job that has
    silenced its worker as often as it may be tried is buried instead: it would do so for ever.
    """
    query = _due(now, only, never).limit(1).with_for_update(skip_locked=True)
    job = session.scalars(query).first()
    while job is not None and job.state == JobState.RUNNING and job.attempts >= MAX_ATTEMPTS:
        fail(session, job, SILENCED, now=now, final=True)
        session.expire(job)
        job = session.scalars(query).first()
    if job is None:
        return None
    job.state = JobState.RUNNING
    job.locked_by = worker
    job.lease_until = now + timedelta(seconds=lease_seconds)
    job.fencing += 1
    job.attempts += 1
    job.started_at = job.started_at or now
    return job


def is_due(session: Session, *, now: datetime, only: Collection[str] = (), never: Collection[str] = ()) -> bool:
    """Tell whether `claim` would find something, without the lock that a change takes."""
    return session.scalars(_due(now, only, never).with_only_columns(Job.id).limit(1)).first() is not None


def _due(now: datetime, only: Collection[str], never: Collection[str]) -> Select[Job]:
    due = or_(
        and_(Job.state == JobState.QUEUED, Job.run_at <= now),
        and_(Job.state == JobState.RUNNING, Job.lease_until < now),
    )
    query = select(Job).where(due).order_by(Job.priority, Job.turn, Job.id)
    if only:
        query = query.where(Job.kind.in_(sorted(only)))
    return query.where(Job.kind.not_in(sorted(never))) if never else query


def heartbeat(
    session: Session, job_id: UUID, fencing: int, *, now: datetime, lease_seconds: int = LEASE_SECONDS
) -> bool:
    """Lengthen the lease; False when it is no longer ours."""
    lease = now + timedelta(seconds=lease_seconds)
    return changed_one(session, update(Job).where(*_ours(job_id, fencing)).values(lease_until=lease))


def report(session: Session, job_id: UUID, fencing: int, *, done: int, total: int | None, message: str) -> None:
    """Store how far the work is; raises JobLost or JobCancelled when it must stop."""
    values = {"progress_done": done, "progress_total": total, "message": message[:500]}
    if not changed_one(session, update(Job).where(*_ours(job_id, fencing)).values(values)):
        raise JobLost
    if session.scalar(select(Job.cancel_asked).where(Job.id == job_id)):
        raise JobCancelled


def finish(session: Session, job_id: UUID, fencing: int, result: dict[str, Any] | None, *, now: datetime) -> bool:
    """Mark the job done; False when the lease had gone to another worker."""
    values = {"state": JobState.DONE, "result": result, "finished_at": now, "lease_until": None, "last_error": None}
    return changed_one(session, update(Job).where(*_ours(job_id, fencing)).values(values))


def fail(session: Session, job: Job, error: str, *, now: datetime, final: bool = False) -> None:
    """Put a failed job back with a growing pause, or bury it after its last try."""
    values: dict[str, Any] = {"last_error": error[-ERROR_MAX_CHARS:], "lease_until": None, "locked_by": None}
    if final or job.attempts >= MAX_ATTEMPTS:
        values |= {"state": JobState.DEAD, "finished_at": now}
    else:
        pause = BACKOFF_SECONDS[min(job.attempts, len(BACKOFF_SECONDS)) - 1]
        values |= {"state": JobState.QUEUED, "run_at": now + timedelta(seconds=pause)}
    changed_one(session, update(Job).where(*_ours(job.id, job.fencing)).values(values))


def mark_cancelled(session: Session, job_id: UUID, fencing: int, *, now: datetime) -> None:
    """Close a running job that a person stopped."""
    values = {"state": JobState.CANCELLED, "finished_at": now, "lease_until": None}
    changed_one(session, update(Job).where(*_ours(job_id, fencing)).values(values))


def ask_to_cancel(session: Session, job: Job, *, now: datetime) -> None:
    """Stop a waiting job at once and a running one at its next report; a finished one stays as it is."""
    waiting = update(Job).where(Job.id == job.id, Job.state == JobState.QUEUED)
    if not changed_one(session, waiting.values(state=JobState.CANCELLED, finished_at=now)):
        changed_one(
            session, update(Job).where(Job.id == job.id, Job.state == JobState.RUNNING).values(cancel_asked=True)
        )


def try_again(session: Session, job: Job, *, now: datetime) -> bool:
    """Put a dead job back into the queue with all its tries; False when it is not dead."""
    values = {"state": JobState.QUEUED, "attempts": 0, "run_at": now, "finished_at": None, "cancel_asked": False}
    return changed_one(session, update(Job).where(Job.id == job.id, Job.state == JobState.DEAD).values(values))


def _ours(job_id: UUID, fencing: int) -> tuple[Any, ...]:
    return (Job.id == job_id, Job.fencing == fencing, Job.state == JobState.RUNNING)


_BEHIND = insert(Job.__table__).values(  # type: ignore[arg-type]  # a Table at run time
    state=JobState.QUEUED,
    priority=BEHIND,
    turn=0,
    run_at=bindparam("now"),
    attempts=0,
    fencing=0,
    progress_done=0,
    message="",
    cancel_asked=False,
    created_at=bindparam("now"),
)
