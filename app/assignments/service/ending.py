"""Ways to end a lease before the work is handed in: skip, broken, outside the field, give up, give back, take back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Membership
from app.accounts.states import NotificationKind
from app.assignments.models import Assignment, TaskReport
from app.assignments.service.leases import move_assignment
from app.assignments.states import BROKEN_REPORTS_TO_HALT, AssignmentState, ReportKind
from app.core import audit
from app.core.actor import Actor, Role
from app.core.db import changed_one
from app.core.errors import Conflict, IllegalMove
from app.core.ids import new_id
from app.tasks.models import Task
from app.tasks.service.moving import halt_task
from app.tasks.service.slots import free_slot
from app.tasks.states import MOVES as TASK_MOVES
from app.tasks.states import TaskState

ENDS_AS = {
    ReportKind.SKIP: AssignmentState.SKIPPED,
    ReportKind.OUTSIDE_FIELD: AssignmentState.SKIPPED,
    ReportKind.BROKEN: AssignmentState.RELEASED,
    ReportKind.GAVE_UP: AssignmentState.GAVE_UP,
}
"""A broken task may be repaired, so whoever found it broken may resume; what was skipped is not offered again."""


def put_aside(
    session: Session, actor: Actor, assignment: Assignment, kind: ReportKind, reason: str, *, now: datetime
) -> bool:
    """End the actor's own lease with a reason that managers can read; return whether the task was halted by it.

    The place goes back and the text is kept. A task that two different people call broken is halted, and the managers
    are told. Raises LeaseLost when the lease has ended already.
    """
    end_lease(session, actor, assignment, ENDS_AS[kind], verb=f"assignment.{kind}", reason=reason, now=now)
    session.add(
        TaskReport(
            id=new_id(),
            project_id=assignment.project_id,
            task_id=assignment.task_id,
            user_id=actor.user_id,
            kind=kind,
            reason=reason,
            created_at=now,
        )
    )
    return kind == ReportKind.BROKEN and _halt_if_two_say_so(session, assignment, now)


def release(session: Session, actor: Actor, assignment: Assignment, *, now: datetime) -> None:
    """Give a task back without a reason; it can be resumed while it has a free place."""
    end_lease(session, actor, assignment, AssignmentState.RELEASED, verb="assignment.release", reason=None, now=now)


def take_back(session: Session, actor: Actor, assignment: Assignment, reason: str, *, now: datetime) -> None:
    """Take a task from its holder (managers do); the text stays theirs, they are told why and may resume."""
    end_lease(session, actor, assignment, AssignmentState.RELEASED, verb="assignment.take_back", reason=reason, now=now)
    accounts.notify(
        session,
        assignment.user_id,
        NotificationKind.LEASE_ENDING,
        f"A manager took a task back: {reason[:300]} Your text is kept.",
        f"/assignments/{assignment.id}",
        now=now,
    )


def end_lease(
    session: Session,
    actor: Actor,
    assignment: Assignment,
    new: AssignmentState,
    *,
    verb: str,
    reason: str | None,
    now: datetime,
) -> None:
    """Move a live or submitted assignment to an end that gives its place back, and write why."""
    old = assignment.state
    move_assignment(session, assignment.id, old, new, now=now)
    free_slot(session, assignment.slot_id)
    audit.record(
        session,
        verb,
        actor=actor,
        at=now,
        kind="assignment",
        object_id=assignment.id,
        project_id=assignment.project_id,
        moved=(old, new),
        reason=reason,
    )


def settle_report(
    session: Session, actor: Actor, report_id: UUID, *, task_id: UUID, project_id: UUID, now: datetime
) -> None:
    """Mark what somebody said of a task as answered; it no longer counts towards halting. Conflict when it was."""
    move = update(TaskReport).where(
        TaskReport.id == report_id, TaskReport.task_id == task_id, TaskReport.settled_at.is_(None)
    )
    if not changed_one(session, move.values(settled_at=now)):
        raise Conflict("This report was answered already.")
    audit.record(
        session, "task_report.settle", actor=actor, at=now, kind="report", object_id=report_id, project_id=project_id
    )


def _halt_if_two_say_so(session: Session, assignment: Assignment, now: datetime) -> bool:
    # The row lock makes the second of two simultaneous reports see the first one.
    task = session.scalars(
        select(Task)
        .where(Task.id == assignment.task_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    people = session.scalar(
        select(func.count(TaskReport.user_id.distinct())).where(
            TaskReport.task_id == task.id, TaskReport.kind == ReportKind.BROKEN, TaskReport.settled_at.is_(None)
        )
    )
    if (people or 0) < BROKEN_REPORTS_TO_HALT or TaskState.HALTED not in TASK_MOVES[task.state]:
        return False
    try:
        halt_task(session, task, actor=None, now=now, reason="Two people found the problem broken.")
    except IllegalMove:
        return False
    _tell_managers(session, task, now)
    return True


def _tell_managers(session: Session, task: Task, now: datetime) -> None:
    managers = select(Membership.user_id).where(
        Membership.project_id == task.project_id, Membership.role == Role.MANAGER
    )
    for user_id in session.scalars(managers.order_by(Membership.user_id)).all():
        accounts.notify(
            session,
            user_id,
            NotificationKind.TASK_BROKEN,
            f"Two people found task {task.number} broken; it is halted until you decide.",
            f"/tasks/{task.id}/reports",
            now=now,
            dedup_key=f"broken:{task.id}:{task.updated_at:%Y%m%dT%H%M%S}:{user_id}",
        )
