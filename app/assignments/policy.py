"""Who may see and end an assignment; pure rules over an actor and a loaded row."""

from typing import TYPE_CHECKING

from app.assignments.states import RESUMABLE, AssignmentState
from app.core.actor import Actor, Role

if TYPE_CHECKING:
    from app.assignments.models import Assignment


def can_view_assignment(actor: Actor, assignment: "Assignment") -> bool:
    """Whoever holds it, while they belong to its project, and those who run it."""
    holds = assignment.user_id == actor.user_id and actor.is_in(assignment.project_id)
    return holds or can_run_assignments(actor, assignment)


def can_run_assignments(actor: Actor, assignment: "Assignment") -> bool:
    """People who run its project, and admins of the installation."""
    return actor.is_admin or actor.has(Role.MANAGER, assignment.project_id)


def can_end(actor: Actor, assignment: "Assignment") -> bool:
    """Only its holder, while the lease is live."""
    return assignment.user_id == actor.user_id and assignment.state == AssignmentState.ACTIVE


def can_resume(actor: Actor, assignment: "Assignment") -> bool:
    """Only who held it, after it expired or was given back, and while they are still an annotator there."""
    return (
        assignment.user_id == actor.user_id
        and assignment.state in RESUMABLE
        and actor.has(Role.ANNOTATOR, assignment.project_id)
    )


def can_take_back(actor: Actor, assignment: "Assignment") -> bool:
    """Those who run the project, while the lease is live."""
    return can_run_assignments(actor, assignment) and assignment.state == AssignmentState.ACTIVE
