"""Writing a task: the form of a new one and of an existing one; nothing that was typed is lost by a refusal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.pages.frame import frame
from app.projects.policy import can_manage_project
from app.tasks import queries
from app.tasks.access import get_task
from app.tasks.models import Task
from app.tasks.pages.answering import PREFIX, answer_context, read_answer, values_of_spec
from app.tasks.policy import can_manage_task
from app.tasks.schemas import ANSWER_FIELDS, TaskIn
from app.tasks.service.attaching import markdown_of, url_of
from app.tasks.service.moving import move_task
from app.tasks.service.opening import open_or_wait
from app.tasks.service.slots import count_places
from app.tasks.service.writing import create_task, edit_task
from app.tasks.states import PRIORITY_MAX, Activity, Origin, SlotState, TaskState
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter()
OWN_FIELDS = frozenset({"as_state", "seen_at", "act"})
"""Fields of the form that are no part of the task."""
ACTIVITY_WORDS = {
    Activity.SOLVE: "Solve: reasoning and a final answer",
    Activity.PROGRAM: "Program: reasoning and source code",
    Activity.OPEN: "Open: reasoning judged by the rubric",
}
ORIGIN_WORDS = {Origin.HUMAN: "A person", Origin.MODEL: "A model", Origin.MIXED: "A person and a model"}


@router.get("/projects/{slug}/tasks/new", name="tasks.new")
def new(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show an empty form."""
    project = get_project(session, actor, slug, can=can_manage_project)
    form = Form(values=_values_of(TaskIn(submissions_needed=project.submissions_needed)))
    return _page(request, session, actor, project, form)


@router.post("/projects/{slug}/tasks/new", name="tasks.create")
def create(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Store a new task, as a draft, ready, or open for work."""
    project = get_project(session, actor, slug, can=can_manage_project)
    data, form = _parse(posted)
    if data is None:
        return _page(request, session, actor, project, form, status=422)
    now = clock.now()
    try:
        task = create_task(session, project, data, actor=actor, now=now, draft=posted["as_state"] == "draft")
        if posted["as_state"] == "open":
            open_or_wait(session, task, actor=actor, now=now)
    except Invalid as error:
        session.rollback()
        project = get_project(session, actor, slug, can=can_manage_project)
        return _page(request, session, actor, project, with_error(form, error), status=422)
    response = RedirectResponse(f"/tasks/{task.id}", 303)
    waits = posted["as_state"] == "open" and task.state != TaskState.OPEN
    then = ", and opens as soon as its answer has passed the check" if waits else ""
    flash(response, "done", f"Task {task.number} is stored. It is {task.state}{then}.")
    return response


@router.get("/tasks/{task_id}/edit", name="tasks.edit")
def edit(request: Request, task_id: UUID, actor: CurrentActor, session: Reading) -> Response:
    """Show the form of a task."""
    task = get_task(session, actor, task_id, can=can_manage_task)
    form = Form(values={**_values_of_task(task), "seen_at": task.updated_at.isoformat()})
    return _page(request, session, actor, task.project, form, task=task)


@router.post("/tasks/{task_id}/edit", name="tasks.save")
def save(request: Request, task_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Store a changed task; when somebody else changed it meanwhile nothing is overwritten and both are shown."""
    task = get_task(session, actor, task_id, can=can_manage_task, lock=True)
    data, form = _parse(posted)
    if data is None:
        return _page(request, session, actor, task.project, form, task=task, status=422)
    now = clock.now()
    try:
        changed = edit_task(session, task, data, actor=actor, now=now, seen_at=_moment(posted["seen_at"]))
        if task.state == TaskState.DRAFT and posted["as_state"] == "ready":
            move_task(session, task, TaskState.READY, actor=actor, now=now)
    except (Invalid, Conflict) as error:
        session.rollback()
        task = get_task(session, actor, task_id, can=can_manage_task)
        if isinstance(error, Invalid):
            return _page(request, session, actor, task.project, with_error(form, error), task=task, status=422)
        form.error = error.sentence
        form.values["seen_at"] = task.updated_at.isoformat()
        return _page(request, session, actor, task.project, form, task=task, theirs=task, status=409)
    response = RedirectResponse(f"/tasks/{task.id}", 303)
    flash(response, "done", "Saved." if changed else "Nothing was different, so nothing was saved.")
    return response


def _parse(posted: Posted) -> tuple[TaskIn | None, Form]:
    options, wrong, errors = read_answer(posted)
    own = {name: value for name, value in posted.fields.items() if name not in OWN_FIELDS}
    fields = {name: value for name, value in own.items() if not name.startswith(PREFIX)}
    lines = [line for line in posted["assumptions"].split("\n") if line.strip()]
    fields["unit_expected"] = "true" if posted["unit_expected"] else "false"
    data, form = parse(TaskIn, Posted(fields, {}), assumptions=lines, answer_options=options, wrong_answers=wrong)
    form.values |= {**own, "assumptions": posted["assumptions"], "seen_at": posted["seen_at"]}
    if errors:
        form.errors |= errors
        form.error, data = "Please correct what is marked.", None
    form.values["unit_expected"] = bool(posted["unit_expected"])
    return data, form


def _moment(text: str) -> datetime | None:
    """Read when the form was filled; a damaged value counts as never seen, so that it cannot overwrite."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _values_of(data: TaskIn) -> dict[str, Any]:
    written = data.model_dump(mode="json", exclude=set(ANSWER_FIELDS))
    return {**written, **values_of_spec(data.answer_spec()), "assumptions": "\n".join(data.assumptions)}


def _values_of_task(task: Task) -> dict[str, Any]:
    names = set(TaskIn.model_fields) - {*ANSWER_FIELDS, "assumptions"}
    return {
        **{name: getattr(task, name) for name in names},
        **values_of_spec(task.answer_spec),
        "assumptions": "\n".join(task.assumptions),
    }


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    project: Project,
    form: Form,
    *,
    task: Task | None = None,
    theirs: Task | None = None,
    status: int = 200,
) -> Response:
    places = count_places(session, [task.id]).get(task.id, {}) if task else {}
    pictures = queries.attachments_of(session, task.id) if task else []
    context: dict[str, Any] = {
        "task": task,
        "theirs": theirs,
        "taken": places.get(SlotState.TAKEN, 0),
        "done": places.get(SlotState.DONE, 0),
        "pictures": [(picture, url_of(picture), markdown_of(picture)) for picture in pictures],
        "activities": list(ACTIVITY_WORDS.items()),
        "origins": list(ORIGIN_WORDS.items()),
        "priorities": [(n, str(n)) for n in range(PRIORITY_MAX, -1, -1)],
        "domains": _options(project.taxonomy.get("domains", []), form.values.get("domain")),
        "skills": _options(project.taxonomy.get("skills", []), form.values.get("skill")),
        "levels": [("", "not said"), *((n, str(n)) for n in range(1, 6))],
        **answer_context(form.values.get("answer_kind") or "none", project.slug, None),
    }
    return render(
        request, "tasks/edit.html", status=status, **frame(session, actor, project, "tasks"), form=form, **context
    )


def _options(words: list[str], chosen: str | None) -> list[tuple[str, str]]:
    """List the words of a taxonomy; one that was taken out since it was given stays choosable."""
    kept = [chosen] if chosen and chosen not in words else []
    return [("", "none"), *((word, word) for word in [*words, *kept])]
