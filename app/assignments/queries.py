"""What pages and claims ask about leases: hands in use, places left, why there is nothing, who holds what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.assignments.models import Assignment, TaskInsider, TaskReport
from app.assignments.states import MAX_LIVE_LEASES, NoWork
from app.core.actor import Actor
from app.projects import policy as projects_policy
from app.projects.models import Project
from app.projects.states import ProjectState
from app.tasks.models import Task, TaskSlot

FREE: ColumnClause[Any] = literal_column("'free'")
TAKEN: ColumnClause[Any] = literal_column("'taken'")
ACTIVE: ColumnClause[Any] = literal_column("'active'")
"""Literals, not parameters: a partial index serves a statement only if its text says what the index says."""
LEASES_SHOWN = 200

_HANDS = select(Assignment.hand).where(Assignment.user_id == bindparam("user_id"), Assignment.state == ACTIVE)


def hands_in_use(session: Session, user_id: UUID) -> list[int | None]:
    """List the hands (1 to 3) with which somebody holds leases now; as long as the number of their leases."""
    return list(session.connection().scalars(_HANDS, {"user_id": user_id}))


_SLOTS: Any = TaskSlot.__table__
"""Written as a table: these statements run outside the unit of work, which costs half of their time."""


def is_for(user_id: UUID | BindParameter[Any], task_id: Any) -> ColumnElement[bool]:
    """Tell in SQL whether a task may be handed to somebody: they neither wrote it, nor had it, nor judged work on it.

    The query joins Task; `task_id` is the column that names the task in it.
    """
    had = exists().where(Assignment.task_id == task_id, Assignment.user_id == user_id)
    knows = exists().where(TaskInsider.task_id == task_id, TaskInsider.user_id == user_id)
    return and_(~had, ~knows, or_(Task.author_id.is_(None), Task.author_id != user_id))


@lru_cache(maxsize=8)
def pick_free_place(*, by_domain: bool, wait: bool) -> Update:
    """Build the UPDATE that takes the first free place of a task that is for somebody.

    Parameters: in_project, by_user, and of_domain when `by_domain`. Returns (slot id, task id). Places locked by others
    are passed by, or waited for with `wait`. Only the partial index over free places is walked, so that it costs the
    same among a thousand and a million tasks.
    """
    slot = aliased(TaskSlot)
    first = (
        select(slot.id)
        .join(Task, Task.id == slot.task_id)
        .where(slot.project_id == bindparam("in_project"), slot.state == FREE)
        .where(is_for(bindparam("by_user"), slot.task_id))
        .order_by(slot.queue_position)
        .limit(1)
        .with_for_update(of=slot, skip_locked=not wait)
    )
    if by_domain:
        first = first.where(Task.domain == bindparam("of_domain"))
    chosen = update(_SLOTS).where(TaskSlot.id == first.correlate(None).scalar_subquery(), TaskSlot.state == FREE)
    return chosen.values(state=TAKEN).returning(TaskSlot.id, TaskSlot.task_id)


@lru_cache(maxsize=2)
def pick_place_of_task(*, wait: bool) -> Update:
    """Build the UPDATE that takes a free place of one task, the one somebody had before if it is free.

    Parameters: of_task, before (the former place). Returns the slot id.
    """
    slot = aliased(TaskSlot)
    first = (
        select(slot.id)
        .where(slot.task_id == bindparam("of_task"), slot.state == FREE)
        .order_by((slot.id == bindparam("before")).desc(), slot.n)
        .limit(1)
        .with_for_update(of=slot, skip_locked=not wait)
    )
    chosen = update(_SLOTS).where(TaskSlot.id == first.correlate(None).scalar_subquery(), TaskSlot.state == FREE)
    return chosen.values(state=TAKEN).returning(TaskSlot.id)


@lru_cache(maxsize=1)
def put_place_back() -> Update:
    """Build the UPDATE that undoes `pick_free_place` in the same transaction. Parameter: place."""
    return update(_SLOTS).where(TaskSlot.id == bindparam("place"), TaskSlot.state == TAKEN).values(state=FREE)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why somebody gets no task now: a stable word and a sentence that says what to do."""

    reason: NoWork
    sentence: str


