"""The table of tasks: what matches a filter, one page of it by key, and how to name a task in one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.queries import preference_of
from app.core.actor import Role
from app.core.pagination import SortKey, after, encode_cursor
from app.tasks.models import Attachment, Task, TaskImport, TaskSlot
from app.tasks.schemas import DEFAULT_COLUMNS, TaskColumn, TaskFilter, TaskSort
from app.tasks.states import Activity, ImportState, SlotState, TaskState
from app.text.segments import find_segments

COLUMNS = "task_columns"
"""The preference in which somebody's columns are kept."""
HEADLINE_CHARS = 120
_BEGINNING_CHARS = 600
IMPORTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One row of the table."""

    id: UUID
    number: int
    external_id: str | None
    headline: str
    activity: Activity
    domain: str | None
    skill: str | None
    difficulty: int | None
    family: str | None
    state: TaskState
    priority: int
    needed: int
    done: int
    taken: int
    created_at: datetime

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The headline in pieces, each with whether it is a formula."""
        return pieces_of(self.headline)


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some rows, and the keys of the pages before and after."""

    lines: Sequence[TaskLine]
    newer: str | None
    older: str | None


def columns_of(session: Session, user_id: UUID) -> list[TaskColumn]:
    """List the columns that somebody sees; names that this version does not know are passed over."""
    kept = preference_of(session, user_id, COLUMNS)
    return list(DEFAULT_COLUMNS) if kept is None else [column for column in TaskColumn if column in kept]


def matching(project_id: UUID, wanted: TaskFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter within one project; list, count and bulk change share them.

    The search is a plain "contains" without regard to case (for letters beyond ASCII only on PostgreSQL: SQLite's
    LIKE knows no others). A number finds the task of that number too.
    """
    where: list[ColumnElement[bool]] = [Task.project_id == project_id]
    exact = {
        Task.state: wanted.state,
        Task.activity: wanted.activity,
        Task.domain: wanted.domain,
        Task.skill: wanted.skill,
        Task.difficulty: wanted.level,
        Task.priority: wanted.priority,
        Task.author_id: wanted.author_id,
        Task.import_id: wanted.import_id,
    }
    where += [column == value for column, value in exact.items() if value is not None]
    if wanted.state is None:
        where.append(Task.state != TaskState.ARCHIVED)
    words = wanted.q.strip()
    if words:
        columns = (Task.title, Task.statement, Task.external_id)
        found = [column.icontains(words, autoescape=True) for column in columns]
        digits = words.removeprefix("#")
        if digits.isascii() and digits.isdecimal() and len(digits) <= 9:  # noqa: PLR2004 - more digits are no number of a task
            found.append(Task.number == int(digits))
        where.append(or_(*found))
    return where


def count_matching(session: Session, project_id: UUID, wanted: TaskFilter) -> int:
    """Count what matches, with the same scope as the list."""
    return session.scalar(select(func.count()).select_from(Task).where(*matching(project_id, wanted))) or 0


def sort_keys(sort: TaskSort, *, backwards: bool = False) -> list[SortKey]:
    """Return the columns of an order; the number makes it unique. Backwards is for the page before."""
    topic: ColumnElement[Any] = func.coalesce(Task.domain, "")
    level: ColumnElement[Any] = func.coalesce(Task.difficulty, 0)
    number: ColumnElement[Any] = Task.number.expression
    priority: ColumnElement[Any] = Task.priority.expression
    orders = {
        TaskSort.NUMBER: [SortKey(number)],
        TaskSort.NEWEST: [SortKey(number, descending=True)],
        TaskSort.TOPIC: [SortKey(topic), SortKey(number)],
        TaskSort.LEVEL: [SortKey(level, descending=True), SortKey(number)],
        TaskSort.PRIORITY: [SortKey(priority, descending=True), SortKey(number)],
    }
    return [SortKey(key.column, descending=key.descending is not backwards) for key in orders[sort]]


