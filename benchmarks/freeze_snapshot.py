"""Freeze a snapshot of many members on PostgreSQL while somebody saves drafts: seconds, and what the saves notice.

`python -m benchmarks.freeze_snapshot 100000`: the number is that of the members.
Measured is the transaction that fixes the members, and saves of drafts by the service that the editor calls: before it,
beside a statement that only uses a core, and meanwhile. The second tells what the cores cost from what the transaction
costs. The members are copies of one piece, made in the database itself, each with a review and a machine's check. The
database's CPU for the transaction stands beside its seconds: other programs on the machine disturb it less.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table, Uuid, cast, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from app.accounts.queries import actor_of_user
from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core import clock
from app.core.actor import Role
from app.core.db import Database
from app.core.ids import new_id
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset, freeze
from app.projects.models import Project
from app.reviews.models import Review, StepLabel
from app.submissions.models import Revision, Submission, VerifierRun
from app.submissions.schemas import Content
from app.submissions.service.drafting import Saved, save_draft
from app.submissions.states import Finding, SubmissionState
from app.tables import load_tables
from app.tasks.models import Task, TaskSlot
from benchmarks.export_dataset import cpu_seconds
from benchmarks.export_native import approved
from benchmarks.figures import Figure, at_most, table
from benchmarks.review_queue import Piece, on_postgresql, store
from benchmarks.written import document
from tests.cast import NOW, a_project, a_user, add_member

SAVES_BEFORE = 400
PAUSE_SECONDS = 0.01
DRAFTS = 1_000
"""Some seventy saves a second, of so many people by turns. One row that is written without a pause gets slower beside
any long transaction: its old versions cannot be cleared away, and each save reads past all of them."""
COMPUTING = text("SELECT sum(n) FROM (SELECT generate_series(1, 2000000) AS n) AS numbers")
LEASE = timedelta(hours=48)
LIMIT_SECONDS = 60
MEMBERS = 1_000_000
Done = TypeVar("Done")
LINKS: tuple[tuple[Any, dict[str, str]], ...] = (
    (Task, {"id": "task"}),
    (TaskSlot, {"id": "slot", "task_id": "task"}),
    (Assignment, {"id": "assignment", "task_id": "task", "slot_id": "slot"}),
    (Submission, {"id": "work", "task_id": "task", "slot_id": "slot", "assignment_id": "assignment"}),
    (Revision, {"id": "revision", "submission_id": "work"}),
    (Review, {"id": "review", "submission_id": "work", "revision_id": "revision"}),
    (VerifierRun, {"id": "check", "submission_id": "work", "revision_id": "revision"}),
)
"""table → which of its columns are ids, and of what"""
OWNERS = ("task", "slot", "assignment", "work", "revision", "review", "check")
"""Ids of each sort by number, as those of an installation sort by time: tasks are handed out in the order they came."""


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Fill PostgreSQL and freeze."""
    return freezing(2_000 if quick else MEMBERS)


def freezing(members: int) -> list[Figure]:
    """Freeze so many members."""
    load_tables()
    with on_postgresql() as database:
        manager_id, author_id = _fill(database, members)
        saver = _Saver(database, author_id)
        before = saver.save_until(lambda done: done >= SAVES_BEFORE)
        _, beside = _while_saving(saver, lambda: _compute(database))
        begun = time.perf_counter()
        (frozen, cpu), meanwhile = _while_saving(saver, lambda: _freeze(database, manager_id))
        seconds = time.perf_counter() - begun
    assert frozen == members
    name = f"freezing {members:,} members, PostgreSQL"
    quiet, busy, frozen_beside = (statistics.quantiles(times, n=20)[-1] for times in (before, beside, meanwhile))
    medians = statistics.median(meanwhile) / statistics.median(before)
    return [
        at_most(f"{name}: the transaction", seconds, LIMIT_SECONDS, "s", 1),
        at_most(f"{name}: CPU of the database for it", cpu, LIMIT_SECONDS, "s", 1),
        at_most(f"{name}: saves meanwhile against before, 95 % of them", frozen_beside / quiet, 1.5, "×", 2),
        at_most(f"{name}: against saves beside a statement that only computes", frozen_beside / busy, 1.5, "×", 2),
        at_most(f"{name}: half of the saves, against before", medians, 1.5, "×", 2),
    ]


def _while_saving(saver: "_Saver", work: Callable[[], Done]) -> tuple[Done, list[float]]:
    """Save drafts until `work` is done; returns what it answers and the milliseconds of each save."""
    ended = threading.Event()
    times: list[float] = []
    saving = threading.Thread(target=lambda: times.extend(saver.save_until(lambda _done: ended.is_set())))
    saving.start()
    try:
        return work(), times
    finally:
        ended.set()
        saving.join()


def _compute(database: Database) -> int:
    """Keep a core busy for five seconds, with statements that touch no table; returns how many they were."""
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < SAVES_BEFORE * PAUSE_SECONDS + 1:
        with database.reading() as session:
            session.execute(COMPUTING)
        done += 1
    return done


