"""Seal the audit log every few seconds, check the whole chain once a day, sweep files that nobody will ask for."""

from datetime import timedelta
from typing import Any

from app.admin import queries, service
from app.core import audit, clock
from app.core.jobs import Handler, JobRun
from app.core.keys import load_or_create_key
from app.core.storage import sweep_unfinished

UNFINISHED_KEPT = timedelta(days=1)
"""Longer than any file takes to be written."""


def seal_audit(run: JobRun) -> None:
    """Job ``audit.seal``: append what happened since to the chain."""
    key = load_or_create_key(run.settings.data_dir, "audit")
    while True:
        with run.database.change() as session:
            sealed = audit.seal(session, key)
        if sealed < audit.SEAL_BATCH:
            return


def verify_audit(run: JobRun) -> dict[str, Any]:
    """Job ``audit.verify``: walk the whole chain and say what was found; admins are told when it does not hold."""
    key = load_or_create_key(run.settings.data_dir, "audit")
    found = service.verify_chain(run.database, key, now=clock.now())
    return {
        "sealed": found.sealed,
        "unsealed": found.unsealed,
        "first_bad_seq": found.first_bad_seq,
        "head": found.head,
    }


def wish_daily_verification(run: JobRun) -> None:
    """Job ``audit.verify_daily``: enqueue the check of the chain once a day."""
    now = clock.now()
    with run.database.change() as session:
        last = queries.last_verification(session, finished=True)
        if last is None or last.created_at.date() < now.date():
            service.wish_verification(session, actor=None, now=now)


def sweep_files(run: JobRun) -> None:
    """Job ``files.sweep``: remove what was being written when its process was killed and nobody took up again."""
    sweep_unfinished(run.settings, before=clock.now() - UNFINISHED_KEPT)


def sweep_unlisted(run: JobRun) -> None:
    """Job ``files.sweep_unlisted``: remove whole files that no row names, a day after they were written."""
    service.delete_unlisted(run.database, run.settings, before=clock.now() - UNFINISHED_KEPT)


HANDLERS: dict[str, Handler] = {
    "audit.seal": seal_audit,
    queries.VERIFY_KIND: verify_audit,
    "audit.verify_daily": wish_daily_verification,
    "files.sweep": sweep_files,
    "files.sweep_unlisted": sweep_unlisted,
}
PERIODIC: dict[str, int] = {
    "audit.seal": 5,
    "audit.verify_daily": 3600,
    "files.sweep": 3600,
    "files.sweep_unlisted": 86400,
}
