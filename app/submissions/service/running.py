"""Asking for runs of programs, and showing them to their author: of hidden tests the word of the verdict, no more."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import jobs, runners
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound, TooManyRequests
from app.core.ids import new_id
from app.core.jobs import Job, JobState
from app.submissions.activities.registry import KINDS
from app.submissions.models import ProgramRun, Submission
from app.submissions.schemas import RunIn, RunOut, RunTestOut
from app.submissions.service.telling import Spec, has_tests, source_hash
from app.submissions.states import RunPurpose, RunState
from app.tasks.models import Task
from app.text.fingerprints import content_hash

RUN_JOB = "submissions.run_program"
PRIORITY = 1
"""Somebody waits for it, so it goes before all checks of what is handed in."""
QUOTA = ((60, 10, "a minute"), (3600, 100, "an hour"))
"""(seconds, runs, in words): how many somebody may ask for in how long a time"""
BY_AUTHOR = (RunPurpose.CUSTOM, RunPurpose.TESTS)
WAITING = frozenset({RunState.QUEUED, RunState.RUNNING})
SHOWN = 20
PATIENCE = timedelta(minutes=10)
"""So long somebody's run waits for a runner while none is alive."""
LOST_AT_ONCE = 500
LOST = "It was never finished; it says nothing about the program. Run it again."
NO_PROGRAM = "This kind of work has no program to run."


def ask_for_run(session: Session, actor: Actor, submission: Submission, wish: RunIn, *, now: datetime) -> ProgramRun:
    """Ask for a run of a program: row and job in one transaction.

    Raises Conflict when the work has no program or programs are not run here, Invalid for what cannot be run, and
    TooManyRequests over the quota of the person.
    """
    task = session.get_one(Task, submission.task_id)
    _require_runnable(session, submission, task.answer_spec, wish, now=now)
    _require_quota(session, actor.user_id, now=now)
    purpose = RunPurpose(wish.purpose)
    with_tests = purpose is RunPurpose.TESTS
    run = ProgramRun(
        id=new_id(),
        submission_id=submission.id,
        requested_by=actor.user_id,
        purpose=purpose,
        language=wish.language,
        source=wish.source,
        source_sha256=source_hash(wish.source),
        spec_sha256=content_hash(task.answer_spec) if with_tests else None,
        stdin="" if with_tests else wish.stdin,
        results=[],
        requested_at=now,
    )
    job = jobs.enqueue(
        session,
        RUN_JOB,
        {"run_id": str(run.id)},
        now=now,
        requested_by=actor.user_id,
        project_id=submission.project_id,
        priority=PRIORITY,
    )
    session.flush()  # the run names its job
    run.job_id = job.id
    session.add(run)
    session.flush()  # the answer shows what its row holds by itself
    return run


def _require_runnable(session: Session, submission: Submission, spec: Spec, wish: RunIn, *, now: datetime) -> None:
    kind = KINDS[submission.activity]
    if not kind.needs_program:
        raise Conflict(NO_PROGRAM)
    can = runners.capability(session, now=now)
    if can.why_off is not None:
        raise Conflict(can.why_off)
    if wish.language not in can.languages or wish.language not in dict(kind.languages):
        raise Invalid("Programs in this language are not run here.", pointer="/language")
    if not wish.source.strip():
        raise Invalid("The program is empty.", pointer="/source")
    if RunPurpose(wish.purpose) is RunPurpose.TESTS and not has_tests(spec):
        raise Conflict("This task has no tests to run; run the program with input of your own.")


