"""Each door says the same three times: the rule in Python, the list in SQL, and what loads one thing by its id.

Random worlds in two projects and in any state, read by random people: any roles, admin or not, by browser or by a token
that is bound to one project.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import get_own_notification, get_own_session, get_own_token
from app.accounts.models import ApiToken, Notification, UserSession
from app.accounts.states import NotificationKind
from app.admin.access import get_job
from app.admin.policy import can_view_job
from app.assignments.access import get_assignment, visible_assignments
from app.assignments.models import Assignment
from app.assignments.policy import can_view_assignment
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.jobs import Job
from app.datasets.access import get_dataset, get_snapshot, visible_datasets, visible_snapshots
from app.datasets.models import Dataset, Snapshot
from app.datasets.policy import can_view_dataset, can_view_snapshot
from app.exports.access import get_export, visible_exports
from app.exports.models import Export
from app.exports.policy import can_view_export
from app.projects.access import get_project, visible_projects
from app.projects.models import Project
from app.projects.policy import can_view_project
from app.projects.states import ProjectState
from app.submissions.access import get_submission, visible_submissions
from app.submissions.models import Submission
from app.submissions.policy import can_view_submission
from app.submissions.states import SubmissionState
from app.tasks.access import get_attachment, get_import, get_task, visible_tasks
from app.tasks.models import Attachment, Task, TaskImport
from app.tasks.policy import can_view_attachment, can_view_import, can_view_task
from app.tasks.states import TaskState
from tests.cast import NOW, Person, Place
from tests.factories.work import a_submission, a_task

Rule = Callable[[Actor, Any], bool]
RANDOM = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
SCOPES = frozenset({"exports:read", "work:read"})


@dataclass(frozen=True)
class Door:
    """One kind of thing: the rule, what loads one, and what lists all (None where nothing does)."""

    model: type[Any]
    can_view: Rule
    get: Callable[[Session, Actor, UUID], Any]
    visible: Callable[[Actor], Any] | None = None


def _is_own(actor: Actor, thing: Any) -> bool:
    return bool(thing.user_id == actor.user_id)


DOORS = [
    Door(Project, can_view_project, get_project, visible_projects),
    Door(Task, can_view_task, get_task, visible_tasks),
    Door(Assignment, can_view_assignment, get_assignment, visible_assignments),
    Door(Submission, can_view_submission, get_submission, visible_submissions),
    Door(Dataset, can_view_dataset, get_dataset, visible_datasets),
    Door(Snapshot, can_view_snapshot, get_snapshot, visible_snapshots),
    Door(Export, can_view_export, get_export, visible_exports),
    Door(TaskImport, can_view_import, get_import),
    Door(Job, can_view_job, lambda session, actor, job_id: get_job(session, actor, job_id, can=can_view_job)),
    Door(Notification, _is_own, get_own_notification),
    Door(ApiToken, _is_own, get_own_token),
    Door(UserSession, _is_own, get_own_session),
]


@contextmanager
def forgotten(session: Session) -> Iterator[None]:
    """Take back what the block stores, also when Hypothesis ends it in the middle of a draw."""
    place = session.begin_nested()
    try:
        yield
    finally:
        place.rollback()


def an_actor(draw: Any, people: list[Person], places: list[Place]) -> Actor:
    """Draw somebody: any roles in the two projects, now and then an admin, now and then a token bound to one."""
    person = draw(st.sampled_from(people))
    roles = {place.id: draw(st.frozensets(st.sampled_from(Role))) for place in places}
    held = {place: mine for place, mine in roles.items() if mine}
    bound = draw(st.sampled_from([None, *(place.id for place in places)]))
    if bound is None:
        return Actor(person.id, person.name, is_admin=draw(st.booleans()), roles=held, level=draw(st.integers(1, 2)))
    held = {place: mine for place, mine in held.items() if place == bound}
    return Actor(person.id, person.name, roles=held, scopes=SCOPES, token_project_id=bound)


def a_world(session: Session, draw: Any, people: list[Person], places: list[Place]) -> None:
    """Draw the state of both projects and a few things of each kind, somebody's."""
    for place in places:
        session.get_one(Project, place.id).state = draw(st.sampled_from(ProjectState))
    for _ in range(draw(st.integers(1, 4))):
        place, owner = draw(st.sampled_from(places)), draw(st.sampled_from(people))
        task = a_task(session, place)
        a_submission(session, author=owner, task=task, state=draw(st.sampled_from(SubmissionState)))
        task.state = draw(st.sampled_from(TaskState))
        a_task(session, place, state=draw(st.sampled_from(TaskState)))
        _frozen(session, place, owner)
        session.add_all([_an_import(place, owner), *_own(owner, place if draw(st.booleans()) else None)])
    session.flush()  # the doors ask the database


