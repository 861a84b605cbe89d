"""Periodic work on leases: end those that ran out and those of people who have left, warn before."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.assignments.service.expiring import BATCH, expire_due, release_former, warn_of_ending
from app.core import clock
from app.core.jobs import Handler, JobRun


def expire_leases(run: JobRun) -> dict[str, Any]:
    """Job ``assignments.expire``: give places back that ran out or whose holders have left, then warn of the next ends.

    The database's own time decides, since several machines may serve one database.
    """
    expired = _in_batches(run, lambda session, now: expire_due(session, now=now))
    released = _in_batches(run, lambda session, now: release_former(session, now=now))
    with run.database.change() as session:
        warned = warn_of_ending(session, now=clock.database_now(session))
    return {"expired": expired, "released": released, "warned": warned}


def _in_batches(run: JobRun, end_some: Callable[[Session, datetime], int]) -> int:
    ended, batch = 0, BATCH
    while batch == BATCH:
        with run.database.change() as session:
            batch = end_some(session, clock.database_now(session))
        ended += batch
    return ended


HANDLERS: dict[str, Handler] = {"assignments.expire": expire_leases}
PERIODIC: dict[str, int] = {"assignments.expire": 30}
"""job name → every how many seconds"""
