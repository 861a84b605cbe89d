"""The workbench as a page: readable and usable before, and without, its script."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.reviews.access import Desk, get_review
from app.reviews.schemas import RevealIn, SpanView, ThreadIn, WorkbenchState
from app.reviews.service.machine import ask_machine
from app.reviews.service.opening import leave_review
from app.reviews.service.revealing import answer_and_reveal
from app.reviews.service.talking import open_thread
from app.reviews.service.wording import PAST
from app.reviews.service.workbench import open_workbench
from app.reviews.states import Severity, ThreadState
from app.submissions.service.workspace import derive_journal_key
from app.text.tex import find_formulas
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter()


@router.get("/reviews/{review_id}", name="reviews.review")
def workbench(review_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Show the workbench of one's own review."""
    return show_workbench(request, session, actor, get_review(session, actor, review_id))


def show_workbench(
    request: Request,
    session: Session,
    actor: Actor,
    desk: Desk,
    *,
    form: Form | None = None,
    issue: Form | None = None,
    status: int = 200,
) -> Response:
    """Render the workbench; `form` is a decision and `issue` an issue that was refused, with what was typed."""
    state = open_workbench(session, actor, desk, now=clock.now())
    state.journal_key = derive_journal_key(request.app.state.keys["journal"], actor.user_id)
    return render(
        request,
        "reviews/workbench.html",
        status=status,
        form=form or Form(values=_values(state)),
        issue=issue or Form(values={"severity": Severity.MAJOR}),
        **workbench_context(state),
    )


def workbench_context(state: WorkbenchState) -> dict[str, Any]:
    """Build what the workbench's templates read, beside the state that goes to the script as JSON."""
    by_step: dict[str, list[Any]] = {}
    for thread in state.threads:
        # An issue whose words are gone still hangs on its step, as long as that one is there.
        by_step.setdefault(thread.step_id if thread.step_id and thread.step_n else "", []).append(thread)
    weighty = [one for one in state.threads if one.state == ThreadState.OPEN and one.severity != Severity.MINOR]
    return {
        "state": state,
        "state_json": state.model_dump(mode="json"),
        "threads_of_step": by_step,
        "diffs": {step.id: split_formulas(step.diff) for step in state.steps if step.diff},
        "part_diffs": {part.key: split_formulas(part.diff) for part in state.parts if part.diff},
        "labelled": sum(1 for step in state.steps if step.id in state.labels),
        "changed": sum(1 for step in state.steps if step.change != "same"),
        "weighty": weighty,
        "open_issues": [one for one in state.threads if one.state == ThreadState.OPEN],
        "allowed": {option.verdict: option for option in state.verdicts},
        "method_choices": [(method.value, method.name, method.hint) for method in state.methods],
        "decided_words": PAST,
        "server_time": state.server_time.isoformat(),
    }


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a difference: text, or the source of a formula that the page sets."""

    kind: str
    text: str
    is_formula: bool
    is_display: bool = False


def split_formulas(spans: list[SpanView]) -> list[Piece]:
    """Cut the spans of a difference at their formulas, so that the page can set them."""
    pieces: list[Piece] = []
    for span in spans:
        position = 0
        for formula in find_formulas(span.text):
            if formula.start > position:
                pieces.append(Piece(span.kind, span.text[position : formula.start], is_formula=False))
            pieces.append(Piece(span.kind, formula.source, is_formula=True, is_display=formula.display))
            position = formula.end
        if position < len(span.text):
            pieces.append(Piece(span.kind, span.text[position:], is_formula=False))
    return pieces


def _values(state: WorkbenchState) -> dict[str, Any]:
    return {
        "verification_method": state.verification_method,
        "verification_note": state.verification_note,
        "reason": state.reason,
        "disagreement": state.disagreement,
    }


@router.post("/reviews/{review_id}/reveal", name="reviews.reveal")
def reveal_(review_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Show the reference from now on, after the own answer if one was given."""
    sent, _ = parse(RevealIn, posted)
    if sent is None:
        raise Invalid("Your own answer is too long.", pointer="own_answer")
    answer_and_reveal(session, actor, review_id, sent.own_answer, now=clock.now())
    return RedirectResponse(f"/reviews/{review_id}#task", 303)


@router.post("/reviews/{review_id}/check", name="reviews.check")
def check(review_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Have the machines check the revision once more."""
    ask_machine(session, actor, get_review(session, actor, review_id), now=clock.now())
    response = RedirectResponse(f"/reviews/{review_id}#rubric", 303)
    flash(response, "done", "It is being checked again. Reload the page in a moment.")
    return response


@router.post("/reviews/{review_id}/leave", name="reviews.leave")
def leave(review_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Close the review without a verdict and go back to the queue."""
    leave_review(session, actor, get_review(session, actor, review_id), now=clock.now())
    response = RedirectResponse("/reviews", 303)
    flash(response, "done", "Closed without a verdict. What you wrote is kept, should you open it again.")
    return response


@router.post("/reviews/{review_id}/threads", name="reviews.open_thread")
def open_thread_(
    review_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Write an issue into the review; the field `where` says on what: "step:s7", "answer", "task" or "whole"."""
    desk = get_review(session, actor, review_id)
    sent, form = parse(ThreadIn, _issue(posted))
    if sent is not None:
        try:
            open_thread(session, actor, desk, sent, now=clock.now())
            return RedirectResponse(f"/reviews/{review_id}#issues", 303)
        except Invalid as error:
            form = with_error(form, error)
    form.values = dict(posted.fields)
    return show_workbench(request, session, actor, desk, issue=form, status=422)


def _issue(posted: Posted) -> Posted:
    anchor, _, step_id = posted["where"].partition(":")
    quote = posted["quote"].strip() if step_id else ""
    fields: dict[str, str | list[str]] = {
        "anchor": "span" if quote else anchor or "whole",
        "severity": posted["severity"],
        "body": posted["body"],
        "quote": quote,
    }
    if step_id:
        fields["step_id"] = step_id
    return Posted(fields, {})
