"""Writing a task by hand: a new one, and another wording of an existing one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict, IllegalMove, Invalid
from app.core.ids import new_id
from app.projects.models import Project
from app.tasks.models import Task
from app.tasks.reading.rows import why_incomplete
from app.tasks.schemas import TaskIn
from app.tasks.service.answers import ask_check, can_be_checked
from app.tasks.service.moving import settle_fullness
from app.tasks.service.rewording import change_task
from app.tasks.service.slots import fit_places
from app.tasks.service.storing import next_number
from app.tasks.states import TaskState

SEALED = frozenset({TaskState.CLOSED, TaskState.ARCHIVED})
"""States in which the wording no longer changes."""


def create_task(
    session: Session, project: Project, data: TaskIn, *, actor: Actor, now: datetime, draft: bool = False
) -> Task:
    """Store a new task, ready or as a draft; the next number of its project is its own.

    Raises Invalid by field when something is missing (a draft may be incomplete), a label is not in the taxonomy or
    the external id exists.
    """
    values = data.columns()
    values["submissions_needed"] = values["submissions_needed"] or project.submissions_needed
    # Two tasks written at once must not get one number, so the project's row is locked until the commit.
    session.execute(select(Project.id).where(Project.id == project.id).with_for_update(key_share=True))
    _require_fit(session, project, values, complete=not draft)
    task = Task(
        id=new_id(),
        project_id=project.id,
        number=next_number(session, project.id),
        state=TaskState.DRAFT if draft else TaskState.READY,
        author_id=actor.user_id,
        created_at=now,
        updated_at=now,
        **values,
    )
    session.add(task)
    audit.record(
        session,
        "task.create",
        actor=actor,
        at=now,
        kind="task",
        object_id=task.id,
        project_id=project.id,
        moved=(None, task.state),
    )
    # Its places, attachments and checks refer to it.
    session.flush()
    session.refresh(task, ["project"])
    if can_be_checked(task.answer_spec) and not draft:
        ask_check(session, task, actor=actor, now=now)
    return task


def edit_task(
    session: Session, task: Task, data: TaskIn, *, actor: Actor, now: datetime, seen_at: datetime | None = None
) -> bool:
    """Give a task (loaded with its lock) another wording and other labels; False when nothing differs.

    `seen_at` is the `updated_at` that the writer saw; Conflict when somebody changed the task since then. An opened
    task keeps its old wording as a version; those who work on it go on with theirs and see that there is a new one.
    """
    if task.state in SEALED:
        raise IllegalMove(f"A task that is {task.state} is no longer changed; reopen it first.")
    if seen_at is not None and seen_at != task.updated_at:
        raise Conflict("Somebody else changed this task while you wrote. Compare with theirs, then save once more.")
    values = data.columns()
    values["submissions_needed"] = values["submissions_needed"] or task.project.submissions_needed
    is_other_answer = values["answer_spec"] != task.answer_spec
    _require_fit(session, task.project, values, complete=task.state != TaskState.DRAFT, but=task.id)
    if not change_task(session, task, values, actor=actor, now=now):
        return False
    if is_other_answer and can_be_checked(task.answer_spec):
        ask_check(session, task, actor=actor, now=now)
    # The places are computed from the stored row.
    session.flush()
    fit_places(session, [task.id])
    settle_fullness(session, task, actor=actor, now=now)
    return True


def require_labels(project: Project, values: Mapping[str, Any]) -> None:
    """Raise Invalid when a label is not in the project's taxonomy; an empty list of the taxonomy allows any."""
    faults: dict[str, str] = {}
    for name, key in (("domain", "domains"), ("skill", "skills")):
        allowed: Sequence[str] = project.taxonomy.get(key, [])
        if values.get(name) is not None and allowed and values[name] not in allowed:
            faults[name] = "Choose one of the project's taxonomy."
    if faults:
        raise Invalid("A label is not in the project's taxonomy.", fields=faults)


def _require_fit(
    session: Session, project: Project, values: Mapping[str, Any], *, complete: bool, but: UUID | None = None
) -> None:
    require_labels(project, values)
    missing = why_incomplete(values) if complete else {}
    if missing:
        fields = {name: f"{name.capitalize()} {sentence}" for name, sentence in missing.items()}
        raise Invalid("Something is missing; save it as a draft to go on later.", fields=fields)
    if values["external_id"] is None:
        return
    twin = select(Task.number).where(Task.project_id == project.id, Task.external_id == values["external_id"])
    number = session.scalar(twin.where(Task.id != but) if but else twin)
    if number is not None:
        sentence = f"Task {number} has this external id already."
        raise Invalid(sentence, fields={"external_id": sentence})
