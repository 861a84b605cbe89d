"""Carrying out runs in the runner: the sandbox works outside of any transaction; what came out is stored once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import Database, changed_one
from app.sandbox.job import Limits, Result, Status
from app.sandbox.judging import judge
from app.sandbox.judging.verdict import COMPILE_ERROR, PASSED, TESTS_BROKEN, UNAVAILABLE, TestResult, Verdict
from app.sandbox.sandbox import Sandbox
from app.submissions.models import ProgramRun, Submission
from app.submissions.service.running import WAITING
from app.submissions.service.telling import Spec, read_program
from app.submissions.states import BY_SERVER, RUN_OUTPUT_MAX_CHARS, RunPurpose, RunState
from app.tasks.models import Task
from app.text.fingerprints import content_hash

MESSAGE_MAX_CHARS = 2000
WAIT_SECONDS = 60.0
"""For all tests together while somebody waits for them; what is left then was not run."""
HAND_IN_SECONDS = 120.0
BROKE = "The runner broke while it ran this; it says nothing about the program. Try again."
BROKEN_TESTS = "The tests of this task do not work; it says nothing about the program. A manager has to mend them."
_NOT_THE_PROGRAMS = frozenset({Status.UNAVAILABLE, Status.INTERNAL_ERROR})
_ENDS = {
    Status.OK: "It ended without an error.",
    Status.TIME_LIMIT: "It was stopped: it took too long.",
    Status.MEMORY_LIMIT: "It was stopped: it wanted too much memory.",
    Status.OUTPUT_LIMIT: "It was stopped: it printed too much.",
    Status.COMPILE_ERROR: "It does not compile; the compiler says why.",
}
Values = dict[str, Any]
"""Columns of a run that has ended."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run as the engine needs it."""

    run_id: UUID
    purpose: RunPurpose
    language: str
    source: str
    stdin: str
    spec: Spec


def carry_out(database: Database, run_id: UUID, sandbox: Sandbox) -> None:
    """Carry out one run and store what came of it.

    May be repeated: a run that has ended is left alone, and of two results the first counts.
    """
    with database.change() as session:
        order = begin(session, run_id)
    if order is None:
        return
    try:
        values = execute(sandbox, order)
    except Exception:
        with database.change() as session:
            finish(session, run_id, failed(BROKE), now=clock.now())
        raise
    with database.change() as session:
        finish(session, run_id, values, now=clock.now())


def begin(session: Session, run_id: UUID) -> Order | None:
    """Mark a run as running and return what to do; None when it has ended."""
    start = update(ProgramRun).where(ProgramRun.id == run_id, ProgramRun.state.in_(WAITING))
    if not changed_one(session, start.values(state=RunState.RUNNING)):
        return None
    query = (
        select(ProgramRun, Task.answer_spec)
        .join(Submission, Submission.id == ProgramRun.submission_id)
        .join(Task, Task.id == Submission.task_id)
        .where(ProgramRun.id == run_id)
    )
    run, spec = session.execute(query).one()
    return Order(run.id, run.purpose, run.language, run.source, run.stdin, spec)


def finish(session: Session, run_id: UUID, values: Values, *, now: datetime) -> bool:
    """Store how a run ended; False when it had ended already."""
    end = update(ProgramRun).where(ProgramRun.id == run_id, ProgramRun.state.in_(WAITING))
    return changed_one(session, end.values(**values, finished_at=now))


def execute(sandbox: Sandbox, order: Order) -> Values:
    """Run a program with input of one's own, or against all tests of the task."""
    if order.purpose is RunPurpose.CUSTOM:
        result = sandbox.run(order.language, order.source, order.stdin.encode(), limits=limits_of(order.spec))
        return values_of_result(result)
    seconds = HAND_IN_SECONDS if order.purpose in BY_SERVER else WAIT_SECONDS
    verdict = judge(sandbox, order.spec, order.language, order.source, wall_seconds=seconds)
    return values_of_verdict(verdict) | {"spec_sha256": content_hash(order.spec)}


