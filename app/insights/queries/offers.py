"""What is open to somebody in their projects: by field, with counts, and the reason where there is nothing."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, func, select, union_all
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.assignments.queries import hands_in_use, is_for
from app.assignments.states import MAX_LIVE_LEASES, AssignmentState
from app.core.actor import Actor, Role
from app.insights.schemas import Field, Offer
from app.projects.access import visible_projects
from app.projects.models import GuidelineAcknowledgement, Project
from app.projects.policy import why_no_work
from app.projects.queries import signed_in_force
from app.projects.states import ProjectState
from app.tasks.models import Task, TaskSlot
from app.tasks.states import SlotState

PLACES_LOOKED_AT = 10_000
"""Per project; more free places than that are counted as "at least", so that a million cost what these cost."""
PROJECTS_MAX = 50
LEVELS = 5
NO_FIELD = "No field given"
_THREE_HELD = "You hold three tasks: hand one in, give it back or skip it, and the next one is yours."
_OWN = "What is still free you have written, worked on or judged; it needs somebody else."
_TAKEN = "Every open task is in somebody's hands now; one comes back when a lease ends."
_MET = "Every task has the work it needs; new ones appear here when a manager opens them."


def offers_for(session: Session, actor: Actor) -> list[Offer]:
    """List the projects in which the actor annotates with what they could take now, in five queries at most."""
    rows = _annotated(session, actor)
    if not rows:
        return []
    refused = {
        project.id: why_no_work(actor, project, acknowledged=known, signed=signed) for project, known, signed in rows
    }
    live = [project.id for project, _, _ in rows if refused[project.id] is None]
    holds_three = len(hands_in_use(session, actor.user_id)) >= MAX_LIVE_LEASES
    fields = _fields(session, actor, live)
    empty = [one for one in live if not fields[one]]
    reasons = _why_empty(session, empty) if empty else {}
    offers: list[Offer] = []
    for project, known, signed in rows:
        reason = refused[project.id] or reasons.get(project.id)
        if reason is None and holds_three:
            reason = _THREE_HELD
        offers.append(Offer(project, fields[project.id], reason, *_first_to_do(project, known=known, signed=signed)))
    return offers


def _first_to_do(project: Project, *, known: bool, signed: bool) -> tuple[str | None, str]:
    """Return the page, and its words, on which somebody does what keeps them from work; (None, "") for nothing."""
    if project.state != ProjectState.LIVE or project.guideline_n == 0:
        return None, ""
    if not known:
        return f"/projects/{project.slug}/guidelines", "Read the guideline"
    if project.agreement_n > 0 and not signed:
        return f"/projects/{project.slug}/agreement", "Read and sign it"
    return None, ""


def _annotated(session: Session, actor: Actor) -> list[tuple[Project, bool, bool]]:
    held = GuidelineAcknowledgement
    here = and_(held.project_id == Project.id, held.n == Project.guideline_n, held.user_id == actor.user_id)
    query = visible_projects(actor).add_columns(held.n, signed_in_force(actor.user_id)).outerjoin(held, here)
    query = query.where(Project.id.in_(actor.projects_as(Role.ANNOTATOR)), Project.state != ProjectState.CLOSED)
    rows = session.execute(query.order_by(Project.name, Project.id).limit(PROJECTS_MAX)).all()
    return [(row[0], row[1] is not None, row[2] is not None) for row in rows]


def _fields(session: Session, actor: Actor, project_ids: Sequence[UUID]) -> dict[UUID, list[Field]]:
    """Count tasks with a free place by project, field and difficulty, of those that are for the actor."""
    if not project_ids:
        return defaultdict(list)
    looked_at = [
        select(TaskSlot.project_id, TaskSlot.task_id)
        .where(TaskSlot.project_id == one, TaskSlot.state == SlotState.FREE)
        .limit(PLACES_LOOKED_AT)
        .subquery()
        for one in project_ids
    ]
    places = union_all(*[select(part) for part in looked_at]).subquery()
    query = (
        select(places.c.project_id, Task.domain, Task.difficulty, func.count(Task.id.distinct()))
        .join(Task, Task.id == places.c.task_id)
        .where(is_for(actor.user_id, places.c.task_id))
        .group_by(places.c.project_id, Task.domain, Task.difficulty)
    )
    counts: defaultdict[UUID, defaultdict[str | None, dict[int | None, int]]] = defaultdict(lambda: defaultdict(dict))
    for project_id, domain, difficulty, count in session.execute(query):
        counts[project_id][domain][difficulty] = count
    found: defaultdict[UUID, list[Field]] = defaultdict(list)
    for project_id, domains in counts.items():
        found[project_id] = sorted(
            (_field(domain, levels) for domain, levels in domains.items()), key=lambda one: (-one.tasks, one.name)
        )
    return found


def _field(domain: str | None, levels: dict[int | None, int]) -> Field:
    by_level = [levels.get(level, 0) for level in range(1, LEVELS + 1)]
    return Field(domain or NO_FIELD, domain, sum(levels.values()), by_level)


def _why_empty(session: Session, project_ids: Sequence[UUID]) -> dict[UUID, str]:
    free = (
        select(TaskSlot.project_id)
        .distinct()
        .where(TaskSlot.project_id.in_(project_ids), TaskSlot.state == SlotState.FREE)
    )
    leased = (
        select(Assignment.project_id)
        .distinct()
        .where(Assignment.project_id.in_(project_ids), Assignment.state == AssignmentState.ACTIVE)
    )
    with_free, with_leases = set(session.scalars(free)), set(session.scalars(leased))
    return {one: _OWN if one in with_free else _TAKEN if one in with_leases else _MET for one in project_ids}
