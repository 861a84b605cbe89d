"""Making a project on one guided page, which is one form and works without JavaScript."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.config import Settings
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import Invalid, NotAllowed
from app.projects.pages.criteria import after_act, is_act, posted_rows, rows_of, with_ids
from app.projects.policy import can_create_project
from app.projects.schemas import InviteIn, ProjectIn
from app.projects.service.clauses import clauses_of
from app.projects.service.creating import as_manager, create_project, suggest_slug
from app.projects.service.members import Brought, bring_in
from app.projects.service.starting import start_of
from app.projects.states import Template
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, sentences, with_error
from app.web.templating import render

router = APIRouter()
PEOPLE_MAX = 50
_WORKFLOW = ("submissions_needed", "review_levels", "level2_share_percent", "lease_hours", "tool_policy")
_TEXTS = ("name", "slug", "purpose", "template", "guideline", "content_language", *_WORKFLOW)
_BOXES = ("is_blind", "tracks_time", "opens_checked_only", "tells_check", "exports_threads")
_STEP_UP_FIRST = "Not created yet: bringing people in needs your password once more. What you wrote is kept."
_PEOPLE = {"annotators": Role.ANNOTATOR, "reviewers": Role.REVIEWER, "managers": Role.MANAGER}


def _only_makers(actor: Actor) -> None:
    if not can_create_project(actor):
        raise NotAllowed("Only admins, and managers of a project, make new projects. Ask one of them.")


def _prefilled(template: Template) -> dict[str, Any]:
    start = start_of(template)
    workflow = start.workflow.model_dump()
    return {
        "template": template,
        "prefilled_from": template,
        "guideline": start.guideline,
        "domains": "\n".join(start.taxonomy.domains),
        "skills": "\n".join(start.taxonomy.skills),
        "criteria": rows_of(start.criteria),
        **{name: workflow[name] for name in (*_WORKFLOW, *_BOXES)},
        # Proposed to people, who see each check on the page; a program that brings tasks asks for it if it wants it.
        "opens_checked_only": template is not Template.OPEN,
    }


@router.get("/projects/new", name="projects.new")
def new(request: Request, actor: CurrentActor, template: Template = Template.MATHEMATICS) -> Response:
    """Show the guided page, filled from a template."""
    _only_makers(actor)
    blank = {"name": "", "slug": "", "purpose": "", "content_language": "", **dict.fromkeys(_PEOPLE, "")}
    return _page(request, Form(values={**blank, **_prefilled(template)}))


@router.get("/projects/new/slug", name="projects.slug")
def slug(request: Request, actor: CurrentActor, session: Reading, name: str = "") -> Response:
    """Say which short name a project of this name would get."""
    _only_makers(actor)
    suggestion = suggest_slug(session, name) if name.strip() else ""
    return render(request, "projects/_slug.html", suggestion=suggestion)


@router.post("/projects/new", name="projects.create")
def create(
    request: Request, actor: CurrentActor, session: Writing, posted: PostedForm, settings: CurrentSettings
) -> Response:
    """Make the project and bring its people in; other buttons of the form only change what it shows."""
    _only_makers(actor)
    values = _values(posted)
    act = posted["act"]
    if act == "template":
        return _page(request, Form(values=_with_template(values)))
    if is_act(act):
        values["criteria"] = after_act(values["criteria"], act)
        return _page(request, Form(values=values), opened="rubric")
    data, form = _parsed(values)
    invitations = _invitations(values, form)
    if data is None or invitations is None:
        form.error = "Not created. Please correct what is marked; what you wrote is kept."
        return _page(request, form, status=422)
    return _store(request, actor, session, settings, form, data=data, invitations=invitations)


def _store(
    request: Request,
    actor: Actor,
    session: Session,
    settings: Settings,
    form: Form,
    *,
    data: ProjectIn,
    invitations: list[InviteIn],
) -> Response:
    if invitations and not actor.stepped_up(clock.now()):
        form.error = _STEP_UP_FIRST
        return _page(request, form, status=422, must_step_up=True)
    try:
        with session.begin_nested():  # a refused invitation takes the project back with it
            project = create_project(session, actor, data, now=clock.now())
            maker = as_manager(actor, project)
            brought = [
                bring_in(session, project, one, actor=maker, settings=settings, now=clock.now()) for one in invitations
            ]
    except Invalid as error:
        return _page(request, with_error(form, _beside_people(error)), status=422)
    if any(one.link for one in brought):
        return render(request, "projects/created.html", project=project, brought=brought)
    response = RedirectResponse(f"/projects/{project.slug}/setup", 303)
    flash(response, "done", _created(project.name, brought))
    return response


def _beside_people(error: Invalid) -> Invalid:
    if "email" not in error.fields:
        return error
    return Invalid("Not created.", fields={"annotators": error.fields["email"]})


def _created(name: str, brought: list[Brought]) -> str:
    people = f" {len(brought)} people were told." if brought else ""
    return f"{name} is set up as a draft; nobody is given work before you make it live.{people}"


def _values(posted: Posted) -> dict[str, Any]:
    values: dict[str, Any] = {name: posted[name] for name in (*_TEXTS, *_PEOPLE, "prefilled_from", "domains", "skills")}
    values |= {name: name in posted.fields for name in _BOXES}
    return values | {"criteria": posted_rows(posted)}


def _with_template(values: dict[str, Any]) -> dict[str, Any]:
    """Fill in another template where the person has not changed what the first one brought; the rest stays theirs."""
    try:
        chosen, before = Template(values["template"]), Template(values["prefilled_from"])
    except ValueError as error:
        raise Invalid("Choose one of the templates.", fields={"template": "Choose one of the list."}) from error
    old, new = _prefilled(before), _prefilled(chosen)
    untouched = {name for name in new if _same(values.get(name), old[name])}
    return values | {name: new[name] for name in untouched} | {"template": chosen, "prefilled_from": chosen}


def _same(one: object, other: object) -> bool:
    if isinstance(one, list) or isinstance(other, bool):
        return one == other
    return str(one).strip() == str(other).strip()


def _parsed(values: dict[str, Any]) -> tuple[ProjectIn | None, Form]:
    facts = {name: values[name] for name in (*_TEXTS, *_BOXES)}
    facts["taxonomy"] = {"domains": values["domains"], "skills": values["skills"]}
    facts["criteria"] = with_ids(values["criteria"])
    data, form = parse(ProjectIn, Posted(fields=facts, files={}))
    form.values = values
    for name in ("domains", "skills"):
        faults = [form.errors.pop(key) for key in list(form.errors) if key.startswith(f"taxonomy.{name}")]
        if faults:
            form.errors[name] = faults[0]
    return data, form


def _invitations(values: dict[str, Any], form: Form) -> list[InviteIn] | None:
    """Read the addresses, one a line; a person named under several roles is invited once. None if one is wrong."""
    roles: dict[str, list[Role]] = {}
    for field, role in _PEOPLE.items():
        for line in str(values[field]).replace(",", "\n").splitlines():
            if line.strip():
                roles.setdefault(line.strip().lower(), []).append(role)
                _check_address(line.strip(), field, form)
    if len(roles) > PEOPLE_MAX:
        form.errors["annotators"] = f"At most {PEOPLE_MAX} people here; add the others on the People page."
    if any(form.errors.get(field) for field in _PEOPLE):
        return None
    return [InviteIn(email=email, roles=held) for email, held in roles.items()]


def _check_address(address: str, field: str, form: Form) -> None:
    try:
        InviteIn(email=address, roles=[Role.ANNOTATOR])
    except ValidationError as error:
        form.errors[field] = f"“{address[:60]}”: {next(iter(sentences(error).values()))}"


def _page(request: Request, form: Form, *, status: int = 200, opened: str = "", must_step_up: bool = False) -> Response:
    starts = [(template, start_of(template).title, start_of(template).hint) for template in Template]
    guideline = str(form.values["guideline"])
    facts = {
        "clauses": sum(1 for clause in clauses_of(guideline) if clause.id),
        "words": len(guideline.split()),
        "criteria": ", ".join(row["name"] for row in form.values["criteria"] if row["name"]),
        "labels": [len(str(form.values[name]).split("\n")) for name in ("domains", "skills")],
    }
    return render(
        request,
        "projects/new.html",
        partial="projects/_criteria.html",
        status=status,
        form=form,
        starts=starts,
        facts=facts,
        opened=opened,
        must_step_up=must_step_up,
    )
