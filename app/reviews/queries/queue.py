"""The review queue: what waits for one person, in the order in which they should take it.

Each project and level is walked by itself in the order of `ix_submissions_queue`, so that a page costs the same however
much waits; what this person returned last is found by an index of its own and comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Membership, User
from app.accounts.states import UserState
from app.assignments.models import Assignment
from app.core.actor import Actor, Role
from app.core.errors import Invalid
from app.core.pagination import SortKey, decode_cursor, encode_cursor
from app.projects.models import Project
from app.projects.policy import ACCEPTS_WRITING
from app.reviews.models import Review, Thread
from app.reviews.schemas import QueueQuery
from app.reviews.states import LEVEL_MAX, RESERVED_HOURS, WEIGHTY, ReviewState, ThreadState, Verdict
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState
from app.tasks.models import Task
from app.tasks.states import Activity

PAGE_SIZE = 50
LONG_WORDS = 1500
"""Half an hour at 3,000 words an hour, the pace of a careful reader."""
NEW_AUTHOR_PIECES = 20
COUNT_MAX = 200
"""The number waiting is counted no further."""
QUEUED: Any = Submission.state.in_([literal_column(f"'{state}'") for state in ("submitted", "in_review", "escalated")])
"""Literals, not parameters: a partial index serves a statement only if its text says what the index says."""
_KEYS = (SortKey(Submission.submitted_at), SortKey(Submission.id))
"""Never NULL in the queue."""
_MINE, _REST = "m", "r"
_PARTS: dict[str, Any] = {part: literal_column(f"'{part}'").label("part") for part in (_MINE, _REST)}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the queue somebody wants to see."""

    activity: Activity | None = None
    domain: str | None = None
    resubmissions: bool | None = None
    """True: later revisions only; False: first ones only"""
    level: int | None = None
    difficulty: int | None = None
    again: bool | None = None
    """True: only what comes back to them; False: only the rest"""

    @classmethod
    def of(cls, asked: QueueQuery) -> Self:
        """Take it out of an address; the project is chosen by whoever knows the projects."""
        return cls(asked.activity, asked.domain, asked.resubmission, asked.level, asked.difficulty, asked.again)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of the queue, as stored; nothing of its author."""

    submission_id: UUID
    project_id: UUID
    project_slug: str
    project_name: str
    task_number: int
    task_title: str
    activity: Activity
    domain: str | None
    difficulty: int | None
    revision_n: int
    level: int
    state: SubmissionState
    last_reviewer_id: UUID | None
    words: int
    submitted_at: datetime
    review_id: UUID | None
    unanswered: int
    times_returned: int
    is_new_author: bool
    """fewer than 20 approved pieces; never told in a blind project, where it could say who it is"""

    @property
    def is_long(self) -> bool:
        """Whether reading it with care takes half an hour or more."""
        return self.words >= LONG_WORDS


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some rows of the queue and the way to the next ones."""

    rows: list[Waiting]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Key:
    """A row's place in the queue."""

    id: UUID
    submitted_at: datetime
    part: str


def reviewed_projects(session: Session, actor: Actor) -> list[tuple[UUID, str, str]]:
    """List (id, slug, name) of the projects whose work the actor judges now, by name."""
    mine = actor.projects_as(Role.REVIEWER)
    if not mine:
        return []
    query = select(Project.id, Project.slug, Project.name).where(
        Project.id.in_(mine), Project.state.in_(sorted(ACCEPTS_WRITING))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query.order_by(Project.name, Project.id))]


def queue_page(
    session: Session, actor: Actor, projects: Sequence[UUID], wanted: Wanted, *, now: datetime, cursor: str | None
) -> QueuePage:
    """Read one page of 50 of what waits for the actor in `projects`."""
    keys = _keys(session, actor, projects, wanted, now=now, cursor=cursor, limit=PAGE_SIZE + 1)
    shown = keys[:PAGE_SIZE]
    after = shown[-1] if len(keys) > PAGE_SIZE else None
    next_cursor = after.part + encode_cursor([after.submitted_at, after.id]) if after else None
    return QueuePage(_rows(session, actor, [key.id for key in shown]), next_cursor)


