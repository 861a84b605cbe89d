"""The acts that make people, projects and tasks."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.service import create_user, grant_role, mark_all_read, revoke_role, set_level
from app.core.actor import Role
from app.demo.pieces import DemoProject, Frame, Halt, Person, TaskFile, Wording
from app.demo.stage import Act, Stage, address
from app.projects.access import get_guideline
from app.projects.schemas import GuidelineIn
from app.projects.service.agreement import publish_agreement, sign_agreement
from app.projects.service.creating import create_project
from app.projects.service.guideline import acknowledge, publish_guideline
from app.projects.service.life import move_project
from app.projects.states import ProjectState
from app.tasks.models import Task
from app.tasks.service.moving import halt_task, open_task
from app.tasks.service.writing import create_task

FIRST = 1
"""Number of the guideline, and of the agreement, that a project begins with."""


def acts_of_people(stage: Stage, frame: Frame) -> Iterator[Act]:
    """Let the cast arrive."""
    arrived = stage.at(frame.arrived)
    for person in frame.people:
        yield Act(arrived, partial(_arrive, person))


def _arrive(person: Person, stage: Stage, at: datetime) -> None:
    create_user(stage.session, email=address(person.name), name=person.name, is_admin=person.is_admin, now=at)
    if person.level > 1:
        user = stage.session.scalars(select(User).where(User.email_key == address(person.name))).one()
        set_level(stage.session, user, level=person.level, actor=stage.actor("Ada"), now=at)


def acts_of_project(stage: Stage, wanted: DemoProject) -> Iterator[Act]:
    """Make a project with its members, let it go live, its guideline be read and its agreement signed."""
    yield Act(stage.at(wanted.made), partial(_make, wanted))
    if wanted.live is not None:
        yield Act(stage.at(wanted.live), partial(_go_live, wanted))
    if wanted.guideline is not None:
        yield Act(stage.at(wanted.guideline.at), partial(_reword, wanted, wanted.guideline))
        for name, when in wanted.guideline.read_by.items():
            yield Act(stage.at(when), partial(_read_guideline, wanted, name, FIRST + 1))


def _slug(wanted: DemoProject) -> str:
    return wanted.facts.slug or ""


def _make(wanted: DemoProject, stage: Stage, at: datetime) -> None:
    project = create_project(stage.session, stage.actor("Ada"), wanted.facts, now=at)
    stage.session.flush()  # memberships refer to it
    for name, role in {**wanted.members, wanted.manager: Role.MANAGER}.items():
        grant_role(stage.session, project.id, stage.actor(name).user_id, role, actor=stage.actor("Ada"), now=at)
    # Ada set it up for others to run; as an admin she sees it all the same.
    ada = stage.actor("Ada")
    revoke_role(stage.session, project.id, ada.user_id, Role.MANAGER, actor=ada, now=at)


def _go_live(wanted: DemoProject, stage: Stage, at: datetime) -> None:
    project = stage.project(_slug(wanted))
    manager = stage.actor(wanted.manager)
    if wanted.agreement is not None:
        publish_agreement(stage.session, project, wanted.agreement, actor=manager, now=at)
    move_project(stage.session, project, ProjectState.LIVE, actor=manager, now=at)
    for name in (*wanted.members, wanted.manager):
        _read_guideline(wanted, name, FIRST, stage, at)
        if wanted.agreement is not None:
            sign_agreement(stage.session, project, FIRST, actor=stage.actor(name), now=at)


def _read_guideline(wanted: DemoProject, name: str, n: int, stage: Stage, at: datetime) -> None:
    acknowledge(stage.session, stage.project(_slug(wanted)), n, actor=stage.actor(name), now=at)


def _reword(wanted: DemoProject, wording: Wording, stage: Stage, at: datetime) -> None:
    project = stage.project(_slug(wanted))
    body = get_guideline(stage.session, project, project.guideline_n).body
    data = GuidelineIn(
        body=f"{body.rstrip()}\n\n{wording.added}", summary=wording.summary, based_on=project.guideline_n
    )
    publish_guideline(stage.session, project, data, actor=stage.actor(wanted.manager), now=at)


def acts_of_task(stage: Stage, wanted: DemoProject, key: str, file: TaskFile) -> Iterator[Act]:
    """Write a task, open it, hold it back."""
    yield Act(stage.at(file.written), partial(_write, wanted, key, file))
    if file.opened is not None:
        yield Act(stage.at(file.opened), partial(_open, wanted, key))
    if file.halted is not None:
        yield Act(stage.at(file.halted.at), partial(_halt, wanted, key, file.halted))


def _write(wanted: DemoProject, key: str, file: TaskFile, stage: Stage, at: datetime) -> None:
    project = stage.project(_slug(wanted))
    manager = stage.actor(wanted.manager)
    task = create_task(stage.session, project, file.task, actor=manager, now=at, draft=file.is_draft)
    stage.tasks[key] = task.id


def _open(wanted: DemoProject, key: str, stage: Stage, at: datetime) -> None:
    task = stage.session.get_one(Task, stage.tasks[key])
    open_task(stage.session, task, actor=stage.actor(wanted.manager), now=at)


def _halt(wanted: DemoProject, key: str, halt: Halt, stage: Stage, at: datetime) -> None:
    task = stage.session.get_one(Task, stage.tasks[key])
    halt_task(stage.session, task, actor=stage.actor(wanted.manager), now=at, reason=halt.reason)


def act_of_looking(frame: Frame, at: datetime) -> Act:
    """Let everybody look at their news, so that only what came later is new."""
    return Act(at, partial(_look, frame))


def _look(frame: Frame, stage: Stage, at: datetime) -> None:
    for person in frame.people:
        mark_all_read(stage.session, stage.actor(person.name), now=at)
