"""Export of a large snapshot on PostgreSQL to TRL SFT and Parquet: time, memory, both at two sizes, `COPY` beside it.

`python -m benchmarks.export_dataset --items 1000000` for the size of the promise (a quarter of an hour); `--only
export_dataset` does a tenth of that. The items are approved work of eight steps and about 4 kB with one review and a
label on each step, made inside the database. A worker of its own writes the files; its memory is what it and the
processes that it starts hold, shared pages counted once, at its highest. A tenth as large a snapshot lies in the same
database. `COPY` writes the bytes of the finished export out of a table that holds nothing else.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import delete, select
from sqlalchemy.engine import make_url

from app.accounts.queries import actor_of_user
from app.config import Settings
from app.core import clock
from app.core.actor import Role
from app.core.db import Base, Database, open_database
from app.core.ids import new_id
from app.core.jobs import Job, JobRun
from app.core.storage import open_store
from app.datasets.jobs import Likeness, freezing
from app.datasets.models import Snapshot
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset, freeze
from app.exports.models import Export, ExportFile
from app.exports.service import ask
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.projects.models import Project
from app.tables import load_tables
from benchmarks.export_native import approved
from benchmarks.figures import Figure, at_least, at_most, table
from benchmarks.multiplied import multiply
from benchmarks.review_queue import store
from tests.cast import NOW, a_project, a_user, add_member
from tests.postgres import running_postgres

ROOT = Path(__file__).resolve().parents[1]
PROMISED_SECONDS_AN_ITEM = 120e-6
MEMORY_MB = 300
FORMATS = {"trl_sft": "TRL SFT, JSON lines", "native_parquet": "native, Parquet"}
# The tables were made without a migration, which `workings worker` would ask for; what it loads is loaded.
# These come with the tests; an installation has none of them, and pyarrow and mako would load them.
_WORK = """
import sys

class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in {"numpy", "pandas", "pygments"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent)
import app.cli
from app.config import load_settings
from app.core.db import open_database
from app.worker import Worker
settings = load_settings()
Worker(open_database(settings.database_url), settings).run()
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One export as its worker did it."""

    export_id: UUID
    items: int
    seconds: float
    cpu_seconds: float
    """of the worker and the processes that it starts, not of the database"""
    peak_mb: float

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.items / self.seconds


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Measure a size that leaves time for other things."""
    return measure_items(2_000 if quick else 100_000)