def waiting_ids(
    session: Session, actor: Actor, projects: Sequence[UUID], *, now: datetime, wanted: Wanted | None = None
) -> list[UUID]:
    """List the ids of what waits for the actor, in order; no further than one beyond `COUNT_MAX`."""
    keys = _keys(session, actor, projects, wanted or Wanted(), now=now, cursor=None, limit=COUNT_MAX + 1)
    return [key.id for key in keys]


def _keys(
    session: Session,
    actor: Actor,
    projects: Sequence[UUID],
    wanted: Wanted,
    *,
    now: datetime,
    cursor: str | None,
    limit: int,
) -> list[_Key]:
    part, after = _read_cursor(cursor)
    levels = [level for level in range(1, min(actor.level, LEVEL_MAX) + 1) if wanted.level in {None, level}]
    sources = [_of_queue(one, level) for one in projects for level in levels]
    if not sources:
        return []
    branches = []
    if wanted.again is not True:
        # Behind a cursor among one's own resubmissions the rest of the queue is still to come, from its start.
        begin = None if part == _MINE else after
        branches += [_branch(query, actor, wanted, now, begin, limit) for query in sources]
    if wanted.again is not False and part != _REST:
        branches.append(_branch(_of_mine(actor, projects, levels), actor, wanted, now, after, limit, mine=True))
    if not branches:
        return []
    merged = union_all(*[select(branch.subquery()) for branch in branches]).subquery()
    columns = (merged.c.id, merged.c.submitted_at, merged.c.part)
    query = select(*columns).order_by(merged.c.part, merged.c.submitted_at, merged.c.id).limit(limit)
    return [_Key(row[0], row[1], row[2]) for row in session.execute(query)]


def _read_cursor(cursor: str | None) -> tuple[str | None, tuple[datetime, UUID] | None]:
    if cursor is None:
        return None, None
    if cursor[:1] not in {_MINE, _REST}:
        raise Invalid("This page address is damaged; start from the first page.", pointer="cursor")
    moment, submission_id = decode_cursor(cursor[1:], _KEYS)
    return cursor[0], (moment, submission_id)


def _of_queue(project_id: UUID, level: int) -> Select[Any]:
    return select(Submission.id, Submission.submitted_at, _PARTS[_REST]).where(
        Submission.project_id == project_id, Submission.review_level == level
    )


def _of_mine(actor: Actor, projects: Sequence[UUID], levels: Sequence[int]) -> Select[Any]:
    return select(Submission.id, Submission.submitted_at, _PARTS[_MINE]).where(
        Submission.last_reviewer_id == actor.user_id,
        Submission.project_id.in_(projects),
        Submission.review_level.in_(levels),
    )


def _branch(
    query: Select[Any],
    actor: Actor,
    wanted: Wanted,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    mine: bool = False,
) -> Select[Any]:
    query = query.join(Task, Task.id == Submission.task_id).where(QUEUED, *ties_excluded(actor), *_filters(wanted))
    if not mine:
        query = query.where(
            or_(
                Submission.last_reviewer_id.is_(None),
                and_(Submission.last_reviewer_id != actor.user_id, ~is_reserved(now)),
            )
        )
    if after is not None:
        # The first condition alone is what the index can start from; the second sorts out equal moments.
        query = query.where(
            Submission.submitted_at >= after[0],
            or_(Submission.submitted_at > after[0], Submission.id > after[1]),
        )
    return query.order_by(Submission.submitted_at, Submission.id).limit(limit)


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.activity is not None:
        conditions.append(Submission.activity == wanted.activity)
    if wanted.domain is not None:
        conditions.append(Task.domain == wanted.domain)
    if wanted.difficulty is not None:
        conditions.append(Task.difficulty == wanted.difficulty)
    if wanted.resubmissions is not None:
        later = Submission.revision_n > 1
        conditions.append(later if wanted.resubmissions else ~later)
    return conditions


