"""Seal the audit log, every few seconds."""

from app.core import audit
from app.core.jobs import Handler, JobRun
from app.core.keys import load_or_create_key


def seal_audit(run: JobRun) -> None:
    """Job ``audit.seal``: append what happened since to the chain."""
    key = load_or_create_key(run.settings.data_dir, "audit")
    while True:
        with run.database.change() as session:
            sealed = audit.seal(session, key)
        if sealed < audit.SEAL_BATCH:
            return


HANDLERS: dict[str, Handler] = {"audit.seal": seal_audit}
PERIODIC: dict[str, int] = {"audit.seal": 5}
