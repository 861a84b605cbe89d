"""Who may see, write and open tasks; pure rules over an actor and a loaded task with its project."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role
from app.projects.policy import can_manage_project, can_view_project
from app.tasks.states import TaskState

if TYPE_CHECKING:
    from app.tasks.models import Attachment, Task, TaskImport

HANDED_OUT = frozenset({TaskState.OPEN, TaskState.FILLED, TaskState.CLOSED, TaskState.HALTED, TaskState.BROKEN})
"""States in which somebody may be working on a task, or have worked on it."""


def can_manage_task(actor: Actor, task: "Task") -> bool:
    """Those who run its project."""
    return can_manage_project(actor, task.project)


def can_view_task(actor: Actor, task: "Task") -> bool:
    """Allow managers always, reviewers and annotators of its project once it has been handed out.

    Only what `TaskForAnnotator` holds is meant by "view": the answer, the reference and the tests are
    `can_manage_task`'s. Annotators have no list of tasks; they meet one when it is handed to them.
    """
    if can_manage_task(actor, task):
        return True
    works = actor.has(Role.ANNOTATOR, task.project_id) or actor.has(Role.REVIEWER, task.project_id)
    return works and task.state in HANDED_OUT and can_view_project(actor, task.project)


def can_attach(actor: Actor, task: "Task") -> bool:
    """Allow managers for the task itself, annotators for their own work on it."""
    if can_manage_task(actor, task):
        return True
    return actor.has(Role.ANNOTATOR, task.project_id) and can_view_task(actor, task)


def can_view_attachment(actor: Actor, attachment: "Attachment", task: "Task", *, handed_in: bool) -> bool:
    """Whoever may see the task; an image in somebody's work its author, and once it is handed in who judges or runs.

    `handed_in`: its owner has handed in work on the task since it was pasted. Before that it is part of a draft.
    """
    if attachment.owner_id is None or attachment.owner_id == actor.user_id:
        return can_view_task(actor, task)
    if not handed_in:
        return False
    return can_manage_task(actor, task) or (actor.has(Role.REVIEWER, task.project_id) and can_view_task(actor, task))


def can_view_import(actor: Actor, task_import: "TaskImport") -> bool:
    """Those who run its project."""
    return actor.is_admin or actor.has(Role.MANAGER, task_import.project_id)
