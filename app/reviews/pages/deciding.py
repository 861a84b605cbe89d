"""The decision as a form: saved, judged, undone, and the talk about issues; each works without script."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.errors import Invalid
from app.reviews.access import Desk, get_review, get_thread
from app.reviews.models import StepLabel
from app.reviews.pages.desk import show_workbench
from app.reviews.queries.judged import labels_of
from app.reviews.schemas import CommentIn, DecisionIn, ReviewDraftIn, ThreadMove
from app.reviews.service.deciding import Overtaken, decide
from app.reviews.service.drafting import save_review
from app.reviews.service.talking import drop_thread, move_thread, reply
from app.reviews.service.undoing import undo_decision
from app.reviews.states import StepVerdict
from app.web.deps import Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error

router = APIRouter()
LABEL, SCORE = "v-", "score-"
"""Beginnings of the names of the fields that hold verdicts on steps and scores of criteria."""


@router.post("/reviews/{review_id}/save", name="reviews.save")
def save(review_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Save what was chosen and written so far."""
    desk = get_review(session, actor, review_id)
    sent, form = _draft(posted, desk, labels_of(session, [review_id]).get(review_id, []))
    if sent is not None:
        try:
            save_review(session, desk, sent, base_n=None, now=clock.now())
            return RedirectResponse(f"/reviews/{review_id}", 303)
        except Invalid as error:
            form = with_error(form, error)
    form.values = dict(posted.fields)
    return show_workbench(request, session, actor, desk, form=form, status=422)


@router.post("/reviews/{review_id}/decide", name="reviews.decide")
def decide_(review_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Save what was chosen, then decide; what is missing is said beside its field, with everything kept."""
    desk = get_review(session, actor, review_id)
    draft, form = _draft(posted, desk, labels_of(session, [review_id]).get(review_id, []))
    facts: dict[str, Any] = {name: posted[name] or None for name in ("verdict", "sha256", "verification_method")} | {
        name: posted[name] for name in ("verification_note", "reason", "disagreement")
    }
    decision, decision_form = parse(DecisionIn, Posted({}, {}), **facts, draft=draft)
    form.errors |= decision_form.errors
    if decision is not None and draft is not None:
        try:
            outcome = decide(session, actor, desk, decision, now=clock.now())
        except Invalid as error:
            form = with_error(form, error)
        else:
            response = RedirectResponse(f"/reviews/{review_id}", 303)
            if isinstance(outcome, Overtaken):
                flash(response, "caution", outcome.sentence)
            return response
    form.values = dict(posted.fields)
    form.error = form.error or "Not decided yet: something is missing."
    return show_workbench(request, session, actor, desk, form=form, status=422)


def _draft(posted: Posted, desk: Desk, stored: list[StepLabel]) -> tuple[ReviewDraftIn | None, Form]:
    """Read the whole review from its form; notes and types of error, which the form does not show, stay as they are."""
    before = {label.step_id: label for label in stored}
    labels: dict[str, dict[str, Any]] = {}
    for name in posted.fields:
        if name.startswith(LABEL):
            step_id, value = name.removeprefix(LABEL), posted[name]
            old = before.get(step_id)
            stays = old is not None and old.value == value and value in set(StepVerdict)
            labels[step_id] = {
                "value": value,
                "note": old.note if old is not None else "",
                "error_type": old.error_type if old is not None and stays else None,
            }
    scores = {
        name.removeprefix(SCORE): posted[name] for name in posted.fields if name.startswith(SCORE) and posted[name]
    }
    written = desk.review.edited_content
    return parse(
        ReviewDraftIn,
        Posted({}, {}),
        labels=labels,
        rubric_scores=scores,
        own_answer=desk.review.own_answer,
        verification_method=posted["verification_method"] or None,
        verification_note=posted["verification_note"],
        reason=posted["reason"],
        disagreement=posted["disagreement"],
        edited_content=None if written is None else _read(written),
        seconds=desk.review.seconds,
    )


def _read(text: str) -> Any:
    return ReviewDraftIn.model_validate_json(f'{{"edited_content":{text}}}').edited_content


@router.post("/reviews/{review_id}/undo", name="reviews.undo")
def undo(review_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Take the decision back within ten seconds and go on in the review."""
    opened = undo_decision(session, actor, get_review(session, actor, review_id), now=clock.now())
    response = RedirectResponse(f"/reviews/{opened.id}", 303)
    flash(response, "done", "Taken back. The review is open again, with all you wrote.")
    return response


@router.post("/threads/{thread_id}/comments", name="reviews.reply")
def reply_(thread_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Reply to an issue and go back to the page it was read on."""
    thread, talk = get_thread(session, actor, thread_id)
    sent, form = parse(CommentIn, Posted({"body": posted["body"]}, {}), answers=posted["answers"] == "true")
    if sent is None:
        raise Invalid(form.errors.get("body", "Write something first."), pointer="body")
    reply(session, actor, thread, talk, sent, now=clock.now())
    return RedirectResponse(_back(posted, f"/work/{talk.submission.id}/issues"), 303)


@router.post("/threads/{thread_id}/state", name="reviews.move_thread")
def move(thread_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Mark an issue answered, resolve, refuse or reopen it, and go back."""
    thread, talk = get_thread(session, actor, thread_id)
    sent, _ = parse(ThreadMove, Posted({"state": posted["state"]}, {}))
    if sent is None:
        raise Invalid("Choose what becomes of this issue.", pointer="state")
    move_thread(session, actor, thread, talk, sent.state, now=clock.now())
    return RedirectResponse(_back(posted, f"/work/{talk.submission.id}/issues"), 303)


@router.post("/threads/{thread_id}/drop", name="reviews.drop_thread")
def drop(thread_id: UUID, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Remove an issue that the author has not seen, and go back."""
    thread, talk = get_thread(session, actor, thread_id)
    drop_thread(session, actor, thread)
    return RedirectResponse(_back(posted, f"/work/{talk.submission.id}/issues"), 303)


def _back(posted: Posted, fallback: str) -> str:
    """Go back to the review that is named, never to an address that was sent."""
    try:
        return f"/reviews/{UUID(posted['review'])}#issues"
    except ValueError:
        return fallback
