"""Checking what was handed in: a machine looks at the exact revision, once, and its word is stored beside it."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.sandbox.judging.verdict import NOT_RUN, PASSED
from app.sandbox.sandbox import Sandbox
from app.submissions.models import ProgramRun, Revision, Submission, VerifierRun
from app.submissions.service import executing
from app.submissions.service.executing import Order, Values
from app.submissions.service.running import WAITING
from app.submissions.service.telling import (
    COMPARE_SECONDS,
    PROGRAM,
    Spec,
    given_of,
    is_checkable,
    said_of,
    source_hash,
)
from app.submissions.states import Finding, RunPurpose, RunState
from app.tasks.models import Task
from app.text.fingerprints import content_hash

if TYPE_CHECKING:
    from app.verifiers.checker import Checker
_FINDINGS = {PASSED: Finding.PASS, NOT_RUN: Finding.UNDECIDED}
"""What the word of all tests means; NOT_RUN: none failed, but not all could be run."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A revision as the check needs it."""

    revision_id: UUID
    submission_id: UUID
    sha256: str
    document: Mapping[str, Any]
    spec: Spec
    spec_sha256: str
    asked_by: UUID | None
    """a reviewer; None: by the server at hand-in"""

    @property
    def purpose(self) -> RunPurpose:
        """Why its program is run."""
        return RunPurpose.HAND_IN if self.asked_by is None else RunPurpose.REVIEW


def check_revision(
    database: Database,
    revision_id: UUID,
    *,
    sandbox: Sandbox,
    checker: "Checker",
    job_id: UUID,
    asked_by: UUID | None = None,
) -> None:
    """Check a revision by what its task specifies; what was checked already by the same specification is left alone.

    `asked_by` is a reviewer who wants it checked once more. Of a check that came twice (its runner was thought dead)
    the newest word counts, and both say the same.
    """
    with database.reading() as session:
        handed = read_handed(session, revision_id, asked_by=asked_by)
    if handed is None:
        return
    if handed.spec["kind"] == PROGRAM:
        _check_program(database, handed, sandbox, job_id)
        return
    said, milliseconds = _compare(handed, checker)
    with database.change() as session:
        _store(session, handed, said, milliseconds, None, now=clock.now())


def check_at_once(
    session: Session, revision_id: UUID, *, sandbox: Callable[[], Sandbox], checker: "Checker", now: datetime
) -> None:
    """Check a revision inside the caller's transaction: for the demo, where nobody waits for the database."""
    handed = read_handed(session, revision_id)
    if handed is None:
        return
    program = handed.document["program"]
    if handed.spec["kind"] != PROGRAM:
        said, milliseconds = _compare(handed, checker)
        _store(session, handed, said, milliseconds, None, now=now)
    elif program is not None and program["source"].strip():
        run_id = _run_of(session, handed, program, None, now=now)
        session.flush()  # the run that ends is found by its row
        values = executing.execute(sandbox(), _order(handed, program, run_id))
        executing.finish(session, run_id, values, now=now)
        _store(session, handed, _said_by_tests(values), values.get("wall_milliseconds", 0), run_id, now=now)


def _compare(handed: Handed, checker: "Checker") -> tuple[dict[str, Any], int]:
    started = time.monotonic()
    comparison = checker.compare(given_of(handed.document), handed.spec, seconds=COMPARE_SECONDS)
    return said_of(comparison, handed.spec), round((time.monotonic() - started) * 1000)


def _order(handed: Handed, program: Mapping[str, Any], run_id: UUID) -> Order:
    return Order(run_id, handed.purpose, program["language"], program["source"], "", handed.spec)


def read_handed(session: Session, revision_id: UUID, *, asked_by: UUID | None = None) -> Handed | None:
    """Read what is to be checked; None when nothing is, or it was checked and nobody asks for it again."""
    query = (
        select(Revision, Task.answer_spec)
        .join(Submission, Submission.id == Revision.submission_id)
        .join(Task, Task.id == Submission.task_id)
        .where(Revision.id == revision_id)
    )
    row = session.execute(query).first()
    if row is None or not is_checkable(row[1]):
        return None
    revision, spec = row
    spec_sha256 = content_hash(spec)
    if asked_by is None and _is_checked(session, revision_id, spec_sha256):
        return None
    document = json.loads(revision.content)
    return Handed(revision_id, revision.submission_id, revision.sha256, document, spec, spec_sha256, asked_by)


def _is_checked(session: Session, revision_id: UUID, spec_sha256: str) -> bool:
    query = select(VerifierRun.id).where(
        VerifierRun.revision_id == revision_id,
        VerifierRun.spec_sha256 == spec_sha256,
        VerifierRun.finding != Finding.ERROR,
    )
    return session.scalars(query.limit(1)).first() is not None


def _check_program(database: Database, handed: Handed, sandbox: Sandbox, job_id: UUID) -> None:
    program = handed.document["program"]
    if program is None or not program["source"].strip():
        return
    with database.change() as session:
        run_id = _run_of(session, handed, program, job_id, now=clock.now())
    values = executing.execute(sandbox, _order(handed, program, run_id))
    with database.change() as session:
        now = clock.now()
        executing.finish(session, run_id, values, now=now)
        milliseconds = values.get("wall_milliseconds", 0)
        _store(session, handed, _said_by_tests(values), milliseconds, run_id, now=now)


def _run_of(
    session: Session, handed: Handed, program: Mapping[str, Any], job_id: UUID | None, *, now: datetime
) -> UUID:
    """Take up the run that an earlier try began, or begin one."""
    begun = select(ProgramRun.id).where(
        ProgramRun.submission_id == handed.submission_id,
        ProgramRun.revision_id == handed.revision_id,
        ProgramRun.purpose == handed.purpose,
        ProgramRun.state.in_(WAITING),
    )
    run_id = session.scalars(begun).first()
    if run_id is not None:
        return run_id
    run = ProgramRun(
        id=new_id(),
        submission_id=handed.submission_id,
        revision_id=handed.revision_id,
        purpose=handed.purpose,
        requested_by=handed.asked_by,
        state=RunState.RUNNING,
        language=program["language"],
        source=program["source"],
        source_sha256=source_hash(program["source"]),
        spec_sha256=handed.spec_sha256,
        results=[],
        job_id=job_id,
        requested_at=now,
    )
    session.add(run)
    return run.id


def _said_by_tests(values: Values) -> dict[str, Any]:
    ran = values["state"] is RunState.DONE
    finding = _FINDINGS.get(values["verdict"], Finding.FAIL) if ran else Finding.ERROR
    return {"verifier": PROGRAM, "finding": finding, "reason": values["message"][:1000], "method": "tests"}


def _store(
    session: Session,
    handed: Handed,
    said: Mapping[str, Any],
    milliseconds: int,
    run_id: UUID | None,
    *,
    now: datetime,
) -> None:
    session.add(
        VerifierRun(
            id=new_id(),
            submission_id=handed.submission_id,
            revision_id=handed.revision_id,
            content_sha256=handed.sha256,
            spec_sha256=handed.spec_sha256,
            **said,
            milliseconds=milliseconds,
            program_run_id=run_id,
            asked_by=handed.asked_by,
            created_at=now,
        )
    )
