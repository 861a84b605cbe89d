"""Tables of assignments: leases on places, who must not get a task, what people say of tasks they put aside."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.assignments.states import AssignmentState, Purpose, ReportKind
from app.core.db import Base
from app.core.ids import new_id
from app.tasks.models import Task

REASON_MAX_CHARS = 2000
_LIVE = text("state IN ('active', 'submitted')")
_ACTIVE = text("state = 'active'")


class Assignment(Base):
    """One place of a task in one person's hands. The partial unique indexes are the promise of no double assignment."""

    __tablename__ = "assignments"
    __table_args__ = (
        Index(
            "uq_assignments_live_slot", "slot_id", "purpose", unique=True, postgresql_where=_LIVE, sqlite_where=_LIVE
        ),
        Index("uq_assignments_task_user", "task_id", "user_id", "purpose", unique=True),
        Index("ix_assignments_user_live", "user_id", postgresql_where=_LIVE, sqlite_where=_LIVE),
        Index("ix_assignments_lease", "lease_expires_at", postgresql_where=_ACTIVE, sqlite_where=_ACTIVE),
        Index("uq_assignments_hand", "user_id", "hand", unique=True, postgresql_where=_ACTIVE, sqlite_where=_ACTIVE),
        CheckConstraint("(state = 'active') = (lease_expires_at IS NOT NULL)", name="lease_while_active"),
        CheckConstraint("hand IS NULL OR (state = 'active' AND hand BETWEEN 1 AND 3)", name="hand_while_active"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    slot_id: Mapped[UUID] = mapped_column(ForeignKey("task_slots.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[Purpose] = mapped_column(default=Purpose.SOLVE)
    state: Mapped[AssignmentState] = mapped_column(default=AssignmentState.ACTIVE)
    fencing: Mapped[int] = mapped_column(default=1)
    """grows with each new lease of this row; a save that names an older one is refused, its text kept"""
    hand: Mapped[int | None]
    """1 to 3 while active: which of the person's hands holds it; the unique index is the limit of three at once"""
    lease_expires_at: Mapped[datetime | None]
    warned_percent: Mapped[int] = mapped_column(default=0)
    """how far the lease was used when its holder was last told that it ends (75, 95); 0 again after a save"""
    leased_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    task: Mapped[Task] = relationship(lazy="raise")


class TaskInsider(Base):
    """Somebody who has read another's work on a task, to judge it: the task is never handed to them."""

    __tablename__ = "task_insiders"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)


class TaskReport(Base):
    """Why one person put one task aside; two reports of a broken problem halt it."""

    __tablename__ = "task_reports"
    __table_args__ = (Index(None, "task_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[ReportKind]
    reason: Mapped[str] = mapped_column(String(REASON_MAX_CHARS))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    """when a manager answered it"""
