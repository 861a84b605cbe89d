"""What the pages of a snapshot and of its exports have in common."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.jobs import Job
from app.datasets.models import Snapshot
from app.projects.access import get_project
from app.projects.queries import project_tabs


def frame(session: Session, actor: Actor, snapshot: Snapshot) -> dict[str, Any]:
    """Collect what stands around each of these pages."""
    project = get_project(session, actor, snapshot.project_id)
    tabs = project_tabs(session, actor, project, current="datasets")
    return {"project": project, "project_tabs": tabs, "snapshot": snapshot, "dataset": snapshot.dataset}


def job_of(session: Session, job_id: UUID | None) -> Job | None:
    """Load the job that works on a snapshot or an export, if there is one."""
    return session.get(Job, job_id) if job_id is not None else None
