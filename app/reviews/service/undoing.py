"""Taking a decision back within ten seconds, while nobody has acted on it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, IllegalMove
from app.core.ids import new_id
from app.reviews.access import Desk
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.queries.judged import labels_of
from app.reviews.service.news import take_news_back
from app.reviews.service.opening import record
from app.reviews.states import UNDO_SECONDS, ReviewState
from app.submissions.models import Submission
from app.submissions.service import settling
from app.submissions.service.settling import Standing, lock_submission
from app.submissions.states import SubmissionState

_TOO_LATE = f"A decision can be taken back for {UNDO_SECONDS} seconds; these are over."
_ACTED_ON = "Somebody has acted on this decision already; it stands."
COPIED = (
    "project_id",
    "submission_id",
    "revision_id",
    "revision_n",
    "reviewer_id",
    "level",
    "verification_method",
    "verification_note",
    "reason",
    "disagreement",
    "rubric_n",
    "rubric_scores",
    "own_answer",
    "own_finding",
    "own_reason",
    "saw_reference_at",
    "edited_content",
    "seconds",
    "opened_at",
)


def undo_decision(session: Session, actor: Actor, desk: Desk, *, now: datetime) -> Review:
    """Take back one's own decision: the work stands as before, and an open review holds all that was written.

    The decided review stays as it was, marked as undone. IllegalMove when it is none or too late; Conflict when
    somebody has acted on it: the author began to revise, another review was opened, an issue was replied to.
    """
    submission = lock_submission(session, desk.submission.id)
    session.refresh(desk.review)
    review = desk.review
    if review.state != ReviewState.DECIDED or review.decided_at is None:
        raise IllegalMove("Only a decision that took effect can be taken back.")
    if now - review.decided_at > timedelta(seconds=UNDO_SECONDS):
        raise IllegalMove(_TOO_LATE)
    if _somebody_acted(session, submission, review, review.decided_at):
        raise Conflict(_ACTED_ON)
    decided_state = submission.state
    settling.undo(session, submission, _standing(review), now=now)
    move = update(Review).where(Review.id == review.id, Review.state == ReviewState.DECIDED)
    if not changed_one(session, move.values(state=ReviewState.UNDONE)):
        raise Conflict(_ACTED_ON)
    opened = _open_again(session, review, now)
    _hide_issues(session, review, opened.id, review.decided_at)
    take_news_back(session, review.id)
    record(session, "review.undo", actor, review, now=now, moved=(decided_state, submission.state))
    session.expire(review, ["state"])
    return opened


def _somebody_acted(session: Session, submission: Submission, review: Review, decided_at: datetime) -> bool:
    """Whatever moves or saves work writes the moment; opening escalated work and replying do not."""
    if submission.updated_at != decided_at:
        return True
    opened = select(Review.id).where(
        Review.submission_id == submission.id,
        Review.id != review.id,
        Review.opened_at > decided_at,
    )
    said = (
        select(Comment.id)
        .join(Thread, Thread.id == Comment.thread_id)
        .where(
            Thread.submission_id == submission.id,
            Comment.created_at > decided_at,
            Comment.author_id != review.reviewer_id,
        )
    )
    return any(session.scalars(query.limit(1)).first() is not None for query in (opened, said))


def _standing(review: Review) -> Standing:
    before = review.before
    last, at = before["last_reviewer_id"], before["decided_at"]
    return Standing(
        SubmissionState(before["state"]),
        before["revision_n"],
        before["review_level"],
        before["times_returned"],
        UUID(last) if last else None,
        datetime.fromisoformat(at) if at else None,
    )


def _open_again(session: Session, review: Review, now: datetime) -> Review:
    opened = Review(
        id=new_id(),
        state=ReviewState.OPEN,
        save_n=review.save_n + 1,
        last_seen_at=now,
        **{name: getattr(review, name) for name in COPIED},
    )
    session.add(opened)
    session.flush()  # its labels refer to it
    rows = [
        {
            "review_id": opened.id,
            "step_id": label.step_id,
            "value": label.value,
            "error_type": label.error_type,
            "note": label.note,
            "carried_over": label.carried_over,
        }
        for label in labels_of(session, [review.id])[review.id]
    ]
    if rows:
        session.execute(insert(StepLabel), rows)
    return opened


def _hide_issues(session: Session, review: Review, opened_id: UUID, decided_at: datetime) -> None:
    """Unpublish what this decision published; one's own issues go on in the review that is open again."""
    options = {"synchronize_session": False}
    session.execute(
        update(Thread)
        .where(Thread.submission_id == review.submission_id, Thread.published_at == decided_at)
        .values(published_at=None),
        execution_options=options,
    )
    session.execute(
        update(Thread).where(Thread.review_id == review.id).values(review_id=opened_id), execution_options=options
    )
