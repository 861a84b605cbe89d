"""Write the files of exports in the background; end what its job has left behind, delete files kept long enough."""

from typing import Any
from uuid import UUID

from app.core import clock
from app.core.jobs import Handler, JobRefused, JobRun
from app.core.storage import open_store
from app.exports.service.asking import WRITE_JOB
from app.exports.service.ending import end_with_their_jobs, fail, tell_done
from app.exports.service.keeping import delete_old_files
from app.exports.service.writing import STORE, write_files

SWEEP_JOB = "exports.sweep"


def write(run: JobRun) -> dict[str, Any]:
    """Job ``exports.write_files``: render and list; a refusal is told on the export itself."""
    export_id = UUID(run.payload["export_id"])
    try:
        files = write_files(run.database, run.settings, export_id, run.report)
    except JobRefused as refused:
        fail(run.database, export_id, str(refused))
        raise
    tell_done(run.database, export_id)
    return {"files": len(files), "size_bytes": sum(file.size_bytes for file in files)}


def sweep(run: JobRun) -> None:
    """Job ``exports.sweep``: end exports with their jobs, delete files that were kept long enough."""
    store = open_store(run.settings, STORE)
    end_with_their_jobs(run.database, store)
    delete_old_files(run.database, store, kept_days=run.settings.exports_kept_days, now=clock.now())


HANDLERS: dict[str, Handler] = {WRITE_JOB: write, SWEEP_JOB: sweep}
PERIODIC: dict[str, int] = {SWEEP_JOB: 300}
