"""Handing out: the next task of a project, and the way back to one that was given up or ran out."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.assignments.queries import hands_in_use, pick_free_place, pick_place_of_task, put_place_back, why_nothing
from app.assignments.service.expiring import expire_due
from app.assignments.service.leases import Lease, NothingLeft, free_hand, insert_unless_taken
from app.assignments.states import MAX_LIVE_LEASES, AssignmentState, NoWork, require_move
from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, IllegalMove
from app.core.ids import new_id
from app.projects.models import Project
from app.projects.policy import ACCEPTS_WRITING

TRIES = MAX_LIVE_LEASES + 1
"""A person who presses twice at once may find the hand, or the task, just taken by the other press."""
_THREE_HELD = "You hold three tasks. Hand one in, give it back or skip it; then the next one is yours."


def claim_next(session: Session, actor: Actor, project: Project, *, now: datetime, domain: str | None = None) -> Lease:
    """Lend the actor the first free place of a task they neither wrote nor had, in `domain` if given.

    The caller has checked that they may work now (`projects.access.get_project_to_work`). No task is counted: the
    place is a row taken by one UPDATE, and unique indexes refuse a second lease of a place, a task or a hand.
    Raises NothingLeft with the reason. Does not begin the submission.
    """
    lease = None
    for _ in range(TRIES):
        hands = _hands(session, actor, now)
        place = _take_place(session, actor, project, domain, now)
        if place is None:
            raise _nothing_left(session, actor, project, domain)
        lease = _lend(session, actor, project, place, hands, now)
        if lease is not None:
            break
    if lease is None:
        raise Conflict("You are taking tasks in many windows at once; look under My work, then press again.")
    audit.record(
        session,
        "assignment.claim",
        actor=actor,
        at=now,
        kind="assignment",
        object_id=lease.assignment_id,
        project_id=project.id,
        moved=(None, AssignmentState.ACTIVE),
        task=str(lease.task_id),
    )
    return lease


def resume(session: Session, actor: Actor, assignment: Assignment, project: Project, *, now: datetime) -> Lease:
    """Lend a task again to somebody whose lease ran out or was given back: the same place, or another free one of it.

    Raises Conflict when the task has no free place any more, NothingLeft when three are held. The fencing number grows,
    so a window that still believes in the old lease is refused.
    """
    require_move(assignment.state, AssignmentState.ACTIVE)
    if project.state not in ACCEPTS_WRITING:
        raise Conflict("The project is closed; what you wrote is kept, but nothing is taken on any more.")
    hand = free_hand(_hands(session, actor, now))
    connection = session.connection()
    parameters = {"of_task": assignment.task_id, "before": assignment.slot_id}
    slot_id: UUID | None = None
    for wait in (False, True):
        slot_id = slot_id or connection.scalar(pick_place_of_task(wait=wait), parameters)
    if slot_id is None:
        raise Conflict("This task has no free place now: others have filled it, or it is held back. Your text is kept.")
    lease = Lease(
        assignment.id,
        assignment.project_id,
        assignment.task_id,
        slot_id,
        actor.user_id,
        assignment.fencing + 1,
        now + timedelta(hours=project.lease_hours),
    )
    _take_up_again(session, assignment, lease, hand, now)
    audit.record(
        session,
        "assignment.resume",
        actor=actor,
        at=now,
        kind="assignment",
        object_id=assignment.id,
        project_id=assignment.project_id,
        moved=(assignment.state, AssignmentState.ACTIVE),
    )
    return lease


def _hands(session: Session, actor: Actor, now: datetime) -> list[int | None]:
    """Return the hands in use, fewer than three; leases that have run out are ended first. NothingLeft at three."""
    hands = hands_in_use(session, actor.user_id)
    if len(hands) >= MAX_LIVE_LEASES and expire_due(session, now=now, user_id=actor.user_id):
        hands = hands_in_use(session, actor.user_id)
    if len(hands) >= MAX_LIVE_LEASES:
        raise NothingLeft(NoWork.THREE_HELD, _THREE_HELD)
    return hands


def _take_place(
    session: Session, actor: Actor, project: Project, domain: str | None, now: datetime
) -> tuple[UUID, UUID] | None:
    """Take a place past those that others are just taking; only when none is left, end old leases and wait for them.

    Passing locked places by could say "nothing left" although the others may yet roll back; waiting cannot.
    """
    connection = session.connection()
    parameters: dict[str, UUID | str] = {"in_project": project.id, "by_user": actor.user_id}
    if domain is not None:
        parameters["of_domain"] = domain
    row = connection.execute(pick_free_place(by_domain=domain is not None, wait=False), parameters).first()
    if row is None:
        expire_due(session, now=now, project_id=project.id)
        session.flush()  # what was ended must be in the database before the place is looked for again
        row = connection.execute(pick_free_place(by_domain=domain is not None, wait=True), parameters).first()
    return (row[0], row[1]) if row is not None else None


def _nothing_left(session: Session, actor: Actor, project: Project, domain: str | None) -> NothingLeft:
    nothing = why_nothing(session, actor, project, acknowledged=True, signed=True, domain=domain)
    if nothing is None:  # something has come free since the place was looked for
        return NothingLeft(NoWork.ALL_TAKEN, "Every open task was just taken, but one has come back: press again.")
    return NothingLeft(nothing.reason, nothing.sentence)


def _lend(
    session: Session, actor: Actor, project: Project, place: tuple[UUID, UUID], hands: list[int | None], now: datetime
) -> Lease | None:
    """Store the lease of a place just taken; None when the same person has just got this task in another window.

    The place is then free again, as it was; somebody who is shutting it at this moment waits for us and sees it free.
    """
    slot_id, task_id = place
    expires_at = now + timedelta(hours=project.lease_hours)
    lease = Lease(new_id(), project.id, task_id, slot_id, actor.user_id, 1, expires_at)
    for _ in range(TRIES):
        hand = free_hand(hands)
        if hand is None:
            raise NothingLeft(NoWork.THREE_HELD, _THREE_HELD)
        if insert_unless_taken(session, lease, hand, now=now):
            return lease
        in_use = hands_in_use(session, actor.user_id)
        if hand not in in_use:
            break  # not the hand: the task itself
        hands = in_use
    session.connection().execute(put_place_back(), {"place": slot_id})
    return None


def _take_up_again(session: Session, old: Assignment, lease: Lease, hand: int | None, now: datetime) -> None:
    move = update(Assignment).where(
        Assignment.id == old.id, Assignment.state == old.state, Assignment.fencing == old.fencing
    )
    values = {
        "state": AssignmentState.ACTIVE,
        "slot_id": lease.slot_id,
        "fencing": lease.fencing,
        "hand": hand,
        "lease_expires_at": lease.expires_at,
        "warned_percent": 0,
        "leased_at": now,
        "ended_at": None,
    }
    if not changed_one(session, move.values(values)):
        raise IllegalMove("This task was resumed in another window; reload it.")