def measure_items(items: int) -> list[Figure]:
    """Fill a database with two projects, freeze both, export the large and the small one in each format."""
    load_tables()
    with running_postgres() as url, tempfile.TemporaryDirectory(prefix="workings-bench-") as folder:
        database = open_database(url, statement_timeout_s=3600)  # freezing a million is another benchmark's matter
        Base.metadata.create_all(database.engine)
        settings = Settings(data_dir=Path(folder), database_url=url)
        snapshots = {size: _frozen(database, settings, size) for size in (items // 10, items)}
        figures = []
        for name, title in FORMATS.items():
            small, large = (_export(database, settings, snapshots[size], size, name) for size in snapshots)
            figures += _figures(title, small, large)
            if name == "trl_sft":
                figures.append(_copied(database, settings, large))
        database.engine.dispose()
    return figures


def _figures(title: str, small: Run, large: Run) -> list[Figure]:
    what = f"{title}, {large.items:,} items"
    return [
        at_most(what, large.seconds, large.items * PROMISED_SECONDS_AN_ITEM, "s", 1),
        at_least(f"{what}: rate", large.rate, 1 / PROMISED_SECONDS_AN_ITEM, "items/s"),
        at_most(f"{what}: CPU of 1,000 items", large.cpu_seconds / large.items * 1e6, 150, "ms"),
        at_most(f"{what}: memory", large.peak_mb, MEMORY_MB, "MB"),
        at_most(f"{what}: memory, as many times that of a tenth", large.peak_mb / small.peak_mb, 1.2, "", 2),
        at_most(f"{what}: time, as many times that of a tenth", large.seconds / small.seconds, 11, "", 1),
    ]


def _frozen(database: Database, settings: Settings, items: int) -> UUID:
    """Store a project with so many approved items and freeze them."""
    begun = time.monotonic()
    with database.change() as session:
        mona, ed, rae = (a_user(session, f"{name}-{items}") for name in ("Mona", "Ed", "Rae"))
        project = a_project(session, f"bench-{items}", mona)
        add_member(session, project, ed, Role.ANNOTATOR)
        add_member(session, project, rae, Role.REVIEWER)
        store(session, [approved(project.id, ed.id, rae.id, 0, bodies=2)])
        project_id, manager_id = project.id, mona.id
    multiply(database, project_id, items)
    filled = time.monotonic()
    with database.change() as session:
        project = session.get_one(Project, project_id)
        actor = actor_of_user(session, manager_id)
        assert actor is not None
        wanted = DatasetIn.model_validate({"name": "All", "rule": {}})
        dataset = create_dataset(session, project, wanted, actor=actor, now=NOW)
        snapshot_id = freeze(session, dataset, note="", actor=actor, now=clock.now()).id
        session.execute(
            delete(Job)
        )  # it is done here: near-duplicates are not looked for among texts that are all alike
    payload = {"snapshot_id": str(snapshot_id)}
    freezing(Likeness())(JobRun(new_id(), payload, None, database, settings, lambda _done, _total, _message: None))
    _say(f"{items:,} items: filled in {filled - begun:.0f} s, frozen in {time.monotonic() - filled:.0f} s")
    return snapshot_id


def _export(database: Database, settings: Settings, snapshot_id: UUID, items: int, name: str) -> Run:
    """Let a worker of its own write an export; it is timed from when it is ready to work to when the files are listed.

    The worker starts, finds nothing to do and waits: an installation's worker is there before it is asked.
    """
    with _worker(settings) as process:
        time.sleep(3)
        with database.change() as session:
            snapshot = session.get_one(Snapshot, snapshot_id)
            actor = actor_of_user(session, snapshot.created_by)
            assert actor is not None
            export_id = ask(session, snapshot, name, {}, actor=actor, now=clock.now()).id
        begun, peak, cpu, cpu_before = time.monotonic(), 0.0, 0.0, cpu_seconds(process.pid)
        while (state := _state(database, export_id)) in {ExportState.WAITING, ExportState.RUNNING}:
            peak, cpu = max(peak, resident_mb(process.pid)), max(cpu, cpu_seconds(process.pid) - cpu_before)
            time.sleep(0.2)
        seconds = time.monotonic() - begun
    assert state == ExportState.READY, state
    run = Run(export_id, items, seconds, cpu, peak)
    _say(f"{name}, {items:,} items: {seconds:.1f} s, {run.rate:,.0f} items/s, CPU {cpu:.1f} s, {peak:.0f} MB")
    return run


@contextmanager
def _worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    ours = {"WORKINGS_DATA_DIR": str(settings.data_dir), "WORKINGS_DATABASE_URL": settings.database_url}
    process = subprocess.Popen([sys.executable, "-c", _WORK], env={**os.environ, **ours}, cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _state(database: Database, export_id: UUID) -> ExportState:
    with database.reading() as session:
        return session.get_one(Export, export_id).state


def resident_mb(pid: int) -> float:
    """Add up the memory of a process and of those that it started, pages that they share counted once."""
    return sum(_proportional_kb(one) for one in _family(pid)) / 1000


def cpu_seconds(pid: int) -> float:
    """Add up the CPU of a process and of those that it started and that still run."""
    ticks = 0
    for one in _family(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except FileNotFoundError:
                continue
    return found


def _proportional_kb(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(rollup.partition("\nPss:")[2].split()[0])


def _copied(database: Database, settings: Settings, run: Run) -> Figure:
    """Time `COPY … TO` of the same bytes, from a table to a file, and hold the bytes against those of the export."""
    with database.reading() as session:
        rows = session.scalars(
            select(ExportFile).where(ExportFile.export_id == run.export_id, ExportFile.rows.is_not(None))
        ).all()
        files = [(file.file_id, file.sha256) for file in sorted(rows, key=lambda file: file.path)]
    url = make_url(settings.database_url)
    lines = open_store(settings, STORE)
    raw = "(FORMAT csv, DELIMITER e'\\x01', QUOTE e'\\x02')"  # a line is one value, whatever stands in it
    where: dict[str, Any] = {"user": url.username, "dbname": url.database, **url.query}
    with psycopg.connect(**where, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE exported (line text)")
        with cursor.copy(f"COPY exported FROM STDIN {raw}") as copy:
            for file_id, _ in files:
                for chunk in lines.chunks(file_id):
                    copy.write(chunk)
        begun, written = time.monotonic(), hashlib.sha256()
        with (settings.data_dir / "copied.jsonl").open("wb") as file:
            with cursor.copy(f"COPY exported TO STDOUT {raw}") as copy:
                for data in copy:
                    file.write(data)
                    written.update(data)
            os.fsync(file.fileno())
        seconds = time.monotonic() - begun
        cursor.execute("DROP TABLE exported")
    expected = hashlib.sha256()
    for file_id, _ in files:
        for chunk in lines.chunks(file_id):
            expected.update(chunk)
    assert written.digest() == expected.digest()
    said = (
        f"{run.items / seconds:,.0f} items/s, {seconds:.1f} s; the export took {run.seconds / seconds:.1f} times that"
    )
    return Figure("COPY … TO of the same bytes", "", said, is_met=True)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> None:
    """Measure the size that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.export_dataset")
    parser.add_argument("--items", type=int, default=100_000)
    print(table(measure_items(parser.parse_args().items)))


if __name__ == "__main__":
    main()
