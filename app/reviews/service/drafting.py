"""Saving an open review as it is written: labels, scores, answer, method; compare-and-set on its number."""

from datetime import datetime

import orjson
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from app.core.db import changed_one
from app.core.errors import IllegalMove, Invalid, Stale
from app.projects.access import get_rubric
from app.reviews.access import Desk
from app.reviews.models import Review, StepLabel
from app.reviews.policy import why_closed
from app.reviews.queries.judged import labels_of
from app.reviews.schemas import ReviewDraftIn
from app.reviews.states import ReviewState
from app.text.fingerprints import canonical_json


def save_review(session: Session, desk: Desk, sent: ReviewDraftIn, *, base_n: int | None, now: datetime) -> int:
    """Store the whole of an open review that was based on save `base_n`; returns the new number.

    None instead of a number is for a decision, which brings the last word. Raises Stale with the head when it has
    moved on, IllegalMove when the review is closed, Invalid for steps or criteria that are not there.
    """
    review = desk.review
    if review.state != ReviewState.OPEN:
        raise IllegalMove(why_closed(review, desk.submission) or "This review is closed.")
    _check(session, desk, sent)
    n = review.save_n + 1
    values = {
        "save_n": n,
        "rubric_scores": dict(sent.rubric_scores),
        "own_answer": sent.own_answer,
        "verification_method": sent.verification_method,
        "verification_note": sent.verification_note,
        "reason": sent.reason,
        "disagreement": sent.disagreement,
        "edited_content": _written(sent),
        "seconds": max(review.seconds, sent.seconds),
        "last_seen_at": now,
    }
    expected = review.save_n if base_n is None else base_n
    move = update(Review).where(Review.id == review.id, Review.save_n == expected, Review.state == ReviewState.OPEN)
    if not changed_one(session, move.values(values)):
        raise Stale(
            "This review was saved in another window meanwhile; reload it to see what is there.",
            details={"save_n": review.save_n},
        )
    session.expire(review, list(values))
    _store_labels(session, review, sent)
    return n


def _check(session: Session, desk: Desk, sent: ReviewDraftIn) -> None:
    known = {step["id"] for step in orjson.loads(desk.revision.content)["steps"]}
    for step_id in sent.labels:
        if step_id not in known:
            raise Invalid(f"This version has no step {step_id}.", pointer=f"/labels/{step_id}")
    if desk.review.saw_reference_at is not None and sent.own_answer != desk.review.own_answer:
        raise Invalid("Your own answer stands as it was when you looked at the reference.", pointer="/own_answer")
    if not sent.rubric_scores:
        return
    criteria = get_rubric(session, desk.project, desk.review.rubric_n).criteria if desk.review.rubric_n else []
    best = {one["id"]: one["max_score"] for one in criteria}
    for criterion, score in sent.rubric_scores.items():
        if criterion not in best:
            raise Invalid(f"The rubric has no criterion {criterion}.", pointer=f"/rubric_scores/{criterion}")
        if score > best[criterion]:
            raise Invalid(f"At most {best[criterion]}.", pointer=f"/rubric_scores/{criterion}")


def _written(sent: ReviewDraftIn) -> str | None:
    return None if sent.edited_content is None else canonical_json(sent.edited_content.model_dump(mode="json"))


def _store_labels(session: Session, review: Review, sent: ReviewDraftIn) -> None:
    """Replace the labels; one that was carried over and left as it was stays marked so."""
    before = {label.step_id: label for label in labels_of(session, [review.id])[review.id]}
    rows = []
    for step_id, label in sent.labels.items():
        old = before.get(step_id)
        same = old is not None and (old.value, old.error_type, old.note) == (label.value, label.error_type, label.note)
        rows.append(
            {
                "review_id": review.id,
                "step_id": step_id,
                "value": label.value,
                "error_type": label.error_type,
                "note": label.note,
                "carried_over": old is not None and same and old.carried_over,
            }
        )
    for old in before.values():
        session.expunge(old)
    session.execute(
        delete(StepLabel).where(StepLabel.review_id == review.id), execution_options={"synchronize_session": False}
    )
    if rows:
        session.execute(insert(StepLabel), rows)
