"""Getting to work: the next task, the way from an assignment to its work, and the workspace itself."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.assignments.access import get_assignment
from app.assignments.queries import Nothing, why_nothing
from app.assignments.service.leases import NothingLeft
from app.assignments.states import NoWork
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotAllowed, NotFound
from app.projects.access import get_project, get_project_to_work
from app.projects.models import Project
from app.projects.queries import has_acknowledged, has_signed
from app.submissions.access import get_own_submission
from app.submissions.schemas import Content, EditorState
from app.submissions.service import beginning
from app.submissions.service.citing import cited_runs
from app.submissions.service.reading import number_steps
from app.submissions.service.workspace import open_workspace
from app.submissions.states import Finding
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import PostedForm
from app.web.templating import duration, render

router = APIRouter()
LOW_MINUTES = 30
"""Under this the lease's clock turns ochre."""
TOLD_TONES = {Finding.PASS: ("good", "check"), Finding.UNDECIDED: ("soft", "draft")}
"""How what a machine said of the answer looks; what it has against the answer stands among the findings."""
CONFIDENCE_WORDS = [(1, "a guess"), (2, "doubtful"), (3, "likely"), (4, "sure"), (5, "proved")]


@router.post("/projects/{slug}/next", name="submissions.next")
def take_next(slug: str, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Take the next task and go to its workspace; else say why there is none, or lead to what is to be read first."""
    domain = posted["domain"] or None
    try:
        project = get_project_to_work(session, actor, slug)
    except NotAllowed:
        return _not_now(session, actor, slug)
    try:
        submission_id = beginning.take_next(session, actor, project, now=clock.now(), domain=domain)
    except NothingLeft as error:
        return render(
            request,
            "submissions/nothing.html",
            status=409,
            project=project,
            nothing=Nothing(error.reason, error.sentence),
            other_fields=error.reason == NoWork.NONE_IN_FIELD,
        )
    return RedirectResponse(f"/work/{submission_id}", 303)


def _not_now(session: Session, actor: Actor, slug: str) -> Response:
    project: Project = get_project(session, actor, slug)
    nothing = why_nothing(
        session,
        actor,
        project,
        acknowledged=has_acknowledged(session, actor, project),
        signed=has_signed(session, actor, project),
    )
    pages = {NoWork.GUIDELINE: "/guidelines", NoWork.AGREEMENT: "/agreement"}
    path = f"/projects/{project.slug}{pages.get(nothing.reason, '') if nothing else ''}"
    response = RedirectResponse(path, 303)
    flash(response, "caution", nothing.sentence if nothing else "Press “Next task” again.")
    return response


@router.get("/assignments/{assignment_id}", name="submissions.of_assignment")
def of_assignment(assignment_id: UUID, actor: CurrentActor, session: Reading) -> Response:
    """Lead from an assignment, which messages speak of, to the work on it."""
    assignment = get_assignment(session, actor, assignment_id)
    submission_id = beginning.submission_of(session, assignment)
    if submission_id is None:
        raise NotFound("There is no work on this assignment.")
    return RedirectResponse(f"/work/{submission_id}", 303)


@router.get("/work/{submission_id}", name="submissions.work")
def workspace(submission_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Show the workspace: task, reasoning, checks; a readable page before the editor has started."""
    submission = get_own_submission(session, actor, submission_id)
    state = open_workspace(session, actor, submission, journal_key=request.app.state.keys["journal"], now=clock.now())
    return render(request, "submissions/workspace.html", **workspace_context(session, state))


def workspace_context(session: Session, state: EditorState) -> dict[str, Any]:
    """Build what the workspace's templates read, beside the state that goes to the editor as JSON."""
    content = Content.model_validate(state.content)
    left = (state.lease_expires_at - state.server_time).total_seconds() if state.lease_expires_at else None
    return {
        "state": state,
        "state_json": state.model_dump(mode="json"),
        "content": content,
        "steps": (steps := number_steps(content)),
        "cited": cited_runs(session, state.submission_id, content),
        "numbers": {step.id: step.n for step in steps},
        "lease_words": f"{duration(max(0, left))} left" if left is not None else None,
        "lease_is_low": left is not None and left < LOW_MINUTES * 60,
        "blockers": [one for one in state.findings if one.severity == "blocker"],
        "unexplained": [one for one in state.findings if one.stops and one.severity != "blocker"],
        "told_tone": TOLD_TONES.get(state.checks.told.finding or Finding.ERROR),
        "confidence_words": CONFIDENCE_WORDS,
        "server_time": state.server_time.isoformat(),
    }
