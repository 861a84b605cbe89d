"""The guideline's life: published in numbered versions, acknowledged by each member before work on them."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Membership
from app.accounts.service import notify
from app.accounts.states import NotificationKind
from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid
from app.projects.models import GuidelineAcknowledgement, GuidelineVersion, Project
from app.projects.queries import has_acknowledged
from app.projects.schemas import GuidelineIn
from app.projects.service.clauses import twice_named
from app.projects.states import ProjectState


def publish_guideline(
    session: Session, project: Project, data: GuidelineIn, *, actor: Actor, now: datetime
) -> GuidelineVersion:
    """Put a new version in force and ask all members of a project that has left the draft to read it.

    Of two managers who edited the same version one wins; the other gets Conflict, and the page keeps their text.
    Invalid when nothing changed, the change has no summary, or two clauses have one number.
    """
    _check_wording(session, project, data)
    n = data.based_on + 1
    move = update(Project).where(Project.id == project.id, Project.guideline_n == data.based_on)
    if not changed_one(session, move.values(guideline_n=n)):
        raise Conflict(
            "Somebody else has published a version since you began. Yours is not published; compare the two below.",
            details={"based_on": data.based_on},
        )
    version = GuidelineVersion(
        project_id=project.id, n=n, body=data.body, summary=data.summary, created_by=actor.user_id, created_at=now
    )
    session.add(version)
    session.add(GuidelineAcknowledgement(user_id=actor.user_id, project_id=project.id, n=n, at=now))
    audit.record(
        session,
        "guideline.publish",
        actor=actor,
        at=now,
        kind="guideline",
        object_id=project.id,
        project_id=project.id,
        reason=data.summary or None,
        n=n,
    )
    if project.state != ProjectState.DRAFT:
        _tell_members(session, project, n, data.summary, actor=actor, now=now)
    session.refresh(project)
    return version


def _check_wording(session: Session, project: Project, data: GuidelineIn) -> None:
    twins = twice_named(data.body)
    if twins:
        sentence = f"{', '.join(twins)} stands there twice; give each clause its own number."
        raise Invalid("Not published: two clauses have one number.", fields={"body": sentence})
    if data.based_on == 0:
        return
    if not data.summary:
        raise Invalid("Not published.", fields={"summary": "Say in a sentence what changed; all members will read it."})
    query = select(GuidelineVersion.body).where(
        GuidelineVersion.project_id == project.id, GuidelineVersion.n == data.based_on
    )
    if session.scalar(query) == data.body:
        raise Invalid("Not published.", fields={"body": "Nothing has changed since the version in force."})


def _tell_members(session: Session, project: Project, n: int, summary: str, *, actor: Actor, now: datetime) -> None:
    members = session.scalars(select(Membership.user_id).where(Membership.project_id == project.id).distinct()).all()
    sentence = f"{project.name}: version {n} of the guideline. {summary}"[:500]
    path = f"/projects/{project.slug}/guidelines/{n}/changes"
    for user_id in members:
        if user_id != actor.user_id:
            notify(
                session,
                user_id,
                NotificationKind.GUIDELINE,
                sentence,
                path,
                now=now,
                dedup_key=f"guideline:{project.id}:{n}:{user_id}",
            )


def acknowledge(session: Session, project: Project, n: int, *, actor: Actor, now: datetime) -> None:
    """Note that the actor has read version `n`, which must be the one in force; doing it again changes nothing."""
    if n != project.guideline_n:
        raise Conflict(
            f"Version {project.guideline_n} has been published in the meantime; read that one.",
            details={"in_force": project.guideline_n},
        )
    if has_acknowledged(session, actor, project):
        return
    session.add(GuidelineAcknowledgement(user_id=actor.user_id, project_id=project.id, n=n, at=now))
    audit.record(
        session,
        "guideline.acknowledge",
        actor=actor,
        at=now,
        kind="guideline",
        object_id=project.id,
        project_id=project.id,
        n=n,
    )
