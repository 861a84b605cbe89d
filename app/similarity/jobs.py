"""Background work on likeness: sign what was handed in and look for work that is like it."""

from typing import Any
from uuid import UUID

from app.core.jobs import Handler, JobRun
from app.similarity.service.signing import sign_revision
from app.submissions.service.handing_in import SIGN_JOB


def sign(run: JobRun) -> dict[str, Any]:
    """Job ``similarity.sign_revision``: store the signature of a revision and what it is like; repeatable."""
    return {"alike": sign_revision(run.database, UUID(run.payload["revision_id"]))}


HANDLERS: dict[str, Handler] = {SIGN_JOB: sign}
