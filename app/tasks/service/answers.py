"""Checking a task's own answer: a machine must accept the reference and refuse what is known to be wrong."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.jobs import enqueue
from app.projects.models import Project
from app.tasks.models import Task, TaskCheck
from app.tasks.states import WRONG_ANSWERS_NEEDED, CheckState
from app.text.fingerprints import content_hash
from app.verifiers.by_assumption import branches_of
from app.verifiers.outcome import Given, Outcome
from app.verifiers.registry import guess_probability, reference_of

if TYPE_CHECKING:
    from app.sandbox.sandbox import Sandbox
    from app.verifiers.checker import Checker

CHECK_ANSWER = "tasks.check_answer"
BY_PEOPLE = frozenset({"none", "rubric"})
"""Kinds of answers that no machine can judge."""
BROKE = "The check broke off; it says nothing about the answer. Ask for it once more."
NAME_MAX_CHARS = 200
_FAVOUR = {Outcome.PASS: 0, Outcome.UNDECIDED: 1, Outcome.FAIL: 2}
Spec = Mapping[str, Any]
Result = dict[str, Any]
"""name, is_reference, finding (pass, fail, undecided or error), reason, milliseconds"""


@dataclass(frozen=True, slots=True)
class Found:
    """What came out of a check."""

    results: list[Result]
    guess_probability: float | None
    faults: list[str]
    """what stands against opening the task, in sentences; empty when the answer is in order"""

    @property
    def is_passed(self) -> bool:
        """Tell whether the task may open."""
        return not self.faults


def can_be_checked(spec: Spec) -> bool:
    """Tell whether a machine can say anything about answers to this specification."""
    return spec.get("kind", "none") not in BY_PEOPLE


def ask_check(
    session: Session, task: Task, *, actor: Actor | None, now: datetime, opens_after: bool = False
) -> TaskCheck:
    """Have a task's answer checked in the background; Conflict where no machine can judge this kind of answer.

    With `opens_after` the task opens as soon as the check has passed.
    """
    if not can_be_checked(task.answer_spec):
        raise Conflict("No machine can check this kind of answer; people judge it.")
    check = TaskCheck(
        id=new_id(),
        task_id=task.id,
        spec_sha256=content_hash(task.answer_spec),
        opens_after=opens_after,
        requested_by=actor.user_id if actor else None,
        created_at=now,
    )
    session.add(check)
    requested_by = actor.user_id if actor else None
    payload = {"check_id": str(check.id)}
    enqueue(session, CHECK_ANSWER, payload, now=now, requested_by=requested_by, project_id=task.project_id)
    return check


def newest_check(session: Session, task: Task) -> TaskCheck | None:
    """Return the last check of the answer as it is specified now; None when it was never asked for."""
    query = select(TaskCheck).where(
        TaskCheck.task_id == task.id, TaskCheck.spec_sha256 == content_hash(task.answer_spec)
    )
    return session.scalars(query.order_by(TaskCheck.created_at.desc(), TaskCheck.id.desc()).limit(1)).first()


def require_checked(session: Session, task: Task) -> None:
    """Raise Invalid where the project opens only what was checked and this task's answer was not, or did not pass."""
    if task.answer_checked_at is not None or not can_be_checked(task.answer_spec):
        return
    if session.scalar(select(Project.opens_checked_only).where(Project.id == task.project_id)):
        raise Invalid("Its answer was not checked yet, or did not pass; check the answer first.")


def look(spec: Spec, *, checker: "Checker", sandbox: Callable[[], "Sandbox"]) -> Found:
    """Hold a specification against its own reference and wrong answers; no transaction is open meanwhile."""
    faults = checker.check_spec(spec)
    if faults:
        return Found([], None, faults)
    if spec.get("kind") == "program":
        from app.sandbox.judging import self_check  # noqa: PLC0415 - only those who run programs load it

        tried = self_check(sandbox(), spec)
        return Found([_of_program(one) for one in tried.results], None, list(tried.faults))
    stated: list[tuple[str, ...]] = [(str(branch.get("assumption", "")),) for branch in branches_of(spec)] or [()]
    right = [(f"reference {n}", one) for n, one in enumerate(_references(spec), start=1)]
    names = [("reference", one) for _, one in right] if len(right) == 1 else right
    compared = [_compare(checker, spec, name, [one], is_reference=True) for name, one in names]
    for text in wrong_answers(spec):
        given = [Given(text, assumptions=assumptions) for assumptions in stated]
        compared.append(_compare(checker, spec, text, given, is_reference=False))
    return Found(compared, guess_probability(spec), _faults(spec, compared))


