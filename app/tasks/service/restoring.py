"""Tasks and places that come back with work that was done elsewhere; nothing of them is handed out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.tasks.models import Task, TaskSlot
from app.tasks.service.slots import queue_position
from app.tasks.states import SUBMISSIONS_MAX, SlotState, TaskState

_PRIORITY = 5


@dataclass(frozen=True, slots=True)
class RestoredTask:
    """A task as it was when work on it was frozen."""

    id: UUID
    number: int
    version: int
    wording: Mapping[str, Any]
    """every column of `WORDING`"""
    approved: int
    """how many approved pieces of work come with it"""


def clashing_tasks(
    session: Session, project_id: UUID, ids: Collection[UUID], numbers: Collection[int], external_ids: Collection[str]
) -> list[tuple[UUID, int, str | None]]:
    """Return (id, number, external id) of the tasks that are in the way of restoring those named."""
    own = Task.project_id == project_id
    taken = or_(Task.id.in_(ids), own & (Task.number.in_(numbers) | Task.external_id.in_(external_ids)))
    return [
        (row[0], row[1], row[2]) for row in session.execute(select(Task.id, Task.number, Task.external_id).where(taken))
    ]


def restore_tasks(session: Session, project_id: UUID, tasks: Sequence[RestoredTask], *, now: datetime) -> None:
    """Store tasks under their own ids and numbers: filled where approved work fills them, else closed.

    They count as opened, so that a later change of the wording keeps the one that the work was done on.
    """
    rows = [
        {
            "id": task.id,
            "project_id": project_id,
            "number": task.number,
            "version": task.version,
            "state": TaskState.FILLED if task.approved else TaskState.CLOSED,
            "submissions_needed": min(max(task.approved, 1), SUBMISSIONS_MAX),
            "priority": _PRIORITY,
            "created_at": now,
            "updated_at": now,
            "opened_at": now,
            **task.wording,
        }
        for task in tasks
    ]
    if rows:
        session.execute(insert(Task), rows)


def restore_places(session: Session, project_id: UUID, places: Sequence[tuple[UUID, int, int, bool]]) -> list[UUID]:
    """Store places, each (task id, task number, n, whether approved work fills it), and return their ids in order."""
    ids = [new_id() for _ in places]
    rows = [
        {
            "id": slot_id,
            "project_id": project_id,
            "task_id": task_id,
            "n": n,
            "state": SlotState.DONE if is_filled else SlotState.SHUT,
            "queue_position": queue_position(_PRIORITY, n, number),
        }
        for slot_id, (task_id, number, n, is_filled) in zip(ids, places, strict=True)
    ]
    session.execute(insert(TaskSlot), rows)
    return ids
