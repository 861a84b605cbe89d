"""Background work on what experts write: running programs, checking what was handed in, ending runs that got lost."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from app.accounts.queries import actor_of_user
from app.core import clock
from app.core.jobs import Handler, JobRun, enqueue_behind
from app.submissions.models import Revision, Submission
from app.submissions.service.handing_in import CHECK_JOB
from app.submissions.service.running import RUN_JOB, end_lost_runs
from app.submissions.service.withdrawing import REST_JOB, withdraw_some
from app.submissions.states import EFFECTIVE
from app.tasks.service import engines
from app.tasks.service.rewording import ANSWER_CHANGED

LOST_JOB = "submissions.end_lost_runs"


def run_program(run: JobRun) -> dict[str, Any] | None:
    """Job ``submissions.run_program``: run what somebody waits for; repeatable."""
    from app.submissions.service import executing  # noqa: PLC0415 - only the runner judges programs

    executing.carry_out(run.database, UUID(run.payload["run_id"]), engines.sandbox())
    return None


def check_revision(run: JobRun) -> dict[str, Any] | None:
    """Job ``submissions.check_revision``: let a machine look at what was handed in; repeatable."""
    from app.submissions.service import verifying  # noqa: PLC0415 - only the runner judges programs

    asked_by = run.payload.get("asked_by")
    verifying.check_revision(
        run.database,
        UUID(run.payload["revision_id"]),
        sandbox=engines.sandbox(),
        checker=engines.checker(),
        job_id=run.job_id,
        asked_by=UUID(asked_by) if asked_by else None,
    )
    return None


def check_task_again(run: JobRun) -> dict[str, Any]:
    """Job ``tasks.answer_changed``: have the work that counts on a task checked by its new answer; repeatable.

    A check that finds the same specification done already does nothing.
    """
    with run.database.change() as session:
        newest = and_(Revision.submission_id == Submission.id, Revision.n == Submission.revision_n)
        query = select(Revision.id, Submission.project_id).join(Submission, newest)
        of_task = (Submission.task_id == UUID(run.payload["task_id"]), Submission.state.in_(EFFECTIVE))
        found = session.execute(query.where(*of_task).order_by(Revision.submitted_at)).all()
        for revision_id, project_id in found:
            payload = {"revision_id": str(revision_id)}
            enqueue_behind(session, CHECK_JOB, payload, project_id=project_id, now=clock.now())
    return {"asked": len(found)}


def end_lost(run: JobRun) -> dict[str, Any]:
    """Job ``submissions.end_lost_runs``: say of runs whose job will never end them that they failed."""
    with run.database.change() as session:
        return {"ended": end_lost_runs(session, now=clock.database_now(session))}


def withdraw_rest(run: JobRun) -> dict[str, Any]:
    """Job ``submissions.withdraw_rest``: withdraw what is left of all that somebody takes back; repeatable.

    Nothing is done for a person who was shut out meanwhile: managers of the project withdraw for them.
    """
    project_id, done = UUID(run.payload["project_id"]), 0
    while True:
        with run.database.change() as session:
            actor = actor_of_user(session, UUID(run.payload["user_id"]))
            if actor is None:
                return {"withdrawn": done}
            some = withdraw_some(session, actor, project_id, run.payload["reason"], now=clock.now())
        done += some
        if not some:
            return {"withdrawn": done}


HANDLERS: dict[str, Handler] = {
    REST_JOB: withdraw_rest,
    RUN_JOB: run_program,
    CHECK_JOB: check_revision,
    ANSWER_CHANGED: check_task_again,
    LOST_JOB: end_lost,
}
PERIODIC: dict[str, int] = {LOST_JOB: 30}
"""job name → every how many seconds"""
