"""One task: what it says, where it stands, its moves; and its images."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.accounts.queries import names_of
from app.core import clock
from app.core.errors import Conflict, Invalid
from app.projects.pages.frame import frame
from app.tasks import queries
from app.tasks.access import get_attachment, get_task
from app.tasks.models import Task
from app.tasks.pages.answering import GUESS_MAX
from app.tasks.pages.uploading import send_image, take_image
from app.tasks.policy import can_manage_task
from app.tasks.schemas import TaskForAnnotator, TaskForManager
from app.tasks.service.answers import ask_check, can_be_checked, newest_check
from app.tasks.service.attaching import url_of
from app.tasks.service.moving import move_task, open_task
from app.tasks.service.slots import count_places
from app.tasks.states import MOVES, CheckState, SlotState, TaskState
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import PostedForm
from app.web.templating import render

router = APIRouter()
MOVE_WORDS = {
    TaskState.READY: "Make ready",
    TaskState.OPEN: "Open for work",
    TaskState.HALTED: "Halt…",
    TaskState.CLOSED: "Close",
    TaskState.BROKEN: "Mark as broken…",
    TaskState.ARCHIVED: "Archive",
    TaskState.DRAFT: "Back to draft",
}


@router.get("/tasks/{task_id}", name="tasks.show")
def show(request: Request, task_id: UUID, actor: CurrentActor, session: Reading) -> Response:
    """Show one task: everything to its managers, the question alone to those who work on it."""
    task = get_task(session, actor, task_id)
    manages = can_manage_task(actor, task)
    shown = TaskForManager.model_validate(task) if manages else TaskForAnnotator.model_validate(task)
    context: dict[str, Any] = {
        "task": shown,
        "headline": queries.pieces_of(queries.headline(task.title, task.statement)),
        "pictures": [(picture, url_of(picture)) for picture in queries.attachments_of(session, task.id)],
        "managed": manages,
    }
    if manages:
        places = count_places(session, [task.id]).get(task.id, {})
        context |= {
            "places": {state: places.get(state, 0) for state in SlotState},
            "moves": _moves(task),
            **(_check_context(session, task) | {"task": shown}),
            "author": names_of(session, [task.author_id]).get(task.author_id) if task.author_id else None,
        }
    return render(request, "tasks/show.html", **frame(session, actor, task.project, "tasks"), **context)


@router.post("/tasks/{task_id}/state", name="tasks.move")
def move(task_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Open, halt, close, archive a task, or send it back."""
    task = get_task(session, actor, task_id, can=can_manage_task, lock=True)
    response = RedirectResponse(f"/tasks/{task_id}", 303)
    wanted = {str(state): state for state in MOVE_WORDS}.get(posted["state"])
    if wanted is None:
        flash(response, "refused", "Not changed: this is no state of a task.")
        return response
    try:
        if wanted == TaskState.OPEN:
            open_task(session, task, actor=actor, now=clock.now())
        else:
            move_task(session, task, wanted, actor=actor, now=clock.now(), reason=posted["reason"].strip() or None)
    except Invalid as error:
        session.rollback()
        flash(response, "refused", f"Not changed. {error.sentence}")
        return response
    flash(response, "done", f"Task {task.number} is {task.state} now.")
    return response


@router.post("/tasks/{task_id}/check", name="tasks.check")
def check(task_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Have a machine check the task's own answer, and open the task when it is in order if that is asked for."""
    task = get_task(session, actor, task_id, can=can_manage_task, lock=True)
    response = RedirectResponse(f"/tasks/{task_id}#check", 303)
    try:
        ask_check(session, task, actor=actor, now=clock.now(), opens_after=posted["opens_after"] == "true")
    except Conflict as error:
        session.rollback()
        flash(response, "refused", error.sentence)
    return response


@router.get("/tasks/{task_id}/check", name="tasks.checked")
def checked(request: Request, task_id: UUID, actor: CurrentActor, session: Reading) -> Response:
    """Show what machines said of the answer: the part of the page that is taken anew until they are done."""
    task = get_task(session, actor, task_id, can=can_manage_task)
    return render(request, "tasks/_check.html", **_check_context(session, task))


@router.post("/tasks/{task_id}/attachments", name="tasks.attach")
def attach(
    task_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm, settings: CurrentSettings
) -> Response:
    """Put an image to a task and go back to its form."""
    response = RedirectResponse(f"/tasks/{task_id}/edit", 303)
    try:
        take_image(session, settings, actor, task_id, posted.files.get("file"), alt=posted["alt"])
    except Invalid as error:
        session.rollback()
        flash(response, "refused", f"Not stored. {error.sentence}")
        return response
    flash(response, "done", "The image is stored. Copy its line into the statement where it belongs.")
    return response


@router.get("/attachments/{attachment_id}", name="tasks.attachment")
def attachment(attachment_id: UUID, actor: CurrentActor, session: Reading, settings: CurrentSettings) -> Response:
    """Send an image to whoever may see it."""
    return send_image(settings, get_attachment(session, actor, attachment_id))


def _check_context(session: Session, task: Task) -> dict[str, Any]:
    """Collect what the page shows of the check of a task's own answer."""
    found = newest_check(session, task)
    probability = found.guess_probability if found else None
    return {
        "task": task,
        "check": found,
        "is_checkable": can_be_checked(task.answer_spec),
        "is_waiting": found is not None and found.state == CheckState.QUEUED,
        "may_open_after": task.state in {TaskState.DRAFT, TaskState.READY},
        "guess_percent": round(100 * probability) if probability is not None and probability > GUESS_MAX else None,
    }


def _moves(task: Task) -> list[tuple[str, str, bool]]:
    """List the moves a manager may choose: state, words, whether a reason is asked for."""
    allowed = set(MOVES[task.state]) | ({TaskState.OPEN} if task.state == TaskState.DRAFT else set())
    reasons = {TaskState.HALTED, TaskState.BROKEN}
    return [
        (str(state), words, state in reasons)
        for state, words in MOVE_WORDS.items()
        if state in allowed and not (state == TaskState.OPEN and task.state == TaskState.FILLED)
    ]
