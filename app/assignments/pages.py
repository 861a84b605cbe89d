"""Pages for those who run a project: who holds what, and what people said of a task they put aside."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts.deps import CurrentActor
from app.assignments.access import get_assignment
from app.assignments.policy import can_take_back
from app.assignments.queries import live_leases, reports_of_task
from app.assignments.schemas import TakeBackIn
from app.assignments.service.ending import settle_report
from app.assignments.service.ending import take_back as take_back_from
from app.core import clock
from app.projects.access import get_project
from app.projects.policy import can_manage_project, is_blinded
from app.projects.queries import project_tabs
from app.tasks.access import get_task
from app.tasks.policy import can_manage_task
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import PostedForm, parse
from app.web.templating import render

router = APIRouter(include_in_schema=False)
KIND_WORDS = {
    "skip": "Skipped",
    "broken": "Called it broken",
    "outside_field": "Outside the field",
    "gave_up": "Gave up",
}


@router.get("/projects/{slug}/leases", name="assignments.leases")
def leases(slug: str, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """List who holds which task until when; without names for a manager who may have to judge the work."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return render(
        request,
        "assignments/leases.html",
        project=project,
        project_tabs=project_tabs(session, actor, project, current="tasks"),
        leases=live_leases(session, project),
        shows_names=not is_blinded(actor, project),
    )


@router.post("/assignments/{assignment_id}/take-back", name="assignments.take_back")
def take_back(
    assignment_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Take a task from its holder, with a reason that they read."""
    assignment = get_assignment(session, actor, assignment_id, can=can_take_back)
    project = get_project(session, actor, assignment.project_id)
    given, form = parse(TakeBackIn, posted)
    if given is None:
        return render(
            request, "assignments/take_back.html", status=422, project=project, assignment=assignment, form=form
        )
    take_back_from(session, actor, assignment, given.reason, now=clock.now())
    response = RedirectResponse(f"/projects/{project.slug}/leases", 303)
    flash(response, "done", "Taken back. Its holder was told why, and the text is kept.")
    return response


@router.get("/tasks/{task_id}/reports", name="assignments.reports")
def reports(task_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """List what people said of a task when they put it aside."""
    task = get_task(session, actor, task_id, can=can_manage_task)
    return render(
        request,
        "assignments/reports.html",
        task=task,
        project=task.project,
        project_tabs=project_tabs(session, actor, task.project, current="tasks"),
        reports=reports_of_task(session, task.id),
        kind_words=KIND_WORDS,
    )


@router.post("/tasks/{task_id}/reports/{report_id}/settle", name="assignments.settle_report")
def settle(task_id: UUID, report_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Mark a report as answered."""
    task = get_task(session, actor, task_id, can=can_manage_task)
    settle_report(session, actor, report_id, task_id=task.id, project_id=task.project_id, now=clock.now())
    response = RedirectResponse(f"/tasks/{task_id}/reports", 303)
    flash(response, "done", "Answered.")
    return response
