"""The native JSON Lines export of a frozen snapshot on both databases: items a second, CPU, and memory.

`python -m benchmarks --only export_native`. Each item is work of eight steps with one review and a label on each step;
reading, checking every item against its frozen hash, writing and syncing the files are included. CPU is the worker's
own, which other programs on the machine disturb less than items a second.
"""

import tempfile
import time
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, text

from app.accounts.queries import actor_of_user
from app.config import Settings
from app.core import clock
from app.core.actor import Role
from app.core.db import Database
from app.core.ids import new_id
from app.datasets.models import Snapshot
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset, freeze
from app.exports.service import ask, write_files
from app.projects.models import Project
from app.reviews.models import Review, StepLabel
from app.reviews.states import ReviewState, StepVerdict, Verdict, VerificationMethod
from app.submissions.models import Revision, Submission
from app.submissions.schemas import Content
from app.submissions.states import SubmissionState
from app.tables import load_tables
from app.text.fingerprints import canonical_json, content_hash
from app.worker import Worker, spare_the_collector
from benchmarks.figures import Figure, at_least, at_most
from benchmarks.review_queue import CHUNK, DATABASES, Piece, one_piece, store
from benchmarks.written import STEPS, document
from tests.cast import NOW, a_project, a_user, add_member


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Fill each database, freeze, export."""
    items = 600 if quick else 20_000
    load_tables()
    figures = []
    for name, opened in DATABASES.items():
        with opened() as database, tempfile.TemporaryDirectory() as folder:
            figures += _export(name, database, Settings(data_dir=Path(folder)), items)
    return figures


def _export(name: str, database: Database, settings: Settings, items: int) -> list[Figure]:
    manager_id = _fill(database, items)
    export_id = _freeze_and_ask(database, settings, manager_id)
    spare_the_collector()  # as the worker does when it starts
    resident: list[float] = []
    begun, cpu_begun = time.perf_counter(), time.process_time()
    files = write_files(database, settings, export_id, lambda _done, _total, _message: resident.append(_resident_mb()))
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - cpu_begun
    assert next(file.rows for file in files if file.path.endswith(".jsonl")) == items
    growth = max(resident) - max(resident[: max(1, len(resident) // 2)])
    return [
        at_least(f"native export of {items:,} items, {name}", items / seconds, 8_000, "items/s"),
        at_most(f"native export, {name}: worker's CPU of 1,000 items", cpu_seconds / items * 1e6, 125, "ms"),
        at_most(f"native export, {name}: memory that grew in the second half", growth, 10, "MB", 1),
    ]


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1000


def _freeze_and_ask(database: Database, settings: Settings, manager_id: UUID) -> UUID:
    """Freeze everything through the services, let the worker hash it, ask for the export."""
    with database.change() as session:
        project = session.scalars(select(Project)).one()
        actor = actor_of_user(session, manager_id)
        assert actor is not None
        wanted = DatasetIn.model_validate({"name": "All", "rule": {}})
        dataset = create_dataset(session, project, wanted, actor=actor, now=NOW)
        snapshot_id = freeze(session, dataset, note="", actor=actor, now=clock.now()).id
    Worker(database, settings).run_all()
    with database.change() as session:
        snapshot = session.get_one(Snapshot, snapshot_id)
        return ask(session, snapshot, "native", {}, actor=actor, now=clock.now()).id


def _fill(database: Database, items: int) -> UUID:
    """Store approved work; returns the manager's id."""
    with database.change() as session:
        mona, ed, rae = (a_user(session, name) for name in ("Mona", "Ed", "Rae"))
        project = a_project(session, "bench", mona)
        add_member(session, project, ed, Role.ANNOTATOR)
        add_member(session, project, rae, Role.REVIEWER)
        manager_id, author_id, reviewer_id, project_id = mona.id, ed.id, rae.id, project.id
    for start in range(0, items, CHUNK):
        with database.change() as session:
            chosen = range(start, min(start + CHUNK, items))
            store(session, (approved(project_id, author_id, reviewer_id, n) for n in chosen))
    with database.engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    return manager_id


def approved(project_id: UUID, author_id: UUID, reviewer_id: UUID, n: int, *, bodies: int = 1) -> Piece:
    """Build the rows of the n-th piece: approved, a label on each step; the steps' text stands there `bodies` times."""
    piece = one_piece(project_id, (author_id, reviewer_id, reviewer_id), n)
    (submission,), (revision,) = piece[Submission], piece[Revision]
    at = submission["submitted_at"]
    review_id = new_id()
    written = document(f"n = 5 (item {n})")
    written["steps"] = [step | {"body": " ".join([step["body"]] * bodies)} for step in written["steps"]]
    content = Content.model_validate(written).model_dump(mode="json")
    submission |= {"state": SubmissionState.APPROVED, "decided_at": at}
    revision |= {"content": canonical_json(content), "sha256": content_hash(content)}
    review = {
        "id": review_id,
        "project_id": project_id,
        "submission_id": submission["id"],
        "revision_id": revision["id"],
        "revision_n": 1,
        "reviewer_id": reviewer_id,
        "state": ReviewState.DECIDED,
        "verdict": Verdict.APPROVE,
        "verification_method": VerificationMethod.RE_DERIVED,
        "rubric_scores": {"correct": 3, "complete": 3, "clear": 2},
        "seconds": 900,
        "opened_at": at,
        "last_seen_at": at,
        "decided_at": at,
    }
    labels = [{"review_id": review_id, "step_id": step["id"], "value": StepVerdict.GOOD} for step in STEPS]
    return piece | {Review: [review], StepLabel: labels}