def ties_excluded(actor: Actor) -> list[ColumnElement[bool]]:
    """Build what keeps from somebody their own work, tasks they wrote or worked on, and what they have judged."""
    worked = select(true()).where(Assignment.task_id == Submission.task_id, Assignment.user_id == actor.user_id)
    decided = select(true()).where(has_judged(actor.user_id, Submission.id, Submission.revision_n))
    is_other = or_(Task.author_id.is_(None), Task.author_id != actor.user_id)
    return [Submission.author_id != actor.user_id, is_other, _none(worked), _none(decided)]


def has_judged(user_id: UUID, submission_id: Any, revision_n: Any) -> ColumnElement[bool]:
    """Build what picks somebody's decisions on this revision; one that holds their own edits is judged by others."""
    is_edited = and_(Review.verdict == Verdict.APPROVE_WITH_EDITS, Review.revision_n == revision_n - 1)
    return and_(
        Review.submission_id == submission_id,
        or_(Review.revision_n == revision_n, is_edited),
        Review.reviewer_id == user_id,
        Review.state == ReviewState.DECIDED,
    )


def _none(query: Select[Any]) -> ColumnElement[bool]:
    """Build "there is no such row" so that it is looked up in an index for each row of the page.

    NOT EXISTS would become a join in PostgreSQL, for which all the person's rows are read from the whole table; IS NULL
    would make it believe that nearly no row passes, and sort the queue instead of walking it.
    """
    return not_(func.coalesce(query.limit(1).correlate(Submission).scalar_subquery(), false()))


def is_reserved(now: datetime) -> ColumnElement[bool]:
    """Build what tells that a submission waits for the reviewer who returned it, if they can still take it."""
    can_take_it = exists().where(
        User.id == Submission.last_reviewer_id,
        User.state == UserState.ACTIVE,
        User.level >= Submission.review_level,
        Membership.user_id == User.id,
        Membership.project_id == Submission.project_id,
        Membership.role == Role.REVIEWER,
    )
    return and_(Submission.submitted_at > now - timedelta(hours=RESERVED_HOURS), can_take_it)


_UNANSWERED = (
    select(func.count())
    .where(
        Thread.submission_id == Submission.id,
        Thread.state == ThreadState.OPEN,
        Thread.severity.in_(sorted(WEIGHTY)),
        Thread.published_at.is_not(None),
    )
    .correlate(Submission)
    .scalar_subquery()
)


_other = aliased(Submission)
_APPROVED_OF_AUTHOR = (
    select(_other.id)
    .where(_other.author_id == Submission.author_id, _other.state == SubmissionState.APPROVED)
    .limit(NEW_AUTHOR_PIECES)
    .correlate(Submission)
    .subquery()
)
_IS_NEW_AUTHOR = case(
    (Project.is_blind, false()),
    else_=select(func.count() < NEW_AUTHOR_PIECES).select_from(_APPROVED_OF_AUTHOR).scalar_subquery(),
)


def _rows(session: Session, actor: Actor, ids: Sequence[UUID]) -> list[Waiting]:
    if not ids:
        return []
    mine = and_(
        Review.submission_id == Submission.id,
        Review.revision_n == Submission.revision_n,
        Review.level == Submission.review_level,
        Review.reviewer_id == actor.user_id,
        Review.state == ReviewState.OPEN,
    )
    query = (
        select(
            Submission.id,
            Submission.project_id,
            Project.slug,
            Project.name,
            Task.number,
            Task.title,
            Submission.activity,
            Task.domain,
            Task.difficulty,
            Submission.revision_n,
            Submission.review_level,
            Submission.state,
            Submission.last_reviewer_id,
            Revision.words,
            Submission.submitted_at,
            Review.id,
            _UNANSWERED,
            Submission.times_returned,
            _IS_NEW_AUTHOR,
        )
        .join(Task, Task.id == Submission.task_id)
        .join(Project, Project.id == Submission.project_id)
        .join(Revision, and_(Revision.submission_id == Submission.id, Revision.n == Submission.revision_n))
        .outerjoin(Review, mine)
        .where(Submission.id.in_(ids))
    )
    found = {row[0]: Waiting(*list(row)) for row in session.execute(query)}
    return [found[one] for one in ids if one in found]
