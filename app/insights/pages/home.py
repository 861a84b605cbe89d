"""The way home for each role, and the list of projects."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.accounts.deps import CurrentActor
from app.core.actor import Actor, Role
from app.insights.queries.listing import projects_page
from app.projects.policy import can_create_project
from app.web.deps import Reading
from app.web.templating import render

router = APIRouter()


@router.get("/", name="insights.home")
def home(actor: CurrentActor) -> Response:
    """Lead to the page where the day begins: own work, the queue, or the projects."""
    return RedirectResponse(home_of(actor), 303)


def home_of(actor: Actor) -> str:
    """Return the path of the page where the actor's day begins."""
    if actor.projects_as(Role.ANNOTATOR):
        return "/work"
    if actor.projects_as(Role.REVIEWER) and not actor.projects_as(Role.MANAGER):
        return "/reviews"
    return "/projects"


@router.get("/projects", name="insights.projects")
def projects(request: Request, actor: CurrentActor, session: Reading, cursor: str | None = None) -> Response:
    """List the projects the viewer may know of, with what each holds for them."""
    page = projects_page(session, actor, cursor=cursor)
    return render(
        request,
        "insights/projects.html",
        rows=page.items,
        next_cursor=page.next_cursor,
        is_first=cursor is None,
        can_create=can_create_project(actor),
    )
