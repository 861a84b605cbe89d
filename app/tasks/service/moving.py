"""Moves of a task through its life, one by one or many at once; its places follow in the same change."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import IllegalMove, Invalid
from app.tasks.models import Task
from app.tasks.reading.rows import why_incomplete
from app.tasks.service.answers import require_checked
from app.tasks.service.slots import count_places, fit_places
from app.tasks.states import SlotState, TaskState, require_move

NEEDS_REASON = frozenset({TaskState.HALTED, TaskState.BROKEN})
NEEDS_COMPLETE = frozenset({TaskState.READY, TaskState.OPEN})
UNFINISHED = frozenset({TaskState.DRAFT, TaskState.READY})
VERBS = {
    TaskState.DRAFT: "task.unready",
    TaskState.READY: "task.ready",
    TaskState.OPEN: "task.open",
    TaskState.FILLED: "task.fill",
    TaskState.CLOSED: "task.close",
    TaskState.HALTED: "task.halt",
    TaskState.BROKEN: "task.mark_broken",
    TaskState.ARCHIVED: "task.archive",
}


def open_task(session: Session, task: Task, *, actor: Actor, now: datetime) -> None:
    """Hand a task out from now on: its places are made, or reopened; a draft becomes ready on the way."""
    if task.state == TaskState.DRAFT:
        move_task(session, task, TaskState.READY, actor=actor, now=now)
    move_task(session, task, TaskState.OPEN, actor=actor, now=now)


def halt_task(session: Session, task: Task, *, actor: Actor | None, now: datetime, reason: str) -> None:
    """Hold a task back; work on it is kept and can go on, its free places are shut. No actor: the program did it."""
    move_task(session, task, TaskState.HALTED, actor=actor, now=now, reason=reason)


def move_task(
    session: Session, task: Task, new: TaskState, *, actor: Actor | None, now: datetime, reason: str | None = None
) -> None:
    """Move one task, fitting its places to the new state.

    Raises IllegalMove when its state does not allow it or was changed meanwhile; Invalid when a reason or a part that
    each task needs is missing.
    """
    old = task.state
    require_move(old, new)
    require_reason(new, reason)
    if new in NEEDS_COMPLETE and old in UNFINISHED:
        require_complete(task)
    if new == TaskState.OPEN and old != TaskState.FILLED:
        require_checked(session, task)
    if new == TaskState.OPEN and old == TaskState.CLOSED and _is_full(session, task):
        raise IllegalMove("This task has all the approved work it asks for; raise that number to open it again.")
    values = {"state": new, "updated_at": now}
    if new == TaskState.OPEN and task.opened_at is None:
        values["opened_at"] = now
    if not changed_one(session, update(Task).where(Task.id == task.id, Task.state == old).values(values)):
        raise IllegalMove("This task has just been changed elsewhere; reload it.")
    session.refresh(task, ["state", "updated_at", "opened_at"])
    fit_places(session, [task.id])
    audit.record(
        session,
        VERBS[new],
        actor=actor,
        at=now,
        kind="task",
        object_id=task.id,
        project_id=task.project_id,
        moved=(old, new),
        reason=reason,
    )


def settle_fullness(session: Session, task: Task, *, actor: Actor, now: datetime) -> None:
    """Fill an open task, or reopen a filled one, after the number of submissions it needs was changed."""
    if task.state == TaskState.OPEN and _is_full(session, task):
        move_task(session, task, TaskState.FILLED, actor=actor, now=now)
    elif task.state == TaskState.FILLED and not _is_full(session, task):
        move_task(session, task, TaskState.OPEN, actor=actor, now=now)


def _is_full(session: Session, task: Task) -> bool:
    return count_places(session, [task.id]).get(task.id, {}).get(SlotState.DONE, 0) >= task.submissions_needed


def require_reason(new: TaskState, reason: str | None) -> None:
    """Raise Invalid when a move that holds work back comes without a reason."""
    if new in NEEDS_REASON and not (reason or "").strip():
        raise Invalid("Say why, in a sentence; it is shown to those who work on it.", fields={"reason": "Say why."})


def require_complete(task: Task) -> None:
    """Raise Invalid with a sentence per field unless the task can be handed out."""
    missing = why_incomplete({"statement": task.statement, "source": task.source, "licence": task.licence})
    if missing:
        fields = {name: f"{name.capitalize()} {sentence}" for name, sentence in missing.items()}
        raise Invalid("This task is not complete yet: " + " ".join(fields.values()), fields=fields)
