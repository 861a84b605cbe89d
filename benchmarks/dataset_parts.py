"""What a large snapshot costs apart from its files: counting a rule, hashing, dividing, the facts of its card.

`python -m benchmarks.dataset_parts 1000000` on PostgreSQL: the number is that of the members. They are copies of one
piece with a review and eight labels each, made in the database itself, two to a family. Near-duplicates have a
benchmark of their own: these texts are all alike.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, text

from app.accounts.queries import actor_of_user
from app.config import Settings
from app.core import clock
from app.core.actor import Role
from app.core.db import Database
from app.core.ids import new_id
from app.core.jobs import JobRun
from app.datasets.jobs import Likeness, freezing
from app.datasets.models import Snapshot
from app.datasets.queries.counting import count_selected
from app.datasets.queries.facts import facts_of
from app.datasets.queries.places import read_members
from app.datasets.schemas import DatasetIn, Rule, Splitting
from app.datasets.service import create_dataset, freeze
from app.datasets.service.dividing import divide
from app.projects.models import Project
from app.tables import load_tables
from benchmarks.export_native import approved
from benchmarks.figures import Figure, at_most, table
from benchmarks.multiplied import multiply
from benchmarks.review_queue import on_postgresql, store
from tests.cast import NOW, a_project, a_user, add_member

SPLITTING = {"train": 90, "validation": 5, "test": 5, "labels": ["domain", "tier"]}


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Measure a size that leaves time for other things."""
    return measure_members(2_000 if quick else 100_000)


def measure_members(members: int) -> list[Figure]:
    """Fill PostgreSQL, freeze, and time each part."""
    load_tables()
    with on_postgresql() as database, tempfile.TemporaryDirectory() as folder:
        project_id, manager_id = _fill(database, members)
        counting = _seconds(lambda: _count(database, project_id))
        snapshot_id = _freeze(database, project_id, manager_id)
        settings = Settings(
            data_dir=Path(folder), database_url=database.engine.url.render_as_string(hide_password=False)
        )
        job = _seconds(lambda: _run_job(database, settings, snapshot_id))
        facts = _seconds(lambda: _tell_facts(database, snapshot_id))
        before = _resident_mb()
        dividing = _seconds(lambda: _divide(database, snapshot_id))
    name = f"{members:,} members, PostgreSQL"
    return [
        at_most(f"{name}: counting a rule", counting, 2, "s", 1),
        at_most(f"{name}: the job, without near-duplicates", job, members * 300e-6, "s", 1),
        at_most(f"{name}: facts of the card, in it", facts, max(1, members * 60e-6), "s", 1),
        at_most(f"{name}: dividing", dividing, max(1, members * 60e-6), "s", 1),
        at_most(f"{name}: memory that dividing takes on", _resident_mb() - before, 300, "MB"),
    ]


def _fill(database: Database, members: int) -> tuple[UUID, UUID]:
    with database.change() as session:
        mona, ed, rae = (a_user(session, name) for name in ("Mona", "Ed", "Rae"))
        project = a_project(session, "bench", mona)
        add_member(session, project, ed, Role.ANNOTATOR)
        add_member(session, project, rae, Role.REVIEWER)
        store(session, [approved(project.id, ed.id, rae.id, 0)])
        project_id, manager_id = project.id, mona.id
    multiply(database, project_id, members)
    with database.change() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text("UPDATE tasks SET family = 'family ' || number / 2"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE tasks"))
    return project_id, manager_id


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _count(database: Database, project_id: UUID) -> None:
    with database.reading() as session:
        assert count_selected(session, project_id, Rule(), now=clock.now()).items


def _freeze(database: Database, project_id: UUID, manager_id: UUID) -> UUID:
    with database.change() as session:
        project, actor = session.get_one(Project, project_id), actor_of_user(session, manager_id)
        assert actor is not None
        wanted = DatasetIn.model_validate({"name": "All", "splitting": SPLITTING})
        dataset = create_dataset(session, project, wanted, actor=actor, now=NOW)
        return freeze(session, dataset, note="", actor=actor, now=clock.now()).id


def _run_job(database: Database, settings: Settings, snapshot_id: UUID) -> None:
    payload = {"snapshot_id": str(snapshot_id)}
    freezing(Likeness())(JobRun(new_id(), payload, None, database, settings, lambda _done, _total, _message: None))


def _tell_facts(database: Database, snapshot_id: UUID) -> None:
    with database.reading() as session:
        session.execute(select(func.set_config("statement_timeout", "0", True)))
        assert facts_of(session, snapshot_id)["tier"]


def _divide(database: Database, snapshot_id: UUID) -> None:
    splitting = Splitting.model_validate(SPLITTING)
    with database.reading() as session:
        items = session.get_one(Snapshot, snapshot_id).items
    assert len(divide(read_members(database, snapshot_id, splitting.labels), splitting)) == items


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dataset_parts")
    parser.add_argument("members", type=int, nargs="?", default=100_000)
    print(table(measure_members(parser.parse_args().members)))
