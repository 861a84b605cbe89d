"""Periodic work on leases: end those that ran out, warn before."""

from typing import Any

from app.assignments.service.expiring import BATCH, expire_due, warn_of_ending
from app.core import clock
from app.core.jobs import Handler, JobRun


def expire_leases(run: JobRun) -> dict[str, Any]:
    """Job ``assignments.expire``: give back the places of leases that ran out, then warn of those that end soon.

    The database's own time decides, since several machines may serve one database.
    """
    expired = 0
    batch = BATCH
    while batch == BATCH:
        with run.database.change() as session:
            batch = expire_due(session, now=clock.database_now(session))
        expired += batch
    with run.database.change() as session:
        warned = warn_of_ending(session, now=clock.database_now(session))
    return {"expired": expired, "warned": warned}


HANDLERS: dict[str, Handler] = {"assignments.expire": expire_leases}
PERIODIC: dict[str, int] = {"assignments.expire": 30}
"""job name → every how many seconds"""
