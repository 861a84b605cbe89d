"""Forms that end work or turn it round: each works without script, where the second look asks for the reason."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts.deps import CurrentActor
from app.assignments.states import ReportKind
from app.core import clock
from app.submissions.access import get_own_submission, get_submission
from app.submissions.models import Submission
from app.submissions.policy import can_give_up
from app.submissions.schemas import ReasonIn
from app.submissions.service import beginning, ending
from app.web.deps import Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse
from app.web.templating import render

router = APIRouter()
HOME = "/work"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before work is put aside."""

    title: str
    sentence: str
    label: str
    button: str
    done: str
    is_final: bool = False


QUESTIONS = {
    "skip": Question(
        "Skip this task?",
        "It is not offered to you again. What you wrote is kept.",
        "Why do you skip it?",
        "Skip",
        "Skipped. What you wrote is kept.",
    ),
    "broken": Question(
        "Is the problem broken?",
        "Say what is wrong: something missing, a false premise, no clear question. Two people saying so halt the task.",
        "What is wrong with it?",
        "Report and give back",
        "Reported. If somebody else finds the same, the task is halted.",
    ),
    "outside-field": Question(
        "Outside your field?",
        "It goes back for somebody else and is not offered to you again. What you wrote is kept.",
        "Which field does it need?",
        "Give back",
        "Given back for somebody of that field.",
    ),
    "give-up": Question(
        "Give this task up?",
        "You cannot come back to it. What you wrote is kept: a dead end honestly described is worth something.",
        "Where did you get stuck?",
        "Give up",
        "Given up. What you wrote is kept.",
        is_final=True,
    ),
}
REPORTS = {"skip": ReportKind.SKIP, "broken": ReportKind.BROKEN, "outside-field": ReportKind.OUTSIDE_FIELD}


@router.post("/work/{submission_id}/skip", name="submissions.skip")
def skip(submission_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Skip the task with a reason."""
    submission = get_own_submission(session, actor, submission_id)
    reason = _reason(posted)
    if reason is None:
        return _ask(request, submission, "skip", posted)
    ending.put_aside(session, actor, submission, ReportKind.SKIP, reason, now=clock.now())
    return _home(QUESTIONS["skip"].done)


@router.post("/work/{submission_id}/broken", name="submissions.broken")
def broken(
    submission_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Report that the problem is broken and give it back."""
    submission = get_own_submission(session, actor, submission_id)
    reason = _reason(posted)
    if reason is None:
        return _ask(request, submission, "broken", posted)
    halted = ending.put_aside(session, actor, submission, ReportKind.BROKEN, reason, now=clock.now())
    sentence = "Reported. You are the second to say so: the task is halted, and a manager looks at it."
    return _home(sentence if halted else QUESTIONS["broken"].done)


@router.post("/work/{submission_id}/outside-field", name="submissions.outside_field")
def outside_field(
    submission_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Give a task of another field back."""
    submission = get_own_submission(session, actor, submission_id)
    reason = _reason(posted)
    if reason is None:
        return _ask(request, submission, "outside-field", posted)
    ending.put_aside(session, actor, submission, ReportKind.OUTSIDE_FIELD, reason, now=clock.now())
    return _home(QUESTIONS["outside-field"].done)


@router.post("/work/{submission_id}/give-up", name="submissions.give_up")
def give_up(
    submission_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Stop for good with a reason."""
    submission = get_submission(session, actor, submission_id, can=can_give_up)
    reason = _reason(posted)
    if reason is None:
        return _ask(request, submission, "give-up", posted)
    ending.give_up(session, actor, submission, reason, now=clock.now())
    return _home(QUESTIONS["give-up"].done)


@router.post("/work/{submission_id}/release", name="submissions.release")
def release(submission_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Give the task back without a reason."""
    submission = get_own_submission(session, actor, submission_id)
    ending.release(session, actor, submission, now=clock.now())
    return _home("Given back. What you wrote is kept, and you can resume it while a place is free.")


@router.post("/work/{submission_id}/resume", name="submissions.resume")
def resume(submission_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Get the lease back and go on where the text ends."""
    submission = get_own_submission(session, actor, submission_id)
    beginning.resume(session, actor, submission, now=clock.now())
    return RedirectResponse(f"/work/{submission_id}", 303)


def _reason(posted: Posted) -> str | None:
    given, _ = parse(ReasonIn, posted)
    return given.reason if given is not None else None


def _ask(request: Request, submission: Submission, kind: str, posted: Posted) -> Response:
    _, form = parse(ReasonIn, posted)
    if not posted["reason"].strip():
        form = Form(values=form.values)  # the first look: nothing is wrong yet
        form.errors = {"reason": "Say why, in a few words; managers read it."} if "reason" in posted.fields else {}
    return render(
        request,
        "submissions/aside.html",
        status=422,
        submission=submission,
        kind=kind,
        question=QUESTIONS[kind],
        form=form,
    )


def _home(sentence: str) -> Response:
    response = RedirectResponse(HOME, 303)
    flash(response, "done", sentence)
    return response
