"""What stands around each page of datasets."""

from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.projects.models import Project
from app.projects.queries import project_tabs


def frame(session: Session, actor: Actor, project: Project) -> dict[str, Any]:
    """Collect the project and its tabs."""
    return {"project": project, "project_tabs": project_tabs(session, actor, project, current="datasets")}
