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
    user = new_user(name, **facts)
    session.add(user)
    session.flush()  # the cast refers to its ids
    return user


def new_user(name: str, **facts: object) -> User:
    """Make a person without storing them."""
    email = f"{name.lower()}@example.org"
    return User(**({"id": new_id(), "email": email, "email_key": email, "name": name, "created_at": NOW} | facts))


def a_project(session: Session, slug: str, manager: User, **facts: object) -> Project:
    """Store a live project with a guideline and a rubric, run by `manager`."""
    project = new_project(slug, manager, **facts)
    session.add(project)
    session.flush()  # its versions refer to it
    session.add_all(first_versions(project, manager))
    add_member(session, project, manager, Role.MANAGER)
    return project


def new_project(slug: str, manager: User, **facts: object) -> Project:
    """Make a live project without storing it."""
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
    return Project(id=new_id(), slug=slug, **(values | facts))


def first_versions(project: Project, manager: User) -> list[GuidelineVersion | RubricVersion]:
    """Make the guideline and the rubric of a project."""
    guideline = GuidelineVersion(
        project_id=project.id, n=1, body="Write one idea in a step.", created_by=manager.id, created_at=NOW
    )
    rubric = RubricVersion(project_id=project.id, n=1, criteria=CRITERIA, created_by=manager.id, created_at=NOW)
    return [guideline, rubric]


def add_member(session: Session, project: Project, user: User, *roles: Role) -> None:
    """Give somebody roles in a project, its guideline read."""
    session.add_all(membership(project, user, *roles))
    session.flush()  # the actors are read from these rows


def membership(project: Project, user: User, *roles: Role) -> list[Membership | GuidelineAcknowledgement]:
    """Make the rows of somebody's roles in a project, its guideline read."""
    rows: list[Membership | GuidelineAcknowledgement] = [
        Membership(user_id=user.id, project_id=project.id, role=role, created_at=NOW) for role in roles
    ]
    return [*rows, GuidelineAcknowledgement(user_id=user.id, project_id=project.id, n=1, at=NOW)]


MEMBERS = {
    "sums": {
        "Mona": Role.MANAGER,
        "Ed": Role.ANNOTATOR,
        "Eve": Role.ANNOTATOR,
        "Rae": Role.REVIEWER,
        "Ron": Role.REVIEWER,
    },
    "others": {"Max": Role.MANAGER},
}
"""project → who is what in it"""


def everybody(session: Session) -> dict[str, Person]:
    """Store the cast and its two projects, in as few statements as it takes: most tests begin so."""
    names = ("Mona", "Ed", "Eve", "Rae", "Ron", "Max", "Ada")
    # In the order of the names, which what is made in one moment has by chance only.
    ids = sorted(new_id() for _ in names)
    users = {name: new_user(name, id=user_id) for name, user_id in zip(names, ids, strict=True)}
    users["Ada"].is_admin = True
    users["Ron"].level = 2
    session.add_all(users.values())
    session.flush()  # projects refer to them
    projects = {"sums": new_project("sums", users["Mona"]), "others": new_project("others", users["Max"])}
    session.add_all(projects.values())
    session.flush()  # versions and memberships refer to them
    for slug, members in MEMBERS.items():
        manager = next(users[name] for name, role in members.items() if role == Role.MANAGER)
        session.add_all(first_versions(projects[slug], manager))
        for name, role in members.items():
            session.add_all(membership(projects[slug], users[name], role))
    session.flush()  # what is stored without the session refers to them
    people = {}
    for name, user in users.items():
        roles = {projects[slug].id: frozenset({members[name]}) for slug, members in MEMBERS.items() if name in members}
        actor = Actor(user.id, user.name, is_admin=user.is_admin, roles=roles, level=user.level)
        people[name] = Person(user.id, name, user.email, actor)
    return people
