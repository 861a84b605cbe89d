"""The demo: the cast, two live projects and tasks worth solving, made through the same verbs as everything else."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.accounts import queries as people
from app.accounts.models import User
from app.accounts.service import create_user, grant_role
from app.config import Settings
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import Database
from app.core.errors import NotFound
from app.core.ids import new_id
from app.demo.tasks import PROJECTS, DemoProject
from app.projects.schemas import ProjectIn
from app.projects.service.creating import create_project
from app.projects.service.life import move_project
from app.projects.states import ProjectState
from app.tasks.models import Task
from app.tasks.service.moving import open_task
from app.tasks.states import TaskState

CAST = ("Ada", "Mona", "Ed", "Eve", "Rae", "Ron", "Max")
ROLES = {"Ed": Role.ANNOTATOR, "Eve": Role.ANNOTATOR, "Rae": Role.REVIEWER, "Ron": Role.REVIEWER}


def fill(settings: Settings, database: Database) -> bool:
    """Fill an empty installation; False, and nothing changed, when somebody is here already."""
    del settings  # the demo is the same wherever it is filled
    with database.change() as session:
        if session.scalar(select(exists(select(User.id)))):
            return False
        now = clock.now()
        for name in CAST:
            create_user(session, email=f"{name.lower()}@example.org", name=name, is_admin=name == "Ada", now=now)
        session.flush()  # the actors are read from these rows
        for project in PROJECTS:
            _fill_project(session, project, now=now)
    return True


def _actor(session: Session, name: str) -> Actor:
    actor = people.actor_of_email(session, f"{name.lower()}@example.org")
    if actor is None:
        raise NotFound(f"{name} is missing from the demo.")
    return actor


def _fill_project(session: Session, wanted: DemoProject, *, now: datetime) -> None:
    facts = {"name": wanted.name, "slug": wanted.slug, "template": wanted.template, "purpose": wanted.purpose}
    project = create_project(session, _actor(session, "Ada"), ProjectIn.model_validate(facts), now=now)
    session.flush()  # memberships refer to it
    ada = _actor(session, "Ada")
    for name, role in {**ROLES, wanted.manager: Role.MANAGER}.items():
        grant_role(session, project.id, _actor(session, name).user_id, role, actor=ada, now=now)
    session.flush()  # going live asks who is in it
    manager = _actor(session, wanted.manager)
    move_project(session, project, ProjectState.LIVE, actor=manager, now=now)
    for number, facts in enumerate(wanted.tasks, 1):
        task = Task(
            id=new_id(),
            project_id=project.id,
            number=number,
            state=TaskState.READY,
            author_id=manager.user_id,
            created_at=now,
            updated_at=now,
            licence="CC-BY-4.0",
            source="Written for this demo",
            **facts,
        )
        session.add(task)
        session.flush()  # its places refer to it
        open_task(session, task, actor=manager, now=now)
