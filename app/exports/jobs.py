"""Write the files of exports in the background."""

from typing import Any
from uuid import UUID

from app.core.jobs import Handler, JobRefused, JobRun
from app.exports.service.asking import WRITE_JOB
from app.exports.service.writing import fail, write_files


def write(run: JobRun) -> dict[str, Any]:
    """Job ``exports.write_files``: render and list; a refusal is told on the export itself."""
    export_id = UUID(run.payload["export_id"])
    try:
        files = write_files(run.database, run.settings, export_id, run.report)
    except JobRefused as refused:
        fail(run.database, export_id, str(refused))
        raise
    return {"files": len(files), "size_bytes": sum(file.size_bytes for file in files)}


HANDLERS: dict[str, Handler] = {WRITE_JOB: write}
