"""What the author reads of a judgment: the verdict, edits of a reviewer, issues to answer before handing in again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.projects.models import Project
from app.reviews.access import get_judged, get_talk
from app.reviews.pages.desk import split_formulas
from app.reviews.schemas import ContestIn
from app.reviews.service.edits import accept_edits, contest_edits
from app.reviews.service.showing import list_threads, view_verdicts
from app.reviews.service.wording import METHODS, PAST
from app.submissions.access import get_own_submission
from app.submissions.models import Submission
from app.submissions.policy import can_edit_submission
from app.tasks.models import Task
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse
from app.web.templating import render

router = APIRouter()


@router.get("/work/{submission_id}/verdict", name="reviews.verdict")
def verdict(submission_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Show what was decided, the issues, and a reviewer's edits to accept or contest."""
    submission, project = get_judged(session, actor, submission_id)
    return _show_verdict(request, session, actor, submission, project, Form())


def _show_verdict(
    request: Request,
    session: Session,
    actor: Actor,
    submission: Submission,
    project: Project,
    form: Form,
) -> Response:
    told = view_verdicts(session, actor, submission, get_talk(session, actor, submission.id))
    spans = told.edits.spans if told.edits is not None else []
    return render(
        request,
        "reviews/verdict.html",
        status=422 if form.errors else 200,
        submission=submission,
        project=project,
        task=session.get_one(Task, submission.task_id),
        told=told,
        edits=[(one.name, split_formulas(one.spans)) for one in spans],
        is_author=submission.author_id == actor.user_id,
        can_edit=can_edit_submission(actor, submission),
        past=PAST,
        methods={method.value: method.name for method in METHODS},
        form=form,
    )


@router.post("/work/{submission_id}/edits", name="reviews.answer_edits")
def answer_edits(
    submission_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Accept a reviewer's edits, or contest them with a reason."""
    submission = get_own_submission(session, actor, submission_id)
    response: Response = RedirectResponse(f"/work/{submission_id}/verdict", 303)
    if posted["answer"] == "accept":
        accept_edits(session, actor, submission, now=clock.now())
        flash(response, "done", "Accepted. The edited version is the one that counts.")
        return response
    sent, form = parse(ContestIn, Posted({"reason": posted["reason"]}, {}))
    if sent is None:
        project = session.get_one(Project, submission.project_id)
        return _show_verdict(request, session, actor, submission, project, form)
    contest_edits(session, actor, submission, sent.reason, now=clock.now())
    flash(response, "done", "Contested. A level-2 reviewer looks at it with your reason.")
    return response


@router.get("/work/{submission_id}/issues", name="reviews.issues")
def issues(
    submission_id: UUID,
    request: Request,
    actor: CurrentActor,
    session: Reading,
    n: Annotated[int | None, Query(ge=0)] = None,
    sha256: Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$")] = None,
) -> Response:
    """Show the issues of a piece of work with their talk; for its author, what is to be answered before handing in.

    As a part of review-and-submit (htmx) this holds the button that hands in the save that was read through there
    (`n`, `sha256`), once every weighty issue is answered; see docs/decisions.
    """
    talk = get_talk(session, actor, submission_id)
    told = list_threads(session, actor, talk)
    submission = talk.submission
    return render(
        request,
        "reviews/issues.html",
        partial="reviews/_issues.html",
        submission=submission,
        project=talk.project,
        task=session.get_one(Task, submission.task_id),
        threads=told.items,
        unanswered=told.unanswered,
        is_author=talk.sight.is_author,
        can_edit=can_edit_submission(actor, submission),
        save_n=submission.draft_n if n is None else n,
        save_sha256=sha256 or submission.draft_sha256,
    )
