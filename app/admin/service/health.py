"""The health of the installation: what `workings doctor`, the page and the readiness probe look at."""

import functools
import platform
import shutil
import sqlite3
import stat
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import migrating
from app.admin import queries
from app.config import Settings, on_loopback
from app.core import audit, clock, mail
from app.core.db import Database, wal_is_safe
from app.core.errors import SetupFault, WorkingsError
from app.core.jobs import Job, JobState
from app.core.storage import StoreFailed, probe_store
from app.sandbox.isolation import Isolation, probe
from app.sandbox.languages import LANGUAGES, offered
from app.sandbox.sandbox import Sandbox
from app.sandbox.toolchains import science_of

SKEW_MAX_SECONDS = 2
FREE_DISK_MIN_BYTES = 1 << 30
UNSEALED_MAX = 5000


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    sentence: str


def health(settings: Settings, database: Database, *, proves_languages: bool = True) -> list[Check]:
    """Look over the installation; each check says what is so, and what to do where it is not well.

    `proves_languages` compiles and runs a program in each language of the sandbox, which takes seconds the first time.
    """
    checks = [
        _versions(),
        *_storage(settings),
        _files(settings),
        _keys(settings),
        _address(settings),
        _proxies(settings),
        _mail(settings),
        _demo(settings),
        *sandbox_checks(probe(), proves_languages=proves_languages),
    ]
    try:
        with database.reading() as session:
            inside = [*_database(session), *_log_and_jobs(session)]
        return [inside[0], _migrations(database), *inside[1:], *checks]
    except SQLAlchemyError as error:
        return [Check("Database", ok=False, sentence=f"It does not answer ({type(error).__name__})."), *checks]


def ready(settings: Settings, database: Database) -> bool:
    """Tell whether this process can serve: database, tables and storage."""
    try:
        migrating.require_current(database)
    except (WorkingsError, SQLAlchemyError, OSError):
        return False
    return _why_not_writable(settings.data_dir) is None


def _versions() -> Check:
    sentence = f"Workings {version('workings')} on Python {platform.python_version()}, {platform.system()}."
    return Check("Program", ok=True, sentence=sentence)


def _database(session: Session) -> Iterator[Check]:
    if session.get_bind().dialect.name == "sqlite":
        mode = str(session.scalar(text("PRAGMA journal_mode"))).upper()
        durable = session.scalar(text("PRAGMA synchronous")) == 2  # noqa: PLR2004 - 2 is FULL
        wanted = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "TRUNCATE"
        sentence = f"SQLite {sqlite3.sqlite_version}, journal {mode}{'' if durable else ', not synchronous FULL'}."
        yield Check("Database", ok=durable and mode == wanted, sentence=sentence)
        yield Check("Clock", ok=True, sentence="The database is on this machine and has its clock.")
        return
    facts = session.scalar(text("SHOW server_version"))
    synchronous = session.scalar(text("SHOW synchronous_commit"))
    durable = synchronous != "off" and session.scalar(text("SHOW fsync")) == "on"
    sentence = f"PostgreSQL {facts}, synchronous_commit {synchronous}."
    yield Check("Database", ok=durable, sentence=sentence + ("" if durable else " A crash can lose saved work."))
    skew = abs((clock.database_now(session) - clock.now()).total_seconds())
    fine = skew < SKEW_MAX_SECONDS
    sentence = f"{skew:.1f} s from the database's." + ("" if fine else " Set both machines by the same time server.")
    yield Check("Clock", ok=fine, sentence=sentence)


def _migrations(database: Database) -> Check:
    found, wanted = migrating.current(database), migrating.head()
    fine = found == wanted
    place = found or "no version"
    sentence = f"At {place}." if fine else f"At {place}, this program needs {wanted}: run 'workings migrate'."
    return Check("Tables", ok=fine, sentence=sentence)


def _log_and_jobs(session: Session) -> Iterator[Check]:
    head = session.scalar(select(func.max(audit.EventSeal.seq))) or 0
    unsealed = audit.count_unsealed(session)
    verified = queries.last_verification(session, finished=True)
    bad = (verified.result or {}).get("first_bad_seq") if verified else None
    sentence = f"{head:,} events sealed, {unsealed:,} waiting."
    if unsealed >= UNSEALED_MAX:
        sentence += " Does a worker run?"
    if bad is not None:
        sentence += f" The chain does not hold at event {bad}."
    yield Check("Audit log", ok=unsealed < UNSEALED_MAX and bad is None, sentence=sentence)
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state)).all()
    counts = {row[0]: row[1] for row in rows}
    dead = counts.get(JobState.DEAD, 0)
    sentence = (
        f"{counts.get(JobState.QUEUED, 0):,} waiting, {counts.get(JobState.RUNNING, 0):,} running, {dead:,} dead."
    )
    yield Check(
        "Jobs", ok=dead == 0, sentence=sentence + (" Look at their errors on the page of jobs." if dead else "")
    )


