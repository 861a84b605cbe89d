"""Tasks as JSON: list, read, write, move, and many at once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.core.errors import IllegalMove, NotFound
from app.core.pagination import page_of
from app.projects.access import get_project
from app.projects.policy import can_manage_project
from app.tasks.access import get_task
from app.tasks.models import Task
from app.tasks.policy import can_manage_task
from app.tasks.queries import matching, sort_keys
from app.tasks.schemas import (
    BulkIn,
    BulkOut,
    MoveIn,
    TaskCheckIn,
    TaskCheckOut,
    TaskCreateIn,
    TaskForAnnotator,
    TaskForManager,
    TaskIn,
    TaskListIn,
    TaskSort,
    TasksOut,
)
from app.tasks.service.answers import ask_check, newest_check
from app.tasks.service.bulk import change_many
from app.tasks.service.moving import move_task, open_task
from app.tasks.service.writing import create_task, edit_task
from app.tasks.states import TaskState
from app.web.deps import Reading, Writing
from app.web.jsonbody import RawBody, parse_body
from app.web.openapi import described

router = APIRouter()
READ, WRITE = [require_scope("tasks:read")], [require_scope("tasks:write")]


@router.get("/projects/{slug}/tasks", name="api.tasks.list", dependencies=READ)
def list_tasks(slug: str, actor: CurrentActor, session: Reading, wanted: Annotated[TaskListIn, Query()]) -> TasksOut:
    """List the tasks of a project one runs, by number."""
    project = get_project(session, actor, slug, can=can_manage_project)
    query = select(Task).where(*matching(project.id, wanted))
    keys = sort_keys(TaskSort.NUMBER)
    page = page_of(session, query, keys, lambda task: [task.number], cursor=wanted.cursor, size=wanted.size)
    items = [TaskForManager.model_validate(task) for task in page.items]
    return TasksOut(items=items, next_cursor=page.next_cursor)


@router.post(
    "/projects/{slug}/tasks",
    name="api.tasks.create",
    dependencies=WRITE,
    status_code=201,
    openapi_extra=described(TaskCreateIn),
)
def create(slug: str, raw: RawBody, actor: CurrentActor, session: Writing) -> TaskForManager:
    """Write a task: as a draft, ready, or open for work at once."""
    project = get_project(session, actor, slug, can=can_manage_project)
    data = parse_body(TaskCreateIn, raw)
    now = clock.now()
    written = TaskIn.model_validate(data.model_dump(exclude={"as_state"}))
    task = create_task(session, project, written, actor=actor, now=now, draft=data.as_state == "draft")
    if data.as_state == "open":
        open_task(session, task, actor=actor, now=now)
    return TaskForManager.model_validate(task)


@router.post("/projects/{slug}/tasks/bulk", name="api.tasks.bulk", dependencies=WRITE, openapi_extra=described(BulkIn))
def bulk(slug: str, raw: RawBody, actor: CurrentActor, session: Writing) -> BulkOut:
    """Do one thing to many tasks: those named, or all that match the filter."""
    project = get_project(session, actor, slug, can=can_manage_project)
    return change_many(session, project, parse_body(BulkIn, raw), actor=actor, now=clock.now())


@router.get("/tasks/{task_id}", name="api.tasks.get", dependencies=READ)
def read(task_id: UUID, actor: CurrentActor, session: Reading) -> TaskForManager | TaskForAnnotator:
    """Read one task: everything for those who run its project, the question alone for those who work on it."""
    task = get_task(session, actor, task_id)
    if can_manage_task(actor, task):
        return TaskForManager.model_validate(task)
    return TaskForAnnotator.model_validate(task)


@router.put("/tasks/{task_id}", name="api.tasks.edit", dependencies=WRITE, openapi_extra=described(TaskIn))
def edit(task_id: UUID, raw: RawBody, actor: CurrentActor, session: Writing) -> TaskForManager:
    """Give a task another wording and other labels; what is left out becomes empty."""
    task = get_task(session, actor, task_id, can=can_manage_task, lock=True)
    edit_task(session, task, parse_body(TaskIn, raw), actor=actor, now=clock.now())
    return TaskForManager.model_validate(task)


@router.post("/tasks/{task_id}/check", name="api.tasks.check", dependencies=WRITE, status_code=202)
def check(task_id: UUID, data: TaskCheckIn, actor: CurrentActor, session: Writing) -> TaskCheckOut:
    """Have a machine hold the answer against its own reference and wrong answers; read `check` to see what it says."""
    task = get_task(session, actor, task_id, can=can_manage_task, lock=True)
    asked = ask_check(session, task, actor=actor, now=clock.now(), opens_after=data.opens_after)
    session.flush()  # its defaults are part of the answer
    return TaskCheckOut.model_validate(asked)


@router.get("/tasks/{task_id}/check", name="api.tasks.checked", dependencies=READ)
def checked(task_id: UUID, actor: CurrentActor, session: Reading) -> TaskCheckOut:
    """Read what machines said last of the answer as it is specified now; 404 when nobody asked."""
    task = get_task(session, actor, task_id, can=can_manage_task)
    found = newest_check(session, task)
    if found is None:
        raise NotFound("The answer of this task was not checked since it was last changed.")
    return TaskCheckOut.model_validate(found)


@router.post("/tasks/{task_id}/state", name="api.tasks.move", dependencies=WRITE)
def move(task_id: UUID, data: MoveIn, actor: CurrentActor, session: Writing) -> TaskForManager:
    """Open, halt, close, archive a task, or send it back."""
    task = get_task(session, actor, task_id, can=can_manage_task, lock=True)
    if data.state == TaskState.FILLED:
        raise IllegalMove("A task is filled by approved work, not by hand.")
    if data.state == TaskState.OPEN:
        open_task(session, task, actor=actor, now=clock.now())
    else:
        move_task(session, task, data.state, actor=actor, now=clock.now(), reason=data.reason.strip() or None)
    return TaskForManager.model_validate(task)
