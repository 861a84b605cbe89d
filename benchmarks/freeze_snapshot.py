"""Freeze a snapshot of many members on PostgreSQL while somebody saves drafts: seconds, and what the saves notice.

`python -m benchmarks.freeze_snapshot 100000`: the number is that of the members.
Measured is the transaction that fixes the members, and saves of drafts: before it, beside a statement that only uses a
core, and meanwhile. The second tells what the cores cost from what the transaction costs. The members are copies of one
piece, made in the database itself; no machine has checked them.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Table, Uuid, cast, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from app.accounts.queries import actor_of_user
from app.assignments.models import Assignment
from app.core import clock
from app.core.actor import Role
from app.core.db import Database
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset, freeze
from app.projects.models import Project
from app.reviews.models import Review, StepLabel
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState
from app.tables import load_tables
from app.tasks.models import Task, TaskSlot
from benchmarks.export_native import approved
from benchmarks.figures import Figure, at_most, table
from benchmarks.review_queue import on_postgresql, store
from tests.cast import NOW, a_project, a_user, add_member

SAVES_BEFORE = 400
PAUSE_SECONDS = 0.01
DRAFTS = 1_000
"""A hundred saves a second, of so many people by turns. One row that is written without a pause gets slower beside any
long transaction: its old versions cannot be cleared away, and each save reads past all of them."""
COMPUTING = text("SELECT sum(n) FROM (SELECT generate_series(1, 2000000) AS n) AS numbers")
LIMIT_SECONDS = 60
MEMBERS = 1_000_000
LINKS: tuple[tuple[Any, dict[str, str]], ...] = (
    (Task, {"id": "task"}),
    (TaskSlot, {"id": "slot", "task_id": "task"}),
    (Assignment, {"id": "assignment", "task_id": "task", "slot_id": "slot"}),
    (Submission, {"id": "work", "task_id": "task", "slot_id": "slot", "assignment_id": "assignment"}),
    (Revision, {"id": "revision", "submission_id": "work"}),
    (Review, {"id": "review", "submission_id": "work", "revision_id": "revision"}),
)
"""table → which of its columns are ids, and of what"""


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Fill PostgreSQL and freeze."""
    return freezing(2_000 if quick else MEMBERS)


def freezing(members: int) -> list[Figure]:
    """Freeze so many members."""
    load_tables()
    with on_postgresql() as database:
        manager_id = _fill(database, members)
        before = _saves(database, lambda done: done >= SAVES_BEFORE)
        _, beside = _while_saving(database, lambda: _compute(database))
        begun = time.perf_counter()
        frozen, meanwhile = _while_saving(database, lambda: _freeze(database, manager_id))
        seconds = time.perf_counter() - begun
    assert frozen == members
    name = f"freezing {members:,} members, PostgreSQL"
    quiet, busy, frozen_beside = (statistics.quantiles(times, n=20)[-1] for times in (before, beside, meanwhile))
    medians = statistics.median(meanwhile) / statistics.median(before)
    return [
        at_most(f"{name}: the transaction", seconds, LIMIT_SECONDS, "s", 1),
        at_most(f"{name}: saves meanwhile against before, 95 % of them", frozen_beside / quiet, 1.5, "×", 2),
        at_most(f"{name}: against saves beside a statement that only computes", frozen_beside / busy, 1.5, "×", 2),
        at_most(f"{name}: half of the saves, against before", medians, 1.5, "×", 2),
    ]


def _while_saving(database: Database, work: Callable[[], int]) -> tuple[int, list[float]]:
    """Save drafts until `work` is done; returns what it answers and the milliseconds of each save."""
    ended = threading.Event()
    times: list[float] = []
    saver = threading.Thread(target=lambda: times.extend(_saves(database, lambda _done: ended.is_set())))
    saver.start()
    try:
        return work(), times
    finally:
        ended.set()
        saver.join()


def _compute(database: Database) -> int:
    """Keep a core busy for five seconds, with statements that touch no table; returns how many they were."""
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < SAVES_BEFORE * PAUSE_SECONDS + 1:
        with database.reading() as session:
            session.execute(COMPUTING)
        done += 1
    return done


def _freeze(database: Database, manager_id: Any) -> int:
    with database.change() as session:
        project = session.scalars(select(Project)).one()
        actor = actor_of_user(session, manager_id)
        assert actor is not None
        dataset = create_dataset(session, project, DatasetIn(name="All"), actor=actor, now=NOW)
        return freeze(session, dataset, note="", actor=actor, now=clock.now()).items


def _saves(database: Database, is_over: Callable[[int], bool]) -> list[float]:
    """Save drafts by turns, each time in a transaction; returns milliseconds."""
    with database.reading() as session:
        drafts = session.scalars(select(Submission.id).where(Submission.state == SubmissionState.DRAFT)).all()
    times: list[float] = []
    saving = text("UPDATE submissions SET draft_n = draft_n + 1, updated_at = now() WHERE id = :work")
    while not is_over(len(times)):
        begun = time.perf_counter()
        with database.change() as session:
            session.execute(saving, {"work": drafts[len(times) % len(drafts)]})
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(PAUSE_SECONDS)
    return times


def _fill(database: Database, members: int) -> Any:
    """Store one piece, and copies of it with ids of their own, some of them drafts; returns the manager's id."""
    with database.change() as session:
        mona, ed, rae = (a_user(session, name) for name in ("Mona", "Ed", "Rae"))
        project = a_project(session, "bench", mona)
        add_member(session, project, ed, Role.ANNOTATOR)
        add_member(session, project, rae, Role.REVIEWER)
        manager_id = mona.id
        piece = approved(project.id, ed.id, rae.id, 0)
        del piece[StepLabel]
        store(session, [piece])
        session.execute(text("SET LOCAL statement_timeout = 0"))
        for model, ids in LINKS:
            _copy(session, model.__table__, ids, members + DRAFTS)
        some = select(Submission.id).where(Submission.id != piece[Submission][0]["id"]).limit(DRAFTS)
        drafted = (
            update(Submission).where(Submission.id.in_(some.scalar_subquery())).values(state=SubmissionState.DRAFT)
        )
        session.execute(drafted, execution_options={"synchronize_session": False})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
    return manager_id


def _copy(session: Session, copied: Table, ids: dict[str, str], members: int) -> None:
    numbers = func.generate_series(2, members).table_valued("n", name="numbers").render_derived()
    columns: dict[str, Any] = {column.name: column for column in copied.columns}
    for name, of in ids.items():
        columns[name] = cast(func.md5(func.concat(of, numbers.c.n)), Uuid)
    for name in columns.keys() & {"number", "queue_position"}:
        columns[name] = numbers.c.n
    rows = select(*columns.values()).select_from(copied.join(numbers, literal(value=True)))
    session.execute(insert(copied).from_select(list(columns), rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freeze_snapshot")
    parser.add_argument("members", type=int, nargs="?", default=100_000)
    print(table(freezing(parser.parse_args().members)))
