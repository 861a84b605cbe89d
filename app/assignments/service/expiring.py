"""Leases that run out or whose holders have left: the place goes back, the text stays; and the warnings before."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Membership, User
from app.accounts.states import NotificationKind, UserState
from app.assignments.models import Assignment
from app.assignments.queries import ACTIVE
from app.assignments.service.leases import move_assignment
from app.assignments.states import AssignmentState
from app.core import audit
from app.core.actor import Role
from app.projects.models import Project
from app.tasks.models import Task
from app.tasks.service.slots import free_slot

BATCH = 200
WARN_AT_PERCENT = (95, 75)
"""Of the lease used since it was last renewed; the higher one first, so that a late run warns once."""


def expire_due(session: Session, *, now: datetime, project_id: UUID | None = None, user_id: UUID | None = None) -> int:
    """End up to 200 leases that have run out (of a project, of a person) and give their places back; return how many.

    Leases that somebody is just saving, ending or expiring are passed by. The drafts are not touched.
    """
    query = (
        select(Assignment.id, Assignment.slot_id, Assignment.project_id)
        .where(Assignment.state == ACTIVE, Assignment.lease_expires_at <= now)
        .order_by(Assignment.lease_expires_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    if project_id is not None:
        query = query.where(Assignment.project_id == project_id)
    if user_id is not None:
        query = query.where(Assignment.user_id == user_id)
    due = session.execute(query).all()
    for assignment_id, slot_id, project in due:
        _end(session, assignment_id, slot_id, project, AssignmentState.EXPIRED, "assignment.expire", now=now)
    return len(due)


def release_former(session: Session, *, now: datetime) -> int:
    """Give back up to 200 places whose holders annotate there no more, or are shut out; return how many.

    Roles and accounts are upstream and know of no leases, so what their change means for one is found here. The door
    refuses these people from their next request on; their drafts stay, and they may resume should they come back.
    """
    works_on = (
        exists()
        .where(Membership.user_id == Assignment.user_id, Membership.project_id == Assignment.project_id)
        .where(Membership.role == Role.ANNOTATOR, User.id == Assignment.user_id, User.state == UserState.ACTIVE)
    )
    query = (
        select(Assignment.id, Assignment.slot_id, Assignment.project_id)
        .where(Assignment.state == ACTIVE, ~works_on)
        .order_by(Assignment.id)
        .limit(BATCH)
        .with_for_update(of=Assignment, skip_locked=True)
    )
    held = session.execute(query).all()
    for assignment_id, slot_id, project_id in held:
        _end(session, assignment_id, slot_id, project_id, AssignmentState.RELEASED, "assignment.release", now=now)
    return len(held)


def _end(
    session: Session,
    assignment_id: UUID,
    slot_id: UUID,
    project_id: UUID,
    new: AssignmentState,
    verb: str,
    *,
    now: datetime,
) -> None:
    move_assignment(session, assignment_id, AssignmentState.ACTIVE, new, now=now)
    free_slot(session, slot_id)
    audit.record(
        session,
        verb,
        actor=None,
        at=now,
        kind="assignment",
        object_id=assignment_id,
        project_id=project_id,
        moved=(AssignmentState.ACTIVE, new),
    )


def warn_of_ending(session: Session, *, now: datetime) -> int:
    """Tell holders whose leases are used up to 75 % or 95 % since the last save; once each; return how many."""
    warned = 0
    for lease_hours in session.scalars(select(Project.lease_hours).distinct()).all():
        for percent in WARN_AT_PERCENT:
            left = timedelta(hours=lease_hours) * (100 - percent) / 100
            warned += _warn(session, lease_hours, percent, left, now)
    return warned


def _warn(session: Session, lease_hours: int, percent: int, left: timedelta, now: datetime) -> int:
    query = (
        select(Assignment.id, Assignment.user_id, Assignment.fencing, Assignment.lease_expires_at, Task.number)
        .join(Project, Project.id == Assignment.project_id)
        .join(Task, Task.id == Assignment.task_id)
        .where(Project.lease_hours == lease_hours, Assignment.state == ACTIVE)
        .where(Assignment.lease_expires_at > now, Assignment.lease_expires_at <= now + left)
        .where(Assignment.warned_percent < percent)
        .order_by(Assignment.lease_expires_at)
        .limit(BATCH)
    )
    rows = session.execute(query).all()
    for assignment_id, user_id, fencing, expires_at, number in rows:
        if expires_at is None:  # cannot be: an active lease has an end, by constraint
            continue
        minutes = max(1, int((expires_at - now).total_seconds() // 60))
        time_left = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - an hour
        accounts.notify(
            session,
            user_id,
            NotificationKind.LEASE_ENDING,
            f"Your lease on task {number} ends in {time_left}; each save renews it, and your text is kept either way.",
            f"/assignments/{assignment_id}",
            now=now,
            dedup_key=f"lease:{assignment_id}:{fencing}:{expires_at:%Y%m%dT%H%M%S}:{percent}",
        )
    if rows:
        ids = [row[0] for row in rows]
        session.execute(update(Assignment).where(Assignment.id.in_(ids)).values(warned_percent=percent))
    return len(rows)
