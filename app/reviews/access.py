"""The only door to reviews and issues: 404 for who may not know of one, 403 for what they may not do with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import NotAllowed, NotFound
from app.projects.models import Project
from app.projects.policy import can_manage_project
from app.reviews.models import Review, Thread
from app.reviews.policy import Sight, can_view_review, can_view_thread, why_no_review
from app.reviews.queries.judged import sight_of, ties_of
from app.reviews.states import ReviewState
from app.submissions.access import get_submission
from app.submissions.models import Revision, Submission
from app.submissions.policy import is_author
from app.tasks.models import Task

_UNKNOWN = "There is no such review, or it is not yours."
_NO_ISSUE = "There is no such issue, or it is not yours to see."


@dataclass(frozen=True, slots=True)
class Desk:
    """A review with what it is about."""

    review: Review
    submission: Submission
    revision: Revision
    task: Task
    project: Project


def get_review(session: Session, actor: Actor, review_id: UUID) -> Desk:
    """Load one of the actor's own reviews; NotFound for everybody else's, and once they review there no more."""
    query = (
        select(Review, Submission, Revision, Task, Project)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Revision, Revision.id == Review.revision_id)
        .join(Task, Task.id == Submission.task_id)
        .join(Project, Project.id == Review.project_id)
        .where(Review.id == review_id)
    )
    row = session.execute(query).first()
    if row is None or not can_view_review(actor, row[0]):
        raise NotFound(_UNKNOWN)
    return Desk(row[0], row[1], row[2], row[3], row[4])


def get_reviewable(session: Session, actor: Actor, submission_id: UUID, *, now: datetime) -> Submission:
    """Load work the actor may judge now; NotFound if they may not know of it, NotAllowed with the reason otherwise."""
    submission = get_submission(session, actor, submission_id)
    require_reviewable(session, actor, submission, now=now)
    return submission


def require_reviewable(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Raise NotAllowed with the reason unless the actor may judge this work now."""
    project = session.get_one(Project, submission.project_id)
    reason = why_no_review(actor, submission, project, ties_of(session, actor, submission, now=now))
    if reason is not None:
        raise NotAllowed(reason)


@dataclass(frozen=True, slots=True)
class Talk:
    """A piece of work whose issues somebody may read, and how they stand to it."""

    submission: Submission
    project: Project
    sight: Sight


def get_talk(session: Session, actor: Actor, submission_id: UUID) -> Talk:
    """Load work with the actor's sight of its issues; NotFound if they may not know of it."""
    submission = get_submission(session, actor, submission_id)
    project = session.get_one(Project, submission.project_id)
    return Talk(submission, project, sight_of(session, actor, submission, project))


def get_thread(session: Session, actor: Actor, thread_id: UUID) -> tuple[Thread, Talk]:
    """Load one issue the actor may read, with its work; NotFound otherwise."""
    query = select(Thread, Review.state).outerjoin(Review, Review.id == Thread.review_id).where(Thread.id == thread_id)
    row = session.execute(query).first()
    if row is None:
        raise NotFound(_NO_ISSUE)
    thread: Thread = row[0]
    try:
        talk = get_talk(session, actor, thread.submission_id)
    except NotFound:
        # In the words of an issue that does not exist: others would tell that this one does.
        raise NotFound(_NO_ISSUE) from None
    if not can_view_thread(actor, thread, talk.submission, talk.sight, decided=row[1] == ReviewState.DECIDED):
        raise NotFound(_NO_ISSUE)
    return thread, talk


def get_judged(session: Session, actor: Actor, submission_id: UUID) -> tuple[Submission, Project]:
    """Load work whose verdicts the actor may read: its author, and those who run the project; NotFound otherwise."""
    submission = get_submission(session, actor, submission_id)
    project = session.get_one(Project, submission.project_id)
    if not (is_author(actor, submission) or can_manage_project(actor, project)):
        raise NotAllowed("The verdicts on this work are for its author and those who run the project.")
    return submission, project
