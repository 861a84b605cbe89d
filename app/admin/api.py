"""Background jobs as JSON, for who waits for one."""

from uuid import UUID

from fastapi import APIRouter

from app.accounts.deps import CurrentActor
from app.admin import service
from app.admin.access import get_job
from app.admin.policy import can_stop_job
from app.admin.schemas import JobOut
from app.core import clock
from app.web.deps import Reading, Writing

router = APIRouter(prefix="/api/v1/jobs")


@router.get("/{job_id}", name="api.admin.job")
def job_of(actor: CurrentActor, session: Reading, job_id: UUID) -> JobOut:
    """Tell how far a job is: to who asked for it, managers of its project, and admins."""
    return JobOut.of(get_job(session, actor, job_id))


@router.post("/{job_id}/cancel", name="api.admin.job.cancel")
def cancel(actor: CurrentActor, session: Writing, job_id: UUID) -> JobOut:
    """Stop a job that has not finished."""
    job = get_job(session, actor, job_id, can=can_stop_job)
    service.cancel_job(session, job, actor=actor, now=clock.now())
    session.refresh(job)
    return JobOut.of(job)
