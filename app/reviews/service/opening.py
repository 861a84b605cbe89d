"""Opening a review, leaving it, looking at the reference."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.assignments.service.insiders import note_insider
from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, IllegalMove
from app.core.ids import new_id
from app.projects.models import Project
from app.reviews.access import Desk, require_reviewable
from app.reviews.models import REASON_MAX_CHARS, Review, StepLabel, Thread
from app.reviews.policy import why_closed
from app.reviews.queries.judged import labels_of, last_review_by, open_review_of, others_have_it_open
from app.reviews.service.carrying import unchanged_steps
from app.reviews.states import ReviewState
from app.submissions.access import get_revision
from app.submissions.models import Revision, Submission
from app.submissions.schemas import Content
from app.submissions.service.settling import lock_submission, start_review, stop_review
from app.submissions.states import Finding
from app.verifiers.outcome import Comparison


def open_review(session: Session, actor: Actor, submission_id: UUID, *, now: datetime) -> tuple[Review, bool]:
    """Begin to judge the last revision, or go on where the actor left off; returns (review, whether it is new).

    The work is marked as opened, so that its author cannot take it back; others may open it too. The task is never
    handed to the actor from now on. Labels of their last review are kept for steps that are unchanged with all they
    rest on. NotAllowed says why not.
    """
    submission = lock_submission(session, submission_id)
    require_reviewable(session, actor, submission, now=now)
    review = open_review_of(session, submission, actor.user_id)
    if review is not None:
        review.last_seen_at = now
        return review, False
    _drop_older(session, actor, submission)
    revision = get_revision(session, submission, submission.revision_n)
    review = Review(
        id=new_id(),
        project_id=submission.project_id,
        submission_id=submission.id,
        revision_id=revision.id,
        revision_n=revision.n,
        reviewer_id=actor.user_id,
        level=submission.review_level,
        rubric_n=session.get_one(Project, submission.project_id).rubric_n,
        opened_at=now,
        last_seen_at=now,
    )
    session.add(review)
    session.flush()  # the labels that are carried over refer to it
    _carry_over(session, actor, submission, revision, review)
    note_insider(session, submission.task_id, actor.user_id)
    start_review(session, submission, now=now)
    record(session, "review.open", actor, review, now=now, level=review.level, revision=revision.n)
    return review, True


def leave_review(session: Session, actor: Actor, desk: Desk, *, now: datetime) -> None:
    """Close a review without a verdict; what was written is kept, and the work waits for whoever comes next."""
    submission = lock_submission(session, desk.submission.id)
    close_open(session, desk.review, ReviewState.DROPPED)
    if not others_have_it_open(session, submission.id, desk.review.id):
        stop_review(session, submission, now=now)
    record(session, "review.leave", actor, desk.review, now=now)


def reveal(
    session: Session,
    actor: Actor,
    desk: Desk,
    own_answer: str,
    *,
    now: datetime,
    comparison: Comparison | None = None,
) -> None:
    """Show the reference from now on; that it was looked at is kept. An own answer given here stands before it.

    `comparison` is what a machine says of that answer; None where it was not asked.

    Doing it again changes nothing. Conflict when the review is closed or there is no reference.
    """
    review = desk.review
    if review.saw_reference_at is not None:
        return
    reason = why_closed(review, desk.submission)
    if reason is not None:
        raise IllegalMove(reason)
    if not has_reference(desk):
        raise Conflict("This task has no stored answer and no reference.")
    move = update(Review).where(
        Review.id == review.id, Review.state == ReviewState.OPEN, Review.saw_reference_at.is_(None)
    )
    values: dict[str, Any] = {"saw_reference_at": now, "own_answer": own_answer or review.own_answer}
    if comparison is not None:
        values |= {"own_finding": Finding(comparison.outcome.value), "own_reason": comparison.reason[:REASON_MAX_CHARS]}
    # The number of the save stays: what the page holds unsaved is not older by this.
    if changed_one(session, move.values(values)):
        record(session, "review.reveal", actor, review, now=now, with_own_answer=bool(values["own_answer"]))
    session.expire(review, ["saw_reference_at", "own_answer", "own_finding", "own_reason"])


def has_reference(desk: Desk) -> bool:
    """Tell whether the task has a stored answer or a worked solution to compare with."""
    return bool(desk.task.reference or desk.task.answer_spec.get("answer"))


def close_open(session: Session, review: Review, state: ReviewState) -> None:
    """Move an open review to an end; IllegalMove when it is not open any more."""
    move = update(Review).where(Review.id == review.id, Review.state == ReviewState.OPEN)
    if not changed_one(session, move.values(state=state)):
        raise IllegalMove("This review is closed already; reload the page.")
    session.expire(review, ["state"])


def _drop_older(session: Session, actor: Actor, submission: Submission) -> None:
    """End what the actor had open on an earlier revision or at the other level; its words are kept."""
    session.execute(
        update(Review)
        .where(
            Review.submission_id == submission.id,
            Review.reviewer_id == actor.user_id,
            Review.state == ReviewState.OPEN,
        )
        .values(state=ReviewState.DROPPED),
        execution_options={"synchronize_session": False},
    )


def _carry_over(session: Session, actor: Actor, submission: Submission, revision: Revision, review: Review) -> None:
    last = last_review_by(session, submission.id, actor.user_id)
    if last is None:
        return
    new = Content.model_validate_json(revision.content)
    old_text = session.scalar(select(Revision.content).where(Revision.id == last.revision_id))
    same = unchanged_steps(Content.model_validate_json(old_text or "{}"), new)
    is_same_revision = last.revision_id == revision.id
    for label in labels_of(session, [last.id])[last.id]:
        if label.step_id in same:
            session.add(
                StepLabel(
                    review_id=review.id,
                    step_id=label.step_id,
                    value=label.value,
                    error_type=label.error_type,
                    note=label.note,
                    carried_over=label.carried_over if is_same_revision else True,
                )
            )
    if is_same_revision:
        _go_on_from(session, last, review)


def _go_on_from(session: Session, last: Review, review: Review) -> None:
    """Take over what was written in a review of the same revision that never took effect."""
    for name in (
        "rubric_scores",
        "own_answer",
        "own_finding",
        "own_reason",
        "verification_method",
        "verification_note",
        "reason",
        "disagreement",
        "edited_content",
        "seconds",
        "saw_reference_at",
    ):
        setattr(review, name, getattr(last, name))
    session.execute(
        update(Thread).where(Thread.review_id == last.id, Thread.published_at.is_(None)).values(review_id=review.id),
        execution_options={"synchronize_session": False},
    )


def record(session: Session, verb: str, actor: Actor, review: Review, *, now: datetime, **detail: Any) -> None:
    """Write what was done with a review into the audit log."""
    audit.record(
        session,
        verb,
        actor=actor,
        at=now,
        kind="review",
        object_id=review.id,
        project_id=review.project_id,
        submission=str(review.submission_id),
        **detail,
    )
