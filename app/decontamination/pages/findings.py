"""What of a project is like a reference text, for its managers: the list, the part on a task's page, waivers."""

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotAllowed
from app.decontamination.access import get_finding
from app.decontamination.models import ContaminationFinding
from app.decontamination.policy import can_view_findings, can_waive
from app.decontamination.queries import findings as queries
from app.decontamination.schemas import FindingFilter, WaiverIn
from app.decontamination.service.waiving import unwaive, waive
from app.decontamination.states import Consequence, Likeness, Part
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.queries import project_tabs
from app.tasks.access import get_task
from app.tasks.policy import can_manage_task
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse
from app.web.templating import render

router = APIRouter()
CONSEQUENCE_WORDS = {Consequence.BLOCK: "blocked", Consequence.REVIEW: "to be looked at"}
LIKENESS_WORDS = {
    Likeness.EXACT: "the same text",
    Likeness.COVERED: "mostly the same text",
    Likeness.LARGE: "thirteen words in a row",
    Likeness.MIDDLE: "ten words in a row",
    Likeness.NUMBERS: "the same but for its numbers",
}
SAYS = {
    Likeness.EXACT: "is",
    Likeness.COVERED: "is mostly",
    Likeness.LARGE: "has thirteen words in a row of",
    Likeness.MIDDLE: "has ten words in a row of",
    Likeness.NUMBERS: "is, but for its numbers,",
}
PART_WORDS = {Part.STATEMENT: "statement", Part.REFERENCE: "hidden solution", Part.SOLUTION: "work"}


@router.get("/projects/{slug}/contamination", name="decontamination.findings")
def findings(
    request: Request, actor: CurrentActor, session: Reading, slug: str, wanted: Annotated[FindingFilter, Query()]
) -> Response:
    """List what was found, by filters."""
    project = _project(session, actor, slug)
    return _list(request, session, actor, project, wanted)


def _project(session: Session, actor: Actor, slug: str) -> Project:
    project = get_project(session, actor, slug)
    if not can_view_findings(actor, project.id):
        raise NotAllowed("Only a manager of this project sees what was found.")
    return project


def _list(
    request: Request,
    session: Session,
    actor: Actor,
    project: Project,
    wanted: FindingFilter,
    *,
    form: Form | None = None,
    at: UUID | None = None,
) -> Response:
    page = queries.findings_page(session, project.id, wanted)
    given = {key: value for key, value in wanted.model_dump(mode="json").items() if value is not None}
    return render(
        request,
        "decontamination/findings.html",
        partial="decontamination/_findings.html",
        status=422 if form is not None else 200,
        page=page,
        wanted=wanted,
        older=urlencode(given | {"cursor": page.next_cursor}) if page.next_cursor else None,
        sets=queries.reference_sets(session),
        form=form or Form(),
        at=at,
        people=queries.names_of(session, [one.waived_by for one in page.items]),
        numbers=queries.numbers_of(session, [one.task_id for one in page.items]),
        project=project,
        project_tabs=project_tabs(session, actor, project, current="datasets"),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "consequences": CONSEQUENCE_WORDS,
        "likenesses": LIKENESS_WORDS,
        "says": SAYS,
        "parts_of_us": PART_WORDS,
        "block": Consequence.BLOCK,
    }


@router.get("/tasks/{task_id}/contamination", name="decontamination.task")
def of_task(request: Request, actor: CurrentActor, session: Reading, task_id: UUID) -> Response:
    """Show the part of a task's page that says what its wording is like."""
    task = get_task(session, actor, task_id, can=can_manage_task)
    found: list[ContaminationFinding] = []
    if can_view_findings(actor, task.project_id):
        found = list(queries.findings_of_task(session, task))
    return render(request, "decontamination/_task.html", task=task, slug=task.project.slug, found=found, **_words())


@router.post("/contamination/{finding_id}/waive", name="decontamination.waive")
def waive_finding(
    request: Request, actor: CurrentActor, session: Writing, finding_id: UUID, posted: PostedForm
) -> Response:
    """Let the piece stay, for a reason."""
    finding = get_finding(session, actor, finding_id, can=can_waive)
    project = get_project(session, actor, finding.project_id)
    wanted, form = parse(WaiverIn, posted)
    if wanted is None:
        return _list(request, session, actor, project, FindingFilter(), form=form, at=finding.id)
    waive(session, finding, reason=wanted.reason, actor=actor, now=clock.now())
    return _back(project, "Waived: the next snapshot keeps it, and its card says so.")


@router.post("/contamination/{finding_id}/unwaive", name="decontamination.unwaive")
def unwaive_finding(actor: CurrentActor, session: Writing, finding_id: UUID) -> Response:
    """Take a waiver back."""
    finding = get_finding(session, actor, finding_id, can=can_waive)
    unwaive(session, finding, actor=actor, now=clock.now())
    project = get_project(session, actor, finding.project_id)
    return _back(project, "The waiver is taken back; the next snapshot leaves it out again.")


def _back(project: Project, sentence: str) -> Response:
    response = RedirectResponse(f"/projects/{project.slug}/contamination", 303)
    flash(response, "done", sentence)
    return response
