"""The background jobs: what runs, what died and why, once more, stop."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.accounts.deps import CurrentActor
from app.admin import queries, service
from app.admin.access import get_job
from app.admin.schemas import JobAct
from app.core import clock
from app.core.jobs import JobState
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.templating import render

router = APIRouter(prefix="/jobs")


@router.get("", name="admin.jobs")
def jobs(
    request: Request,
    session: Reading,
    state: JobState | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """List the background jobs."""
    page = queries.jobs_page(session, state=state, cursor=cursor)
    people = queries.people_named(session, [job.requested_by for job in page.items])
    slugs = queries.slugs_of(session, [job.project_id for job in page.items])
    return render(
        request,
        "admin/jobs.html",
        partial="admin/_jobs.html",
        page=page,
        state=state,
        states=list(JobState),
        people=people,
        slugs=slugs,
    )


@router.post("/{job_id}/{act}", name="admin.job.change")
def change_job(actor: CurrentActor, session: Writing, job_id: UUID, act: JobAct) -> Response:
    """Try a dead job again, or stop one."""
    job = get_job(session, actor, job_id)
    response = RedirectResponse("/admin/jobs", 303)
    if act is JobAct.RETRY:
        service.retry_job(session, job, actor=actor, now=clock.now())
        flash(response, "done", "The job waits for a worker again.")
    else:
        service.cancel_job(session, job, actor=actor, now=clock.now())
        flash(response, "done", "The job stops; what runs ends at its next step.")
    return response
