"""Who is told of a judgment: the author in the first sentence of what matters, level 2 of what waits for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Notification
from app.accounts.service import notify
from app.accounts.states import NotificationKind
from app.core.actor import Actor
from app.reviews.access import Desk
from app.reviews.models import Comment, Thread
from app.reviews.queries.judged import level_2_reviewers
from app.reviews.service.talking import first_sentence
from app.reviews.states import Outcome, Verdict
from app.submissions.models import Submission
from app.submissions.states import EditsState, SubmissionState


def tell_about_decision(
    session: Session,
    actor: Actor,
    desk: Desk,
    submission: Submission,
    verdict: Verdict,
    outcome: Outcome,
    *,
    now: datetime,
) -> None:
    """Tell the author what was settled, or the level-2 reviewers that something waits for them; names nobody."""
    key = f"review:{desk.review.id}"
    task = f"Task {desk.task.number}"
    if outcome.state == SubmissionState.ESCALATED:
        sentence = (
            f"{task} waits for a level-2 review: {first_sentence(desk.review.disagreement or desk.review.reason)}"
        )
        tell_level_2(session, submission, sentence, besides={actor.user_id}, key=key, now=now)
        return
    kind, sentence = _author_news(session, desk, verdict, outcome, task)
    if kind is not None:
        path = f"/work/{submission.id}/verdict"
        notify(session, submission.author_id, kind, sentence, path, now=now, dedup_key=f"{key}:{submission.author_id}")


def _author_news(
    session: Session, desk: Desk, verdict: Verdict, outcome: Outcome, task: str
) -> tuple[NotificationKind | None, str]:
    if outcome.state == SubmissionState.RETURNED:
        count, first = _issues(session, desk.submission.id)
        issues = "one issue" if count == 1 else f"{count} issues"
        return NotificationKind.RETURNED, f"{task} came back with {issues}: {first_sentence(first)}"
    if outcome.state == SubmissionState.REJECTED:
        return NotificationKind.REJECTED, f"{task} was not accepted: {first_sentence(desk.review.reason)}"
    if outcome.state != SubmissionState.APPROVED:
        return None, ""
    if verdict == Verdict.APPROVE_WITH_EDITS or desk.revision.edits_state == EditsState.PENDING:
        return NotificationKind.EDITED, f"{task} was approved with small edits; accept or contest them."
    return NotificationKind.APPROVED, f"{task} was approved."


def _issues(session: Session, submission_id: UUID) -> tuple[int, str]:
    """Count the open published issues, and read the first one."""
    shown = (Thread.submission_id == submission_id, Thread.published_at.is_not(None), Thread.state == "open")
    count = session.scalar(select(func.count()).select_from(Thread).where(*shown)) or 0
    query = select(Comment.body).join(Thread, Thread.id == Comment.thread_id).where(*shown)
    first = session.scalars(query.order_by(Thread.opened_at.desc(), Comment.created_at).limit(1)).first()
    return count, first or ""


def tell_level_2(
    session: Session, submission: Submission, sentence: str, *, besides: set[UUID], key: str, now: datetime
) -> None:
    """Tell the level-2 reviewers of a project that work waits for one of them."""
    for user_id in level_2_reviewers(session, submission.project_id):
        if user_id not in besides | {submission.author_id}:
            notify(
                session,
                user_id,
                NotificationKind.ESCALATED,
                sentence,
                "/reviews",
                now=now,
                dedup_key=f"{key}:{user_id}",
            )


def take_news_back(session: Session, review_id: UUID) -> None:
    """Remove what a decision that is undone told people."""
    session.execute(
        delete(Notification).where(Notification.dedup_key.startswith(f"review:{review_id}:", autoescape=True)),
        execution_options={"synchronize_session": False},
    )
