"""Background work on what experts write: running programs, checking what was handed in, ending runs that got lost."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.jobs import Handler, JobRun
from app.submissions.service.handing_in import CHECK_JOB
from app.submissions.service.running import RUN_JOB, end_lost_runs
from app.tasks.service import engines

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


def end_lost(run: JobRun) -> dict[str, Any]:
    """Job ``submissions.end_lost_runs``: say of runs whose job will never end them that they failed."""
    with run.database.change() as session:
        return {"ended": end_lost_runs(session, now=clock.database_now(session))}


HANDLERS: dict[str, Handler] = {RUN_JOB: run_program, CHECK_JOB: check_revision, LOST_JOB: end_lost}
PERIODIC: dict[str, int] = {LOST_JOB: 30}
"""job name → every how many seconds"""
