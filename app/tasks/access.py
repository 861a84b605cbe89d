"""The only door to tasks, attachments and imports: 404 for who may not know of one, 403 for what they may not do."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, column, exists, false, or_, select, table
from sqlalchemy.orm import Session, contains_eager

from app.core.actor import Actor, Role
from app.core.db import UtcDateTime
from app.core.errors import NotAllowed, NotFound
from app.projects.models import Project
from app.projects.states import ProjectState
from app.tasks.models import Attachment, Task, TaskImport
from app.tasks.policy import HANDED_OUT, can_view_attachment, can_view_import, can_view_task

Rule = Callable[[Actor, Task], bool]
_work = table(
    "submissions", column("task_id", Uuid()), column("author_id", Uuid()), column("submitted_at", UtcDateTime())
)
"""Named, not imported: work is downstream, only whether some was handed in since an image was pasted is needed here."""
_HANDED_IN = exists().where(
    _work.c.task_id == Attachment.task_id,
    _work.c.author_id == Attachment.owner_id,
    _work.c.submitted_at >= Attachment.created_at,
)
_NO_TASK = "There is no such task, or it is not yours to see."


def get_task(session: Session, actor: Actor, task_id: UUID, *, can: Rule = can_view_task, lock: bool = False) -> Task:
    """Load one task with its project; NotFound if the actor may not know of it, NotAllowed if `can` says no.

    `lock` takes the row lock for changes that read before they write.
    """
    query = select(Task).join(Task.project).options(contains_eager(Task.project)).where(Task.id == task_id)
    task = session.scalars(query.with_for_update(of=Task, key_share=True) if lock else query).first()
    if task is None or not can_view_task(actor, task):
        raise NotFound(_NO_TASK)
    if not can(actor, task):
        raise NotAllowed("Only a manager of this project may do this to a task.")
    return task


def visible_tasks(actor: Actor) -> Select[Task]:
    """Select the tasks the actor may see: `can_view_task` as SQL, joined with the project, in no particular order."""
    return select(Task).join(Task.project).where(_visible(actor))


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.is_admin:
        return Task.id.is_not(None)
    run = actor.projects_as(Role.MANAGER)
    works = sorted({*actor.projects_as(Role.ANNOTATOR), *actor.projects_as(Role.REVIEWER)})
    known: list[ColumnElement[bool]] = [Task.project_id.in_(run)] if run else []
    if works:
        handed_out = Task.state.in_(sorted(HANDED_OUT))
        known.append(and_(Task.project_id.in_(works), handed_out, Project.state != ProjectState.DRAFT))
    return or_(*known) if known else false()


def get_attachment(session: Session, actor: Actor, attachment_id: UUID) -> Attachment:
    """Load one attachment whose task and owner let the actor see it; NotFound otherwise."""
    query = select(Attachment, Task, _HANDED_IN).join(Task, Task.id == Attachment.task_id).join(Task.project)
    found = session.execute(query.options(contains_eager(Task.project)).where(Attachment.id == attachment_id)).first()
    if found is None or not can_view_attachment(actor, found[0], found[1], handed_in=found[2]):
        raise NotFound("There is no such image, or it is not yours to see.")
    return found[0]


def get_import(session: Session, actor: Actor, import_id: UUID, *, lock: bool = False) -> TaskImport:
    """Load one import of a project the actor runs; NotFound otherwise."""
    query = select(TaskImport).where(TaskImport.id == import_id)
    task_import = session.scalars(query.with_for_update(key_share=True) if lock else query).first()
    if task_import is None or not can_view_import(actor, task_import):
        raise NotFound("There is no such import, or it is not yours to see.")
    return task_import
