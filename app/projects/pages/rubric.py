"""The rubric's editor: criteria are added, moved and removed by buttons of the form."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid
from app.projects import queries
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.pages.criteria import after_act, is_act, posted_rows, rows_of, with_ids
from app.projects.pages.frame import frame
from app.projects.policy import can_manage_project
from app.projects.schemas import RubricIn
from app.projects.service.rubric import publish_rubric
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter()


@router.get("/projects/{slug}/setup/rubric", name="rubric.edit")
def edit(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show the rubric in force for editing."""
    project = get_project(session, actor, slug, can=can_manage_project)
    rubric = queries.current_rubric(session, project)
    rows = rows_of(rubric.criteria if rubric else [])
    return _page(request, session, actor, project, Form(values={"criteria": rows, "based_on": project.rubric_n}))


@router.post("/projects/{slug}/setup/rubric", name="rubric.publish")
def publish(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Publish the rubric as a new version; other buttons only change the rows."""
    project = get_project(session, actor, slug, can=can_manage_project)
    rows = posted_rows(posted)
    values: dict[str, Any] = {"criteria": rows, "based_on": posted["based_on"]}
    if is_act(posted["act"]):
        values["criteria"] = after_act(rows, posted["act"])
        return _page(request, session, actor, project, Form(values=values))
    fields: dict[str, Any] = {"criteria": with_ids(rows), "based_on": posted["based_on"]}
    data, form = parse(RubricIn, Posted(fields=fields, files={}))
    form.values = values
    if data is None:
        return _page(request, session, actor, project, form, status=422)
    try:
        version = publish_rubric(session, project, data, actor=actor, now=clock.now())
    except Invalid as error:
        return _page(request, session, actor, project, with_error(form, error), status=422)
    except Conflict as error:
        form.error = f"{error.sentence} What you wrote is kept here."
        return _page(request, session, actor, project, form, status=409)
    response = RedirectResponse(f"/projects/{slug}/setup", 303)
    flash(response, "done", f"Version {version.n} of the rubric is in force; scores given before keep their version.")
    return response


def _page(
    request: Request, session: Session, actor: Actor, project: Project, form: Form, *, status: int = 200
) -> Response:
    in_force = queries.current_rubric(session, project)
    return render(
        request,
        "projects/rubric.html",
        partial="projects/_criteria.html",
        status=status,
        **frame(session, actor, project, "setup"),
        form=form,
        in_force=in_force,
        is_stale=str(form.values["based_on"]) != str(project.rubric_n),
    )
