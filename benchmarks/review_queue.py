"""The first and a middle page of the review queue among 100,000 waiting submissions, on both databases.

`python -m benchmarks --only review_queue`. Each page of 50 is read 30 times through the function that page and API
share, in a session of its own; two projects wait, at two levels. The figure is the median.
"""

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.accounts.queries import actor_of_user
from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core.actor import Actor, Role
from app.core.db import Base, Database, open_database
from app.core.ids import new_id
from app.core.pagination import encode_cursor
from app.reviews.queries.queue import Wanted, queue_page, reviewed_projects, waiting_ids
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState
from app.tables import load_tables
from app.tasks.models import Task, TaskSlot
from app.tasks.states import Activity, SlotState, TaskState
from benchmarks.figures import Figure, at_most
from tests.cast import NOW, a_project, a_user, add_member
from tests.postgres import running_postgres

REPEATS = 30
CHUNK = 2_000
LIMIT_MS = 30.0
LATER_EVERY = 50
"""Each fiftieth is a later version, returned once by the reviewer of the measurement or by the other one."""
RARE_EVERY = 5_000
"""Among so many there is one of each rare kind: subject, difficulty, activity."""
RARE = {
    "rare subject": Wanted(domain="Topology"),
    "rare difficulty": Wanted(difficulty=5),
    "rare activity": Wanted(activity=Activity.PROGRAM),
    "absent subject": Wanted(domain="Logic"),
}
Piece = dict[Any, list[dict[str, Any]]]
"""One piece of work with its task: rows by model, in the order in which they can be stored."""


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Fill each database and read its queue."""
    waiting = 1_000 if quick else 100_000
    load_tables()
    figures = []
    for name, opened in DATABASES.items():
        with opened() as database:
            figures += _read_queue(name, database, waiting)
    return figures


@contextmanager
def on_sqlite() -> Iterator[Database]:
    """Open an empty SQLite file with all tables."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'queue.db'}")
        Base.metadata.create_all(database.engine)
        yield database
        database.engine.dispose()


@contextmanager
def on_postgresql() -> Iterator[Database]:
    """Start an empty PostgreSQL with all tables."""
    with running_postgres() as url:
        database = open_database(url)
        Base.metadata.create_all(database.engine)
        yield database
        database.engine.dispose()


DATABASES = {"SQLite": on_sqlite, "PostgreSQL": on_postgresql}


