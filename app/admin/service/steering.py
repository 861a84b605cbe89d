"""Trying a dead job again, and stopping one."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.jobs import Job, JobState


def retry_job(session: Session, job: Job, *, actor: Actor, now: datetime) -> None:
    """Put a dead job back into the queue; Conflict when it is not dead."""
    if not jobs.try_again(session, job, now=now):
        raise Conflict("Only a dead job can be tried again.")
    audit.record(session, "job.retry", actor=actor, at=now, kind="job", object_id=job.id, project_id=job.project_id)


def cancel_job(session: Session, job: Job, *, actor: Actor, now: datetime) -> None:
    """Stop a waiting job at once and a running one at its next report; Conflict when it has ended."""
    if job.state not in {JobState.QUEUED, JobState.RUNNING}:
        raise Conflict("This job has ended already.")
    jobs.ask_to_cancel(session, job, now=now)
    audit.record(session, "job.cancel", actor=actor, at=now, kind="job", object_id=job.id, project_id=job.project_id)
