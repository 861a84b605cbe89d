"""Who may see and steer a background job."""

from typing import TYPE_CHECKING

from app.accounts.policy import can_administer
from app.core.actor import Actor, Role

if TYPE_CHECKING:
    from app.core.jobs import Job


def can_view_job(actor: Actor, job: "Job") -> bool:
    """Let who asked for it, managers of its project, and admins; a token bound to a project sees only that one's."""
    if can_administer(actor):
        return True
    if actor.token_project_id is not None and actor.token_project_id != job.project_id:
        return False
    if job.requested_by == actor.user_id:
        return True
    return job.project_id is not None and actor.has(Role.MANAGER, job.project_id)


def can_follow_job(actor: Actor, job: "Job") -> bool:
    """Ask of a token that it may read, or change, what the job works on: `exports.write_files` is the exports'."""
    area = job.kind.partition(".")[0]
    return can_view_job(actor, job) and (actor.may(f"{area}:read") or actor.may(f"{area}:write"))


def can_stop_job(actor: Actor, job: "Job") -> bool:
    """Ask of a token that it may change what the job works on."""
    return can_view_job(actor, job) and actor.may(f"{job.kind.partition('.')[0]}:write")
