"""Withdraw work for good: one piece, or several of one's own; what that can and cannot undo comes first."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.projects.access import get_project
from app.projects.models import Project
from app.submissions.access import get_submission, withdrawable
from app.submissions.models import Submission
from app.submissions.policy import can_withdraw
from app.submissions.queries import own_pieces
from app.submissions.schemas import WithdrawIn, WithdrawManyForm
from app.submissions.service import ending, withdrawing
from app.tasks.models import Task
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse
from app.web.templating import render

router = APIRouter()
SHOWN = 150
"""A form has at most two hundred fields; who has more withdraws all, or piece by piece."""


@router.get("/work/{submission_id}/withdraw", name="submissions.withdraw_page")
def withdraw_page(submission_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Say what a withdrawal does and what it cannot undo, and ask for a reason."""
    submission = get_submission(session, actor, submission_id, can=can_withdraw)
    return _ask(request, session, actor, submission, Form())


@router.post("/work/{submission_id}/withdraw", name="submissions.withdraw")
def withdraw(
    submission_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Take work back for good, with a reason and a word that it was understood."""
    submission = get_submission(session, actor, submission_id, can=can_withdraw)
    wanted, form = parse(WithdrawIn, posted)
    if wanted is None:
        return _ask(request, session, actor, submission, form)
    ending.withdraw(session, actor, submission, wanted.reason, now=clock.now())
    is_author = submission.author_id == actor.user_id
    response = RedirectResponse("/work" if is_author else f"/work/{submission.id}/history", 303)
    flash(response, "done", "Withdrawn. Wherever it was frozen, its row is listed for whoever has it.")
    return response


def _ask(request: Request, session: Session, actor: Actor, submission: Submission, form: Form) -> Response:
    return render(
        request,
        "submissions/withdraw.html",
        status=422 if form.errors else 200,
        submission=submission,
        task=session.get_one(Task, submission.task_id),
        project=get_project(session, actor, submission.project_id),
        is_author=submission.author_id == actor.user_id,
        form=form,
    )


@router.get("/projects/{slug}/withdraw", name="submissions.withdraw_many_page")
def withdraw_many_page(slug: str, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """List the viewer's own work in a project, to withdraw several pieces or all of it."""
    project = get_project(session, actor, slug)
    return _ask_many(request, session, actor, project, Form())


@router.post("/projects/{slug}/withdraw", name="submissions.withdraw_many")
def withdraw_many(slug: str, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Withdraw the chosen pieces of one's own, or all; where there are very many, a job goes on with the rest."""
    project = get_project(session, actor, slug)
    chosen = posted.fields.get("work", [])
    wanted, form = parse(WithdrawManyForm, posted, work=[chosen] if isinstance(chosen, str) else chosen)
    if wanted is None:
        return _ask_many(request, session, actor, project, form)
    done, waiting = withdrawing.withdraw_own(session, actor, project, wanted, now=clock.now())
    response = RedirectResponse("/work", 303)
    said = f"{done:,} {'piece is' if done == 1 else 'pieces are'} withdrawn." if done else "Nothing of yours was left."
    if waiting:
        said += f" The other {waiting:,} follow within minutes; you need not wait."
    flash(response, "done", said)
    return response


def _ask_many(request: Request, session: Session, actor: Actor, project: Project, form: Form) -> Response:
    pieces, count = own_pieces(session, withdrawable(actor, project.id), at_most=SHOWN)
    return render(
        request,
        "submissions/withdraw_many.html",
        status=422 if form.errors else 200,
        project=project,
        pieces=pieces,
        count=count,
        chosen={str(one) for one in form.values.get("work", [])},
        form=form,
    )
