"""What has been judged: decisions on a revision, one's own reviews, issues with their talk."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.states import UserState
from app.assignments.models import Assignment
from app.core.actor import Actor, Role
from app.projects.models import Project
from app.projects.policy import can_manage_project, is_blinded
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.policy import Sight, Ties, can_view_thread
from app.reviews.queries.queue import has_judged, is_reserved
from app.reviews.states import LEVEL_MAX, WEIGHTY, Decision, ReviewState, ThreadState
from app.submissions.models import Revision, Submission
from app.tasks.models import Task

SHOWN = 500


def ties_of(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> Ties:
    """Read what binds the actor to a piece of work, in one query."""
    worked = exists().where(Assignment.task_id == submission.task_id, Assignment.user_id == actor.user_id)
    wrote = exists().where(Task.id == submission.task_id, Task.author_id == actor.user_id)
    decided = exists().where(has_judged(actor.user_id, submission.id, submission.revision_n))
    reserved = exists().where(
        Submission.id == submission.id, Submission.last_reviewer_id != actor.user_id, is_reserved(now)
    )
    row = session.execute(select(wrote, worked, decided, reserved)).one()
    return Ties(*(bool(value) for value in row))


def decisions_on(session: Session, submission_id: UUID, revision_n: int) -> list[Decision]:
    """List the effective decisions on one revision, in the order in which they were taken."""
    query = (
        select(Review.reviewer_id, Review.level, Review.verdict)
        .where(
            Review.submission_id == submission_id,
            Review.revision_n == revision_n,
            Review.state == ReviewState.DECIDED,
            Review.verdict.is_not(None),
        )
        .order_by(Review.decided_at, Review.level, Review.round)
    )
    return [Decision(row[0], row[1], row[2]) for row in session.execute(query) if row[2] is not None]


def decided_reviews(session: Session, submission_id: UUID) -> Sequence[Review]:
    """List the effective reviews of all revisions, newest first."""
    query = select(Review).where(Review.submission_id == submission_id, Review.state == ReviewState.DECIDED)
    return session.scalars(query.order_by(Review.decided_at.desc(), Review.id.desc()).limit(SHOWN)).all()


def open_review_of(session: Session, submission: Submission, reviewer_id: UUID) -> Review | None:
    """Return somebody's open review of the last revision at the level that is due, if there is one."""
    query = select(Review).where(
        Review.submission_id == submission.id,
        Review.revision_n == submission.revision_n,
        Review.level == submission.review_level,
        Review.reviewer_id == reviewer_id,
        Review.state == ReviewState.OPEN,
    )
    return session.scalars(query).first()


def last_review_by(session: Session, submission_id: UUID, reviewer_id: UUID) -> Review | None:
    """Return the review that somebody wrote last on a piece of work and that is closed, if there is one."""
    query = select(Review).where(
        Review.submission_id == submission_id,
        Review.reviewer_id == reviewer_id,
        Review.state.in_([ReviewState.DECIDED, ReviewState.OVERTAKEN, ReviewState.DROPPED]),
    )
    return session.scalars(query.order_by(Review.revision_n.desc(), Review.opened_at.desc()).limit(1)).first()


def labels_of(session: Session, review_ids: Sequence[UUID]) -> dict[UUID, list[StepLabel]]:
    """List the labels of some reviews, by review."""
    found: defaultdict[UUID, list[StepLabel]] = defaultdict(list)
    query = select(StepLabel).where(StepLabel.review_id.in_(review_ids)).order_by(StepLabel.step_id)
    for label in session.scalars(query):
        found[label.review_id].append(label)
    return found


