"""Background jobs as JSON, for who waits for one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.accounts.deps import CurrentActor
from app.admin import service
from app.admin.access import get_job
from app.core import clock
from app.core.jobs import JobState
from app.web.deps import Reading, Writing

router = APIRouter(prefix="/api/v1/jobs")


class JobOut(BaseModel):
    """A background job; `last_error` of a job that died says what to do."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    state: JobState
    progress_done: int
    progress_total: int | None
    message: str
    result: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None


@router.get("/{job_id}", name="api.admin.job")
def job_of(actor: CurrentActor, session: Reading, job_id: UUID) -> JobOut:
    """Tell how far a job is."""
    return JobOut.model_validate(get_job(session, actor, job_id))


@router.post("/{job_id}/cancel", name="api.admin.job.cancel")
def cancel(actor: CurrentActor, session: Writing, job_id: UUID) -> JobOut:
    """Stop a job that has not finished."""
    job = get_job(session, actor, job_id)
    service.cancel_job(session, job, actor=actor, now=clock.now())
    session.refresh(job)
    return JobOut.model_validate(job)