def page_of_tasks(
    session: Session,
    project_id: UUID,
    wanted: TaskFilter,
    sort: TaskSort,
    *,
    size: int,
    cursor: str | None = None,
    backwards: bool = False,
) -> TaskPage:
    """Fetch the page after the cursor (before it when `backwards`), in two queries; long statements stay behind."""
    keys = sort_keys(sort, backwards=backwards)
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    query = select(*_SHOWN).where(*matching(project_id, wanted), *after(cursor, keys)).order_by(*order).limit(size + 1)
    rows = list(session.execute(query).all())
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    held = _places_of(session, [row.id for row in rows])
    lines = [_line_of(row, held.get(row.id, (0, 0))) for row in rows]
    is_first = has_more if backwards else cursor is not None
    is_last = True if backwards else has_more
    return TaskPage(
        lines,
        newer=_key_of(lines[0], sort) if lines and is_first else None,
        older=_key_of(lines[-1], sort) if lines and is_last else None,
    )


_SHOWN: tuple[ColumnElement[Any], ...] = (
    Task.id.expression,
    Task.number.expression,
    Task.external_id.expression,
    Task.title.expression,
    func.substr(Task.statement, 1, _BEGINNING_CHARS).label("beginning"),
    Task.activity.expression,
    Task.domain.expression,
    Task.skill.expression,
    Task.difficulty.expression,
    Task.family.expression,
    Task.state.expression,
    Task.priority.expression,
    Task.submissions_needed.expression,
    Task.created_at.expression,
)


def _line_of(row: Row[Any], places: tuple[int, int]) -> TaskLine:
    return TaskLine(
        id=row.id,
        number=row.number,
        external_id=row.external_id,
        headline=headline(row.title, row.beginning),
        activity=row.activity,
        domain=row.domain,
        skill=row.skill,
        difficulty=row.difficulty,
        family=row.family,
        state=row.state,
        priority=row.priority,
        needed=row.submissions_needed,
        done=places[0],
        taken=places[1],
        created_at=row.created_at,
    )


def _key_of(line: TaskLine, sort: TaskSort) -> str:
    first: dict[TaskSort, list[object]] = {
        TaskSort.TOPIC: [line.domain or ""],
        TaskSort.LEVEL: [line.difficulty or 0],
        TaskSort.PRIORITY: [line.priority],
    }
    return encode_cursor([*first.get(sort, []), line.number])


def _places_of(session: Session, task_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    done = func.sum(case((TaskSlot.state == SlotState.DONE, 1), else_=0))
    taken = func.sum(case((TaskSlot.state == SlotState.TAKEN, 1), else_=0))
    rows = session.execute(
        select(TaskSlot.task_id, done, taken).where(TaskSlot.task_id.in_(task_ids)).group_by(TaskSlot.task_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def headline(title: str, statement: str) -> str:
    """Name a task in one line: its title, else the beginning of its statement, never cut inside a formula."""
    if title:
        return title
    line = next((line.strip() for line in statement.split("\n") if line.strip()), "")
    if len(line) <= HEADLINE_CHARS:
        return line
    end = line.rfind(" ", 0, HEADLINE_CHARS)
    end = end if end > 0 else HEADLINE_CHARS
    for segment in find_segments(line):
        if segment.start < end < segment.end:
            end = segment.start
    return f"{line[:end].rstrip()} …"


def pieces_of(line: str) -> list[tuple[str, bool]]:
    """Cut a line into prose and the sources of its formulas, for a title that is set with them."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for segment in find_segments(line):
        if segment.kind == "formula":
            pieces += [(line[at : segment.start], False), (segment.source, True)]
            at = segment.end
    return [piece for piece in [*pieces, (line[at:], False)] if piece[0]]


def attachments_of(session: Session, task_id: UUID) -> Sequence[Attachment]:
    """List the images that belong to a task itself."""
    query = select(Attachment).where(Attachment.task_id == task_id, Attachment.owner_id.is_(None))
    return session.scalars(query.order_by(Attachment.id)).all()


def authors_of(session: Session, project_id: UUID) -> list[tuple[UUID, str]]:
    """List who may have written tasks of a project by hand: its managers."""
    query = select(User.id, User.name).join(Membership, Membership.user_id == User.id)
    rows = session.execute(query.where(Membership.project_id == project_id, Membership.role == Role.MANAGER))
    return sorted(((row[0], row[1]) for row in rows), key=lambda row: row[1])


def imports_of(session: Session, project_id: UUID) -> Sequence[TaskImport]:
    """List the latest finished imports of a project."""
    query = select(TaskImport).where(TaskImport.project_id == project_id, TaskImport.state == ImportState.DONE)
    return session.scalars(query.order_by(TaskImport.created_at.desc()).limit(IMPORTS_SHOWN)).all()
