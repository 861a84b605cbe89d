"""Making a project: itself, its first guideline and rubric, and its maker as first manager."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Membership
from app.accounts.service import begin_anew
from app.core import audit
from app.core.actor import Actor, Role
from app.core.errors import Invalid, NotAllowed
from app.core.ids import new_id
from app.projects.models import SLUG_MAX_CHARS, GuidelineAcknowledgement, GuidelineVersion, Project, RubricVersion
from app.projects.policy import can_create_project
from app.projects.schemas import ProjectIn
from app.projects.service.starting import start_of
from app.text.identifiers import check_slug, slugify

_FALLBACK = "project"
_ROOM = 4
"""characters kept for a number that tells two projects of one name apart"""


def slug_from(name: str) -> str:
    """Make an address part of a name: Latin letters without accents, digits, hyphens; "project" if none are left."""
    slug = slugify(name)[: SLUG_MAX_CHARS - _ROOM].strip("-")
    try:
        return check_slug(slug)
    except ValueError:
        return _FALLBACK


def suggest_slug(session: Session, name: str) -> str:
    """Make a free slug of a name: the second "Sums" becomes sums-2."""
    slug = slug_from(name)
    taken = set(session.scalars(select(Project.slug).where(Project.slug.startswith(slug, autoescape=True))))
    if slug not in taken:
        return slug
    return next(f"{slug}-{n}" for n in range(2, len(taken) + 3) if f"{slug}-{n}" not in taken)


def _make_manager(session: Session, project: Project, actor: Actor, *, now: datetime) -> None:
    who = {"user_id": actor.user_id, "created_by": actor.user_id}
    session.add(Membership(project_id=project.id, role=Role.MANAGER, created_at=now, **who))
    begin_anew(session, actor.user_id, actor=actor, now=now)


def create_project(session: Session, actor: Actor, data: ProjectIn, *, now: datetime) -> Project:
    """Make a project in draft from its template, with what `data` says instead; its maker becomes a manager.

    NotAllowed unless the actor may make projects; Invalid when the slug is taken.
    """
    if not can_create_project(actor):
        raise NotAllowed("Only admins, and managers of a project, make new projects. Ask one of them.")
    start = start_of(data.template)
    project = Project(
        id=new_id(),
        slug=data.slug or suggest_slug(session, data.name),
        name=data.name,
        purpose=data.purpose,
        template=data.template,
        taxonomy=(data.taxonomy or start.taxonomy).model_dump(),
        goal_tokens=data.goal_tokens,
        guideline_n=1,
        rubric_n=1,
        created_by=actor.user_id,
        created_at=now,
        state_changed_at=now,
        **(start.workflow.model_dump() | data.model_dump(include=data.model_fields_set & _WORKFLOW)),
    )
    _insert(session, project)
    body = data.guideline if data.guideline and data.guideline.strip() else start.guideline
    facts = {"project_id": project.id, "n": 1, "created_by": actor.user_id, "created_at": now}
    session.add(GuidelineVersion(body=body, summary="First version.", **facts))
    criteria = [criterion.model_dump() for criterion in data.criteria or start.criteria]
    session.add(RubricVersion(criteria=criteria, **facts))
    session.add(GuidelineAcknowledgement(user_id=actor.user_id, project_id=project.id, n=1, at=now))
    _make_manager(session, project, actor, now=now)
    audit.record(
        session,
        "project.create",
        actor=actor,
        at=now,
        kind="project",
        object_id=project.id,
        project_id=project.id,
        moved=(None, project.state),
        slug=project.slug,
        template=project.template,
    )
    return project


def as_manager(actor: Actor, project: Project) -> Actor:
    """Return the maker of a project as the manager they have become; the next request loads them so anyway."""
    return replace(actor, roles={**actor.roles, project.id: frozenset({Role.MANAGER})})


_WORKFLOW = frozenset(ProjectIn.model_fields) & {
    "submissions_needed",
    "review_levels",
    "level2_share_percent",
    "lease_hours",
    "is_blind",
    "tracks_time",
    "opens_checked_only",
    "tells_check",
    "exports_threads",
    "tool_policy",
    "content_language",
}


def _insert(session: Session, project: Project) -> None:
    slug = project.slug
    try:
        with session.begin_nested():
            session.add(project)
            session.flush()  # the unique slug decides between two makers, and the versions refer to the row
    except IntegrityError as error:
        free = suggest_slug(session, slug)
        sentence = f"Taken by another project. {free} is free."
        raise Invalid("Not created: the short name is taken.", fields={"slug": sentence}) from error
