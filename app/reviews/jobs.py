"""Periodic work on reviews: close those of people who have left."""

from typing import Any

from app.core import clock
from app.core.jobs import Handler, JobRun
from app.reviews.service.releasing import BATCH, release_former


def release_reviews(run: JobRun) -> dict[str, Any]:
    """Job ``reviews.release``: let work go whose reviewers were removed or disabled while they had it open."""
    released, batch = 0, BATCH
    while batch == BATCH:
        with run.database.change() as session:
            batch = release_former(session, now=clock.database_now(session))
        released += batch
    return {"released": released}


HANDLERS: dict[str, Handler] = {"reviews.release": release_reviews}
PERIODIC: dict[str, int] = {"reviews.release": 30}
"""job name → every how many seconds"""