def _freeze(database: Database, manager_id: UUID) -> tuple[int, float]:
    """Freeze; returns how many members there are, and the CPU seconds of the database's process."""
    with database.change() as session:
        project = session.scalars(select(Project)).one()
        actor = actor_of_user(session, manager_id)
        assert actor is not None
        dataset = create_dataset(session, project, DatasetIn(name="All"), actor=actor, now=NOW)
        process: int = session.execute(select(func.pg_backend_pid())).scalar_one()
        cpu_before = cpu_seconds(process)
        return freeze(session, dataset, note="", actor=actor, now=clock.now()).items, cpu_seconds(process) - cpu_before


class _Saver:
    """Saves the drafts of one person by turns, as the editor's requests do, each in a transaction of its own."""

    def __init__(self, database: Database, author_id: UUID) -> None:
        self._database = database
        with database.reading() as session:
            actor = actor_of_user(session, author_id)
            drafts = session.scalars(select(Submission.id).where(Submission.state == SubmissionState.DRAFT)).all()
        assert actor is not None
        self._actor, self._drafts, self._done = actor, drafts, 0

    def save_until(self, is_over: Callable[[int], bool]) -> list[float]:
        """Save until it is said to be over after so many; returns milliseconds."""
        times: list[float] = []
        while not is_over(len(times)):
            content = Content.model_validate(document(f"n = {self._done}"))
            begun = time.perf_counter()
            self._save(content)
            times.append((time.perf_counter() - begun) * 1000)
            time.sleep(PAUSE_SECONDS)
        return times

    def _save(self, content: Content) -> None:
        turn, draft = divmod(self._done, len(self._drafts))
        self._done += 1
        with self._database.change() as session:
            saved = save_draft(
                session,
                self._actor,
                self._drafts[draft],
                base_n=turn,
                content=content,
                client_mutation_id=f"save-{self._done:012d}",
                fencing=1,
                now=clock.now(),
            )
        assert isinstance(saved, Saved), saved


def _fill(database: Database, members: int) -> tuple[UUID, UUID]:
    """Store one piece, and copies of it with ids of their own, some of them drafts; returns manager and author."""
    with database.change() as session:
        mona, ed, rae = (a_user(session, name) for name in ("Mona", "Ed", "Rae"))
        project = a_project(session, "bench", mona)
        add_member(session, project, ed, Role.ANNOTATOR)
        add_member(session, project, rae, Role.REVIEWER)
        people = mona.id, ed.id
        piece = approved(project.id, ed.id, rae.id, 0)
        del piece[StepLabel]
        store(session, [piece | {VerifierRun: [_check(piece)]}])
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text("SET LOCAL session_replication_role = replica"))  # every reference is known to hold
        for model, ids in LINKS:
            _copy(session, model.__table__, ids, members + DRAFTS)
        _open(session, piece[Submission][0]["id"])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))
    return people


def _check(piece: Piece) -> dict[str, Any]:
    (revision,) = piece[Revision]
    return {
        "id": new_id(),
        "submission_id": revision["submission_id"],
        "revision_id": revision["id"],
        "content_sha256": revision["sha256"],
        "spec_sha256": "0" * 64,
        "verifier": "integer",
        "finding": Finding.PASS,
        "method": "exact",
        "created_at": revision["submitted_at"],
    }


def _open(session: Session, first_id: UUID) -> None:
    """Make some of the copies drafts that nobody has saved, each with a lease of its author that lasts."""
    some = select(Submission.id).where(Submission.id != first_id).limit(DRAFTS)
    drafts = session.scalars(some).all()
    drafted = update(Submission).where(Submission.id.in_(drafts)).values(state=SubmissionState.DRAFT, draft_n=0)
    held = select(Submission.assignment_id).where(Submission.id.in_(drafts))
    leased = (
        update(Assignment)
        .where(Assignment.id.in_(held))
        .values(state=AssignmentState.ACTIVE, fencing=1, lease_expires_at=clock.now() + LEASE)
    )
    for statement in (drafted, leased):
        session.execute(statement, execution_options={"synchronize_session": False})


def _copy(session: Session, copied: Table, ids: dict[str, str], members: int) -> None:
    numbers = func.generate_series(2, members).table_valued("n", name="numbers").render_derived()
    columns: dict[str, Any] = {column.name: column for column in copied.columns}
    for name, of in ids.items():
        front = f"01a20000-0000-7000-800{OWNERS.index(of)}-"
        columns[name] = cast(func.concat(front, func.lpad(func.to_hex(numbers.c.n), 12, "0")), Uuid)
    for name in columns.keys() & {"number", "queue_position"}:
        columns[name] = numbers.c.n
    rows = select(*columns.values()).select_from(copied.join(numbers, literal(value=True)))
    session.execute(insert(copied).from_select(list(columns), rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freeze_snapshot")
    parser.add_argument("members", type=int, nargs="?", default=100_000)
    print(table(freezing(parser.parse_args().members)))
