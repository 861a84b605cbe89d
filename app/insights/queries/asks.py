"""What a project wants from those who run it, each with the number it rests on and the page where it is done."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.assignments.models import TaskReport
from app.assignments.states import ReportKind
from app.core.actor import Role
from app.insights.queries.way import Way
from app.insights.schemas import Ask, say, span
from app.projects.models import Project
from app.projects.queries import Member
from app.projects.states import ProjectState
from app.tasks.models import Task
from app.tasks.states import TaskState

FEW_OPEN = 5


def asks_of(session: Session, project: Project, way: Way, members: list[Member], *, now: datetime) -> list[Ask]:
    """List what wants somebody, the most pressing first, in one query beside what is already known."""
    here = f"/projects/{project.slug}"
    if project.state == ProjectState.DRAFT:
        more = "Nobody but its managers sees it, and nothing is handed out."
        return [Ask("ink", "The project is a draft.", more, f"{here}/setup", "Go on with the setup")]
    found = [
        *_late(way, here, now),
        *_escalated(way, members, here),
        *_broken(session, project, here),
        *_no_work(project, way, here),
        *_unread(project, members, here),
    ]
    if project.state == ProjectState.PAUSED:
        more = f"Nothing new is handed out; {way.piles['drafted'].count} drafts can be finished."
        found.insert(0, Ask("warn", "The project is paused.", more, f"{here}/setup", "Open it again"))
    return found


def _late(way: Way, here: str, now: datetime) -> list[Ask]:
    if not way.late or way.oldest_waiting is None:
        return []
    waits = "waits" if way.late == 1 else "wait"
    sentence = f"{say(way.late, 'piece')} {waits} for review longer than 48 h."
    more = f"{way.waiting} wait in all, the oldest for {span(now - way.oldest_waiting)}."
    return [Ask("bad", sentence, more, f"{here}/reviews", "Open the queue")]


def _escalated(way: Way, members: list[Member], here: str) -> list[Ask]:
    able = sum(1 for one in members if Role.REVIEWER in one.roles and one.level > 1 and one.is_active)
    if not way.escalated or able:
        return []
    needs = "needs" if way.escalated == 1 else "need"
    sentence = f"{say(way.escalated, 'piece')} {needs} a level-2 reviewer."
    return [Ask("bad", sentence, "No member reviews at level 2.", f"{here}/people", "Look at the people")]


def _broken(session: Session, project: Project, here: str) -> list[Ask]:
    query = (
        select(func.count(Task.id.distinct()))
        .join(TaskReport, TaskReport.task_id == Task.id)
        .where(Task.project_id == project.id, Task.state == TaskState.HALTED)
        .where(TaskReport.kind == ReportKind.BROKEN, TaskReport.settled_at.is_(None))
    )
    count = session.scalar(query) or 0
    if not count:
        return []
    is_are = "task is" if count == 1 else "tasks are"
    sentence = f"{say(count, is_are, is_are)} halted, since people found the problem broken."
    return [Ask("warn", sentence, "Repair the wording, or mark it as broken.", f"{here}/tasks?state=halted", "Look")]


def _no_work(project: Project, way: Way, here: str) -> list[Ask]:
    if project.state != ProjectState.LIVE:
        return []
    count = way.piles["open"].count
    if count >= FEW_OPEN:
        return []
    sentence = f"{say(count, 'task is', 'tasks are')} open." if count else "No task is open."
    more = "Annotators get work only while tasks are open."
    return [Ask("warn", sentence, more, f"{here}/tasks/import", "Import tasks")]


def _unread(project: Project, members: list[Member], here: str) -> list[Ask]:
    waiting = [one for one in members if Role.ANNOTATOR in one.roles and one.is_active and not one.has_acknowledged]
    if not waiting or project.state != ProjectState.LIVE:
        return []
    count = len(waiting)
    annotators = sum(1 for one in members if Role.ANNOTATOR in one.roles)
    has = "annotator has" if count == 1 else "annotators have"
    sentence = f"{say(count, has, has)} not read version {project.guideline_n} of the guideline."
    more = f"Of {annotators}; {'this one gets' if count == 1 else 'these get'} no new task before."
    return [Ask("warn", sentence, more, f"{here}/people", "See who")]
