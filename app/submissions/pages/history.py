"""All versions of one piece of work, and the difference between two of them; for its author and those who judge it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.projects.models import Project
from app.submissions import queries
from app.submissions.access import get_revision, get_submission
from app.submissions.models import Submission
from app.submissions.policy import can_see_effort, can_withdraw, is_author
from app.submissions.service.citing import cited_runs
from app.submissions.service.comparing import compare
from app.submissions.service.reading import read_content
from app.tasks.models import Task
from app.web.deps import Reading
from app.web.templating import render

router = APIRouter()
Number = Annotated[int | None, Query(ge=1, le=1_000_000)]


@router.get("/work/{submission_id}/history", name="submissions.history")
def history(
    submission_id: UUID,
    request: Request,
    actor: CurrentActor,
    session: Reading,
    before: Number = None,
    after: Number = None,
) -> Response:
    """List the versions; show the last one against the one before it, or any two by number."""
    submission = get_submission(session, actor, submission_id)
    project = session.get_one(Project, submission.project_id)
    owns, shows_effort = is_author(actor, submission), can_see_effort(actor, submission, project)
    return render(
        request,
        "submissions/history.html",
        submission=submission,
        task=session.get_one(Task, submission.task_id),
        project=project,
        revisions=queries.revisions_of(session, submission.id),
        saves=queries.saves_of(session, submission.id) if owns else [],
        conflicts=queries.conflicts_of(session, submission.id, open_only=False) if owns else [],
        is_author=owns,
        may_withdraw=can_withdraw(actor, submission),
        shows_effort=shows_effort,
        **_difference(session, submission, before, after, shows_effort=shows_effort),
    )


def _difference(
    session: Session, submission: Submission, before: int | None, after: int | None, *, shows_effort: bool
) -> dict[str, Any]:
    newer = after or submission.revision_n
    older = before or newer - 1
    if newer < 1:
        return {"newer": None, "older": None, "difference": None, "cited": {}}
    new = read_content(get_revision(session, submission, newer).content)
    old = read_content(get_revision(session, submission, older).content) if older >= 1 else read_content(None)
    return {
        "newer": newer,
        "older": older if older >= 1 else None,
        "difference": compare(old, new, shows_effort=shows_effort),
        "cited": cited_runs(session, submission.id, old, new),
    }
