"""Withdraw several pieces of one's own, or all that one handed in in a project, however many they are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import jobs
from app.core.actor import Actor
from app.core.errors import NotFound
from app.projects.models import Project
from app.submissions.access import withdrawable
from app.submissions.models import Submission
from app.submissions.schemas import WithdrawManyIn
from app.submissions.service.ending import withdraw

AT_ONCE = 100
"""So many in one transaction, which others wait for on SQLite."""
REST_JOB = "submissions.withdraw_rest"


def withdraw_own(
    session: Session, actor: Actor, project: Project, wanted: WithdrawManyIn, *, now: datetime
) -> tuple[int, int]:
    """Withdraw the chosen pieces of the actor's own, or all; return how many, and how many a job goes on with.

    NotFound, and nothing is withdrawn, when a chosen piece is not theirs or cannot be withdrawn any more.
    """
    query = withdrawable(actor, project.id)
    if not wanted.is_all:
        chosen = set(wanted.work)
        found = session.scalars(query.where(Submission.id.in_(chosen))).all()
        if len(found) != len(chosen):
            raise NotFound("One of these pieces is not there to be withdrawn any more; reload the page.")
        for submission in found:
            withdraw(session, actor, submission, wanted.reason, now=now)
        return len(found), 0
    done = withdraw_some(session, actor, project.id, wanted.reason, now=now)
    left = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    if left:
        payload = {"user_id": str(actor.user_id), "project_id": str(project.id), "reason": wanted.reason}
        jobs.enqueue(session, REST_JOB, payload, now=now, requested_by=actor.user_id, project_id=project.id)
    return done, left


def withdraw_some(session: Session, actor: Actor, project_id: UUID, reason: str, *, now: datetime) -> int:
    """Withdraw the next hundred of the actor's own pieces in a project; return how many there were. Repeatable."""
    found = session.scalars(withdrawable(actor, project_id).limit(AT_ONCE)).all()
    for submission in found:
        withdraw(session, actor, submission, reason, now=now)
    session.flush()  # whoever counts what is left must not count these
    return len(found)
