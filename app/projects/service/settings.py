"""Changing the settings of a project: name, workflow, labels."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.errors import Invalid
from app.projects.models import Project
from app.projects.schemas import ProjectPatch

_MAY_BE_NONE = frozenset({"content_language", "goal_tokens"})
_NO_SETTING = frozenset({"state", "reason"})


def change_settings(
    session: Session, project: Project, patch: ProjectPatch, *, actor: Actor, now: datetime
) -> list[str]:
    """Store the settings that `patch` names; returns those that really changed, in the order of the form.

    Work that runs keeps what it began with: leases their end, tasks their number of submissions, reviews their level.
    """
    given = patch.model_dump(exclude_unset=True, exclude=set(_NO_SETTING))
    empty = [name for name, value in given.items() if value is None and name not in _MAY_BE_NONE]
    if empty:
        raise Invalid("Not saved.", fields=dict.fromkeys(empty, "This cannot be empty."))
    changed: dict[str, list[Any]] = {}
    for name, value in given.items():
        before = getattr(project, name)
        if before != value:
            changed[name] = [_short(before), _short(value)]
            setattr(project, name, value)
    if changed:
        audit.record(
            session,
            "project.change",
            actor=actor,
            at=now,
            kind="project",
            object_id=project.id,
            project_id=project.id,
            changed=changed,
        )
    return list(changed)


def _short(value: object) -> object:
    # The log says what changed; long texts would bury that.
    return value[:200] if isinstance(value, str) else value
