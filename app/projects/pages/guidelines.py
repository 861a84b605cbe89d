"""The guideline: read, acknowledged, compared, edited with a preview."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid
from app.projects import queries
from app.projects.access import get_guideline, get_project
from app.projects.models import Project
from app.projects.pages.frame import frame
from app.projects.policy import can_acknowledge, can_annotate, can_manage_project
from app.projects.schemas import GuidelineIn
from app.projects.service import guideline as service
from app.projects.service.changes import changes_between
from app.projects.service.clauses import clauses_of
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter()


@router.get("/projects/{slug}/guidelines", name="guidelines.current")
def current(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show the version in force, with the button that acknowledges it."""
    project = get_project(session, actor, slug)
    if project.guideline_n == 0:
        return render(request, "projects/guideline_none.html", **frame(session, actor, project, "guidelines"))
    return _show(request, slug, project.guideline_n, actor, session)


@router.get("/projects/{slug}/guidelines/edit", name="guidelines.edit")
def edit(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show the editor with the version in force."""
    project = get_project(session, actor, slug, can=can_manage_project)
    version = queries.current_guideline(session, project)
    values = {"body": version.body if version else "", "summary": "", "based_on": project.guideline_n}
    return _editor(request, actor, session, slug, Form(values=values))


@router.post("/projects/{slug}/guidelines/edit", name="guidelines.publish")
def publish(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Publish the text as the next version, or only show how it will look."""
    project = get_project(session, actor, slug, can=can_manage_project)
    values = {name: posted[name] for name in ("body", "summary", "based_on")}
    if posted["act"] == "preview":
        return _editor(request, actor, session, slug, Form(values=values))
    fields = {name: value for name, value in posted.fields.items() if name in values}
    data, form = parse(GuidelineIn, type(posted)(fields=fields, files={}))
    form.values = values
    if data is None:
        return _editor(request, actor, session, slug, form, status=422)
    try:
        version = service.publish_guideline(session, project, data, actor=actor, now=clock.now())
    except Invalid as error:
        return _editor(request, actor, session, slug, with_error(form, error), status=422)
    except Conflict as error:
        form.error = error.sentence
        return _editor(request, actor, session, slug, form, status=409)
    response = RedirectResponse(f"/projects/{slug}/guidelines", 303)
    flash(response, "done", f"Version {version.n} is in force. Members read what changed before their next task.")
    return response


@router.post("/projects/{slug}/guidelines/acknowledge", name="guidelines.acknowledge")
def acknowledge(slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Note that the viewer has read the version in force."""
    project = get_project(session, actor, slug, can=can_acknowledge)
    n = int(posted["n"]) if posted["n"].isdecimal() and len(posted["n"]) < 9 else 0  # noqa: PLR2004 - digits
    try:
        service.acknowledge(session, project, n, actor=actor, now=clock.now())
    except Conflict as error:
        response = RedirectResponse(f"/projects/{slug}/guidelines", 303)
        flash(response, "caution", error.sentence)
        return response
    response = RedirectResponse("/work" if can_annotate(actor, project) else f"/projects/{slug}/guidelines", 303)
    flash(response, "done", f"Version {n} of the guideline of {project.name} is acknowledged.")
    return response


@router.get("/projects/{slug}/guidelines/{n}", name="guidelines.version")
def version(request: Request, slug: str, n: int, actor: CurrentActor, session: Reading) -> Response:
    """Show one version, in force or older."""
    return _show(request, slug, n, actor, session)


@router.get("/projects/{slug}/guidelines/{n}/changes", name="guidelines.changes")
def changes(
    request: Request, slug: str, n: int, actor: CurrentActor, session: Reading, since: int | None = None
) -> Response:
    """Show what version `n` says otherwise than `since` (default: what the viewer acknowledged last before it)."""
    project = get_project(session, actor, slug)
    new = get_guideline(session, project, n)
    known = queries.last_acknowledged(session, actor, project)
    base = since if since is not None else (known if known is not None and known < n else n - 1)
    old = get_guideline(session, project, base) if base > 0 else None
    return render(
        request,
        "projects/guideline_changes.html",
        **frame(session, actor, project, "guidelines"),
        old_n=base,
        new=new,
        changes=changes_between(old.body if old else "", new.body),
        versions=queries.versions_of(session, project),
        to_acknowledge=_must_acknowledge(session, actor, project, n),
    )


def _must_acknowledge(session: Session, actor: Actor, project: Project, n: int) -> bool:
    return (
        n == project.guideline_n
        and can_acknowledge(actor, project)
        and not queries.has_acknowledged(session, actor, project)
    )


def _show(request: Request, slug: str, n: int, actor: CurrentActor, session: Reading) -> Response:
    project = get_project(session, actor, slug)
    shown = get_guideline(session, project, n)
    context = frame(session, actor, project, "guidelines")
    return render(
        request,
        "projects/guideline.html",
        **context,
        shown=shown,
        clauses=clauses_of(shown.body),
        versions=queries.versions_of(session, project),
        acknowledged=queries.has_acknowledged(session, actor, project),
        to_acknowledge=_must_acknowledge(session, actor, project, n),
        readers=queries.acknowledged_by(session, project) if context["can_manage"] else None,
    )


def _editor(
    request: Request, actor: CurrentActor, session: Session, slug: str, form: Form, *, status: int = 200
) -> Response:
    project = get_project(session, actor, slug, can=can_manage_project)
    in_force = queries.current_guideline(session, project)
    body = str(form.values["body"])
    return render(
        request,
        "projects/guideline_edit.html",
        partial="projects/_preview.html",
        status=status,
        **frame(session, actor, project, "guidelines"),
        form=form,
        in_force=in_force,
        is_stale=str(form.values["based_on"]) != str(project.guideline_n),
        clauses=clauses_of(body),
        changes=changes_between(in_force.body if in_force else "", body),
    )
