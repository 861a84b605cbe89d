"""Reviews left open by people who judge there no more: closed, so that the work is free until the next one comes."""

from datetime import datetime

from sqlalchemy import exists, literal_column, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.states import UserState
from app.core import audit
from app.core.actor import Role
from app.core.db import changed_one
from app.reviews.models import Review
from app.reviews.queries.judged import others_have_it_open
from app.reviews.states import ReviewState
from app.submissions.service.settling import lock_submission, stop_review

BATCH = 100
_OPEN = Review.state == literal_column("'open'")
"""A literal, not a parameter: the partial index of open reviews serves a statement only if its text says so."""


def release_former(session: Session, *, now: datetime) -> int:
    """Close up to 100 reviews left open by people who review there no more, or are shut out; return how many were seen.

    Roles and accounts are upstream and know of no reviews, so what their change means for one is found here. What was
    written is kept: should they come back, they go on from it. One that is decided meanwhile is passed by.
    """
    judges = (
        exists()
        .where(Membership.user_id == Review.reviewer_id, Membership.project_id == Review.project_id)
        .where(Membership.role == Role.REVIEWER, User.id == Review.reviewer_id, User.state == UserState.ACTIVE)
    )
    query = select(Review).where(_OPEN, ~judges).order_by(Review.id).limit(BATCH)
    left = session.scalars(query).all()
    for review in left:
        _release(session, review, now=now)
    return len(left)


def _release(session: Session, review: Review, *, now: datetime) -> None:
    submission = lock_submission(session, review.submission_id)
    move = update(Review).where(Review.id == review.id, Review.state == ReviewState.OPEN)
    if not changed_one(session, move.values(state=ReviewState.DROPPED)):
        return
    if not others_have_it_open(session, submission.id, review.id):
        stop_review(session, submission, now=now)
    audit.record(
        session,
        "review.release",
        actor=None,
        at=now,
        kind="review",
        object_id=review.id,
        project_id=review.project_id,
        moved=(ReviewState.OPEN, ReviewState.DROPPED),
        submission=str(review.submission_id),
    )
