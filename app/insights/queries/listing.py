"""The projects somebody may know of, with what each holds for them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.pagination import Page, SortKey, page_of
from app.insights.schemas import ProjectRow
from app.projects.access import visible_projects
from app.projects.models import Project
from app.submissions.models import Submission
from app.submissions.states import REVIEWABLE, SubmissionState
from app.tasks.models import Task
from app.tasks.states import TaskState

PAGE_SIZE = 50


def projects_page(session: Session, actor: Actor, *, cursor: str | None = None) -> Page[ProjectRow]:
    """List one page of projects by name with their counts, in four queries."""
    keys = [SortKey(Project.name), SortKey(Project.id)]
    page = page_of(
        session, visible_projects(actor), keys, lambda one: (one.name, one.id), cursor=cursor, size=PAGE_SIZE
    )
    ids = [project.id for project in page.items]
    tasks = _counts(
        session, select(Task.project_id, func.count()), Task.project_id, ids, [Task.state == TaskState.OPEN]
    )
    waiting = _counts(
        session,
        select(Submission.project_id, func.count()),
        Submission.project_id,
        ids,
        [Submission.state.in_(REVIEWABLE)],
    )
    own = _own(session, actor, ids)
    rows = [
        ProjectRow(
            project=project,
            roles=tuple(sorted(str(role) for role in actor.roles.get(project.id, ()))),
            open_tasks=tasks[project.id],
            waiting_reviews=waiting[project.id],
            own_drafts=own[project.id, SubmissionState.DRAFT],
            own_returned=own[project.id, SubmissionState.RETURNED],
        )
        for project in page.items
    ]
    return Page(rows, page.next_cursor)


def _counts(session: Session, query: Any, column: Any, ids: Sequence[UUID], where: list[Any]) -> dict[UUID, int]:
    rows = session.execute(query.where(column.in_(ids), *where).group_by(column)).all()
    return defaultdict(int, {row[0]: row[1] for row in rows})


def _own(session: Session, actor: Actor, ids: Sequence[UUID]) -> dict[tuple[UUID, SubmissionState], int]:
    query = (
        select(Submission.project_id, Submission.state, func.count())
        .where(Submission.author_id == actor.user_id, Submission.project_id.in_(ids))
        .where(Submission.state.in_((SubmissionState.DRAFT, SubmissionState.RETURNED)))
        .group_by(Submission.project_id, Submission.state)
    )
    return defaultdict(int, {(row[0], row[1]): row[2] for row in session.execute(query)})
