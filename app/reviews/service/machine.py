"""The machines' checks before a reviewer: what they found, and asking them to look once more."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, IllegalMove
from app.core.jobs import Job, JobState, enqueue
from app.reviews.access import Desk
from app.reviews.policy import why_closed
from app.reviews.queries.machine import newest_of, tests_of, verifier_runs_of
from app.reviews.schemas.machine import MachineView, ProgramCheckView, TestView
from app.submissions.models import ProgramRun
from app.submissions.service.handing_in import CHECK_JOB
from app.submissions.service.telling import is_checkable
from app.submissions.states import Finding
from app.verifiers.registry import KINDS

NO_MACHINE = "No machine can check this kind of answer."


def view_machine(session: Session, desk: Desk) -> MachineView | None:
    """Show what machines found about the revision; None where no machine can say anything.

    The expected answer, and what hidden tests hold, stay hidden until the reviewer has looked at the reference.
    """
    spec = desk.task.answer_spec
    if not is_checkable(spec):
        return None
    runs = verifier_runs_of(session, desk.revision.id)
    newest = newest_of(runs) or (runs[0] if runs else None)
    tests = tests_of(session, desk.revision.id) if spec.get("kind") == "program" else None
    has_seen = desk.review.saw_reference_at is not None
    kind = KINDS.get(str(spec.get("kind")))
    return MachineView(
        kind_title=kind.title if kind else str(spec.get("kind")),
        is_pending=_is_waiting(session, desk, len(runs)),
        finding=newest.finding if newest else None,
        reason=newest.reason if newest else "",
        detail=newest.detail if newest and has_seen else "",
        method=newest.method if newest else "",
        milliseconds=newest.milliseconds if newest else 0,
        checked_at=newest.created_at if newest else None,
        program=_view_tests(tests, has_seen=has_seen) if tests else None,
        is_refused=newest is not None and newest.finding == Finding.FAIL,
    )


def was_executed(machine: MachineView | None) -> bool:
    """Tell whether the server itself ran the program on all tests, and they passed."""
    return machine is not None and machine.finding == Finding.PASS and machine.program is not None


def _view_tests(run: ProgramRun, *, has_seen: bool) -> ProgramCheckView:
    tests = [_view_test(one, has_seen=has_seen) for one in run.results]
    return ProgramCheckView(
        state=run.state,
        language=run.language,
        message=run.message,
        stderr=run.stderr,
        passed=sum(1 for one in tests if one.verdict == "passed"),
        total=len(tests),
        tests=tests,
    )


def _view_test(stored: Mapping[str, Any], *, has_seen: bool) -> TestView:
    known = {name: value for name, value in stored.items() if name in TestView.model_fields}
    if stored.get("is_hidden") and not has_seen:
        known |= {"stdout": None, "expected": None, "reason": ""}
    return TestView.model_validate(known)


def ask_machine(session: Session, actor: Actor, desk: Desk, *, now: datetime) -> None:
    """Have the revision checked once more; asked twice, it is done once. Conflict where no machine can check."""
    closed = why_closed(desk.review, desk.submission)
    if closed is not None:
        raise IllegalMove(closed)
    if not is_checkable(desk.task.answer_spec):
        raise Conflict(NO_MACHINE)
    known = len(verifier_runs_of(session, desk.revision.id))
    if not _is_waiting(session, desk, known):
        payload = {"revision_id": str(desk.revision.id), "asked_by": str(actor.user_id)}
        enqueue(session, CHECK_JOB, payload, now=now, requested_by=actor.user_id, dedup_key=_key(desk, known))


def _key(desk: Desk, known: int) -> str:
    """Name the check that follows the `known` ones, so that pressing twice asks once."""
    return f"check:{desk.revision.id}:{known}"


def _is_waiting(session: Session, desk: Desk, known: int) -> bool:
    """Tell whether the check that follows the `known` ones is still to come."""
    # The first, which comes with handing in, has no name; its job is found by what it is about.
    named = Job.dedup_key == _key(desk, known)
    first = and_(Job.kind == CHECK_JOB, Job.payload["revision_id"].as_string() == str(desk.revision.id))
    waiting = Job.state.in_((JobState.QUEUED, JobState.RUNNING))
    query = select(Job.id).where(waiting, named if known else or_(named, first)).limit(1)
    return session.scalars(query).first() is not None
