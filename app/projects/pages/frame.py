"""What every page of a project needs: the project, its tabs, and what the viewer may do."""

from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.projects.models import Project
from app.projects.policy import can_manage_project
from app.projects.queries import project_tabs


def frame(session: Session, actor: Actor, project: Project, current: str) -> dict[str, Any]:
    """Collect the context that layouts/project.html and projects/_frame.html read."""
    return {
        "project": project,
        "project_tabs": project_tabs(session, actor, project, current=current),
        "can_manage": can_manage_project(actor, project),
    }
