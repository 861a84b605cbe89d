"""Editing somebody's work a little and approving it, as a plain form: one field a step."""

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
from app.reviews.schemas import DecisionIn
from app.reviews.service.deciding import Overtaken, decide
from app.reviews.service.workbench import open_workbench
from app.reviews.states import Verdict
from app.submissions.schemas import Content
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter()
STEP = "step-"


@router.get("/reviews/{review_id}/edit", name="reviews.edit")
def edit(review_id: UUID, request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Show the steps, the answer and the program as fields."""
    desk = get_review(session, actor, review_id)
    content = Content.model_validate_json(desk.review.edited_content or desk.revision.content)
    values: dict[str, Any] = {f"{STEP}{step.id}": step.body for step in content.steps}
    values |= {
        "answer": content.answer.text,
        "unit": content.answer.unit,
        "source": content.program.source if content.program else "",
        "verification_method": desk.review.verification_method,
        "verification_note": desk.review.verification_note,
    }
    return _show(request, session, actor, desk, Form(values=values))


def _show(request: Request, session: Session, actor: Actor, desk: Desk, form: Form, *, status: int = 200) -> Response:
    state = open_workbench(session, actor, desk, now=clock.now())
    choices = [(method.value, method.name, method.hint) for method in state.methods]
    return render(request, "reviews/edit.html", status=status, state=state, form=form, method_choices=choices)


@router.post("/reviews/{review_id}/edit", name="reviews.approve_edited")
def approve_edited(
    review_id: UUID, request: Request, actor: CurrentActor, session: Writing, posted: PostedForm
) -> Response:
    """Approve the work with what was changed in the fields."""
    desk = get_review(session, actor, review_id)
    facts: dict[str, Any] = {
        "verdict": Verdict.APPROVE_WITH_EDITS,
        "sha256": posted["sha256"],
        "verification_method": posted["verification_method"] or None,
        "verification_note": posted["verification_note"],
        "reason": desk.review.reason,
        "edited_content": _edited(desk, posted),
    }
    decision, form = parse(DecisionIn, Posted({}, {}), **facts)
    if decision is not None:
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
    return _show(request, session, actor, desk, form, status=422)


def _edited(desk: Desk, posted: Posted) -> dict[str, Any]:
    content = Content.model_validate_json(desk.revision.content)
    document: dict[str, Any] = content.model_dump(mode="json")
    for step in document["steps"]:
        if f"{STEP}{step['id']}" in posted.fields:
            step["body"] = posted[f"{STEP}{step['id']}"]
    if "answer" in posted.fields:
        document["answer"] |= {"text": posted["answer"], "unit": posted["unit"]}
    if document["program"] is not None and "source" in posted.fields:
        document["program"]["source"] = posted["source"]
    return document
