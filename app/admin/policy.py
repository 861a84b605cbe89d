"""Who may see and steer a background job."""

from typing import TYPE_CHECKING

from app.accounts.policy import can_administer
from app.core.actor import Actor, Role

if TYPE_CHECKING:
    from app.core.jobs import Job


def can_view_job(actor: Actor, job: "Job") -> bool:
    """Let who asked for it, managers of its project, and admins."""
    if job.requested_by == actor.user_id or can_administer(actor):
        return True
    return job.project_id is not None and actor.has(Role.MANAGER, job.project_id)