def _storage(settings: Settings) -> Iterator[Check]:
    reason = _why_not_writable(settings.data_dir)
    if reason is not None:
        yield Check("Storage", ok=False, sentence=f"The data folder cannot be written ({reason}).")
        return
    free = shutil.disk_usage(settings.data_dir).free
    fine = free > FREE_DISK_MIN_BYTES
    yield Check("Storage", ok=fine, sentence=f"{free / 1e9:.1f} GB free." + ("" if fine else " Make room soon."))
    fine = settings.data_dir.stat().st_mode & 0o077 == 0
    sentence = "Only its own user can look in." if fine else "Others on this machine can look in: chmod 700."
    yield Check("Data folder", ok=fine, sentence=sentence)


def _files(settings: Settings) -> Check:
    try:
        sentence = probe_store(settings)
    except (StoreFailed, SetupFault) as error:
        place = f"{settings.storage_url}: " if isinstance(error, StoreFailed) else ""
        return Check("Files", ok=False, sentence=f"{place}{error.sentence}")
    is_open = (settings.storage_endpoint or "").startswith("http://") and bool(settings.storage_url)
    if is_open and not on_loopback(settings.storage_endpoint or ""):
        return Check("Files", ok=False, sentence=f"{sentence} Without TLS anybody on the way can read them: use https.")
    return Check("Files", ok=True, sentence=sentence)


def _why_not_writable(folder: Path) -> str | None:
    """Try to write a file; return why it cannot be, or None."""
    probe = folder / f".probe-{uuid.uuid4()}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _keys(settings: Settings) -> Check:
    keys = sorted((settings.data_dir / "keys").glob("*.key"))
    if not keys:
        return Check("Keys", ok=True, sentence="None yet; they are made when the server first starts.")
    loose = [key.name for key in keys if stat.S_IMODE(key.stat().st_mode) & 0o077]
    if loose:
        return Check("Keys", ok=False, sentence=f"Others can read {', '.join(loose)}: chmod 600.")
    return Check("Keys", ok=True, sentence=f"{len(keys)} of 256 bits, readable by their own user only.")


def _address(settings: Settings) -> Check:
    fine = settings.is_https or settings.is_local
    sentence = f"People come by {settings.public_url}."
    if not fine:
        sentence += " Without TLS anybody on the way can read passwords: put it behind https."
    return Check("Address", ok=fine, sentence=sentence)


def _proxies(settings: Settings) -> Check:
    if not settings.trusted_proxies:
        return Check("Proxies", ok=True, sentence="None is believed; X-Forwarded-For is ignored.")
    everybody = {"*", "0.0.0.0/0", "::/0"} & set(settings.trusted_proxies)
    sentence = f"Believed: {', '.join(settings.trusted_proxies)}."
    if everybody:
        sentence += " That is everybody, so anybody can pretend to be anywhere: name the proxies."
    return Check("Proxies", ok=not everybody, sentence=sentence)


def _mail(settings: Settings) -> Check:
    if mail.is_configured(settings):
        return Check("Mail", ok=True, sentence=f"Goes through {settings.smtp_host}.")
    return Check("Mail", ok=True, sentence="Not configured; invitations are shown as links.")


def _demo(settings: Settings) -> Check:
    sentence = "On: anybody on this machine can enter as anybody." if settings.demo else "Off."
    return Check("Demo mode", ok=True, sentence=sentence)


def sandbox_checks(isolation: Isolation, *, proves_languages: bool) -> Iterator[Check]:
    """Say whether programs of people are run, by what they are locked in, and in which languages they may be."""
    if not isolation.is_available:
        sentence = f"Off: programs are kept and read, never run. {isolation.reason} See docs/how-to/sandbox.md."
        yield Check("Sandbox", ok=True, sentence=sentence)
        return
    details = isolation.details
    counted = f"control groups of {details['cgroup']}" if details["cgroup"] != "none" else "no control groups"
    sentence = f"On: bubblewrap {details['bwrap']}, {counted}, {details['proc']} /proc, programs run as "
    yield Check("Sandbox", ok=True, sentence=f"{sentence}{details['user']}.")
    names = _languages() if proves_languages else dict.fromkeys(offered(), "")
    languages = [f"{LANGUAGES[key].name} {version}".strip() for key, version in names.items()]
    science = [f"{name} {version}" for name, version in science_of().items()]
    packages = f"Python imports {', '.join(science)}." if science else "No packages for science: 'make science'."
    yield Check("Languages", ok=True, sentence=f"{', '.join(languages) or 'None'}. {packages}")


@functools.cache
def _languages() -> dict[str, str]:
    """Let each language prove that it works inside, once for each process: it takes seconds."""
    with Sandbox() as sandbox:
        return sandbox.languages()
