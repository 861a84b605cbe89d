"""The doors to jobs, and to invitations into the installation."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import require_admin
from app.accounts.models import OneTimeLink
from app.accounts.states import LinkPurpose
from app.admin.policy import can_follow_job, can_view_job
from app.core.actor import Actor
from app.core.errors import NotAllowed, NotFound
from app.core.jobs import Job


def get_job(session: Session, actor: Actor, job_id: UUID, *, can: Callable[[Actor, Job], bool] = can_follow_job) -> Job:
    """Load one job; NotFound if the actor may not see it, NotAllowed if `can` says no, for want of a scope."""
    job = session.get(Job, job_id)
    if job is None or not can_view_job(actor, job):
        raise NotFound("There is no such job.")
    if not can(actor, job):
        raise NotAllowed(f"This token does not have the scope of {job.kind.partition('.')[0]} that this needs.")
    return job


def get_installation_invitation(session: Session, actor: Actor, link_id: UUID) -> OneTimeLink:
    """Load an invitation into the installation, for an admin; NotFound otherwise."""
    require_admin(actor)
    query = select(OneTimeLink).where(OneTimeLink.id == link_id, OneTimeLink.purpose == LinkPurpose.INVITATION)
    link = session.scalars(query.where(OneTimeLink.project_id.is_(None))).one_or_none()
    if link is None:
        raise NotFound("There is no such invitation.")
    return link