def _frozen(session: Session, place: Place, owner: Person) -> None:
    common: dict[str, Any] = {"project_id": place.id, "created_by": owner.id}
    dataset = Dataset(id=new_id(), name=str(new_id()), rule={}, created_at=NOW, updated_at=NOW, **common)
    session.add(dataset)
    session.flush()  # the snapshot refers to it
    snapshot = Snapshot(id=new_id(), dataset_id=dataset.id, n=1, rule={}, cut_at=NOW, **common)
    session.add(snapshot)
    session.flush()  # the export refers to it
    session.add(Export(id=new_id(), snapshot_id=snapshot.id, format="native", options={}, created_at=NOW, **common))


def _an_import(place: Place, owner: Person) -> TaskImport:
    return TaskImport(
        id=new_id(),
        project_id=place.id,
        file_id=new_id(),
        file_name="tasks.jsonl",
        file_sha256="0" * 64,
        size_bytes=1,
        layout="jsonl",
        created_by=owner.id,
        created_at=NOW,
    )


def _own(owner: Person, place: Place | None) -> list[Any]:
    """Make what belongs to one person, and a job they asked for, in a project or in none."""
    secret = f"{new_id().hex}{new_id().hex}"
    project_id = place.id if place else None
    return [
        Job(kind="tasks.check", payload={}, run_at=NOW, created_at=NOW, requested_by=owner.id, project_id=project_id),
        Notification(user_id=owner.id, kind=NotificationKind.REPLY, sentence="News.", path="/", created_at=NOW),
        ApiToken(user_id=owner.id, secret_sha256=secret, name="a token", scopes=[], created_at=NOW, expires_at=NOW),
        UserSession(user_id=owner.id, secret_sha256=secret, created_at=NOW, last_active_at=NOW),
    ]


def opens(door: Door, session: Session, actor: Actor, thing_id: UUID) -> bool:
    try:
        found = door.get(session, actor, thing_id)
    except NotFound:
        return False
    return bool(found.id == thing_id)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.model.__name__)
@RANDOM
@given(data=st.data())
def test_rule_list_and_door_agree(session, cast, sums, others, door, data):
    people, places = list(cast.values()), [sums, others]
    with forgotten(session):
        a_world(session, data.draw, people, places)
        actor = an_actor(data.draw, people, places)
        admin = Actor(new_id(), "Everything", is_admin=True)
        query = visible_tasks(admin) if door.model is Task else select(door.model)
        ids = list(session.scalars(query.with_only_columns(door.model.id)))
        session.expire_all()
        if door.model is Task:
            # With their projects, which the rule looks at.
            everything = [get_task(session, admin, task_id) for task_id in ids]
        else:
            everything = list(session.scalars(query))

        allowed = {thing.id for thing in everything if door.can_view(actor, thing)}

        assert {thing_id for thing_id in ids if opens(door, session, actor, thing_id)} == allowed
        assert not opens(door, session, actor, new_id())
        if door.visible is not None:
            assert set(session.scalars(door.visible(actor).with_only_columns(door.model.id))) == allowed


@RANDOM
@given(data=st.data())
def test_an_image_opens_to_whom_the_rule_lets_see_it(session, cast, sums, others, data):
    people, places = list(cast.values()), [sums, others]
    with forgotten(session):
        place, author = data.draw(st.sampled_from(places)), data.draw(st.sampled_from(people))
        task = a_task(session, place)
        work = a_submission(session, author=author, task=task, state=data.draw(st.sampled_from(SubmissionState)))
        owner = data.draw(st.sampled_from([None, *people]))
        pasted = NOW + timedelta(minutes=data.draw(st.sampled_from([-1, 0, 1])))
        picture = Attachment(
            id=new_id(), project_id=place.id, task_id=task.id, owner_id=owner.id if owner else None, file_id=new_id(),
            media_type="image/png", size_bytes=1, sha256="0" * 64, width=1, height=1, created_at=pasted,
        )  # fmt: skip
        session.add(picture)
        session.flush()  # the door asks the database
        actor = an_actor(data.draw, people, places)
        known = get_task(session, Actor(new_id(), "Everything", is_admin=True), task.id)
        handed_in = owner is not None and owner.id == author.id and work.submitted_at is not None
        handed_in = handed_in and pasted <= NOW

        door = Door(Attachment, _is_own, get_attachment)
        may = can_view_attachment(actor, picture, known, handed_in=handed_in)

        assert opens(door, session, actor, picture.id) == may