def why_nothing(
    session: Session, actor: Actor, project: Project, *, acknowledged: bool, signed: bool, domain: str | None = None
) -> Nothing | None:
    """Find the first reason why the actor gets no task of this project (in this field), or None when one is free.

    `acknowledged`, `signed`: whether they have read the guideline and signed the agreement in force.
    Up to four queries; for pages, not for each claim.
    """
    closed = _why_closed(actor, project, acknowledged=acknowledged, signed=signed)
    if closed is not None:
        return closed
    if len(hands_in_use(session, actor.user_id)) >= MAX_LIVE_LEASES:
        return Nothing(
            NoWork.THREE_HELD, "You hold three tasks. Hand one in, give it back or skip it; then the next one is yours."
        )
    if _is_free_for(session, actor, project, domain):
        return None
    if domain is not None and _is_free_for(session, actor, project, None):
        return Nothing(NoWork.NONE_IN_FIELD, f"Nothing is free in {domain} now; other fields have open tasks.")
    return _why_none_left(session, project)


def _why_closed(actor: Actor, project: Project, *, acknowledged: bool, signed: bool) -> Nothing | None:
    sentence = projects_policy.why_no_work(actor, project, acknowledged=acknowledged, signed=signed)
    if sentence is None:
        return None
    if not projects_policy.can_annotate(actor, project):
        return Nothing(NoWork.NOT_ANNOTATOR, sentence)
    unread = NoWork.AGREEMENT if acknowledged and project.guideline_n > 0 else NoWork.GUIDELINE
    states = {ProjectState.LIVE: unread, ProjectState.PAUSED: NoWork.PAUSED}
    return Nothing(states.get(project.state, NoWork.CLOSED), sentence)


def _is_free_for(session: Session, actor: Actor, project: Project, domain: str | None) -> bool:
    query = (
        select(TaskSlot.id)
        .join(Task, Task.id == TaskSlot.task_id)
        .where(TaskSlot.project_id == project.id, TaskSlot.state == FREE, is_for(actor.user_id, TaskSlot.task_id))
    )
    if domain is not None:
        query = query.where(Task.domain == domain)
    return session.scalars(query.order_by(TaskSlot.queue_position).limit(1)).first() is not None


def _why_none_left(session: Session, project: Project) -> Nothing:
    free = select(TaskSlot.id).where(TaskSlot.project_id == project.id, TaskSlot.state == FREE).limit(1)
    if session.scalars(free).first() is not None:
        return Nothing(
            NoWork.ALL_DONE_BY_YOU, "What is still free you have written, worked on or judged; it needs somebody else."
        )
    leased = select(Assignment.id).where(Assignment.project_id == project.id, Assignment.state == ACTIVE).limit(1)
    if session.scalars(leased).first() is not None:
        return Nothing(
            NoWork.ALL_TAKEN,
            "Every open task is in somebody's hands now. One comes back when a lease ends; look later.",
        )
    return Nothing(
        NoWork.QUOTA_MET, "Every task has the work it needs. New ones appear here when a manager opens them."
    )


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """One live lease, as those who run the project see it."""

    assignment_id: UUID
    task_id: UUID
    task_number: int
    task_title: str
    holder: str
    leased_at: datetime
    expires_at: datetime | None


def live_leases(session: Session, project: Project) -> list[LeaseRow]:
    """List the live leases of a project (at most 200), those that end first on top."""
    query = (
        select(
            Assignment.id,
            Task.id,
            Task.number,
            Task.title,
            User.name,
            Assignment.leased_at,
            Assignment.lease_expires_at,
        )
        .join(Task, Task.id == Assignment.task_id)
        .join(User, User.id == Assignment.user_id)
        .where(Assignment.project_id == project.id, Assignment.state == ACTIVE)
        .order_by(Assignment.lease_expires_at, Assignment.id)
        .limit(LEASES_SHOWN)
    )
    return [LeaseRow(*row) for row in session.execute(query)]


def reports_of_task(session: Session, task_id: UUID) -> Sequence[Row[TaskReport, str]]:
    """List what people said of a task when they put it aside, newest first, with their names; at most 200."""
    query: Select[TaskReport, str] = (
        select(TaskReport, User.name)
        .join(User, User.id == TaskReport.user_id)
        .where(TaskReport.task_id == task_id)
        .order_by(TaskReport.created_at.desc(), TaskReport.id.desc())
        .limit(LEASES_SHOWN)
    )
    return session.execute(query).all()
