"""What the members of a project did in the last seven days."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.insights.queries.way import decided
from app.insights.schemas import PersonRow, Share
from app.projects.models import Project
from app.projects.queries import Member
from app.reviews.models import Review
from app.reviews.states import ReviewState
from app.submissions.models import Submission, WorkSpan
from app.submissions.states import SubmissionState

WEEK = timedelta(days=7)


def people_of(session: Session, project: Project, members: list[Member], *, now: datetime) -> list[PersonRow]:
    """List the members with their week, the busiest first, in three queries."""
    since = now - WEEK
    written = _written(session, project, since)
    judged = _judged(session, project, since)
    active = _active(session, project, since) if project.tracks_time else {}
    rows = [
        PersonRow(
            name=member.name,
            roles=tuple(str(role) for role in member.roles),
            pieces=written.get(member.user_id, (0, Share(0, 0)))[0],
            first_time=written.get(member.user_id, (0, Share(0, 0)))[1] if Role.ANNOTATOR in member.roles else None,
            reviews=judged.get(member.user_id, 0),
            active_seconds=active.get(member.user_id, 0),
        )
        for member in members
    ]
    return sorted(rows, key=lambda row: (-(row.pieces + row.reviews), row.name.casefold()))


def _written(session: Session, project: Project, since: datetime) -> dict[UUID, tuple[int, Share]]:
    ever = decided()
    right = func.count().filter(*ever, Submission.state == SubmissionState.APPROVED, Submission.times_returned == 0)
    query = (
        select(
            Submission.author_id,
            func.count().filter(Submission.submitted_at >= since),
            right,
            func.count().filter(*ever),
        )
        .where(Submission.project_id == project.id)
        .group_by(Submission.author_id)
    )
    return {row[0]: (row[1], Share(row[2], row[3])) for row in session.execute(query)}


def _judged(session: Session, project: Project, since: datetime) -> dict[UUID, int]:
    query = (
        select(Review.reviewer_id, func.count())
        .where(Review.project_id == project.id, Review.state == ReviewState.DECIDED, Review.decided_at >= since)
        .group_by(Review.reviewer_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _active(session: Session, project: Project, since: datetime) -> dict[UUID, int]:
    query = (
        select(WorkSpan.user_id, func.sum(WorkSpan.active_seconds))
        .join(Submission, Submission.id == WorkSpan.submission_id)
        .where(Submission.project_id == project.id, Submission.updated_at >= since, WorkSpan.last_beat_at >= since)
        .group_by(WorkSpan.user_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)}
