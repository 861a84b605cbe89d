"""One populated installation for the permission matrix: somebody's work at each station, and a thing of each kind."""

import io
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.models import ApiToken, Notification, UserSession
from app.accounts.queries import sha256
from app.accounts.schemas import SCOPES
from app.accounts.service import hash_new
from app.accounts.service.links import make_link
from app.accounts.service.notifications import notify
from app.accounts.states import LinkPurpose, NotificationKind, UserState
from app.assignments.models import Assignment, TaskReport
from app.assignments.states import ReportKind
from app.config import Settings
from app.core import audit, clock
from app.core.actor import Role
from app.core.db import Database
from app.core.ids import new_id, new_secret
from app.core.jobs import Job, JobState
from app.projects.models import Project
from app.projects.states import ProjectState
from app.reviews.access import get_review, get_thread
from app.reviews.models import Review, Thread
from app.reviews.schemas.incoming import CommentIn, ThreadIn
from app.reviews.service.talking import open_thread, reply
from app.submissions.models import DraftConflict, ProgramRun, Submission
from app.submissions.service import ending
from app.submissions.states import RunPurpose, RunState
from app.tasks.service.answers import ask_check
from app.tasks.states import TaskState
from app.worker import Worker
from tests.applications import an_app
from tests.architecture.frozen_world import freeze_and_export, hand_over
from tests.cast import Person, Place, a_project, a_user, add_member
from tests.client import Client
from tests.factories.agreements import a_signature, an_agreement
from tests.factories.contamination import a_finding, a_reference_set
from tests.factories.reviewing import ISSUE, decided, handed_in, opened
from tests.factories.work import STEPS, a_submission, a_task, revision_of, some_content

CAST = {
    "ed": "Eduardina",
    "eve": "Evangeline",
    "rae": "Raphaela",
    "ron": "Ronaldina",
    "mona": "Monalina",
    "max": "Maximilian",
    "ada": "Adalberta",
    "both": "Bonifatius",
}
"""Names that occur in no word of the interface, so that a leak of one is found by searching for it.

`both` runs Mona's project and reviews in it; the matrix has no column for that, blindness asks for it.
"""
PASSWORD = "a long enough passphrase of seven words"
STEP_SECONDS, ACTIVE_SECONDS = 987_123, 876_543
HIDDEN = {
    "answer_spec": {"kind": "text", "answer": "canary-answer"},
    "reference": "canary-reference",
    "source": "canary-source",
    "external_id": None,
    "family": "canary-family",
}
"""What an annotator may never be told of a task."""


@dataclass(frozen=True)
class World:
    """What stands in the database, by the names that the rows of the matrix use for it."""

    database: Database
    settings: Settings
    people: dict[str, Person]
    cookies: dict[str, str]
    things: dict[str, Any]


def build_world(database: Database, settings: Settings) -> World:
    """Fill an empty database with the cast, Mona's project full of work, and Max's empty one."""
    with database.writing() as session:
        people, sums = _people(session)
        things: dict[str, Any] = {
            "asset": "dist/manifest.json",
            "sums": sums.slug,
            "others": "others",
            "unborn": "unborn",
            "nobody": str(new_id()),
        }
        things |= {name: str(person.id) for name, person in people.items()}
        things |= _tasks(session, sums, people)
        things |= _drafts(session, sums, people)
        things |= _judged(session, sums, people)
        things |= _accounts(session, sums, people)
        cookies = _cookies(session, people)
        session.commit()
    world = World(database, settings, people, cookies, things)
    with database.writing() as session, Client(an_app(settings, database), session) as client:
        _pictures(client, world)
        _imports(client, world)
        freeze_and_export(client, world)
        hand_over(session, world)
        session.commit()
    return world


