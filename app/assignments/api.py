"""JSON of assignments: what somebody holds, one by id, and taking back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor, require_scope
from app.assignments.access import get_assignment, visible_assignments
from app.assignments.models import Assignment
from app.assignments.policy import can_take_back
from app.assignments.schemas import AssignmentOut, TakeBackIn
from app.assignments.service.ending import take_back as take_back_from
from app.assignments.states import AssignmentState
from app.core import clock
from app.core.actor import Actor
from app.core.pagination import SortKey, page_of
from app.projects.models import Project
from app.projects.policy import is_blinded
from app.web.deps import Reading, Writing

router = APIRouter(prefix="/api/v1", tags=["work"])
READ, WRITE = require_scope("work:read"), require_scope("work:write")
KEYS = [SortKey(Assignment.id.expression, descending=True)]


@router.get("/assignments", name="api.assignments.index", dependencies=[READ])
def index(
    actor: CurrentActor,
    session: Reading,
    state: AssignmentState | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> dict[str, list[AssignmentOut] | str | None]:
    """List your own assignments, newest first, in pages of fifty."""
    query = visible_assignments(actor).where(Assignment.user_id == actor.user_id)
    if state is not None:
        query = query.where(Assignment.state == state)
    page = page_of(session, query, KEYS, lambda row: [row.id], cursor=cursor, size=50)
    return {"items": [AssignmentOut.model_validate(row) for row in page.items], "next_cursor": page.next_cursor}


@router.get("/assignments/{assignment_id}", name="api.assignments.show", dependencies=[READ])
def show(assignment_id: UUID, actor: CurrentActor, session: Reading) -> AssignmentOut:
    """Read one assignment that is yours or of a project you run."""
    return _shown(session, actor, get_assignment(session, actor, assignment_id))


@router.post("/assignments/{assignment_id}/take-back", name="api.assignments.take_back", dependencies=[WRITE])
def take_back(assignment_id: UUID, given: TakeBackIn, actor: CurrentActor, session: Writing) -> AssignmentOut:
    """Take a task from its holder, with a reason that they read; their text stays."""
    assignment = get_assignment(session, actor, assignment_id, can=can_take_back)
    take_back_from(session, actor, assignment, given.reason, now=clock.now())
    session.refresh(assignment)
    return _shown(session, actor, assignment)


def _shown(session: Session, actor: Actor, assignment: Assignment) -> AssignmentOut:
    told = AssignmentOut.model_validate(assignment)
    if assignment.user_id != actor.user_id and is_blinded(actor, session.get_one(Project, assignment.project_id)):
        told.user_id = None
    return told