def _require_quota(session: Session, user_id: UUID, *, now: datetime) -> None:
    # Simultaneous requests of one person wait for each other here: counting then inserting would let all of them in.
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    longest = max(seconds for seconds, _, _ in QUOTA)
    query = select(ProgramRun.requested_at).where(
        ProgramRun.requested_by == user_id,
        ProgramRun.requested_at > now - timedelta(seconds=longest),
        ProgramRun.purpose.in_(BY_AUTHOR),
    )
    asked = session.scalars(query.order_by(ProgramRun.requested_at.desc())).all()
    for seconds, count, words in QUOTA:
        inside = [at for at in asked if at > now - timedelta(seconds=seconds)]
        if len(inside) >= count:
            wait = max(1, -int((now - inside[count - 1] - timedelta(seconds=seconds)).total_seconds() // 1))
            sentence = f"You may run {count} programs {words}. Try again in {wait} s."
            raise TooManyRequests(sentence, retry_after_seconds=wait)


def get_run(session: Session, submission: Submission, run_id: UUID) -> ProgramRun:
    """Load one of the runs that the author of the work has asked for."""
    run = session.get(ProgramRun, run_id)
    if run is None or run.submission_id != submission.id or run.purpose not in BY_AUTHOR:
        raise NotFound("There is no such run.")
    return run


def newest_runs(session: Session, submission: Submission) -> list[RunOut]:
    """List the runs that the author has asked for, newest first; twenty."""
    query = select(ProgramRun).where(ProgramRun.submission_id == submission.id, ProgramRun.purpose.in_(BY_AUTHOR))
    newest = query.order_by(ProgramRun.requested_at.desc(), ProgramRun.id.desc()).limit(SHOWN)
    return [run_out(run) for run in session.scalars(newest)]


def read_run(session: Session, run_id: UUID) -> RunOut:
    """Show a run whose author has been let in to it."""
    return run_out(session.get_one(ProgramRun, run_id))


def ended_among(session: Session, run_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Find those of some runs that have ended."""
    query = select(ProgramRun.id).where(ProgramRun.id.in_(run_ids), ProgramRun.state.not_in(WAITING))
    return session.scalars(query).all()


def run_out(run: ProgramRun) -> RunOut:
    """Show a run to its author: of hidden tests only a number and the word of the verdict."""
    tests = _tests_out(run.results)
    public = [test for test in tests if not test.is_hidden]
    alone = run.purpose == RunPurpose.CUSTOM
    return RunOut(
        id=run.id,
        purpose=run.purpose,
        state=run.state,
        language=run.language,
        source_sha256=run.source_sha256,
        stdin=run.stdin,
        verdict=run.verdict,
        message=run.message,
        exit_code=run.exit_code,
        stdout=run.stdout,
        stderr=run.stderr,
        tests=tests,
        passed=sum(test.verdict == "passed" for test in tests),
        total=len(tests),
        cpu_ms=run.cpu_milliseconds if alone else sum(test.cpu_ms or 0 for test in public),
        wall_ms=run.wall_milliseconds if alone else sum(test.wall_ms or 0 for test in public),
        memory_bytes=run.memory_bytes if alone else max((test.memory_bytes or 0 for test in public), default=0),
        requested_at=run.requested_at,
        finished_at=run.finished_at,
    )


def _tests_out(results: list[Mapping[str, Any]]) -> list[RunTestOut]:
    shown: list[RunTestOut] = []
    hidden = 0
    for result in results:
        if result["is_hidden"]:
            hidden += 1
            shown.append(RunTestOut(name=f"hidden {hidden}", is_hidden=True, verdict=result["verdict"]))
        else:
            shown.append(RunTestOut.model_validate(result))
    return shown


def end_lost_runs(session: Session, *, now: datetime) -> int:
    """Say that runs have failed whose job has ended without them, or that nobody takes up; return how many.

    A run whose runner was killed is taken up again by its job's lease; this is for those that killed each of them.
    """
    if not runners.capability(session, now=now).is_anybody_there:
        _give_up_waiting(session, now=now)
    ended = or_(Job.id.is_(None), Job.state.in_((JobState.DONE, JobState.DEAD, JobState.CANCELLED)))
    query = select(ProgramRun.id).outerjoin(Job, Job.id == ProgramRun.job_id).where(ended)
    lost = session.scalars(query.where(ProgramRun.state.in_(WAITING)).limit(LOST_AT_ONCE)).all()
    end = update(ProgramRun).where(ProgramRun.id.in_(lost), ProgramRun.state.in_(WAITING))
    session.execute(
        end.values(state=RunState.FAILED, message=LOST, finished_at=now),
        execution_options={"synchronize_session": False},
    )
    return len(lost)


def _give_up_waiting(session: Session, *, now: datetime) -> None:
    query = (
        select(Job)
        .join(ProgramRun, ProgramRun.job_id == Job.id)
        .where(ProgramRun.state == RunState.QUEUED, ProgramRun.requested_at < now - PATIENCE)
    )
    for job in session.scalars(query.limit(LOST_AT_ONCE)).all():
        jobs.ask_to_cancel(session, job, now=now)
