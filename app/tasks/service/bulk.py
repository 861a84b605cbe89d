"""One change to many tasks: a selection, or all that match a filter; one transaction, one record in the audit log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.errors import Invalid
from app.projects.models import Project
from app.tasks.models import Task
from app.tasks.queries import matching
from app.tasks.schemas import BulkAction, BulkIn, BulkOut
from app.tasks.service.answers import BY_PEOPLE
from app.tasks.service.moving import NEEDS_COMPLETE, UNFINISHED, VERBS, require_reason
from app.tasks.service.rewording import keep_wordings
from app.tasks.service.slots import fit_places
from app.tasks.service.writing import require_labels
from app.tasks.states import MOVES, TaskState

CHUNK = 500
NAMED_IN_AUDIT = 200
"""Up to so many tasks get an event each; a larger change is one event with its filter and count."""
TARGETS = {
    BulkAction.READY: TaskState.READY,
    BulkAction.OPEN: TaskState.OPEN,
    BulkAction.HALT: TaskState.HALTED,
    BulkAction.CLOSE: TaskState.CLOSED,
    BulkAction.ARCHIVE: TaskState.ARCHIVED,
    BulkAction.BROKEN: TaskState.BROKEN,
}
Picked = Sequence[tuple[UUID, TaskState]]


def change_many(session: Session, project: Project, data: BulkIn, *, actor: Actor, now: datetime) -> BulkOut:
    """Do one thing to all chosen tasks of the project; those whose state does not allow it are left alone.

    Opening takes drafts too when nothing is missing in them. Raises Invalid when nothing is chosen, or when a reason,
    a label or a priority is missing.
    """
    if not data.ids and not data.all_matching:
        raise Invalid("Nothing is selected. Tick some tasks, or choose all that match.")
    target = TARGETS.get(data.action)
    if target is not None:
        require_reason(target, data.reason)
        picked = _pick_movable(session, project, data, target)
        values: dict[str, Any] = {"state": target}
    else:
        values = _labels(project, data)
        picked = _pick(session, project, data)
    total = _count(session, project, data)
    _change(session, picked, values, actor, now)
    _record(session, project, data, picked, target=target, values=values, actor=actor, now=now)
    return BulkOut(changed=len(picked), left_alone=total - len(picked))


def _where(project: Project, data: BulkIn) -> list[Any]:
    if data.all_matching:
        return matching(project.id, data.filter)
    return [Task.project_id == project.id, Task.id.in_(data.ids)]


def _count(session: Session, project: Project, data: BulkIn) -> int:
    return session.scalar(select(func.count()).select_from(Task).where(*_where(project, data))) or 0


def _pick(session: Session, project: Project, data: BulkIn, *more: Any) -> Picked:
    """Lock the chosen tasks in one order, so that two such changes cannot wait for one another."""
    query = select(Task.id, Task.state).where(*_where(project, data), *more).order_by(Task.id)
    return [(row[0], row[1]) for row in session.execute(query.with_for_update(key_share=True)).all()]


def _pick_movable(session: Session, project: Project, data: BulkIn, target: TaskState) -> Picked:
    allowed = {state for state, moves in MOVES.items() if target in moves}
    if target == TaskState.OPEN:
        # A full task has no place to offer; drafts go through ready on the way.
        allowed = (allowed - {TaskState.FILLED, TaskState.CLOSED}) | {TaskState.DRAFT}
    is_complete = (func.trim(Task.statement) != "") & (Task.source != "") & (Task.licence != "")
    more: list[Any] = [Task.state.in_(sorted(allowed))]
    if target == TaskState.OPEN and project.opens_checked_only:
        kind = Task.answer_spec["kind"].as_string()
        more.append(Task.answer_checked_at.is_not(None) | kind.is_(None) | kind.in_(sorted(BY_PEOPLE)))
    if target in NEEDS_COMPLETE:
        more.append(Task.state.not_in(sorted(UNFINISHED)) | is_complete)
    return _pick(session, project, data, *more)


def _labels(project: Project, data: BulkIn) -> dict[str, Any]:
    if data.action == BulkAction.PRIORITY:
        if data.priority is None:
            raise Invalid("Choose a priority from 0 to 9.", fields={"priority": "Choose one."})
        return {"priority": data.priority}
    names = ("domain", "skill", "difficulty", "family")
    values = {name: getattr(data, name) for name in names if getattr(data, name) is not None}
    if not values:
        raise Invalid("Choose at least one label.", fields={"domain": "Choose at least one label."})
    require_labels(project, values)
    return values


def _change(session: Session, picked: Picked, values: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    ids = [task_id for task_id, _ in picked]
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        keep_wordings(session, chunk, values, actor=actor, now=now)
        change = update(Task).where(Task.id.in_(chunk)).values(**values, updated_at=now)
        session.execute(change, execution_options={"synchronize_session": False})
        if values.get("state") == TaskState.OPEN:
            first = update(Task).where(Task.id.in_(chunk), Task.opened_at.is_(None)).values(opened_at=now)
            session.execute(first, execution_options={"synchronize_session": False})
    session.expire_all()
    if "state" in values or "priority" in values:
        fit_places(session, ids)


def _record(
    session: Session,
    project: Project,
    data: BulkIn,
    picked: Picked,
    *,
    target: TaskState | None,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    verb = VERBS[target] if target is not None else f"task.{data.action}"
    common: dict[str, Any] = {
        "actor": actor,
        "at": now,
        "project_id": project.id,
        "reason": data.reason.strip() or None,
        **{name: value for name, value in values.items() if name != "state"},
    }
    if len(picked) > NAMED_IN_AUDIT:
        facts: dict[str, Any] = {"count": len(picked), "filter": data.filter.given()}
        audit.record(session, verb, kind="tasks", moved=(None, target), **common, **facts)
        return
    for task_id, old in picked:
        moved = (old, target) if target is not None else (None, None)
        audit.record(session, verb, kind="task", object_id=task_id, moved=moved, **common)