def _people(session: Session) -> tuple[dict[str, Person], Place]:
    password = hash_new(PASSWORD, email="", name="")
    users = {short: a_user(session, name, password_hash=password) for short, name in CAST.items()}
    users["ada"].is_admin, users["ron"].level = True, 2
    gone = a_user(session, "Gonzalo", state=UserState.DISABLED)
    sums = a_project(session, "sums", users["mona"], is_blind=True, review_levels=1)
    a_project(session, "unborn", users["mona"], state=ProjectState.DRAFT)
    a_project(session, "others", users["max"])
    unborn = session.scalars(select(Project).where(Project.slug == "unborn")).one()
    for name, role in (("ed", "annotator"), ("eve", "annotator"), ("rae", "reviewer"), ("ron", "reviewer")):
        for project in (sums, unborn):
            add_member(session, project, users[name], Role(role))
    add_member(session, sums, gone, Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER)
    add_member(session, sums, users["both"], Role.MANAGER, Role.REVIEWER)
    agreement = an_agreement(session, sums, by=users["mona"].id)
    for name in ("ed", "eve", "rae", "ron", "mona", "both"):
        a_signature(session, agreement, users[name].id)
    people: dict[str, Person] = {}
    for short, user in users.items():
        actor = accounts.actor_of_user(session, user.id)
        assert actor is not None
        people[short] = Person(user.id, user.name, user.email, actor)
    people["gone"] = Person(gone.id, gone.name, gone.email, people["ed"].actor)
    return people, Place(sums.id, sums.slug, sums.name)


def _cookie(session: Session, person: Person, **facts: Any) -> str:
    secret, now = new_secret(), clock.now()
    values = {"created_at": now, "last_active_at": now, "stepped_up_at": now} | facts
    session.add(UserSession(secret_sha256=sha256(secret), user_id=person.id, **values))
    return secret


def _cookies(session: Session, people: dict[str, Person]) -> dict[str, str]:
    now = clock.now()
    cookies = {name: _cookie(session, person) for name, person in people.items()}
    for name, person in people.items():
        cookies[f"{name}_long_ago"] = _cookie(session, person, stepped_up_at=now - timedelta(minutes=11))
    ed = people["ed"]
    cookies["late"] = _cookie(session, ed, created_at=now - timedelta(hours=13))
    cookies["idle"] = _cookie(session, ed, last_active_at=now - timedelta(hours=3))
    return cookies


def a_token(session: Session, person: Person, scopes: list[str], **facts: Any) -> str:
    """Store an API token and return its secret."""
    secret, now = new_secret(), clock.now()
    values = {"created_at": now, "last_used_at": now, "expires_at": now + timedelta(days=1)} | facts
    session.add(ApiToken(secret_sha256=sha256(secret), user_id=person.id, name="matrix", scopes=scopes, **values))
    session.flush()  # the caller may look it up at once
    return secret


def _tasks(session: Session, sums: Place, people: dict[str, Person]) -> dict[str, Any]:
    free = a_task(session, sums, submissions_needed=4, **HIDDEN)
    ready = a_task(session, sums, state=TaskState.READY, **HIDDEN)
    report = TaskReport(
        id=new_id(),
        project_id=sums.id,
        task_id=free.id,
        user_id=people["eve"].id,
        kind=ReportKind.SKIP,
        reason="Outside what I know.",
        created_at=clock.now(),
    )
    session.add(report)
    check = ask_check(session, free, actor=people["mona"].actor, now=clock.now())
    check.results = [{"name": "canary-wrong", "is_reference": False, "finding": "fail", "reason": "canary-check"}]
    session.flush()  # the services compare with what is stored
    reference = a_reference_set(session, people["ada"])
    return {
        "open_task": str(free.id),
        "ready_task": str(ready.id),
        "report": str(report.id),
        "reference_set": str(reference.id),
        "contaminated": str(a_finding(session, free, reference, matched="canary-matched").id),
    }


