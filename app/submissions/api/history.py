"""History of work in JSON: handed-in versions for who may see them; saves and conflict copies for the author alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.projects.models import Project
from app.submissions import queries
from app.submissions.access import (
    get_conflict,
    get_desk,
    get_own_submission,
    get_revision,
    get_save,
    get_submission,
)
from app.submissions.api.desk import as_json, refuse
from app.submissions.policy import can_see_effort, is_author
from app.submissions.schemas import SettleIn
from app.submissions.service.drafting import Refused, settle_conflict
from app.submissions.service.reading import read_content, without_effort
from app.web.deps import Reading, Writing

router = APIRouter()
READ, WRITE = require_scope("work:read"), require_scope("work:write")


class RevisionOut(BaseModel):
    """One handed-in version without its text; the time only for its author and those who run the project."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    sha256: str
    words: int
    tokens: int
    active_seconds: int | None
    submitted_at: datetime
    is_edited_by_reviewer: bool


class SaveOut(BaseModel):
    """One kept save without its text."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    sha256: str
    saved_at: datetime


class ConflictOut(BaseModel):
    """One text that came too late, without the text."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    base_n: int
    head_n: int
    sha256: str
    created_at: datetime
    settled_at: datetime | None


class HistoryOut(BaseModel):
    """All versions of one piece of work; saves and conflicts are empty for everybody but its author."""

    revisions: list[RevisionOut]
    saves: list[SaveOut]
    conflicts: list[ConflictOut]


class SettledOut(BaseModel):
    """The head of the draft after a conflict was settled; ETag holds its number."""

    n: int
    sha256: str
    saved_at: datetime


class TextOut(BaseModel):
    """One stored text with its hash."""

    n: int
    sha256: str
    at: datetime
    content: dict[str, Any]


@router.get("/work/{submission_id}/history", name="api.submissions.history", dependencies=[READ])
def history(submission_id: UUID, actor: CurrentActor, session: Reading) -> HistoryOut:
    """List what was handed in, and for its author every kept save and conflict copy."""
    submission = get_submission(session, actor, submission_id)
    shows_time = can_see_effort(actor, submission, session.get_one(Project, submission.project_id))
    revisions = [RevisionOut.model_validate(row) for row in queries.revisions_of(session, submission.id)]
    if not shows_time:
        revisions = [row.model_copy(update={"active_seconds": None}) for row in revisions]
    if not is_author(actor, submission):
        return HistoryOut(revisions=revisions, saves=[], conflicts=[])
    return HistoryOut(
        revisions=revisions,
        saves=[SaveOut.model_validate(row) for row in queries.saves_of(session, submission.id)],
        conflicts=[
            ConflictOut.model_validate(row) for row in queries.conflicts_of(session, submission.id, open_only=False)
        ],
    )


@router.get("/work/{submission_id}/revisions/{n}", name="api.submissions.revision", dependencies=[READ])
def revision(submission_id: UUID, n: int, actor: CurrentActor, session: Reading) -> TextOut:
    """Read one handed-in version; reviewers get it without confidence and times."""
    submission = get_submission(session, actor, submission_id)
    found = get_revision(session, submission, n)
    content = read_content(found.content)
    shows_effort = can_see_effort(actor, submission, session.get_one(Project, submission.project_id))
    document = content.model_dump(mode="json") if shows_effort else without_effort(content)
    return TextOut(n=found.n, sha256=found.sha256, at=found.submitted_at, content=document)


@router.get("/work/{submission_id}/saves/{n}", name="api.submissions.saved", dependencies=[READ])
def saved(submission_id: UUID, n: int, actor: CurrentActor, session: Reading) -> TextOut:
    """Read one of the last fifty saves of your own draft."""
    submission = get_own_submission(session, actor, submission_id)
    found = get_save(session, submission, n)
    document = read_content(found.content).model_dump(mode="json")
    return TextOut(n=found.n, sha256=found.sha256, at=found.saved_at, content=document)


@router.get("/work/{submission_id}/conflicts", name="api.submissions.conflicts", dependencies=[READ])
def conflicts(submission_id: UUID, actor: CurrentActor, session: Reading) -> list[ConflictOut]:
    """List the texts of yours that came too late to be the head."""
    submission = get_own_submission(session, actor, submission_id)
    return [ConflictOut.model_validate(row) for row in queries.conflicts_of(session, submission.id, open_only=False)]


@router.get("/work/{submission_id}/conflicts/{conflict_id}", name="api.submissions.conflict", dependencies=[READ])
def conflict(submission_id: UUID, conflict_id: UUID, actor: CurrentActor, session: Reading) -> TextOut:
    """Read one text that came too late; `n` is the save it was based on."""
    submission = get_own_submission(session, actor, submission_id)
    found = get_conflict(session, submission, conflict_id)
    document = read_content(found.content).model_dump(mode="json")
    return TextOut(n=found.base_n, sha256=found.sha256, at=found.created_at, content=document)


@router.post(
    "/work/{submission_id}/conflicts/{conflict_id}/settle",
    name="api.submissions.settle",
    response_model=SettledOut,
    dependencies=[WRITE],
)
def settle(
    submission_id: UUID, conflict_id: UUID, choice: SettleIn, request: Request, actor: CurrentActor, session: Writing
) -> Response:
    """Make the kept copy the head (`mine`), or leave the head (`theirs`); both texts stay in the history."""
    submission = get_own_submission(session, actor, submission_id)
    found = get_conflict(session, submission, conflict_id)
    desk = get_desk(session, actor, submission_id)
    outcome = settle_conflict(
        session, actor, desk, found, take_mine=choice.take == "mine", base_n=choice.base_n, now=clock.now()
    )
    if isinstance(outcome, Refused):
        return refuse(request, outcome)
    body = {"n": outcome.n, "sha256": outcome.sha256, "saved_at": outcome.saved_at}
    return as_json(body, etag=f'"{outcome.n}"')
