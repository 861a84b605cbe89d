"""What the verbs of a lease share: its facts, the row of a new one, the compare-and-set that moves it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.assignments.states import MAX_LIVE_LEASES, AssignmentState, NoWork, Purpose, require_move
from app.core.db import changed_one, is_postgresql
from app.core.errors import Conflict, LeaseLost

LEASE_LOST = "This lease has ended or went to another window. What you wrote is kept; resume the task to go on."


class NothingLeft(Conflict):
    """There is no task for this person now; details hold the reason, a `NoWork` word."""

    code = "nothing_left"

    def __init__(self, reason: NoWork, sentence: str) -> None:
        super().__init__(sentence, details={"reason": str(reason)})
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Lease:
    """A place of a task in somebody's hands until `expires_at`."""

    assignment_id: UUID
    project_id: UUID
    task_id: UUID
    slot_id: UUID
    user_id: UUID
    fencing: int
    expires_at: datetime


def free_hand(in_use: list[int | None]) -> int | None:
    """Return the lowest hand that holds nothing, or None when three leases are held."""
    if len(in_use) >= MAX_LIVE_LEASES:
        return None
    return next(hand for hand in range(1, MAX_LIVE_LEASES + 1) if hand not in in_use)


def insert_unless_taken(session: Session, lease: Lease, hand: int, *, now: datetime) -> bool:
    """Store a new lease; False when a unique index says that the hand, the task or the place is taken."""
    values = {
        "id": lease.assignment_id,
        "project_id": lease.project_id,
        "task_id": lease.task_id,
        "slot_id": lease.slot_id,
        "user_id": lease.user_id,
        "purpose": Purpose.SOLVE,
        "state": AssignmentState.ACTIVE,
        "fencing": lease.fencing,
        "hand": hand,
        "lease_expires_at": lease.expires_at,
        "warned_percent": 0,
        "leased_at": now,
        "ended_at": None,
    }
    insert = _INSERT_POSTGRESQL if is_postgresql(session) else _INSERT_SQLITE
    # PostgreSQL counts the row, but SQLAlchemy forgets the count of an INSERT unless asked.
    return session.connection().execute(insert, values, execution_options={"preserve_rowcount": True}).rowcount == 1


_ASSIGNMENTS: Any = Assignment.__table__
_INSERT_POSTGRESQL = postgresql.insert(_ASSIGNMENTS).on_conflict_do_nothing()
_INSERT_SQLITE = sqlite.insert(_ASSIGNMENTS).on_conflict_do_nothing()


def move_assignment(
    session: Session, assignment_id: UUID, old: AssignmentState, new: AssignmentState, *, now: datetime, **values: Any
) -> None:
    """Move an assignment by compare-and-set; IllegalMove when its life has no such step, LeaseLost when it moved on.

    Its place stays as it is; a lease that is over has neither expiry nor hand. `values` are further columns of one that
    is live again.
    """
    require_move(old, new)
    named: dict[str, Any] = {"assignment": assignment_id, "from_state": old}
    if new == AssignmentState.ACTIVE:
        move = _MOVE.values(state=new, **values)
    else:
        move, named = _END, named | {"to_state": new, "at": now}
    if session.connection().execute(move, named).rowcount != 1:
        raise LeaseLost(LEASE_LOST)


_MOVE = update(_ASSIGNMENTS).where(
    Assignment.id == bindparam("assignment"), Assignment.state == bindparam("from_state")
)
_END = _MOVE.values(state=bindparam("to_state"), lease_expires_at=None, hand=None, ended_at=bindparam("at"))
"""Built once: each hand-in ends a lease."""


def renew_lease(session: Session, assignment_id: UUID, fencing: int, *, expires_at: datetime) -> bool:
    """Lengthen a live lease; False when it is no longer the one with this fencing number."""
    where = (Assignment.id == assignment_id, Assignment.fencing == fencing, Assignment.state == AssignmentState.ACTIVE)
    return changed_one(session, update(Assignment).where(*where).values(lease_expires_at=expires_at, warned_percent=0))


_HOLDER = select(Assignment.state, Assignment.slot_id).where(Assignment.id == bindparam("assignment_id"))


def state_and_place(session: Session, assignment_id: UUID) -> tuple[AssignmentState, UUID]:
    """Read the present state of an assignment and its place."""
    row = session.execute(_HOLDER, {"assignment_id": assignment_id}).one()
    return row[0], row[1]
