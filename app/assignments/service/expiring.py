"""Leases that run out: the place goes back, the text stays; and the warnings before."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.states import NotificationKind
from app.assignments.models import Assignment
from app.assignments.queries import ACTIVE
from app.assignments.service.leases import move_assignment
from app.assignments.states import AssignmentState
from app.core import audit
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
        move_assignment(session, assignment_id, AssignmentState.ACTIVE, AssignmentState.EXPIRED, now=now)
        free_slot(session, slot_id)
        audit.record(
            session,
            "assignment.expire",
            actor=None,
            at=now,
            kind="assignment",
            object_id=assignment_id,
            project_id=project,
            moved=(AssignmentState.ACTIVE, AssignmentState.EXPIRED),
        )
    return len(due)


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
