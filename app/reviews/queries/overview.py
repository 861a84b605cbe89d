"""The reviews of one project as those who run it see them: what stands where, how old, who decided what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.core.pagination import SortKey, after, encode_cursor
from app.reviews.models import Review, Thread
from app.reviews.queries.judged import level_2_reviewers
from app.reviews.queries.queue import QUEUED
from app.reviews.states import ReviewState, ThreadState, Verdict
from app.submissions.models import Submission
from app.submissions.states import SubmissionState
from app.tasks.models import Task

PAGE_SIZE = 50
_KEYS = (SortKey(Submission.updated_at, descending=True), SortKey(Submission.id, descending=True))


@dataclass(frozen=True, slots=True)
class Judged:
    """One piece of handed-in work with its last decision."""

    submission_id: UUID
    task_number: int
    task_title: str
    author: str
    state: SubmissionState
    revision_n: int
    level: int
    times_returned: int
    submitted_at: datetime | None
    updated_at: datetime
    verdict: Verdict | None
    decided_by: str | None
    decided_at: datetime | None
    open_reviews: int
    open_issues: int


@dataclass(frozen=True, slots=True)
class Standings:
    """How much stands where in a project, and how long the oldest waits."""

    counts: dict[SubmissionState, int]
    oldest_waiting: datetime | None
    waits_for_level_2: int
    level_2_reviewers: int


def standings_of(session: Session, project_id: UUID) -> Standings:
    """Count handed-in work by state, and find what waits longest."""
    rows = session.execute(
        select(Submission.state, func.count())
        .where(Submission.project_id == project_id, Submission.state != SubmissionState.DRAFT)
        .group_by(Submission.state)
    ).all()
    waiting = (Submission.project_id == project_id, QUEUED)
    oldest = [
        select(func.min(Submission.submitted_at)).where(*waiting, Submission.review_level == level).scalar_subquery()
        for level in (1, 2)
    ]
    second = select(func.count()).where(*waiting, Submission.review_level == 2).scalar_subquery()  # noqa: PLR2004
    row = session.execute(select(oldest[0], oldest[1], second)).one()
    moments = [moment for moment in (row[0], row[1]) if moment is not None]
    return Standings(
        {row[0]: row[1] for row in rows},
        min(moments) if moments else None,
        row[2],
        len(level_2_reviewers(session, project_id)),
    )


def judged_page(
    session: Session, project_id: UUID, states: Sequence[SubmissionState], *, cursor: str | None
) -> tuple[list[Judged], str | None]:
    """Read one page of 50 pieces of work in some states, last changed first, and the cursor of the next page."""
    query = (
        _judged()
        .where(Submission.project_id == project_id, Submission.state.in_(states), *after(cursor, _KEYS))
        .order_by(Submission.updated_at.desc(), Submission.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    rows = [Judged(*list(row)) for row in session.execute(query)]
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    return rows, encode_cursor([rows[-1].updated_at, rows[-1].submission_id]) if more else None


def _judged() -> Any:
    author, decider = aliased(User), aliased(User)
    return (
        select(
            Submission.id,
            Task.number,
            Task.title,
            author.name,
            Submission.state,
            Submission.revision_n,
            Submission.review_level,
            Submission.times_returned,
            Submission.submitted_at,
            Submission.updated_at,
            Review.verdict,
            decider.name,
            Review.decided_at,
            _count(Review, Review.state == ReviewState.OPEN),
            _count(Thread, Thread.state == ThreadState.OPEN, Thread.published_at.is_not(None)),
        )
        .join(Task, Task.id == Submission.task_id)
        .join(author, author.id == Submission.author_id)
        .outerjoin(Review, Review.id == _last_decision())
        .outerjoin(decider, decider.id == Review.reviewer_id)
    )


def _count(model: type[Review] | type[Thread], *where: ColumnElement[bool]) -> ScalarSelect[int]:
    count = select(func.count()).select_from(model).where(model.submission_id == Submission.id, *where)
    return count.correlate(Submission).scalar_subquery()


def _last_decision() -> ScalarSelect[UUID]:
    one = aliased(Review)
    return (
        select(one.id)
        .where(one.submission_id == Submission.id, one.state == ReviewState.DECIDED)
        .order_by(one.decided_at.desc(), one.id.desc())
        .limit(1)
        .correlate(Submission)
        .scalar_subquery()
    )
