"""Write the files of an export: streamed page by page, checked row by row, listed only when all are on disk."""

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session, joinedload

from app.config import Settings
from app.core import clock
from app.core.db import Database, changed_one
from app.core.ids import new_id
from app.core.jobs import JobRefused
from app.core.storage import FileStore, StoredFile
from app.datasets.models import Snapshot
from app.datasets.queries.records import Item, read_snapshot
from app.exports.formats.base import BadRow, Excluded, Format, Options
from app.exports.formats.registry import get_format
from app.exports.models import Export, ExportFile
from app.exports.queries import files_of
from app.exports.service.papers import dataset_card, manifest_of
from app.exports.service.sinks import Sink, sink_of
from app.exports.states import ExportState

STORE = "exports"
PROVEN_AT_ONCE = 20
"""Where an engine is asked about each item, it is told so often how far the export is, and asked whether to go on."""
Report = Callable[[int, int | None, str], None]


@dataclass
class Written:
    """What has gone into the files so far."""

    rows: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    items: int = 0
    tasks: set[int] = field(default_factory=set)
    """tasks that have a row, where a format takes each once; an id as a number is half as large as a text"""


@dataclass(frozen=True)
class Plan:
    """All that decides the bytes of an export."""

    export_id: UUID
    snapshot: Snapshot
    format: Format
    options: Options


def write_files(database: Database, settings: Settings, export_id: UUID, report: Report) -> list[ExportFile]:
    """Render the export and list its files in one short transaction at the end; running it again gives the same bytes.

    Files that are listed already are returned: whoever listed them was killed before they could say that it was done.
    Raises JobRefused, and lists nothing, when a row has a fault or the snapshot's content is not what was hashed.
    """
    with database.reading() as session:
        listed = list(files_of(session, export_id))
    if listed:
        return listed
    with database.change() as session:
        plan = _begin(session, export_id)
    store = FileStore(settings.data_dir, STORE)
    store.discard_unfinished(export_id)
    written = Written()
    stored = _write_rows(database, store, plan, written, report)
    try:
        stored |= _write_papers(store, plan, written, stored)
        with database.change() as session:
            return _list(session, plan, written, stored, now=clock.now())
    except (JobRefused, OSError):  # nothing was listed; after another failure the commit may have gone through
        for file in stored.values():
            store.delete(file.id)
        raise


def _begin(session: Session, export_id: UUID) -> Plan:
    joined = joinedload(Export.snapshot).joinedload(Snapshot.dataset)
    export = session.get_one(Export, export_id, options=[joined])
    start = update(Export).where(Export.id == export_id, Export.state.in_((ExportState.WAITING, ExportState.RUNNING)))
    if not changed_one(session, start.values(state=ExportState.RUNNING)):
        raise JobRefused(f"This export is {export.state} already.")
    chosen = get_format(export.format)
    snapshot = export.snapshot
    session.flush()  # nothing is pending; the objects are used after the session
    session.expunge_all()
    return Plan(export_id, snapshot, chosen, chosen.options_model.model_validate(export.options))


def _write_rows(
    database: Database, store: FileStore, plan: Plan, written: Written, report: Report
) -> dict[str, StoredFile]:
    with contextlib.ExitStack() as stack:
        writers = {file.path: stack.enter_context(store.writing(plan.export_id)) for file in plan.format.files}
        sinks = {file.path: stack.enter_context(sink_of(file, writers[file.path])) for file in plan.format.files}
        for page in read_snapshot(database, plan.snapshot.id):
            for item in page:
                _write_item(item, plan, sinks, written)
                written.items += 1
                if item is page[-1] or (plan.format.is_proven and written.items % PROVEN_AT_ONCE == 0):
                    told = f"{written.items:,} of {plan.snapshot.items:,} items written"
                    report(written.items, plan.snapshot.items, told)
        if written.items != plan.snapshot.items:
            raise JobRefused("The snapshot holds fewer items than were frozen; restore the database from a backup.")
    return {path: writer.stored for path, writer in writers.items()}


def _write_item(item: Item, plan: Plan, sinks: dict[str, Sink], written: Written) -> None:
    if hashlib.sha256(item.line).hexdigest() != item.row_sha256:
        raise JobRefused(f"{_named(item)} is not what was frozen; the database was changed.")
    try:
        lines = list(plan.format.lines(item, plan.options))
        _require_new_and_proven(item, plan, written)
    except Excluded as excluded:
        written.excluded[excluded.reason] += 1
        return
    except BadRow as fault:
        raise JobRefused(f"{_named(item)} makes a bad row: {fault}.") from fault
    for path, line in lines:
        sinks[path].write(line)
        written.rows[path] += 1


def _require_new_and_proven(item: Item, plan: Plan, written: Written) -> None:
    """Excluded when another item has given the row of this task, or when an engine does not confirm it."""
    if not plan.format.is_once_per_task:
        return
    record = item.record
    task = UUID(record["task"]["id"]).int
    if task in written.tasks:
        raise Excluded("another item has this task")
    plan.format.prove(record, plan.options)
    written.tasks.add(task)


def _named(item: Item) -> str:
    return f"Item {item.position} ({item.submission_id})"


def _write_papers(
    store: FileStore, plan: Plan, written: Written, stored: dict[str, StoredFile]
) -> dict[str, StoredFile]:
    card = dataset_card(plan.snapshot, plan.format, plan.options, written.rows, written.excluded)
    papers = {"README.md": store.save([card.encode()])}
    papers |= {path: store.save([text.encode()]) for path, text in plan.format.papers(plan.options).items()}
    manifest = manifest_of(plan.snapshot, plan.format, plan.options, written.rows, written.excluded, stored | papers)
    text = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return {**papers, "manifest.json": store.save([text.encode()])}


def _list(
    session: Session, plan: Plan, written: Written, stored: dict[str, StoredFile], *, now: datetime
) -> list[ExportFile]:
    done = (
        update(Export)
        .where(Export.id == plan.export_id, Export.state == ExportState.RUNNING)
        .values(
            state=ExportState.READY,
            rows=written.rows[plan.format.main_path],
            excluded=dict(sorted(written.excluded.items())),
            finished_at=now,
            message="",
        )
    )
    if not changed_one(session, done):
        raise JobRefused("This export was stopped while its files were written.")
    files = [
        ExportFile(
            id=new_id(),
            export_id=plan.export_id,
            path=path,
            file_id=file.id,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            rows=written.rows[path] if any(path == one.path for one in plan.format.files) else None,
        )
        for path, file in sorted(stored.items())
    ]
    session.add_all(files)
    session.flush()  # the unique (export, path) must hold before anybody is told
    session.expunge_all()
    return files


def fail(database: Database, export_id: UUID, sentence: str) -> None:
    """Say on the export why it could not be made."""
    with database.change() as session:
        waiting = (ExportState.WAITING, ExportState.RUNNING)
        failed = update(Export).where(Export.id == export_id, Export.state.in_(waiting))
        changed_one(session, failed.values(state=ExportState.FAILED, message=sentence[:1000], finished_at=clock.now()))
