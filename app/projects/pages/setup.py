"""The setup of a project: its state, name, workflow and labels."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.projects import queries
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.pages.frame import frame
from app.projects.policy import can_manage_project
from app.projects.schemas import ProjectPatch
from app.projects.service.life import missing_for_live, move_project
from app.projects.service.settings import change_settings
from app.projects.states import MOVES, ProjectState
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter()
_SETTINGS = (
    "name",
    "purpose",
    "goal_tokens",
    "submissions_needed",
    "review_levels",
    "level2_share_percent",
    "lease_hours",
    "tool_policy",
    "content_language",
)
_BOXES = ("is_blind", "tracks_time", "opens_checked_only", "tells_check", "exports_threads")
_BLANK_IS_NONE = ("goal_tokens", "content_language")
WORDS = {
    "name": "name",
    "purpose": "purpose",
    "goal_tokens": "goal",
    "submissions_needed": "submissions per task",
    "review_levels": "review levels",
    "level2_share_percent": "share for level 2",
    "lease_hours": "length of a lease",
    "tool_policy": "tool policy",
    "content_language": "language",
    "is_blind": "blind review",
    "tracks_time": "time tracking",
    "opens_checked_only": "opening checked tasks only",
    "tells_check": "telling authors what a machine found",
    "exports_threads": "exporting comments",
    "taxonomy": "labels",
}
_DONE = {
    ProjectState.LIVE: "The project is live: open tasks are handed out.",
    ProjectState.PAUSED: "The project is paused: drafts can be finished and are reviewed, nothing new is handed out.",
    ProjectState.CLOSED: "The project is closed. Its datasets can still be exported, and it can be opened again.",
}


@router.get("/projects/{slug}/setup", name="projects.setup")
def setup(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show all settings."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return _page(request, session, actor, project)


@router.post("/projects/{slug}/setup", name="projects.setup.save")
def save(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Store name, purpose and workflow."""
    project = get_project(session, actor, slug, can=can_manage_project)
    values: dict[str, Any] = {name: posted[name] for name in _SETTINGS}
    values |= {name: name in posted.fields for name in _BOXES}
    wanted = {name: None if name in _BLANK_IS_NONE and value == "" else value for name, value in values.items()}
    return _store(request, session, actor, project, values, wanted)


@router.post("/projects/{slug}/setup/labels", name="projects.setup.labels")
def labels(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Store what tasks may be labelled with; labels that tasks have already stay on them."""
    project = get_project(session, actor, slug, can=can_manage_project)
    values = {"domains": posted["domains"], "skills": posted["skills"]}
    return _store(request, session, actor, project, values, {"taxonomy": values})


@router.post("/projects/{slug}/setup/state", name="projects.setup.state")
def state(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Make the project live, pause or close it."""
    project = get_project(session, actor, slug, can=can_manage_project)
    reason = posted["reason"][:2000]
    try:
        new = ProjectState(posted["to"])
    except ValueError as error:
        raise Invalid("A project can be live, paused or closed.", pointer="to") from error
    try:
        move_project(session, project, new, actor=actor, now=clock.now(), reason=reason)
    except Invalid as error:
        form = with_error(Form(values={"reason": reason}), error)
        if new == ProjectState.CLOSED:
            return _close_page(request, session, actor, project, form, status=422)
        return _page(request, session, actor, project, state_error=error.sentence, status=422)
    response = RedirectResponse(f"/projects/{slug}/setup", 303)
    flash(response, "done", _DONE[new])
    return response


@router.get("/projects/{slug}/setup/close", name="projects.close")
def close(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Ask once more, and for the reason, before a project is closed."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return _close_page(request, session, actor, project, Form(values={"reason": ""}))


def _store(
    request: Request, session: Session, actor: Actor, project: Project, values: dict[str, Any], wanted: dict[str, Any]
) -> Response:
    data, form = parse(ProjectPatch, Posted(fields=wanted, files={}))
    form.values = values
    form.errors = {name.removeprefix("taxonomy.").split(".")[0]: fault for name, fault in form.errors.items()}
    if data is None:
        form.error = "Not saved. Please correct what is marked; what you wrote is kept."
        return _page(request, session, actor, project, form=form, status=422)
    try:
        changed = change_settings(session, project, data, actor=actor, now=clock.now())
    except Invalid as error:
        return _page(request, session, actor, project, form=with_error(form, error), status=422)
    response = RedirectResponse(f"/projects/{project.slug}/setup", 303)
    words = ", ".join(WORDS[name] for name in changed)
    flash(response, "done", f"Saved: {words}." if changed else "Nothing had changed.")
    return response


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    project: Project,
    *,
    form: Form | None = None,
    state_error: str | None = None,
    status: int = 200,
) -> Response:
    stored: dict[str, Any] = {name: getattr(project, name) for name in (*_SETTINGS, *_BOXES)}
    stored |= {name: "\n".join(project.taxonomy.get(name, [])) for name in ("domains", "skills")}
    shown = Form(stored | (form.values if form else {}), form.errors if form else {}, form.error if form else None)
    return render(
        request,
        "projects/setup.html",
        status=status,
        **frame(session, actor, project, "setup"),
        form=shown,
        state_error=state_error,
        missing=missing_for_live(session, project) if project.state != ProjectState.LIVE else [],
        moves={str(move) for move in MOVES[project.state]},
        rubric=queries.current_rubric(session, project),
    )


def _close_page(
    request: Request, session: Session, actor: Actor, project: Project, form: Form, *, status: int = 200
) -> Response:
    return render(request, "projects/close.html", status=status, **frame(session, actor, project, "setup"), form=form)