def sight_of(session: Session, actor: Actor, submission: Submission, project: Project) -> Sight:
    """Read how the actor stands to a piece of work whose issues they want to read."""
    reviews = actor.has(Role.REVIEWER, project.id)
    has_decided = False
    if reviews:
        query = select(Review.id).where(
            Review.submission_id == submission.id,
            Review.revision_n == submission.revision_n,
            Review.reviewer_id == actor.user_id,
            Review.state == ReviewState.DECIDED,
        )
        has_decided = session.scalars(query.limit(1)).first() is not None
    return Sight(
        is_author=submission.author_id == actor.user_id,
        manages=can_manage_project(actor, project) and not is_blinded(actor, project),
        reviews=reviews,
        has_decided=has_decided,
        level=actor.level,
    )


def threads_of(session: Session, actor: Actor, submission: Submission, sight: Sight) -> list[Thread]:
    """List the issues of a piece of work that the actor may read, oldest first; at most 500.

    What was never published, and whose review ended without taking effect, is left out.
    """
    query = (
        select(Thread, Review.state)
        .outerjoin(Review, Review.id == Thread.review_id)
        .where(
            Thread.submission_id == submission.id,
            or_(Thread.published_at.is_not(None), Review.state.in_([ReviewState.OPEN, ReviewState.DECIDED])),
        )
    )
    rows = session.execute(query.order_by(Thread.opened_at, Thread.id).limit(SHOWN)).all()
    return [
        row[0]
        for row in rows
        if can_view_thread(actor, row[0], submission, sight, decided=row[1] == ReviewState.DECIDED)
    ]


def comments_of(session: Session, thread_ids: Sequence[UUID]) -> dict[UUID, list[tuple[Comment, str]]]:
    """List the talk of some issues with the names of who speaks, oldest first, by issue."""
    found: defaultdict[UUID, list[tuple[Comment, str]]] = defaultdict(list)
    query = (
        select(Comment, User.name)
        .join(User, User.id == Comment.author_id)
        .where(Comment.thread_id.in_(thread_ids))
        .order_by(Comment.created_at, Comment.id)
    )
    for comment, name in session.execute(query):
        found[comment.thread_id].append((comment, name))
    return found


def unanswered(session: Session, submission: Submission) -> Sequence[Thread]:
    """List the published blocker and major issues that the author has neither answered nor seen resolved."""
    query = select(Thread).where(
        Thread.submission_id == submission.id,
        Thread.state == ThreadState.OPEN,
        Thread.severity.in_(sorted(WEIGHTY)),
        Thread.published_at.is_not(None),
    )
    return session.scalars(query.order_by(Thread.opened_at, Thread.id).limit(SHOWN)).all()


def revisions_besides(session: Session, submission_id: UUID) -> Sequence[Revision]:
    """List all revisions of a piece of work with their texts, newest first; at most 500."""
    query = select(Revision).where(Revision.submission_id == submission_id)
    return session.scalars(query.order_by(Revision.n.desc()).limit(SHOWN)).all()


def level_2_reviewers(session: Session, project_id: UUID) -> list[UUID]:
    """List the active level-2 reviewers of a project."""
    query = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.project_id == project_id,
            Membership.role == Role.REVIEWER,
            User.level >= LEVEL_MAX,
            User.state == UserState.ACTIVE,
        )
    )
    return list(session.scalars(query.order_by(User.id)))


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who can be spoken to in the talk about a piece of work."""

    user_id: UUID
    name: str
    role: Role


def participants_of(session: Session, project_id: UUID) -> list[Participant]:
    """List the members of a project by role, for mentions."""
    query = (
        select(User.id, User.name, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.project_id == project_id, User.state == UserState.ACTIVE)
    )
    return [Participant(row[0], row[1], row[2]) for row in session.execute(query.order_by(User.id))]


def reviewers_of(session: Session, submission_id: UUID) -> set[UUID]:
    """List who has opened a review of a piece of work."""
    return set(session.scalars(select(Review.reviewer_id).where(Review.submission_id == submission_id)))


def others_have_it_open(session: Session, submission_id: UUID, besides: UUID) -> bool:
    """Tell whether another review of this work is open."""
    query = select(func.count()).where(
        Review.submission_id == submission_id, Review.id != besides, Review.state == ReviewState.OPEN
    )
    return bool(session.scalar(query))