def _leased(session: Session, sums: Place, author: Person, hand: int) -> Submission:
    steps = [step | {"seconds": STEP_SECONDS + n} for n, step in enumerate(STEPS)]
    work = a_submission(session, author=author, task=a_task(session, sums, **HIDDEN), content=some_content(steps=steps))
    lease = session.get_one(Assignment, work.assignment_id)
    lease.lease_expires_at, lease.hand = clock.now() + timedelta(days=1), hand
    session.flush()  # the services compare with what is stored
    return work


def _drafts(session: Session, sums: Place, people: dict[str, Person]) -> dict[str, Any]:
    now = clock.now()
    draft = _leased(session, sums, people["ed"], 1)
    put_down = _leased(session, sums, people["ed"], 2)
    ending.release(session, people["ed"].actor, put_down, now=now)
    late = some_content(what_would_make_this_wrong="Written in the other window.").model_dump(mode="json")
    conflict = DraftConflict(
        id=new_id(),
        submission_id=draft.id,
        base_n=0,
        head_n=1,
        content=json.dumps(late),
        sha256="0" * 64,
        client_mutation_id="matrix-conflict",
        created_at=now,
    )
    run = ProgramRun(
        id=new_id(),
        submission_id=draft.id,
        requested_by=people["ed"].id,
        purpose=RunPurpose.CUSTOM,
        state=RunState.DONE,
        language="python",
        source="print(5)",
        source_sha256="0" * 64,
        results=[],
        requested_at=now,
        finished_at=now,
    )
    session.add_all([conflict, run])
    return {
        "run": str(run.id),
        "draft": str(draft.id),
        "draft_sha256": draft.draft_sha256,
        "drafted_task": str(draft.task_id),
        "lease": str(draft.assignment_id),
        "put_down": str(put_down.id),
        "conflict": str(conflict.id),
        "content": late,
    }


def _handed_in(session: Session, sums: Place, author: Person) -> Submission:
    steps = [step | {"seconds": STEP_SECONDS + n} for n, step in enumerate(STEPS)]
    work = handed_in(session, sums, author, content=some_content(steps=steps))
    revision_of(session, work).active_seconds = ACTIVE_SECONDS
    session.flush()  # a review may be opened at once
    return work


def _judged(session: Session, sums: Place, people: dict[str, Person]) -> dict[str, Any]:
    ed, rae, ron = people["ed"], people["rae"], people["ron"]
    now = clock.now()
    earlier = now - timedelta(hours=1)
    works = {name: _handed_in(session, sums, ed) for name in ("handed_in", "in_review", "returned", "just_approved")}
    works |= {name: _handed_in(session, sums, ed) for name in ("edited", "approved")}
    things: dict[str, Any] = {"review": opened(session, rae, works["in_review"], now=now).id}
    desk = get_review(session, rae.actor, things["review"])
    minor = ThreadIn.model_validate(ISSUE | {"severity": "minor"})
    things["issue"] = open_thread(session, rae.actor, desk, minor, now=now).id
    decided(session, rae, works["returned"], "return", now=earlier)
    decided(session, rae, works["just_approved"], "approve", now=now + timedelta(hours=1))
    changed = some_content(steps=[step | {"body": step["body"] + " So."} for step in STEPS], confidence=None)
    facts: dict[str, Any] = {"verification_method": "re_derived", "edited_content": changed.model_dump(mode="json")}
    decided(session, ron, works["edited"], "approve_with_edits", now=earlier, **facts)
    decided(session, ron, works["approved"], "approve", now=earlier)
    reviews = select(Review.id).order_by(Review.id)
    for name, of in (("undoable", "just_approved"), ("rons_review", "approved"), ("returned_review", "returned")):
        things[name] = session.scalars(reviews.where(Review.submission_id == works[of].id)).one()
    things["published"] = session.scalars(select(Thread.id).where(Thread.submission_id == works["returned"].id)).one()
    about = works["handed_in"].id
    later = now + timedelta(hours=2)
    audit.record(
        session, "submission.submit", actor=ed.actor, at=later, kind="submission", object_id=about, project_id=sums.id
    )
    thread, talk = get_thread(session, ed.actor, things["published"])
    reply(session, ed.actor, thread, talk, CommentIn(body="I see it now."), now=now)
    things["handed_in_sha256"] = revision_of(session, works["in_review"]).sha256
    things["task_of_handed_in"] = works["handed_in"].task_id
    return {name: str(thing) for name, thing in (things | {name: work.id for name, work in works.items()}).items()}


