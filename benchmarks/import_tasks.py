"""An import of made-up word problems, reading, checking and storing included, on both databases.

`python -m benchmarks --only import_tasks`. Twice into each database: once for the tasks alone, once open with a place
each.
"""

import json
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from app.accounts.models import Membership, User
from app.accounts.queries import actor_of_user
from app.config import Settings
from app.core.actor import Role
from app.core.db import Base, Database, open_database
from app.core.ids import new_id
from app.projects.models import Project
from app.projects.states import ProjectState, Template
from app.tables import load_tables
from app.tasks.jobs import import_file
from app.tasks.models import Task, TaskSlot
from app.tasks.schemas import ImportOptions
from app.tasks.states import ImportState
from benchmarks.figures import Figure, at_least
from tests.postgres import running_postgres

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def write_rows(path: Path, rows: int) -> None:
    """Write word problems of the usual size: about 250 characters to read, 300 of working."""
    chance = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            a, b, c = chance.randint(2, 99), chance.randint(2, 99), chance.randint(2, 9)
            question = (
                f"Nora packs {a} boxes in the morning and {b} in the afternoon of day {number}. Each box holds {c} "
                "jars, and a jar that is cracked is put aside before it is packed. A shop orders every jar of that day "
                "and pays for each of them. How many jars does the shop pay for?"
            )
            answer = (
                f"In one day Nora packs {a} + {b} = <<{a}+{b}={a + b}>>{a + b} boxes.\n"
                f"Each of them holds {c} jars, so there are {a + b} × {c} = <<{a + b}*{c}={(a + b) * c}>>"
                f"{(a + b) * c} jars; the cracked ones were never packed.\n#### {(a + b) * c}"
            )
            file.write(json.dumps({"question": question, "answer": answer}) + "\n")


def prepare(database: Database) -> User:
    """Create the tables, a manager and a project."""
    Base.metadata.create_all(database.engine)
    with database.change() as session:
        user = User(id=new_id(), email="b@example.org", email_key="b@example.org", name="Bench", created_at=NOW)
        session.add(user)
        session.flush()  # the project refers to it
        project = Project(
            id=new_id(),
            slug="bench",
            name="Bench",
            template=Template.MATHEMATICS,
            state=ProjectState.LIVE,
            taxonomy={"domains": [], "skills": []},
            created_by=user.id,
            created_at=NOW,
            state_changed_at=NOW,
        )
        session.add(project)
        session.flush()  # the membership refers to it
        session.add(Membership(user_id=user.id, project_id=project.id, role=Role.MANAGER, created_at=NOW))
        session.expunge(user)
    return user


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Measure the import into each database."""
    rows = 500 if quick else 40_000
    load_tables()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder / "tasks.jsonl", rows)
        figures = _import_twice("SQLite", f"sqlite:///{folder / 'bench.db'}", folder, rows)
        with running_postgres() as server:
            return figures + _import_twice("PostgreSQL", server, folder, rows)


def _import_twice(name: str, url: str, folder: Path, rows: int) -> list[Figure]:
    database = open_database(url)
    user = prepare(database)
    settings = Settings(data_dir=folder / name, database_url=url)
    with database.reading() as session:
        actor = actor_of_user(session, user.id)
    assert actor is not None
    figures = []
    for opens in (False, True):
        options = ImportOptions(open_at_once=opens)
        begun = time.perf_counter()
        done = import_file(database, settings, actor, "bench", folder / "tasks.jsonl", options=options)
        seconds = time.perf_counter() - begun
        assert (done.state, done.rows_created) == (ImportState.DONE, rows), (done.state, done.message)
        what = "open, with a place each" if opens else "ready"
        figures.append(at_least(f"import, {what}, {name}", rows / seconds, 8_000, "tasks/s"))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 2 * rows
        assert session.scalar(select(func.count()).select_from(TaskSlot)) == rows
    database.engine.dispose()
    return figures
