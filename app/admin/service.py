"""The health of the installation, and what an admin does with jobs."""

import platform
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import migrating
from app.config import Settings
from app.core import audit, clock, jobs, mail
from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import Conflict, WorkingsError
from app.core.jobs import Job, JobState

SKEW_MAX_SECONDS = 2
FREE_DISK_MIN_BYTES = 1 << 30
UNSEALED_MAX = 5000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    sentence: str


def health(settings: Settings, database: Database) -> list[Check]:
    """Look over the installation; each check says what is so, and what to do where it is not well."""
    checks = [_versions(), *_storage(settings), _mail(settings), _demo(settings)]
    try:
        with database.reading() as session:
            return [*_database(session), _migrations(database), *_log_and_jobs(session), *checks]
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the database is what this page is for
        return [Check("Database", ok=False, sentence=f"It does not answer ({type(error).__name__})."), *checks]


def ready(settings: Settings, database: Database) -> bool:
    """Tell whether this process can serve: database, tables and storage."""
    try:
        migrating.require_current(database)
    except (WorkingsError, OSError):
        return False
    return settings.data_dir.is_dir()


def _versions() -> Check:
    sentence = f"Workings {version('workings')} on Python {platform.python_version()}, {platform.system()}."
    return Check("Program", ok=True, sentence=sentence)


def _database(session: Session) -> Iterator[Check]:
    if session.get_bind().dialect.name == "sqlite":
        mode = session.scalar(text("PRAGMA journal_mode"))
        durable = session.scalar(text("PRAGMA synchronous"))
        sentence = f"SQLite {sqlite3.sqlite_version}, journal {mode}, synchronous {durable}."
        yield Check("Database", ok=durable == 2, sentence=sentence)  # noqa: PLR2004 - 2 is FULL
        return
    facts = session.scalar(text("SHOW server_version"))
    synchronous = session.scalar(text("SHOW synchronous_commit"))
    durable = synchronous != "off" and session.scalar(text("SHOW fsync")) == "on"
    sentence = f"PostgreSQL {facts}, synchronous_commit {synchronous}."
    yield Check("Database", ok=durable, sentence=sentence + ("" if durable else " A crash can lose saved work."))
    skew = abs((clock.database_now(session) - clock.now()).total_seconds())
    yield Check("Clock", ok=skew < SKEW_MAX_SECONDS, sentence=f"{skew:.1f} s from the database's.")


def _migrations(database: Database) -> Check:
    found, wanted = migrating.current(database), migrating.head()
    fine = found == wanted
    sentence = f"At {found}." if fine else f"At {found}, this program needs {wanted}: run 'workings migrate'."
    return Check("Tables", ok=fine, sentence=sentence)


def _log_and_jobs(session: Session) -> Iterator[Check]:
    head = session.scalar(select(func.max(audit.EventSeal.seq))) or 0
    unsealed = audit.count_unsealed(session)
    sentence = f"{head:,} events sealed, {unsealed:,} waiting."
    yield Check("Audit log", ok=unsealed < UNSEALED_MAX, sentence=sentence)
    counts = dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).tuples().all())
    dead = counts.get(JobState.DEAD, 0)
    sentence = (
        f"{counts.get(JobState.QUEUED, 0):,} waiting, {counts.get(JobState.RUNNING, 0):,} running, {dead:,} dead."
    )
    yield Check("Jobs", ok=dead == 0, sentence=sentence)


def _storage(settings: Settings) -> Iterator[Check]:
    probe = settings.data_dir / f".probe-{uuid.uuid4()}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield Check("Storage", ok=False, sentence=f"The data folder cannot be written ({error.strerror}).")
        return
    free = shutil.disk_usage(settings.data_dir).free
    yield Check("Storage", ok=free > FREE_DISK_MIN_BYTES, sentence=f"{free / 1e9:.1f} GB free.")
    mode = settings.data_dir.stat().st_mode & 0o077
    sentence = "Only its own user can look in." if mode == 0 else "Others on this machine can look in: chmod 700."
    yield Check("Data folder", ok=mode == 0, sentence=sentence)


def _mail(settings: Settings) -> Check:
    if mail.is_configured(settings):
        return Check("Mail", ok=True, sentence=f"Goes through {settings.smtp_host}.")
    return Check("Mail", ok=True, sentence="Not configured; invitations are shown as links.")


def _demo(settings: Settings) -> Check:
    sentence = "On: anybody on this machine can enter as anybody." if settings.demo else "Off."
    return Check("Demo mode", ok=True, sentence=sentence)


def retry_job(session: Session, job: Job, *, actor: Actor, now: datetime) -> None:
    """Put a dead job back into the queue."""
    if not jobs.try_again(session, job, now=now):
        raise Conflict("Only a dead job can be tried again.")
    audit.record(session, "job.retry", actor=actor, at=now, kind="job", object_id=job.id, project_id=job.project_id)


def cancel_job(session: Session, job: Job, *, actor: Actor, now: datetime) -> None:
    """Stop a job that has not finished."""
    jobs.ask_to_cancel(session, job, now=now)
    audit.record(session, "job.cancel", actor=actor, at=now, kind="job", object_id=job.id, project_id=job.project_id)
