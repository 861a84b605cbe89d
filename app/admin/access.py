"""The door to jobs."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.admin.policy import can_view_job
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.jobs import Job


def get_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Load one job; NotFound if the actor may not see it."""
    job = session.get(Job, job_id)
    if job is None or not can_view_job(actor, job):
        raise NotFound("There is no such job.")
    return job
