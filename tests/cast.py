"""The people of every test and of the demo, and the project they work in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.core.actor import Actor, Role
from app.core.ids import new_id
from app.projects.models import GuidelineAcknowledgement, GuidelineVersion, Project, RubricVersion
from app.projects.states import ProjectState, Template

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""The moment at which every test happens, unless it says otherwise."""

CRITERIA = [
    {"id": "correct", "name": "Correct", "question": "Is every step right?", "weight": 5, "max_score": 3},
    {"id": "complete", "name": "Complete", "question": "Is every case named and closed?", "weight": 3, "max_score": 3},
    {
        "id": "clear",
        "name": "Clear to a colleague",
        "question": "Can a peer follow without paper?",
        "weight": 2,
        "max_score": 3,
    },
]


@dataclass(frozen=True)
class Person:
    """Somebody of the cast, usable after the session has been emptied."""

    id: UUID
    name: str
    email: str
    actor: Actor


@dataclass(frozen=True)
class Place:
    """A project of the cast, usable after the session has been emptied."""

    id: UUID
    slug: str
    name: str


def a_user(session: Session, name: str, **facts: object) -> User:
    """Store a person; their address is their name at example.org."""
    email = f"{name.lower()}@example.org"
    user = User(email=email, email_key=email, name=name, created_at=NOW, **facts)
    session.add(user)
    session.flush()  # the cast refers to its ids
    return user


def a_project(session: Session, slug: str, manager: User, **facts: object) -> Project:
    """Store a live project with a guideline and a rubric, run by `manager`."""
    values: dict[str, object] = {
        "name": slug.replace("-", " ").capitalize(),
        "template": Template.MATHEMATICS,
        "state": ProjectState.LIVE,
        "taxonomy": {"domains": ["Number theory", "Geometry"], "skills": ["prove", "compute"]},
        "guideline_n": 1,
        "rubric_n": 1,
        "created_by": manager.id,
        "created_at": NOW,
        "state_changed_at": NOW,
    }
    project = Project(id=new_id(), slug=slug, **(values | facts))
    session.add(project)
    session.flush()  # its versions refer to it
    guideline = GuidelineVersion(
        project_id=project.id, n=1, body="Write one idea in a step.", created_by=manager.id, created_at=NOW
    )
    rubric = RubricVersion(project_id=project.id, n=1, criteria=CRITERIA, created_by=manager.id, created_at=NOW)
    session.add_all([guideline, rubric])
    add_member(session, project, manager, Role.MANAGER)
    return project


def add_member(session: Session, project: Project, user: User, *roles: Role) -> None:
    """Give somebody roles in a project, its guideline read."""
    for role in roles:
        session.add(Membership(user_id=user.id, project_id=project.id, role=role, created_at=NOW))
    session.add(GuidelineAcknowledgement(user_id=user.id, project_id=project.id, n=1, at=NOW))
    session.flush()  # the actors are read from these rows