def failed(sentence: str) -> Values:
    """Say that a program could not be run."""
    return {"state": RunState.FAILED, "message": readable(sentence, MESSAGE_MAX_CHARS)}


def limits_of(spec: Spec) -> Limits:
    """Take the limits of a task's programs; a run with input of one's own has the same."""
    program = read_program(spec)
    if program is None:
        return Limits()
    own = program.limits
    return Limits(cpu_seconds=own.cpu_seconds, wall_seconds=own.wall_seconds, memory_bytes=own.memory_mb << 20)


def values_of_result(result: Result) -> Values:
    """Write down how a program with input of one's own ended."""
    if result.status in _NOT_THE_PROGRAMS:
        return failed(result.note or BROKE)
    message = _ENDS.get(result.status) or _runtime_error(result)
    return {
        "state": RunState.DONE,
        "verdict": result.status.value,
        "message": message + (" Some of what it printed was cut off." if result.is_cut else ""),
        "exit_code": result.exit_code,
        **_printed(result),
        "cpu_milliseconds": round(result.cpu_seconds * 1000),
        "wall_milliseconds": round(result.wall_seconds * 1000),
        "memory_bytes": result.memory_bytes,
    }


def _runtime_error(result: Result) -> str:
    if result.signal is not None:
        return f"It was ended by signal {result.signal}."
    return f"It ended with exit code {result.exit_code}."


def _printed(result: Result) -> Values:
    return {"stdout": _text(result.stdout), "stderr": _text(result.stderr)}


def values_of_verdict(verdict: Verdict) -> Values:
    """Write down what the tests said; of hidden ones no input and no output, not even here."""
    compiled, tests = verdict.compile, verdict.tests
    if verdict.verdict == UNAVAILABLE:
        # What a run that broke has left may quote what the program printed, with the input of a hidden test in it.
        is_ours = compiled is not None and compiled.status is Status.UNAVAILABLE
        return failed(verdict.note if is_ours and verdict.note else BROKE)
    if verdict.verdict == TESTS_BROKEN:
        return failed(BROKEN_TESTS)
    return {
        "state": RunState.DONE,
        "verdict": verdict.verdict,
        "message": _message(verdict),
        "stderr": "" if compiled is None else _text(compiled.stderr),
        "results": [_result(test) for test in tests],
        "cpu_milliseconds": sum(test.cpu_ms for test in tests),
        "wall_milliseconds": sum(test.wall_ms for test in tests),
        "memory_bytes": max((test.memory_bytes for test in tests), default=0),
    }


def _message(verdict: Verdict) -> str:
    if verdict.verdict == COMPILE_ERROR:
        return _ENDS[Status.COMPILE_ERROR]
    if not verdict.tests:
        return readable(verdict.note, MESSAGE_MAX_CHARS)
    passed = sum(test.verdict == PASSED for test in verdict.tests)
    return f"{passed} of {len(verdict.tests)} tests passed."


def _result(test: TestResult) -> dict[str, Any]:
    kept = {
        "name": readable(test.name, 200),
        "is_hidden": test.is_hidden,
        "verdict": test.verdict,
        "cpu_ms": test.cpu_ms,
        "wall_ms": test.wall_ms,
        "memory_bytes": test.memory_bytes,
    }
    if test.is_hidden:
        return kept
    told = {"stdin": test.stdin, "stdout": test.stdout, "expected": test.expected, "reason": test.reason}
    return kept | {name: readable(value, RUN_OUTPUT_MAX_CHARS) for name, value in told.items()}


def _text(printed: bytes) -> str:
    return readable(printed.decode("utf-8", errors="replace"), RUN_OUTPUT_MAX_CHARS)


def readable(text: str, limit: int) -> str:
    """Bring what a program printed into a text that every database keeps."""
    return text.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")[:limit]
