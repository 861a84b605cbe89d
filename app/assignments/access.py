"""The only door to assignments and to what was said of tasks."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.assignments.policy import can_view_assignment
from app.core.actor import Actor, Role
from app.core.errors import NotAllowed, NotFound

Rule = Callable[[Actor, Assignment], bool]


def get_assignment(
    session: Session, actor: Actor, assignment_id: UUID, *, can: Rule = can_view_assignment
) -> Assignment:
    """Load one assignment; NotFound if the actor may not see it, NotAllowed if `can` says no."""
    assignment = session.get(Assignment, assignment_id)
    if assignment is None or not can_view_assignment(actor, assignment):
        raise NotFound("There is no such assignment, or it is not yours.")
    if not can(actor, assignment):
        raise NotAllowed("You cannot do this with this lease; it may have ended.")
    return assignment


def visible_assignments(actor: Actor) -> Select[Assignment]:
    """Select the assignments the actor may see: `can_view_assignment` as SQL, in no particular order."""
    query = select(Assignment)
    if actor.is_admin:
        return query
    run = actor.projects_as(Role.MANAGER)
    mine = and_(Assignment.user_id == actor.user_id, Assignment.project_id.in_(sorted(actor.roles)))
    return query.where(or_(mine, Assignment.project_id.in_(run) if run else false()))
