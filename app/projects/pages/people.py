"""The people of a project: who is in it, as what, since when; bringing in, changing roles, letting go."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.access import get_invitation
from app.accounts.deps import CurrentActor
from app.accounts.service import require_step_up, revoke_link
from app.core import clock, mail
from app.core.actor import Actor, Role
from app.core.errors import Conflict, Invalid
from app.projects import queries
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.pages.frame import frame
from app.projects.policy import can_manage_project
from app.projects.schemas import InviteIn
from app.projects.service.members import Brought, bring_in, set_roles
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter()


@router.get("/projects/{slug}/people", name="people.list")
def people(request: Request, slug: str, actor: CurrentActor, session: Reading, settings: CurrentSettings) -> Response:
    """List the members and the invitations that wait."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return _page(request, session, actor, project, _blank(), sends_mail=mail.is_configured(settings))


@router.post("/projects/{slug}/people", name="people.add")
def add(
    request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm, settings: CurrentSettings
) -> Response:
    """Bring somebody in by mail address: at once if they have an account, by a link if not."""
    project = get_project(session, actor, slug, can=can_manage_project)
    require_step_up(actor, now=clock.now())
    sends_mail = mail.is_configured(settings)
    data, form = parse(InviteIn, posted, roles=_roles(posted.fields.get("roles", [])))
    form.errors = {name.split(".")[0]: fault for name, fault in form.errors.items()}
    if data is None:
        return _page(request, session, actor, project, form, sends_mail=sends_mail, status=422)
    try:
        brought = bring_in(session, project, data, actor=actor, settings=settings, now=clock.now())
    except Invalid as error:
        return _page(request, session, actor, project, with_error(form, error), sends_mail=sends_mail, status=422)
    if brought.link:
        return _page(request, session, actor, project, _blank(), sends_mail=sends_mail, brought=brought)
    response = RedirectResponse(f"/projects/{slug}/people", 303)
    how = (
        f"{brought.name} is in." if brought.name else f"An invitation went to {brought.email}; it works for seven days."
    )
    flash(response, "done", how)
    return response


@router.post("/projects/{slug}/people/{user_id}", name="people.change")
def change(slug: str, user_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Give a member other roles, or let them go (`act` = remove)."""
    project = get_project(session, actor, slug, can=can_manage_project)
    require_step_up(actor, now=clock.now())
    response = RedirectResponse(f"/projects/{slug}/people", 303)
    removes = posted["act"] == "remove"
    known = {str(role): role for role in Role}
    roles = [] if removes else [known[name] for name in _roles(posted.fields.get("roles", [])) if name in known]
    if not roles and not removes:
        flash(response, "refused", "Not changed: choose at least one role, or remove the person.")
        return response
    try:
        set_roles(session, project, user_id, roles, actor=actor, now=clock.now())
    except Conflict as error:
        session.rollback()  # a role may have been granted before the refusal
        flash(response, "refused", error.sentence)
        return response
    flash(response, "done", "Removed from the project; their work stays." if removes else "The roles are changed.")
    return response


@router.post("/projects/{slug}/invitations/{link_id}/revoke", name="people.revoke")
def revoke(slug: str, link_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Take an invitation back."""
    project = get_project(session, actor, slug, can=can_manage_project)
    link = get_invitation(session, project.id, link_id)
    revoke_link(session, link, actor=actor, now=clock.now())
    response = RedirectResponse(f"/projects/{slug}/people", 303)
    flash(response, "done", "The invitation is taken back; its link no longer works.")
    return response


def _roles(posted: str | list[str]) -> list[str]:
    return [posted] if isinstance(posted, str) else list(posted)


def _blank() -> Form:
    return Form(values={"email": "", "roles": ["annotator"]})


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    project: Project,
    form: Form,
    *,
    sends_mail: bool,
    brought: Brought | None = None,
    status: int = 200,
) -> Response:
    session.flush()  # what was just added is listed
    members = queries.members_of(session, project)
    context: dict[str, Any] = {
        "members": members,
        "managers": sum(Role.MANAGER in member.roles for member in members),
        "invitations": queries.open_invitations(session, project, now=clock.now()),
        "roles": [str(role) for role in Role],
        "brought": brought,
        "sends_mail": sends_mail,
        "stepped_up": actor.stepped_up(clock.now()),
    }
    return render(
        request, "projects/people.html", status=status, **frame(session, actor, project, "people"), form=form, **context
    )
