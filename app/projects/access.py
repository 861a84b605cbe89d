"""The only door to projects: 404 for those who may not know of one, 403 for what they may not do in it."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import NotAllowed, NotFound
from app.projects.models import AgreementVersion, GuidelineAcknowledgement, GuidelineVersion, Project, RubricVersion
from app.projects.policy import can_manage_project, can_view_project, why_no_work
from app.projects.queries import signed_in_force
from app.projects.states import ProjectState

Rule = Callable[[Actor, Project], bool]
_UNKNOWN = "There is no such project, or you do not belong to it."


def get_project(
    session: Session, actor: Actor, slug_or_id: str | UUID, *, can: Rule = can_view_project, lock: bool = False
) -> Project:
    """Load one project by slug or id; NotFound if the actor may not know of it, NotAllowed if `can` says no.

    `lock` takes the row lock for changes that read before they write.
    """
    query = select(Project).where(_named(slug_or_id))
    project = session.scalars(query.with_for_update() if lock else query).first()
    if project is None or not can_view_project(actor, project):
        raise NotFound(_UNKNOWN)
    if not can(actor, project):
        raise NotAllowed(_refusal(can))
    return project


def get_project_to_work(session: Session, actor: Actor, slug_or_id: str | UUID) -> Project:
    """Load a project in which the actor may take a task now, in one query; NotAllowed says why they may not."""
    statement = _TO_WORK_BY_ID if isinstance(slug_or_id, UUID) else _TO_WORK_BY_SLUG
    row = session.execute(statement, {"named": slug_or_id, "user_id": actor.user_id}).first()
    if row is None or not can_view_project(actor, row[0]):
        raise NotFound(_UNKNOWN)
    reason = why_no_work(actor, row[0], acknowledged=row[1] is not None, signed=row[2] is not None)
    if reason is not None:
        raise NotAllowed(reason)
    return row[0]


_TO_WORK = select(Project, GuidelineAcknowledgement.n, signed_in_force(bindparam("user_id"))).outerjoin(
    GuidelineAcknowledgement,
    and_(
        GuidelineAcknowledgement.project_id == Project.id,
        GuidelineAcknowledgement.n == Project.guideline_n,
        GuidelineAcknowledgement.user_id == bindparam("user_id"),
    ),
)
_TO_WORK_BY_ID = _TO_WORK.where(Project.id == bindparam("named"))
_TO_WORK_BY_SLUG = _TO_WORK.where(Project.slug == bindparam("named"))
"""Built once: each claim begins with it."""


def visible_projects(actor: Actor) -> Select[Project]:
    """Select the projects the actor may know of: `can_view_project` as SQL, in no particular order."""
    query = select(Project)
    if actor.is_admin:
        return query
    run = actor.projects_as(Role.MANAGER)
    known: list[ColumnElement[bool]] = [Project.id.in_(run)] if run else []
    if actor.roles:
        known.append(and_(Project.id.in_(sorted(actor.roles)), Project.state != ProjectState.DRAFT))
    return query.where(or_(*known) if known else false())


def get_guideline(session: Session, project: Project, n: int) -> GuidelineVersion:
    """Load one version of the guideline of a project the caller has got through the door."""
    query = select(GuidelineVersion).where(GuidelineVersion.project_id == project.id, GuidelineVersion.n == n)
    version = session.scalars(query).first()
    if version is None:
        raise NotFound("The guideline has no such version.")
    return version


def get_rubric(session: Session, project: Project, n: int) -> RubricVersion:
    """Load one version of the rubric of a project the caller has got through the door."""
    query = select(RubricVersion).where(RubricVersion.project_id == project.id, RubricVersion.n == n)
    version = session.scalars(query).first()
    if version is None:
        raise NotFound("The rubric has no such version.")
    return version


def get_agreement(session: Session, project: Project, n: int) -> AgreementVersion:
    """Load one version of the agreement of a project the caller has got through the door."""
    query = select(AgreementVersion).where(AgreementVersion.project_id == project.id, AgreementVersion.n == n)
    version = session.scalars(query).first()
    if version is None:
        raise NotFound("The contributor agreement has no such version.")
    return version


def _named(slug_or_id: str | UUID) -> ColumnElement[bool]:
    return Project.id == slug_or_id if isinstance(slug_or_id, UUID) else Project.slug == slug_or_id


def _refusal(can: Rule) -> str:
    if can is can_manage_project:
        return "Only a manager of this project, or an admin, may do this."
    return "Your role in this project does not allow this."
