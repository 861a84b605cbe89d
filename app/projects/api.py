"""Projects as JSON: make, read and change them, their members, guideline, agreement and rubric."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.accounts import queries as people
from app.accounts.deps import CurrentActor, require_scope
from app.accounts.service import require_step_up
from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotAllowed, NotFound
from app.core.pagination import PAGE_MAX, SortKey, page_of
from app.projects import queries
from app.projects.access import get_agreement, get_project, visible_projects
from app.projects.models import GuidelineVersion, Project
from app.projects.policy import can_acknowledge, can_manage_project, can_sign
from app.projects.schemas import (
    AcknowledgeIn,
    BroughtOut,
    GuidelineIn,
    GuidelineOut,
    InviteIn,
    MemberOut,
    ProjectIn,
    ProjectOut,
    ProjectPatch,
    RolesIn,
    RubricIn,
    RubricOut,
)
from app.projects.schemas.agreement import AgreementIn, AgreementOut, MyAgreementOut, SignatureOut, SignIn
from app.projects.service.agreement import publish_agreement, sign_agreement, withdraw_signature
from app.projects.service.creating import create_project
from app.projects.service.guideline import acknowledge, publish_guideline
from app.projects.service.life import move_project
from app.projects.service.members import bring_in, set_roles
from app.projects.service.rubric import publish_rubric
from app.projects.service.settings import change_settings
from app.web.deps import CurrentSettings, Reading, Writing

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])
READ = [require_scope("projects:read")]
WRITE = [require_scope("projects:write")]
WORK = [require_scope("work:write")]


class ProjectsOut(BaseModel):
    """Some projects, and the cursor of the next ones."""

    items: list[ProjectOut]
    next_cursor: str | None


@router.get("", name="api.projects.list", dependencies=READ)
def list_projects(
    actor: CurrentActor,
    session: Reading,
    cursor: str | None = None,
    size: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
) -> ProjectsOut:
    """List the projects one belongs to, by short name."""
    keys = [SortKey(Project.slug)]
    page = page_of(session, visible_projects(actor), keys, lambda one: [one.slug], cursor=cursor, size=size)
    return ProjectsOut(items=[ProjectOut.model_validate(one) for one in page.items], next_cursor=page.next_cursor)


@router.post("", name="api.projects.create", dependencies=WRITE, status_code=201)
def create(data: ProjectIn, actor: CurrentActor, session: Writing) -> ProjectOut:
    """Make a project in draft; what is left out comes from its template."""
    maker = _owner(session, actor)
    return ProjectOut.model_validate(create_project(session, maker, data, now=clock.now()))


@router.get("/{slug}", name="api.projects.get", dependencies=READ)
def read(slug: str, actor: CurrentActor, session: Reading) -> ProjectOut:
    """Read one project."""
    return ProjectOut.model_validate(get_project(session, actor, slug))


@router.patch("/{slug}", name="api.projects.change", dependencies=WRITE)
def change(slug: str, data: ProjectPatch, actor: CurrentActor, session: Writing) -> ProjectOut:
    """Change settings, and the state (live, paused, closed); nothing of it is stored if a part is refused."""
    project = get_project(session, actor, slug, can=can_manage_project)
    change_settings(session, project, data, actor=actor, now=clock.now())
    if data.state is not None and data.state != project.state:
        session.flush()  # going live looks at the settings as they are stored
        move_project(session, project, data.state, actor=actor, now=clock.now(), reason=data.reason)
    return ProjectOut.model_validate(project)


@router.get("/{slug}/members", name="api.projects.members", dependencies=READ)
def members(slug: str, actor: CurrentActor, session: Reading) -> list[MemberOut]:
    """List the members with their roles."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return [MemberOut.model_validate(one) for one in queries.members_of(session, project)]


