"""The rubric's versions: each edit is a new one; scores keep the version they were given by."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid
from app.projects.models import Project, RubricVersion
from app.projects.queries import current_rubric
from app.projects.schemas import RubricIn


def publish_rubric(session: Session, project: Project, data: RubricIn, *, actor: Actor, now: datetime) -> RubricVersion:
    """Put a new rubric in force; open reviews take it at their decision, decided ones keep their own.

    Conflict when somebody else has published since `data.based_on`; Invalid when nothing has changed.
    """
    criteria = [criterion.model_dump() for criterion in data.criteria]
    before = current_rubric(session, project)
    if before is not None and before.n == data.based_on and before.criteria == criteria:
        raise Invalid("Not published: nothing has changed since the version in force.")
    n = data.based_on + 1
    move = update(Project).where(Project.id == project.id, Project.rubric_n == data.based_on)
    if not changed_one(session, move.values(rubric_n=n)):
        raise Conflict("Somebody else has published a rubric since you began; compare yours with it.")
    version = RubricVersion(project_id=project.id, n=n, criteria=criteria, created_by=actor.user_id, created_at=now)
    session.add(version)
    audit.record(
        session,
        "rubric.publish",
        actor=actor,
        at=now,
        kind="rubric",
        object_id=project.id,
        project_id=project.id,
        n=n,
        criteria=[criterion["name"] for criterion in criteria],
    )
    session.refresh(project)
    return version
