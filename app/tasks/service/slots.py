"""Places of tasks: made when a task opens, shut while it is held back, freed, and filled by an approval.

A lock on the task comes before one on its places, always, so that halting a task and freeing its place at the same
moment cannot leave a free place on a halted task. On SQLite the one writer is the lock.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.db import changed_one
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.tasks.models import Task, TaskSlot
from app.tasks.states import PRIORITY_MAX, SlotState, TaskState

CHUNK = 500
_PRIORITY_SHIFT = 40
_PLACE_SHIFT = 32


def queue_position(priority: int, n: int, number: int) -> int:
    """Compute where a place stands in its project's queue: high priority first, then first places, then old tasks."""
    return ((PRIORITY_MAX - priority) << _PRIORITY_SHIFT) + (n << _PLACE_SHIFT) + number


def new_place(task_id: UUID, project_id: UUID, *, n: int, priority: int, number: int) -> dict[str, Any]:
    """Build the row of a free place, for a bulk INSERT."""
    return {
        "id": new_id(),
        "project_id": project_id,
        "task_id": task_id,
        "n": n,
        "state": SlotState.FREE,
        "queue_position": queue_position(priority, n, number),
    }


def free_slot(session: Session, slot_id: UUID) -> None:
    """Give a taken place back; it is offered again if its task is open, else it stays shut until the task reopens.

    Does nothing to a place that is not taken, so that freeing twice is harmless. NotFound when there is no such place.
    """
    task = _lock_task_of(session, slot_id)
    state = SlotState.FREE if task.state == TaskState.OPEN else SlotState.SHUT
    move = update(TaskSlot).where(TaskSlot.id == slot_id, TaskSlot.state == SlotState.TAKEN)
    changed_one(session, move.values(state=state))


def mark_slot_done(session: Session, slot_id: UUID, now: datetime) -> None:
    """Fill a taken place with approved work; the task becomes filled when it has as many as it needs.

    Conflict when the place is not taken.
    """
    task = _lock_task_of(session, slot_id)
    move = update(TaskSlot).where(TaskSlot.id == slot_id, TaskSlot.state == SlotState.TAKEN)
    if not changed_one(session, move.values(state=SlotState.DONE)):
        raise Conflict("This place was given back in the meantime; reload the work.")
    done = session.scalar(select(func.count()).where(TaskSlot.task_id == task.id, TaskSlot.state == SlotState.DONE))
    if task.state == TaskState.OPEN and (done or 0) >= task.submissions_needed:
        _move_task(session, task, TaskState.FILLED, now)
        fit_places(session, [task.id])


def reopen_slot(session: Session, slot_id: UUID, now: datetime) -> None:
    """Take back an approval: the place is offered again, and a filled task opens again.

    Does nothing to a place that is not done.
    """
    task = _lock_task_of(session, slot_id)
    if task.state == TaskState.FILLED:
        _move_task(session, task, TaskState.OPEN, now)
        task_is_open = True
    else:
        task_is_open = task.state == TaskState.OPEN
    state = SlotState.FREE if task_is_open else SlotState.SHUT
    move = update(TaskSlot).where(TaskSlot.id == slot_id, TaskSlot.state == SlotState.DONE)
    changed_one(session, move.values(state=state))


def shut_places(session: Session, task_ids: Sequence[UUID]) -> None:
    """Stop offering the free places of some tasks; taken and done ones stay as they are."""
    for chunk in _chunks(task_ids):
        free = update(TaskSlot).where(TaskSlot.task_id.in_(chunk), TaskSlot.state == SlotState.FREE)
        session.execute(free.values(state=SlotState.SHUT), execution_options={"synchronize_session": False})


def fit_places(session: Session, task_ids: Sequence[UUID]) -> None:
    """Make the places of some tasks what their state, their need and their priority ask for; any number of tasks.

    An open task gets as many free places as its need leaves over from taken and done ones: shut ones are reopened
    first, then new ones made. Every other task has none. Call it after the tasks' rows were changed.
    """
    for chunk in _chunks(task_ids):
        _fit_chunk(session, chunk)


def count_places(session: Session, task_ids: Sequence[UUID]) -> dict[UUID, dict[SlotState, int]]:
    """Count the places of some tasks by state."""
    counts: defaultdict[UUID, dict[SlotState, int]] = defaultdict(dict)
    rows = session.execute(
        select(TaskSlot.task_id, TaskSlot.state, func.count())
        .where(TaskSlot.task_id.in_(task_ids))
        .group_by(TaskSlot.task_id, TaskSlot.state)
    )
    for task_id, state, count in rows:
        counts[task_id][state] = count
    return dict(counts)