def _read_queue(name: str, database: Database, waiting: int) -> list[Figure]:
    reviewer_id = fill(database, waiting)
    with database.reading() as session:
        actor = actor_of_user(session, reviewer_id)
    assert actor is not None
    readings: dict[str, Callable[[], float]] = {
        "first page": lambda: read_page(database, actor, None),
        "middle page": lambda: read_page(database, actor, cursor_after(waiting // 2)),
        "count to 200": lambda: count(database, actor),
        **{what: partial(read_rare, database, actor, wanted) for what, wanted in RARE.items()},
    }
    return [
        at_most(
            f"review queue of {waiting:,}, {what}, {name}",
            statistics.median(read() for _ in range(REPEATS)),
            LIMIT_MS,
            "ms",
            1,
        )
        for what, read in readings.items()
    ]


def read_page(database: Database, actor: Actor, cursor: str | None) -> float:
    """Read a page as the queue's handlers do; returns milliseconds."""
    started = time.perf_counter()
    with database.reading() as session:
        projects = [one[0] for one in reviewed_projects(session, actor)]
        page = queue_page(session, actor, projects, Wanted(), now=NOW, cursor=cursor)
    assert len(page.rows) == 50
    return (time.perf_counter() - started) * 1000


def read_rare(database: Database, actor: Actor, wanted: Wanted) -> float:
    """Read the little that passes a filter as the queue's handlers do; returns milliseconds."""
    started = time.perf_counter()
    with database.reading() as session:
        projects = [one[0] for one in reviewed_projects(session, actor)]
        page = queue_page(session, actor, projects, wanted, now=NOW, cursor=None)
    assert len(page.rows) < 50
    return (time.perf_counter() - started) * 1000


def count(database: Database, actor: Actor) -> float:
    """Count what waits, up to 200; returns milliseconds."""
    started = time.perf_counter()
    with database.reading() as session:
        projects = [one[0] for one in reviewed_projects(session, actor)]
        assert len(waiting_ids(session, actor, projects, now=NOW)) == 201
    return (time.perf_counter() - started) * 1000


def cursor_after(rows: int) -> str:
    """Make the cursor that stands behind about so many rows, as the page before would give it."""
    return "r" + encode_cursor([NOW - timedelta(days=30) + timedelta(seconds=rows), UUID(int=0)])


def fill(database: Database, waiting: int) -> UUID:
    """Store two projects, their people and the waiting work; returns the reviewer who asks (of level 2)."""
    with database.change() as session:
        mona, ed, rae, ron = (a_user(session, name) for name in ("Mona", "Ed", "Rae", "Ron"))
        rae.level = 2
        projects = [a_project(session, slug, mona) for slug in ("large", "small")]
        for project in projects:
            add_member(session, project, ed, Role.ANNOTATOR)
            add_member(session, project, rae, Role.REVIEWER)
            add_member(session, project, ron, Role.REVIEWER)
        people = (ed.id, rae.id, ron.id)
        large, small = (project.id for project in projects)
    for start in range(0, waiting, CHUNK):
        with database.change() as session:
            size = min(CHUNK, waiting - start)
            project_id = large if start + size < waiting * 0.95 else small
            store(session, (one_piece(project_id, people, n) for n in range(start, start + size)))
    with database.engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    return people[1]


def store(session: Session, pieces: Iterable[Piece]) -> None:
    """Store the rows of some pieces of work, table by table."""
    rows: defaultdict[Any, list[dict[str, Any]]] = defaultdict(list)
    for piece in pieces:
        for model, values in piece.items():
            rows[model] += values
    for model, values in rows.items():
        session.execute(insert(model), values)


def one_piece(project_id: UUID, people: tuple[UUID, UUID, UUID], n: int) -> Piece:
    """Build the rows of the n-th piece: handed in a second after the one before."""
    task, slot, assignment, submission = new_id(), new_id(), new_id(), new_id()
    at = NOW - timedelta(days=30) + timedelta(seconds=n)
    owned = {"project_id": project_id, "task_id": task}
    held = {"slot_id": slot, "user_id": people[0], "state": AssignmentState.SUBMITTED, "leased_at": at}
    ids = {"id": submission, "slot_id": slot, "assignment_id": assignment}
    return {
        Task: [_task(n, at) | {"id": task, "project_id": project_id}],
        TaskSlot: [owned | {"id": slot, "n": 1, "state": SlotState.TAKEN, "queue_position": n}],
        Assignment: [owned | held | {"id": assignment}],
        Submission: [owned | ids | _work(people, n, at) | {"activity": _activity(n)}],
        Revision: [_revision(at) | {"id": new_id(), "submission_id": submission}],
    }


def _activity(n: int) -> Activity:
    return Activity.PROGRAM if n % RARE_EVERY == 3 else Activity.SOLVE


def _task(n: int, at: datetime) -> dict[str, Any]:
    return {
        "number": n + 1,
        "title": f"Task {n + 1}",
        "activity": _activity(n),
        "state": TaskState.OPEN,
        "statement": "Find all positive integers n for which n 2^n + 9 is a square.",
        "domain": "Topology" if n % RARE_EVERY == 1 else "Number theory",
        "difficulty": 5 if n % RARE_EVERY == 2 else 3,
        "created_at": at,
        "updated_at": at,
        "opened_at": at,
    }


def _work(people: tuple[UUID, UUID, UUID], n: int, at: datetime) -> dict[str, Any]:
    ed, rae, ron = people
    later = n % LATER_EVERY == 0
    return {
        "author_id": ed,
        "state": SubmissionState.SUBMITTED,
        "draft_n": 1,
        "revision_n": 1,
        "review_level": 2 if n % 7 == 0 else 1,
        "last_reviewer_id": (rae if n % (2 * LATER_EVERY) else ron) if later else None,
        "times_returned": 1 if later else 0,
        "created_at": at,
        "updated_at": at,
        "submitted_at": at,
    }


def _revision(at: datetime) -> dict[str, Any]:
    return {
        "n": 1,
        "draft_n": 1,
        "content": '{"steps":[]}',
        "sha256": "0" * 64,
        "form_version": 1,
        "task_version": 1,
        "guideline_n": 1,
        "words": 120,
        "tokens": 160,
        "findings": [],
        "submitted_at": at,
    }
