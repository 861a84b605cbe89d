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
from app.core.storage import FileStore, FileWriter, StoredFile
from app.datasets.models import Snapshot
from app.datasets.queries.records import Item, in_groups, read_snapshot
from app.datasets.queries.statements import PAGE_ROWS
from app.datasets.states import Split
from app.exports.formats.base import BadRow, FileOf, Format, Options
from app.exports.formats.registry import get_format
from app.exports.models import Export, ExportFile
from app.exports.queries import files_of, frame_of
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
    """path of the file → its rows"""
    excluded: Counter[str] = field(default_factory=Counter)
    items: int = 0


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
    snapshot = export.snapshot
    chosen = get_format(export.format).framed(frame_of(session, snapshot))
    session.flush()  # nothing is pending; the objects are used after the session
    session.expunge_all()
    return Plan(export_id, snapshot, chosen, chosen.options_model.model_validate(export.options))


def _write_rows(
    database: Database, store: FileStore, plan: Plan, written: Written, report: Report
) -> dict[str, StoredFile]:
    often = PROVEN_AT_ONCE if plan.format.is_proven else PAGE_ROWS
    with contextlib.ExitStack() as stack:
        files = _Files(stack, store, plan)
        for items in in_groups(read_snapshot(database, plan.snapshot.id), by_task=plan.format.takes_tasks_whole):
            _write_items(items, plan, files, written)
            before, written.items = written.items, written.items + len(items)
            if written.items // often > before // often or written.items == plan.snapshot.items:
                told = f"{written.items:,} of {plan.snapshot.items:,} items written"
                report(written.items, plan.snapshot.items, told)
        if written.items != plan.snapshot.items:
            raise JobRefused("The snapshot holds fewer items than were frozen; restore the database from a backup.")
    return files.stored


class _Files:
    """The files of an export while they are written: those of the split train at once, others as they begin."""

    def __init__(self, stack: contextlib.ExitStack, store: FileStore, plan: Plan) -> None:
        self._stack, self._store, self._plan = stack, store, plan
        self._writers: dict[str, FileWriter] = {}
        self._sinks: dict[str, Sink] = {}
        for file in plan.format.files:
            self.sink(file, Split.TRAIN)

    def sink(self, file: FileOf, split: Split) -> Sink:
        """Give where the rows of a file go that belong to items of a split."""
        path = file.path_of(split)
        if path not in self._sinks:
            self._writers[path] = self._stack.enter_context(self._store.writing(self._plan.export_id))
            self._sinks[path] = self._stack.enter_context(sink_of(file, self._writers[path]))
        return self._sinks[path]

    @property
    def stored(self) -> dict[str, StoredFile]:
        """The files by path; final once the stack is closed."""
        return {path: writer.stored for path, writer in self._writers.items()}


def _write_items(items: list[Item], plan: Plan, files: _Files, written: Written) -> None:
    for item in items:
        if hashlib.sha256(item.line).hexdigest() != item.row_sha256:
            raise JobRefused(f"{_named(item)} is not what was frozen; the database was changed.")
    try:
        made = plan.format.make(items, plan.options, is_proving=True)
    except BadRow as fault:
        raise JobRefused(f"{_named(items[0])} makes a bad row: {fault}.") from fault
    written.excluded.update(made.left_out.values())
    split = items[0].split  # a task is never divided
    for path, line in made.lines:
        file = plan.format.file_at(path)
        files.sink(file, split).write(line)
        written.rows[file.path_of(split)] += 1


def _named(item: Item) -> str:
    return f"Item {item.position} ({item.submission_id})"


def _write_papers(
    store: FileStore, plan: Plan, written: Written, stored: dict[str, StoredFile]
) -> dict[str, StoredFile]:
    card = dataset_card(plan.snapshot, plan.format, plan.options, written.rows, written.excluded, stored)
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
            rows=sum(written.rows[path] for path in plan.format.main_paths),
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
            rows=written.rows[path] if path in plan.format.paths else None,
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
