"""The second beat: what the reviewer will see, then Submit; and the receipt."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound, NotSigned
from app.projects.models import Project
from app.projects.queries import has_signed
from app.submissions import queries
from app.submissions.access import get_own_submission, get_revision, get_submission
from app.submissions.models import Submission
from app.submissions.pages.desk import workspace_context
from app.submissions.policy import can_edit_submission, can_undo_hand_in
from app.submissions.schemas import ExplainIn, SubmitIn
from app.submissions.service import comparing_answers, handing_in, waiving
from app.submissions.service.handing_in import NotReady
from app.submissions.service.workspace import open_workspace
from app.tasks.models import Task
from app.web.addresses import with_next
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import PostedForm, parse
from app.web.templating import render

router = APIRouter()
PIECES_SHOWN = 3


@router.get("/work/{submission_id}/review-and-submit", name="submissions.review")
def review(submission_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Show exactly what the reviewer will see, with what the linter found, and the button that hands it in."""
    submission = get_own_submission(session, actor, submission_id)
    state = open_workspace(session, actor, submission, journal_key=None, now=clock.now())
    return render(
        request,
        "submissions/review.html",
        refused=None,
        sign_first=_sign_first(session, actor, submission),
        **workspace_context(session, state),
    )


@router.post("/work/{submission_id}/told", name="submissions.tell")
def tell(submission_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Hold the saved answer against what is expected, within the limits; the second beat shows what came of it."""
    get_submission(session, actor, submission_id, can=can_edit_submission)
    comparing_answers.tell(session, actor, submission_id, now=clock.now())
    return RedirectResponse(f"/work/{submission_id}/review-and-submit", 303)


@router.post("/work/{submission_id}/reasons", name="submissions.explain")
def explain(submission_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Save why something that a machine found does not keep the author from handing in, as a waiver in the draft."""
    get_submission(session, actor, submission_id, can=can_edit_submission)
    sent, form = parse(ExplainIn, posted)
    if sent is None:
        raise Invalid(next(iter(form.errors.values()), "Say why."), pointer="reason")
    waiving.explain(session, actor, submission_id, sent, now=clock.now())
    return RedirectResponse(f"/work/{submission_id}/review-and-submit", 303)


@router.post("/work/{submission_id}/submit", name="submissions.submit")
def submit(
    submission_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Hand in the save that was shown; go to the receipt, or show again what stands in the way."""
    submission = get_own_submission(session, actor, submission_id)
    try:
        sent = SubmitIn(n=int(posted["n"] or 0), sha256=posted["sha256"])
    except (ValueError, ValidationError) as error:
        raise Invalid("Save the draft first, then look it through and submit.") from error
    try:
        handing_in.submit(
            session, actor, submission_id, n=sent.n, sha256=sent.sha256, idempotency_key=None, now=clock.now()
        )
    except NotReady as error:
        state = open_workspace(session, actor, submission, journal_key=None, now=clock.now())
        context = workspace_context(session, state)
        return render(
            request, "submissions/review.html", status=422, refused=error.sentence, sign_first=None, **context
        )
    except NotSigned as error:
        response = RedirectResponse(_sign_first(session, actor, submission) or "/work", 303)
        flash(response, "caution", error.sentence)
        return response
    return RedirectResponse(f"/work/{submission_id}/submitted", 303)


def _sign_first(session: Session, actor: Actor, submission: Submission) -> str | None:
    """Return the page on which the agreement is signed before this is handed in, and that leads back; None: no need."""
    project = session.get_one(Project, submission.project_id)
    if project.agreement_n == 0 or has_signed(session, actor, project):
        return None
    return with_next(f"/projects/{project.slug}/agreement", f"/work/{submission.id}/review-and-submit")


@router.get("/work/{submission_id}/submitted", name="submissions.receipt")
def receipt(submission_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Show the receipt of the last hand-in, what became of the last pieces of work, and the way to the next task."""
    submission = get_own_submission(session, actor, submission_id)
    if submission.revision_n == 0:
        raise NotFound("This work was not handed in yet.")
    project = session.get_one(Project, submission.project_id)
    return render(
        request,
        "submissions/receipt.html",
        submission=submission,
        project=project,
        task=session.get_one(Task, submission.task_id),
        revision=get_revision(session, submission, submission.revision_n),
        pieces=queries.latest_pieces(session, actor.user_id, project.id, besides=submission.id, count=PIECES_SHOWN),
        can_undo=can_undo_hand_in(actor, submission),
        badge=badge_of(submission),
    )


@router.post("/work/{submission_id}/undo", name="submissions.undo")
def undo(submission_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Take back a hand-in that nobody has opened, and go on writing."""
    submission = get_submission(session, actor, submission_id, can=can_undo_hand_in)
    handing_in.undo_hand_in(session, actor, submission, now=clock.now())
    response = RedirectResponse(f"/work/{submission_id}", 303)
    flash(response, "done", "Taken back. Go on writing, and hand it in again when it is ready.")
    return response


def badge_of(submission: Submission) -> Any:
    """Return the state as a badge's kind and words."""
    return submission.state, str(submission.state).replace("_", " ")
