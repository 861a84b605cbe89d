"""What machines found, stored directly."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.submissions.models import ProgramRun, Submission, VerifierRun
from app.submissions.states import Finding, RunPurpose, RunState
from tests.cast import NOW
from tests.factories.work import revision_of

SOURCE = "def solve():\n    return 5\n"


def a_verifier_run(
    session: Session, submission: Submission, finding: str = "pass", *, now: datetime = NOW, **facts: Any
) -> VerifierRun:
    """Store what a machine said of the last revision of a piece of work; facts override."""
    revision = revision_of(session, submission)
    values: dict[str, Any] = {
        "revision_id": revision.id,
        "content_sha256": revision.sha256,
        "spec_sha256": "0" * 64,
        "verifier": "integer",
        "finding": Finding(finding),
        "reason": "It was compared as a whole number.",
        "detail": "expected 5",
        "method": "exact",
        "milliseconds": 3,
        "created_at": now,
    }
    run = VerifierRun(submission_id=submission.id, **({"id": new_id()} | values | facts))
    session.add(run)
    session.flush()
    return run


def a_test_run(session: Session, submission: Submission, results: list[dict[str, Any]], **facts: Any) -> ProgramRun:
    """Store the server's run of all tests on the last revision; facts override."""
    values: dict[str, Any] = {
        "revision_id": revision_of(session, submission).id,
        "purpose": RunPurpose.HAND_IN,
        "state": RunState.DONE,
        "language": "python",
        "source": SOURCE,
        "source_sha256": "1" * 64,
        "verdict": "passed",
        "results": results,
        "requested_at": NOW,
        "finished_at": NOW,
    }
    run = ProgramRun(submission_id=submission.id, **({"id": new_id()} | values | facts))
    session.add(run)
    session.flush()
    return run
