"""Background work of decontamination: load a reference set, hold everything against it, and what comes in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import first_id_of
from app.core.jobs import Handler, JobRun
from app.decontamination.queries.pieces import keys_of_all, keys_of_late
from app.decontamination.service.checking import check, open_index
from app.decontamination.service.references import CHECK_ALL_JOB, LOAD_JOB

LATE = timedelta(hours=1)
"""What comes in is looked for so far back; what was missed all the same is checked when it is frozen."""
CHECK_NEW_JOB = "decontamination.check_new"


def load_reference_set(run: JobRun) -> None:
    """Job ``decontamination.load``: hash the texts of a file, then delete it; repeatable."""
    from app.decontamination.service.loading import load  # noqa: PLC0415 - pyarrow, for those who have sets

    set_id = UUID(run.payload["set_id"])
    load(run.database, run.settings, set_id, now=clock.now(), report=run.report)


def check_all(run: JobRun) -> dict[str, Any]:
    """Job ``decontamination.check_all``: hold every task and every revision against the sets; repeatable."""
    now = clock.now()
    index = open_index(run.database, run.settings.data_dir)
    checked = 0
    task_id: UUID | None = None
    work_id: UUID | None = None
    while index is not None:
        with run.database.reading() as session:
            tasks, works = keys_of_all(session, tasks_after=task_id, works_after=work_id)
        if not tasks and not works:
            break
        checked += check(run.database, index, [*tasks, *works], now=now)
        task_id = tasks[-1][0] if tasks else task_id
        work_id = works[-1][0] if works else work_id
        run.report(checked, None, f"{checked:,} texts held against the reference sets")
    return {"checked": checked}


def check_new(run: JobRun) -> None:
    """Job ``decontamination.check_new``: hold what came in, or was changed, of late against the sets."""
    now = clock.now()
    index = open_index(run.database, run.settings.data_dir)
    if index is None:
        return
    with run.database.reading() as session:
        keys = keys_of_late(session, since=now - LATE, first_id=first_id_of(now - LATE), through=index.through)
    check(run.database, index, keys, now=now)


HANDLERS: dict[str, Handler] = {
    LOAD_JOB: load_reference_set,
    CHECK_ALL_JOB: check_all,
    CHECK_NEW_JOB: check_new,
}
PERIODIC: dict[str, int] = {CHECK_NEW_JOB: 15}