def wrong_answers(spec: Spec) -> list[str]:
    """List the answers that must not pass."""
    found = spec.get("wrong")
    return [str(one) for one in found] if isinstance(found, list) else []


def _references(spec: Spec) -> list[Given]:
    """List the right answers: one, or one for each assumption."""
    branches = branches_of(spec)
    if not branches:
        return [reference_of(spec)]
    found = [(reference_of(branch["spec"]), str(branch.get("assumption", ""))) for branch in branches]
    return [Given(one.text, one.unit, (assumption,)) for one, assumption in found]


def _compare(checker: "Checker", spec: Spec, name: str, given: list[Given], *, is_reference: bool) -> Result:
    """Hold an answer against the specification under each of its assumptions; the most favourable word counts."""
    began = time.perf_counter()
    compared = [checker.compare(one, spec) for one in given]
    best = min(compared, key=lambda one: _FAVOUR[one.outcome])
    return {
        "name": name[:NAME_MAX_CHARS],
        "is_reference": is_reference,
        "finding": best.outcome.value,
        "reason": best.detail or best.reason,
        "milliseconds": round((time.perf_counter() - began) * 1000),
    }


def _of_program(tried: Any) -> Result:
    return {
        "name": tried.name[:NAME_MAX_CHARS],
        "is_reference": tried.is_reference,
        "finding": Outcome.PASS.value if tried.is_passed else Outcome.FAIL.value,
        "reason": tried.reason,
        "milliseconds": tried.milliseconds,
    }


def _faults(spec: Spec, results: list[Result]) -> list[str]:
    """Say what stands against opening a task whose answer is compared."""
    wrong = [one for one in results if not one["is_reference"]]
    faults = [
        f"The machine does not accept the right answer itself: {one['reason']}"
        for one in results
        if one["is_reference"] and one["finding"] != Outcome.PASS
    ]
    faults += [f"The wrong answer “{one['name']}” is accepted." for one in wrong if one["finding"] == Outcome.PASS]
    if spec.get("kind") != "choice" and len(wrong) < WRONG_ANSWERS_NEEDED:
        missing = WRONG_ANSWERS_NEEDED - len(wrong)
        faults.append(
            f"{len(wrong)} plausible wrong answers are listed; add {missing} more, so that a guess does not pass."
        )
    return faults


@dataclass(frozen=True, slots=True)
class Order:
    """A check as the engines need it."""

    check_id: UUID
    spec: Spec


def begin_check(session: Session, check_id: UUID) -> Order | None:
    """Return what to check; None when it was done, or the answer has been specified anew since."""
    query = select(TaskCheck, Task.answer_spec).join(Task, Task.id == TaskCheck.task_id)
    row = session.execute(query.where(TaskCheck.id == check_id)).first()
    if row is None or row[0].state != CheckState.QUEUED:
        return None
    check, spec = row
    if content_hash(spec) != check.spec_sha256:
        check.state, check.message = CheckState.FAILED, "The answer was changed meanwhile; it is checked anew."
        return None
    return Order(check.id, spec)


def finish_check(session: Session, check_id: UUID, found: Found, *, now: datetime) -> TaskCheck | None:
    """Store what came out, once; the task counts as checked while its specification stays as it was."""
    message = "The reference is accepted, and every wrong answer is refused." if found.is_passed else found.faults[0]
    values = {
        "state": CheckState.DONE,
        "is_passed": found.is_passed,
        "results": found.results,
        "guess_probability": found.guess_probability,
        "message": " ".join(found.faults)[:2000] or message,
        "finished_at": now,
    }
    store = update(TaskCheck).where(TaskCheck.id == check_id, TaskCheck.state == CheckState.QUEUED)
    if not changed_one(session, store.values(values)):
        return None
    check = session.get_one(TaskCheck, check_id, populate_existing=True)
    task = session.get_one(Task, check.task_id, with_for_update={"key_share": True}, populate_existing=True)
    if found.is_passed and content_hash(task.answer_spec) == check.spec_sha256:
        task.answer_checked_at = now
    return check


def fail_check(session: Session, check_id: UUID, sentence: str, *, now: datetime) -> None:
    """Say that a check could not be carried out."""
    store = update(TaskCheck).where(TaskCheck.id == check_id, TaskCheck.state == CheckState.QUEUED)
    session.execute(store.values(state=CheckState.FAILED, message=sentence[:2000], finished_at=now))