@dataclass(frozen=True, slots=True)
class _Locked:
    """What the verbs need of a task whose row is locked."""

    id: UUID
    project_id: UUID
    state: TaskState
    submissions_needed: int


def _lock_task_of(session: Session, slot_id: UUID) -> _Locked:
    row = session.execute(
        select(Task.id, Task.project_id, Task.state, Task.submissions_needed)
        .join(TaskSlot, TaskSlot.task_id == Task.id)
        .where(TaskSlot.id == slot_id)
        .with_for_update(of=Task, key_share=True)
    ).first()
    if row is None:
        raise NotFound("No such place.")
    return _Locked(row[0], row[1], row[2], row[3])


def _move_task(session: Session, task: _Locked, new: TaskState, now: datetime) -> None:
    move = update(Task).where(Task.id == task.id, Task.state == task.state).values(state=new, updated_at=now)
    if not changed_one(session, move):
        raise Conflict("This task was changed in the meantime; try again.")
    verb = "task.fill" if new == TaskState.FILLED else "task.reopen"
    audit.record(
        session,
        verb,
        actor=None,
        at=now,
        kind="task",
        object_id=task.id,
        project_id=task.project_id,
        moved=(task.state, new),
    )


@dataclass(slots=True)
class _Fit:
    """What has to change in the places of a chunk of tasks."""

    new: list[dict[str, Any]]
    to_free: list[UUID]
    to_shut: list[UUID]


def _fit_chunk(session: Session, task_ids: Sequence[UUID]) -> None:
    tasks = session.execute(
        select(Task.id, Task.project_id, Task.number, Task.priority, Task.state, Task.submissions_needed)
        .where(Task.id.in_(task_ids))
        .order_by(Task.id)
    ).all()
    places: defaultdict[UUID, list[tuple[UUID, int, SlotState]]] = defaultdict(list)
    held = select(TaskSlot.task_id, TaskSlot.id, TaskSlot.n, TaskSlot.state).where(TaskSlot.task_id.in_(task_ids))
    for of_task, slot_id, place, held_as in session.execute(held.order_by(TaskSlot.n)):
        places[of_task].append((slot_id, place, held_as))
    fit = _Fit([], [], [])
    for task_id, project_id, number, priority, state, needed in tasks:
        mine = places.get(task_id, [])
        lacking = _sort_places(fit, mine, needed if state == TaskState.OPEN else 0)
        first = max((place for _, place, _ in mine), default=0) + 1
        fit.new += [
            new_place(task_id, project_id, n=n, priority=priority, number=number) for n in range(first, first + lacking)
        ]
    _store(session, fit)
    _put_in_order(session, list(places))


def _sort_places(fit: _Fit, mine: list[tuple[UUID, int, SlotState]], needed: int) -> int:
    """Pick which of a task's places to free and to shut; return how many are still lacking."""
    used = sum(1 for _, _, held_as in mine if held_as in {SlotState.TAKEN, SlotState.DONE})
    wanted = max(0, needed - used)
    for slot_id, _, held_as in mine:
        if held_as == SlotState.FREE and wanted == 0:
            fit.to_shut.append(slot_id)
        elif held_as in {SlotState.FREE, SlotState.SHUT} and wanted > 0:
            wanted -= 1
            if held_as == SlotState.SHUT:
                fit.to_free.append(slot_id)
    return wanted


def _store(session: Session, fit: _Fit) -> None:
    for old, new, ids in (
        (SlotState.SHUT, SlotState.FREE, fit.to_free),
        (SlotState.FREE, SlotState.SHUT, fit.to_shut),
    ):
        for chunk in _chunks(ids):
            # A place that was claimed since it was read is no longer in the state `old` and keeps its holder.
            move = update(TaskSlot).where(TaskSlot.id.in_(chunk), TaskSlot.state == old).values(state=new)
            session.execute(move, execution_options={"synchronize_session": False})
    if fit.new:
        session.execute(insert(TaskSlot), fit.new)


def _put_in_order(session: Session, task_ids: Sequence[UUID]) -> None:
    """Give existing places the queue position of their task's present priority."""
    if not task_ids:
        return
    priority = select(Task.priority).where(Task.id == TaskSlot.task_id).scalar_subquery()
    number = select(Task.number).where(Task.id == TaskSlot.task_id).scalar_subquery()
    position = (PRIORITY_MAX - priority) * (1 << _PRIORITY_SHIFT) + TaskSlot.n * (1 << _PLACE_SHIFT) + number
    wrong = update(TaskSlot).where(TaskSlot.task_id.in_(task_ids), TaskSlot.queue_position != position)
    session.execute(wrong.values(queue_position=position), execution_options={"synchronize_session": False})


def _chunks(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    listed = list(ids)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
