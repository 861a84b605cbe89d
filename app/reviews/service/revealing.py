"""A reviewer's own answer, given before the reference is seen, held against the task by the process of the checker."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.reviews.access import Desk, get_review
from app.reviews.policy import why_closed
from app.reviews.service.opening import reveal
from app.submissions.service.telling import COMPARE_SECONDS
from app.tasks.service import engines
from app.verifiers.outcome import Comparison, Given
from app.verifiers.registry import kind_of


def answer_and_reveal(session: Session, actor: Actor, review_id: UUID, own_answer: str, *, now: datetime) -> Desk:
    """Compare the own answer, if one was given, and show the reference from now on; returns the desk as it is then.

    The caller's transaction is ended before the comparison and another one begun after it, so call this first of all
    that writes. Raises what `reveal` does, and Unavailable while too many answers are compared at once.
    """
    desk = get_review(session, actor, review_id)
    own = own_answer or desk.review.own_answer
    comparison = None
    if desk.review.saw_reference_at is None and why_closed(desk.review, desk.submission) is None and is_compared(desk):
        spec = dict(desk.task.answer_spec)
        session.rollback()
        comparison = compare_own(own, spec)
        desk = get_review(session, actor, review_id)
        if desk.task.answer_spec != spec:
            comparison = None
    reveal(session, actor, desk, own_answer, now=now, comparison=comparison)
    return desk


def is_compared(desk: Desk) -> bool:
    """Tell whether a machine can hold an answer in one line against what the task expects."""
    kind = kind_of(desk.task.answer_spec)
    return kind is not None and kind.is_decided_here


def compare_own(own_answer: str, spec: dict[str, object]) -> Comparison | None:
    """Hold an answer against a specification, for three seconds at most; None where nothing was answered."""
    if not own_answer.strip():
        return None
    with engines.a_turn() as checker:
        return checker.compare(Given(own_answer), spec, seconds=COMPARE_SECONDS)