@router.post("/{slug}/members", name="api.projects.members.add", dependencies=WRITE, status_code=201)
def add_member(
    slug: str, data: InviteIn, actor: CurrentActor, session: Writing, settings: CurrentSettings
) -> BroughtOut:
    """Bring somebody in by mail address; without an account they get an invitation, whose path is answered."""
    project = get_project(session, actor, slug, can=can_manage_project)
    person = _in_person(actor, set(data.roles))
    brought = bring_in(session, project, data, actor=person, settings=settings, now=clock.now())
    return BroughtOut(email=brought.email, name=brought.name, invitation_path=brought.link)


@router.put("/{slug}/members/{user_id}", name="api.projects.members.change", dependencies=WRITE)
def change_member(slug: str, user_id: UUID, data: RolesIn, actor: CurrentActor, session: Writing) -> list[MemberOut]:
    """Give a member exactly these roles."""
    project = get_project(session, actor, slug, can=can_manage_project)
    _set_roles(session, project, user_id, set(data.roles), actor)
    return [MemberOut.model_validate(one) for one in queries.members_of(session, project) if one.user_id == user_id]


@router.delete("/{slug}/members/{user_id}", name="api.projects.members.remove", dependencies=WRITE, status_code=204)
def remove_member(slug: str, user_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Let a member go; their work stays, the last manager too."""
    project = get_project(session, actor, slug, can=can_manage_project)
    _set_roles(session, project, user_id, set(), actor)
    return Response(status_code=204)


@router.get("/{slug}/guideline", name="api.projects.guideline", dependencies=READ)
def guideline(slug: str, actor: CurrentActor, session: Reading) -> GuidelineOut:
    """Read the guideline in force, and whether one has acknowledged it."""
    project = get_project(session, actor, slug)
    version = queries.current_guideline(session, project)
    if version is None:
        raise NotFound("The project has no guideline yet.")
    return _guideline(version, acknowledged=queries.has_acknowledged(session, actor, project))


@router.put("/{slug}/guideline", name="api.projects.guideline.publish", dependencies=WRITE)
def publish(slug: str, data: GuidelineIn, actor: CurrentActor, session: Writing) -> GuidelineOut:
    """Publish the next version; 409 when another was published since `based_on`."""
    project = get_project(session, actor, slug, can=can_manage_project)
    version = publish_guideline(session, project, data, actor=actor, now=clock.now())
    return _guideline(version, acknowledged=True)


@router.post("/{slug}/guideline/acknowledge", name="api.projects.acknowledge", dependencies=WORK)
def acknowledge_guideline(slug: str, data: AcknowledgeIn, actor: CurrentActor, session: Writing) -> GuidelineOut:
    """Note that one has read the version in force; 409 when it is another."""
    project = get_project(session, actor, slug, can=can_acknowledge)
    acknowledge(session, project, data.n, actor=actor, now=clock.now())
    version = queries.current_guideline(session, project)
    if version is None:
        raise NotFound("The project has no guideline yet.")
    return _guideline(version, acknowledged=True)


@router.get("/{slug}/agreement", name="api.projects.agreement", dependencies=READ)
def agreement(slug: str, actor: CurrentActor, session: Reading) -> MyAgreementOut:
    """Read the contributor agreement in force, and when one has signed it; 404 where the project has none."""
    return _my_agreement(session, actor, get_project(session, actor, slug))


@router.get("/{slug}/agreement/versions/{n}", name="api.projects.agreement.version", dependencies=READ)
def agreement_version(slug: str, n: int, actor: CurrentActor, session: Reading) -> AgreementOut:
    """Read one version of the contributor agreement."""
    return AgreementOut.model_validate(get_agreement(session, get_project(session, actor, slug), n))


@router.put("/{slug}/agreement", name="api.projects.agreement.publish", dependencies=WRITE)
def change_agreement(slug: str, data: AgreementIn, actor: CurrentActor, session: Writing) -> AgreementOut:
    """Publish the next version, which all contributors then sign; 409 when another was published since `based_on`."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return AgreementOut.model_validate(publish_agreement(session, project, data, actor=actor, now=clock.now()))


@router.post("/{slug}/agreement/sign", name="api.projects.agreement.sign", dependencies=WORK)
def sign(slug: str, data: SignIn, actor: CurrentActor, session: Writing) -> MyAgreementOut:
    """Sign the version in force, for all of one's work in the project; 409 when it is another."""
    project = get_project(session, actor, slug, can=can_sign)
    sign_agreement(session, project, data.n, actor=actor, now=clock.now())
    return _my_agreement(session, actor, project)


@router.post("/{slug}/agreement/withdraw", name="api.projects.agreement.withdraw", dependencies=WORK, status_code=204)
def withdraw(slug: str, actor: CurrentActor, session: Writing) -> Response:
    """Withdraw one's signature: no new tasks, and no later snapshot that asks for consent takes one's work."""
    project = get_project(session, actor, slug, can=can_sign)
    withdraw_signature(session, project, actor=actor, now=clock.now())
    return Response(status_code=204)


@router.get("/{slug}/agreement/signatures", name="api.projects.agreement.signatures", dependencies=READ)
def signatures(slug: str, actor: CurrentActor, session: Reading) -> list[SignatureOut]:
    """List who has signed which version, and who has withdrawn."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return [SignatureOut.model_validate(one) for one in queries.signers_of(session, project)]


@router.get("/{slug}/rubric", name="api.projects.rubric", dependencies=READ)
def rubric(slug: str, actor: CurrentActor, session: Reading) -> RubricOut:
    """Read the rubric in force."""
    project = get_project(session, actor, slug)
    version = queries.current_rubric(session, project)
    if version is None:
        raise NotFound("The project has no rubric yet.")
    return RubricOut.model_validate(version)


@router.put("/{slug}/rubric", name="api.projects.rubric.publish", dependencies=WRITE)
def change_rubric(slug: str, data: RubricIn, actor: CurrentActor, session: Writing) -> RubricOut:
    """Publish the next version of the rubric; 409 when another was published since `based_on`."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return RubricOut.model_validate(publish_rubric(session, project, data, actor=actor, now=clock.now()))


def _my_agreement(session: Session, actor: Actor, project: Project) -> MyAgreementOut:
    version = queries.current_agreement(session, project)
    if version is None:
        raise NotFound("The project has no contributor agreement.")
    signature = queries.standing_signature(session, project, actor.user_id)
    is_signed = signature is not None and signature.version_id == version.id
    told = AgreementOut.model_validate(version).model_dump()
    return MyAgreementOut(**told, signed_at=signature.signed_at if signature is not None and is_signed else None)


def _guideline(version: GuidelineVersion, *, acknowledged: bool) -> GuidelineOut:
    return GuidelineOut(
        n=version.n,
        body=version.body,
        summary=version.summary,
        created_at=version.created_at,
        acknowledged=acknowledged,
    )


def _owner(session: Session, actor: Actor) -> Actor:
    """Let a token that is bound to no project make one as its owner would, so that an admin's script can begin."""
    if actor.scopes is None or actor.token_project_id is not None:
        return actor
    return people.actor_of_user(session, actor.user_id) or actor


def _set_roles(session: Writing, project: Project, user_id: UUID, roles: set[Role], actor: Actor) -> None:
    held = next((set(one.roles) for one in queries.members_of(session, project) if one.user_id == user_id), set())
    person = _in_person(actor, held ^ roles)
    set_roles(session, project, user_id, roles, actor=person, now=clock.now())
    session.flush()  # the answer lists the roles as they are now


def _in_person(actor: Actor, touched: set[Role]) -> Actor:
    """Let a token with projects:write act as its owner on annotators and reviewers, never on who manages.

    Who holds a stolen token must not be able to make themselves a manager for good.
    """
    require_step_up(actor, now=clock.now())
    if actor.scopes is None:
        return actor
    if Role.MANAGER in touched:
        raise NotAllowed("Who manages a project is changed in the browser, not with a token.")
    return replace(actor, scopes=None)
