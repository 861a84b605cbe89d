"""Changing what a task says: the wording of a task that was ever opened is kept in task_versions (copy on write)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.actor import Actor
from app.tasks.models import Task, TaskVersion

WORDING = (
    "activity", "title", "statement", "assumptions", "answer_expected", "unit_expected", "answer_spec",
    "starter_code", "reference", "domain", "skill", "difficulty", "family", "language", "source", "licence", "origin",
    "origin_model", "external_id",
)  # fmt: skip
"""Columns whose change makes a new version of a task that was opened: all that the records of a snapshot hold of it."""

ANSWER_CHANGED = "tasks.answer_changed"
"""Job whose handler has the work on a task looked at anew; the area of submissions, which knows the work, brings it."""


def change_task(session: Session, task: Task, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> bool:
    """Give a task new values; False when nothing differs. The caller fits its places afterwards.

    When it was ever opened and its wording changes, the old wording goes to task_versions and `version` grows, so
    that work which names the old version still finds it.
    """
    changed = sorted(name for name, value in values.items() if getattr(task, name) != value)
    if not changed:
        return False
    if task.opened_at is not None and not set(WORDING).isdisjoint(changed):
        session.add(
            TaskVersion(
                task_id=task.id,
                version=task.version,
                content=wording_of(task),
                replaced_by=actor.user_id,
                replaced_at=now,
            )
        )
        task.version += 1
    for name in changed:
        setattr(task, name, values[name])
    if "answer_spec" in changed:
        task.answer_checked_at = None
        if task.opened_at is not None:
            jobs.enqueue_behind(session, ANSWER_CHANGED, {"task_id": str(task.id)}, project_id=task.project_id, now=now)
    task.updated_at = now
    audit.record(
        session,
        "task.edit",
        actor=actor,
        at=now,
        kind="task",
        object_id=task.id,
        project_id=task.project_id,
        fields=changed,
        version=task.version,
    )
    return True


def wording_of(task: Task) -> dict[str, Any]:
    """Copy the wording of a task as it stands."""
    return {name: getattr(task, name) for name in WORDING}


def keep_wordings(
    session: Session, task_ids: Sequence[UUID], values: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Keep the wordings of those of the tasks that `values` will change and that were ever opened; `version` grows."""
    wording = {name: value for name, value in values.items() if name in WORDING}
    if not wording:
        return
    differs = or_(*(getattr(Task, name).is_distinct_from(value) for name, value in wording.items()))
    opened = select(Task).where(Task.id.in_(task_ids), Task.opened_at.is_not(None), differs)
    kept = [
        {
            "task_id": task.id,
            "version": task.version,
            "content": wording_of(task),
            "replaced_by": actor.user_id,
            "replaced_at": now,
        }
        for task in session.scalars(opened)
    ]
    if kept:
        session.execute(insert(TaskVersion), kept)
        grown = update(Task).where(Task.id.in_([row["task_id"] for row in kept])).values(version=Task.version + 1)
        session.execute(grown, execution_options={"synchronize_session": False})
