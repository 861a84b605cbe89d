"""Storing checked rows as tasks: what each becomes under the policy for known external ids."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.ids import new_id
from app.projects.models import Project
from app.tasks.models import Task, TaskImport, TaskSlot
from app.tasks.reading.rows import COLUMNS
from app.tasks.service.bulkwriting import BulkWriter
from app.tasks.service.importing import twin_of
from app.tasks.service.opening import check_imported_later
from app.tasks.service.rewording import change_task
from app.tasks.service.slots import fit_places, queue_position
from app.tasks.states import Activity, ExistingPolicy, Origin, SlotState, TaskState

Row = tuple[int, list[Any]]
"""a line and the values of COLUMNS"""
_EXTERNAL_ID = COLUMNS.index("external_id")
_NEEDED = COLUMNS.index("submissions_needed")
_PRIORITY = COLUMNS.index("priority")
_WORKED_ON = frozenset({SlotState.TAKEN, SlotState.DONE})


@dataclass(slots=True)
class Sorted:
    """A batch of rows by what becomes of them."""

    new: list[Row] = field(default_factory=list)
    known: list[tuple[Row, UUID]] = field(default_factory=list)
    """rows whose task exists and may be changed"""
    kept: int = 0
    problems: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Stored:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    earlier: TaskImport | None = None
    """the import that has stored the same before; then nothing was done"""


class Overtaken(Exception):
    """A row that was good when it was checked is bad now; nothing is stored."""


def sort_rows(session: Session, project_id: UUID, rows: Sequence[Row], existing: ExistingPolicy) -> Sorted:
    """Tell new rows from those whose external id is there already, and apply the policy to these; two queries."""
    ids = [row[_EXTERNAL_ID] for _, row in rows if row[_EXTERNAL_ID] is not None]
    if not ids:
        return Sorted(new=list(rows))
    found = session.execute(
        select(Task.external_id, Task.id, Task.number).where(Task.project_id == project_id, Task.external_id.in_(ids))
    ).all()
    known = {external_id: (task_id, number) for external_id, task_id, number in found}
    if not known:
        return Sorted(new=list(rows))
    busy = _worked_on(session, [task_id for task_id, _ in known.values()]) if existing == "update" else set()
    result = Sorted()
    for line, row in rows:
        twin = known.get(row[_EXTERNAL_ID])
        if twin is None:
            result.new.append((line, row))
        elif existing == ExistingPolicy.KEEP:
            result.kept += 1
        elif existing == ExistingPolicy.REFUSE:
            result.problems.append((line, "external_id", f"is there already: task {twin[1]}."))
        elif twin[0] in busy:
            result.problems.append((line, "external_id", f"is task {twin[1]}, on which somebody has worked already."))
        else:
            result.known.append(((line, row), twin[0]))
    return result


def _worked_on(session: Session, task_ids: Sequence[UUID]) -> set[UUID]:
    held = select(TaskSlot.task_id).where(TaskSlot.task_id.in_(task_ids), TaskSlot.state.in_(sorted(_WORKED_ON)))
    return set(session.scalars(held.distinct()))


def store_rows(
    session: Session,
    task_import: TaskImport,
    batches: Iterable[Sequence[Row]],
    *,
    actor: Actor,
    now: datetime,
) -> Stored:
    """Store all rows as tasks of the import's project, in the running transaction: all of them or none.

    New tasks are ready, or open with their places when the plan says so; where a project opens only what was checked,
    they open one by one as their answers are checked. The project's row is locked first, which
    makes numbers gapless and lets only one of two equal imports be the first. Raises Overtaken.
    """
    project = session.execute(
        select(Project.id, Project.submissions_needed, Project.opens_checked_only)
        .where(Project.id == task_import.project_id)
        .with_for_update(key_share=True)
    ).one()
    earlier = twin_of(session, task_import)
    if earlier is not None:
        return Stored(earlier=earlier)
    writer = _Writer(
        session,
        task_import,
        needed=project.submissions_needed,
        checks_first=project.opens_checked_only,
        now=now,
    )
    result = Stored()
    for rows in batches:
        batch = sort_rows(session, task_import.project_id, rows, task_import.existing)
        if batch.problems:
            line, name, reason = batch.problems[0]
            raise Overtaken(f"Line {line}: {name} {reason} This was not so when the file was checked; check it again.")
        writer.write([row for _, row in batch.new])
        changed = _update_known(session, batch.known, writer.needed, actor, now)
        result.created += len(batch.new)
        result.updated += changed
        result.unchanged += batch.kept + len(batch.known) - changed
    if project.opens_checked_only:
        check_imported_later(session, task_import, actor=actor, now=now)
    return result


def next_number(session: Session, project_id: UUID) -> int:
    """Return the number of the project's next task; the caller holds the lock on the project's row."""
    return (session.scalar(select(func.max(Task.number)).where(Task.project_id == project_id)) or 0) + 1


def _update_known(session: Session, known: Sequence[tuple[Row, UUID]], needed: int, actor: Actor, now: datetime) -> int:
    """Give existing tasks the values of their rows; return how many really changed."""
    if not known:
        return 0
    query = select(Task).where(Task.id.in_([task_id for _, task_id in known]))
    tasks = {task.id: task for task in session.scalars(query.with_for_update(key_share=True))}
    changed: list[UUID] = []
    for (_, row), task_id in known:
        values = _values(row, needed)
        if change_task(session, tasks[task_id], values, actor=actor, now=now):
            changed.append(task_id)
    # The places are computed from the rows, so these have to be there.
    session.flush()
    fit_places(session, changed)
    return len(changed)


def _values(row: list[Any], needed: int) -> dict[str, Any]:
    values = dict(zip(COLUMNS, row, strict=True))
    values["activity"] = Activity(values["activity"])
    values["origin"] = Origin(values["origin"])
    values["submissions_needed"] = values["submissions_needed"] or needed
    return values


class _Writer:
    """Writes new tasks, and their places when they open at once."""

    def __init__(
        self, session: Session, task_import: TaskImport, *, needed: int, checks_first: bool, now: datetime
    ) -> None:
        self.needed = needed
        self._opens = bool(task_import.defaults.get("open_at_once")) and not checks_first
        self._numbers = count(next_number(session, task_import.project_id))
        common: dict[str, Any] = {
            "project_id": task_import.project_id,
            "state": TaskState.OPEN if self._opens else TaskState.READY,
            "version": 1,
            "import_id": task_import.id,
            "created_at": now,
            "updated_at": now,
            "opened_at": now if self._opens else None,
        }
        self._tasks = BulkWriter(session, Task, common=common, own=("id", "number", *COLUMNS))
        self._places = BulkWriter(
            session,
            TaskSlot,
            common={"project_id": task_import.project_id, "state": SlotState.FREE},
            own=("id", "task_id", "n", "queue_position"),
        )

    def write(self, rows: Sequence[list[Any]]) -> None:
        """Store a batch of new rows."""
        tasks: list[list[Any]] = []
        places: list[tuple[Any, ...]] = []
        for row in rows:
            task_id, number = new_id(), next(self._numbers)
            needed = row[_NEEDED] or self.needed
            task = [task_id, number, *row]
            task[2 + _NEEDED] = needed
            tasks.append(task)
            if self._opens:
                priority = row[_PRIORITY]
                places += [(new_id(), task_id, n, queue_position(priority, n, number)) for n in range(1, needed + 1)]
        self._tasks.write(tasks)
        self._places.write(places)
