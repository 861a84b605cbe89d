"""Decided reviews, step labels and issues that come back from a native export."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.states import (
    AnchorKind,
    ErrorType,
    ReviewState,
    Severity,
    StepVerdict,
    ThreadState,
    Verdict,
    VerificationMethod,
)


@dataclass(frozen=True, slots=True)
class RestoredLabel:
    """The verdict on one step."""

    step_id: str
    value: StepVerdict
    error_type: ErrorType | None
    note: str
    carried_over: bool


@dataclass(frozen=True, slots=True)
class RestoredReview:
    """A decided judgment of one revision."""

    id: UUID
    submission_id: UUID
    revision_id: UUID
    revision_n: int
    reviewer_id: UUID
    level: int
    round: int
    verdict: Verdict
    verification_method: VerificationMethod | None
    verification_note: str
    reason: str
    disagreement: str
    rubric_n: int
    rubric_scores: dict[str, Any]
    own_answer: str
    saw_reference_at: datetime | None
    seconds: int
    decided_at: datetime
    labels: list[RestoredLabel]


@dataclass(frozen=True, slots=True)
class RestoredComment:
    """One turn of a talk."""

    id: UUID
    author_id: UUID
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RestoredThread:
    """An issue that its author has seen, with its talk."""

    id: UUID
    submission_id: UUID
    review_id: UUID | None
    revision_n: int
    anchor: AnchorKind
    step_id: str | None
    quote: str
    quote_start: int | None
    severity: Severity
    opened_by: UUID
    opened_at: datetime
    comments: list[RestoredComment]


def known_judgments(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Tell which of these ids a review, an issue or a comment here has already."""
    return {
        found
        for model in (Review, Thread, Comment)
        for found in session.scalars(select(model.id).where(model.id.in_(ids)))
    }


def restore_reviews(session: Session, project_id: UUID, reviews: Sequence[RestoredReview]) -> None:
    """Store decided reviews with their labels under their own ids; when they were opened is not known any more."""
    if not reviews:
        return
    session.execute(insert(Review), [_review(project_id, review) for review in reviews])
    labels = [
        {
            "review_id": review.id,
            "step_id": label.step_id,
            "value": label.value,
            "error_type": label.error_type,
            "note": label.note,
            "carried_over": label.carried_over,
        }
        for review in reviews
        for label in review.labels
    ]
    if labels:
        session.execute(insert(StepLabel), labels)


def _review(project_id: UUID, review: RestoredReview) -> dict[str, Any]:
    return {
        "id": review.id,
        "project_id": project_id,
        "submission_id": review.submission_id,
        "revision_id": review.revision_id,
        "revision_n": review.revision_n,
        "reviewer_id": review.reviewer_id,
        "level": review.level,
        "round": review.round,
        "state": ReviewState.DECIDED,
        "verdict": review.verdict,
        "verification_method": review.verification_method,
        "verification_note": review.verification_note,
        "reason": review.reason,
        "disagreement": review.disagreement,
        "rubric_n": review.rubric_n,
        "rubric_scores": review.rubric_scores,
        "own_answer": review.own_answer,
        "saw_reference_at": review.saw_reference_at,
        "seconds": review.seconds,
        "opened_at": review.decided_at,
        "last_seen_at": review.decided_at,
        "decided_at": review.decided_at,
    }


def restore_threads(session: Session, threads: Sequence[RestoredThread]) -> None:
    """Store issues with their talk under their own ids, resolved: the work they speak of is settled."""
    if not threads:
        return
    session.execute(insert(Thread), [_thread(thread) for thread in threads])
    comments = [
        {
            "id": comment.id,
            "thread_id": thread.id,
            "author_id": comment.author_id,
            "body": comment.body,
            "created_at": comment.created_at,
        }
        for thread in threads
        for comment in thread.comments
    ]
    if comments:
        session.execute(insert(Comment), comments)


def _thread(thread: RestoredThread) -> dict[str, Any]:
    return {
        "id": thread.id,
        "submission_id": thread.submission_id,
        "review_id": thread.review_id,
        "revision_n": thread.revision_n,
        "anchor": thread.anchor,
        "step_id": thread.step_id,
        "quote": thread.quote,
        "quote_start": thread.quote_start,
        "severity": thread.severity,
        "state": ThreadState.RESOLVED,
        "published_at": thread.opened_at,
        "opened_by": thread.opened_by,
        "opened_at": thread.opened_at,
        "closed_at": thread.opened_at,
    }
