"""Opening tasks once a machine has checked their answers: one by one, or all of an import."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import actor_of_user
from app.core.actor import Actor
from app.core.errors import IllegalMove, Invalid
from app.core.ids import new_id
from app.core.jobs import enqueue
from app.tasks.models import Task, TaskCheck, TaskImport
from app.tasks.service.answers import (
    Found,
    Spec,
    ask_check,
    can_be_checked,
    finish_check,
    newest_check,
    wrong_answers,
)
from app.tasks.service.moving import open_task
from app.tasks.states import WRONG_ANSWERS_NEEDED, TaskState
from app.text.fingerprints import content_hash
from app.verifiers.plausible import propose_wrong

CHECK_IMPORTED = "tasks.check_imported"
PAGE = 50


def open_or_wait(session: Session, task: Task, *, actor: Actor, now: datetime) -> None:
    """Open a task; where its project opens only what was checked, as soon as the check of its answer has passed.

    Raises what `open_task` raises.
    """
    waits = task.project.opens_checked_only and task.answer_checked_at is None and can_be_checked(task.answer_spec)
    if not waits:
        open_task(session, task, actor=actor, now=now)
        return
    check = newest_check(session, task) or ask_check(session, task, actor=actor, now=now)
    check.opens_after = True


def open_checked(session: Session, check: TaskCheck, *, now: datetime) -> bool:
    """Open the task of a check that has passed, for whoever asked for it; False when it cannot be opened any more."""
    task = session.get_one(Task, check.task_id)
    actor = actor_of_user(session, check.requested_by) if check.requested_by else None
    if actor is None or task.state not in {TaskState.DRAFT, TaskState.READY}:
        return False
    try:
        open_task(session, task, actor=actor, now=now)
    except (Invalid, IllegalMove):
        return False
    return True


def check_imported_later(session: Session, task_import: TaskImport, *, actor: Actor, now: datetime) -> None:
    """Have the answers of an import checked in the background, where its project opens only what was checked."""
    payload = {"import_id": str(task_import.id)}
    enqueue(
        session,
        CHECK_IMPORTED,
        payload,
        now=now,
        requested_by=actor.user_id,
        project_id=task_import.project_id,
        dedup_key=f"{CHECK_IMPORTED}:{task_import.id}",
    )


def unchecked_of(session: Session, import_id: UUID, *, after: int) -> Sequence[tuple[UUID, int, Spec]]:
    """List (id, number, specification) of the next tasks of an import whose answers nobody has checked."""
    query = select(Task.id, Task.number, Task.answer_spec).where(
        Task.import_id == import_id,
        Task.state == TaskState.READY,
        Task.answer_checked_at.is_(None),
        Task.number > after,
    )
    rows = session.execute(query.order_by(Task.number).limit(PAGE)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def with_proposals(spec: Spec) -> Spec:
    """Add proposed wrong answers to a specification that lists too few."""
    known = wrong_answers(spec)
    missing = WRONG_ANSWERS_NEEDED - len(known)
    if missing <= 0 or not can_be_checked(spec) or spec.get("kind") == "program":
        return spec
    return {**spec, "wrong": [*known, *[one for one in propose_wrong(spec) if one not in known][:missing]]}


def store_checked(
    session: Session,
    task_id: UUID,
    old: Spec,
    spec: Spec,
    found: Found | None,
    *,
    actor: Actor,
    opens: bool,
    now: datetime,
) -> bool:
    """Store what a check of an imported task found, with the wrong answers that were proposed; opens it if asked to.

    `found` is None where only people can judge. False when it was not opened; a task that was changed since it was
    read is left alone.
    """
    task = session.get_one(Task, task_id, with_for_update={"key_share": True})
    if task.answer_spec != old or task.state != TaskState.READY:
        return False
    if found is not None:
        task.answer_spec = dict(spec)
        check = TaskCheck(
            id=new_id(), task_id=task.id, spec_sha256=content_hash(spec), requested_by=actor.user_id, created_at=now
        )
        session.add(check)
        session.flush()  # it is found by its row
        finish_check(session, check.id, found, now=now)
    if not opens or (found is not None and not found.is_passed):
        return False
    open_task(session, task, actor=actor, now=now)
    return True