def _accounts(session: Session, sums: Place, people: dict[str, Person]) -> dict[str, Any]:
    now, mona, ada = clock.now(), people["mona"], people["ada"]
    invited: dict[str, Any] = {"project_id": sums.id, "roles": [Role.ANNOTATOR], "created_by": mona.id, "now": now}
    project_link, project_secret = make_link(session, LinkPurpose.INVITATION, email="new@example.org", **invited)
    _, for_max = make_link(session, LinkPurpose.INVITATION, email=people["max"].email, **invited)
    house_link, _ = make_link(session, LinkPurpose.INVITATION, email="two@example.org", created_by=ada.id, now=now)
    _, reset = make_link(session, LinkPurpose.RESET, email=people["eve"].email, user_id=people["eve"].id, now=now)
    _, setup = make_link(session, LinkPurpose.SETUP, now=now)
    _cookie(session, people["ed"])
    a_token(session, people["ed"], list(SCOPES))
    session.flush()  # the ids below are read from these rows
    eds = people["ed"].id
    notify(session, eds, NotificationKind.REPLY, "Somebody replied to you.", "/work", now=now)
    dead = Job(
        kind="exports.write_files",
        payload={},
        state=JobState.DEAD,
        last_error="The disk was full.",
        run_at=now,
        created_at=now,
        finished_at=now,
        requested_by=mona.id,
        project_id=sums.id,
    )
    session.add(dead)
    session.flush()  # same
    news = select(Notification.id).where(Notification.user_id == eds).order_by(Notification.id)
    return {
        "project_invitation": str(project_link.id),
        "house_invitation": str(house_link.id),
        "invitation_secret": project_secret,
        "secret_for_max": for_max,
        "reset_secret": reset,
        "setup_secret": setup,
        "eds_session": str(session.scalars(select(UserSession.id).where(UserSession.user_id == eds)).one()),
        "eds_token": str(session.scalars(select(ApiToken.id).where(ApiToken.user_id == eds)).one()),
        "eds_news": str(session.scalars(news).first()),
        "dead_job": str(dead.id),
    }


def a_picture() -> tuple[str, bytes, str]:
    """Draw an image to upload."""
    drawn = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(drawn, "PNG")
    return ("square.png", drawn.getvalue(), "image/png")


def _pictures(client: Client, world: World) -> None:
    for name, person, task in (("picture", "mona", "open_task"), ("eds_picture", "ed", "drafted_task")):
        client.as_(world.people[person])
        url = f"/api/v1/tasks/{world.things[task]}/attachments"
        world.things[name] = client.post(url, files={"file": a_picture()}).json()["id"]


GOOD_ROW = {"statement": "What is $2 + 2$?", "source": "Mona", "licence": "CC0-1.0"}


def a_file(*rows: dict[str, str]) -> tuple[str, bytes, str]:
    """Write rows as a file of tasks."""
    return ("tasks.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode(), "application/jsonl")


def _imports(client: Client, world: World) -> None:
    client.as_(world.people["mona"])
    url = f"/api/v1/projects/{world.things['sums']}/imports"
    for name, options in (("uploaded", {"check": False}), ("checked", {"check": True})):
        rows = (GOOD_ROW, GOOD_ROW | {"statement": ""})
        made = client.post(url, files={"file": a_file(*rows)}, data={"options": json.dumps(options)})
        world.things[name] = made.json()["id"]
    Worker(world.database, world.settings).run_all()
