"""Leases of work that was done elsewhere: over long ago, kept so that each piece of work has its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core.ids import new_id


@dataclass(frozen=True, slots=True)
class RestoredAssignment:
    """A lease that has ended."""

    task_id: UUID
    slot_id: UUID
    user_id: UUID
    state: AssignmentState
    leased_at: datetime
    ended_at: datetime


def restore_assignments(session: Session, project_id: UUID, leases: Sequence[RestoredAssignment]) -> list[UUID]:
    """Store ended leases and return their ids in order."""
    ids = [new_id() for _ in leases]
    rows = [
        {
            "id": lease_id,
            "project_id": project_id,
            "task_id": lease.task_id,
            "slot_id": lease.slot_id,
            "user_id": lease.user_id,
            "state": lease.state,
            "leased_at": lease.leased_at,
            "ended_at": lease.ended_at,
        }
        for lease_id, lease in zip(ids, leases, strict=True)
    ]
    session.execute(insert(Assignment), rows)
    return ids
