"""Write the files of an export: streamed part by part, checked row by row, listed only when all are on disk."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session, joinedload

from app.config import Settings
from app.core import clock
from app.core.db import Database, changed_one
from app.core.ids import new_id
from app.core.jobs import JobCancelled, JobRefused
from app.core.signing import Signer
from app.core.storage import FileStore, StoredFile, open_store
from app.datasets.models import Snapshot
from app.datasets.queries.corrections import last_number, lists_of, tombstoned
from app.datasets.queries.facts import FACTS, facts_of
from app.datasets.service.correcting import note_corrections
from app.datasets.states import Split
from app.exports.formats.registry import get_format
from app.exports.models import Export, ExportFile, ExportPart
from app.exports.papers import Issue, json_text, papers_of
from app.exports.queries import files_of, frame_of
from app.exports.service.layout import place_of, plain_name
from app.exports.service.marking import mark_of
from app.exports.service.pace import Pace, Report
from app.exports.service.papers import first_rows, manifest_of
from app.exports.service.parts import Part, Written, discard_parts, finished_parts, put_together
from app.exports.service.renderers import rendered
from app.exports.service.rendering import Group, Plan
from app.exports.service.shuffling import shuffled
from app.exports.service.verifying import ENDING, MANIFEST, SIGNATURE
from app.exports.service.withholding import without_missing
from app.exports.states import ExportState
from app.recipients.models import Recipient

STORE = "exports"


def write_files(database: Database, settings: Settings, export_id: UUID, report: Report) -> list[ExportFile]:
    """Render the export and list its files in one short transaction at the end; running it again gives the same bytes.

    Goes on behind the last whole part that a killed worker has left. Files that are listed already are returned:
    whoever listed them was killed before they could say that it was done. Raises JobRefused, and lists nothing, when a
    row has a fault or the snapshot's content is not what was hashed.
    """
    with database.reading() as session:
        listed = list(files_of(session, export_id))
    if listed:
        return listed
    with database.change() as session:
        begun, plan = _begin(session, export_id, settings)
    store = open_store(settings, STORE)
    store.discard_unfinished(export_id)
    papers: dict[str, StoredFile] = {}
    try:
        parts = _Writing(database, settings, store, export_id, plan, report).write()
        written = put_together(parts, plan.options.compression)
        _write_papers(store, Signer(settings.data_dir), begun, plan, written, papers)
        with database.change() as session:
            return _list(session, export_id, plan, written, papers, now=clock.now())
    except (JobRefused, JobCancelled):  # nothing was listed, nor will be
        discard_parts(database, store, export_id)
        _discard(store, papers)
        raise
    except OSError:  # whole parts stay for the next try; after another failure the commit may have gone through
        _discard(store, papers)
        raise


class _Begun(NamedTuple):
    """What is exported, what was counted of it, and what became of it since."""

    snapshot: Snapshot
    facts: dict[str, Any]
    lists: dict[str, bytes]
    """the lists of corrections that go along; none while nothing is corrected"""
    recipient: Recipient | None


def _begin(session: Session, export_id: UUID, settings: Settings) -> tuple[_Begun, Plan]:
    joined = joinedload(Export.snapshot).joinedload(Snapshot.dataset)
    export = session.get_one(Export, export_id, options=[joined, joinedload(Export.recipient)])
    start = update(Export).where(Export.id == export_id, Export.state.in_((ExportState.WAITING, ExportState.RUNNING)))
    if not changed_one(session, start.values(state=ExportState.RUNNING)):
        raise JobRefused(f"This export is {export.state} already.")
    snapshot, recipient = export.snapshot, export.recipient
    number = _fix_corrections(session, export)
    withdrawn = tombstoned(session, snapshot.id, up_to=number)
    lists = lists_of(session, snapshot, up_to=number) if number else {}
    chosen = get_format(export.format).framed(frame_of(session, snapshot))
    refusal = chosen.refusal()
    if refusal is not None:
        raise JobRefused(refusal)
    options = chosen.options_model.model_validate(export.options)
    session.flush()  # the number of corrections; the objects are used after the session
    session.expunge_all()
    # Snapshots carry what was counted while they were frozen; those of an earlier version are counted now.
    facts = snapshot.manifest.get(FACTS) or facts_of(session, snapshot.id)
    key = snapshot.manifest_sha256 or ""
    mark = mark_of(snapshot, recipient, settings.data_dir)
    plan = Plan(snapshot.id, snapshot.items, key, chosen, options, withdrawn, mark)
    return _Begun(snapshot, facts, lists, recipient), plan


def _fix_corrections(session: Session, export: Export) -> int:
    """Fix up to which number the corrections are applied: whoever takes the export up again applies the same."""
    if export.corrections_n is None:
        note_corrections(session, export.snapshot_id, now=clock.now())
        export.corrections_n = last_number(session, export.snapshot_id)
    return export.corrections_n


class _Writing:
    """One attempt to write the rows."""

    def __init__(
        self, database: Database, settings: Settings, store: FileStore, export_id: UUID, plan: Plan, report: Report
    ) -> None:
        self._database, self._settings, self._store = database, settings, store
        self._export_id, self._plan, self._report = export_id, plan, report
        self._items = 0

    def write(self) -> list[ExportPart]:
        """Write what is not written yet; return all parts, each whole on the disk and noted in the database."""
        parts = self._parts_so_far()
        after = parts[-1].position if parts else 0
        # Where rows stand in another order, their places are known only when all items are rendered, once more too.
        self._items = 0 if self._plan.is_shuffled else after
        pace = Pace(self._report, done=self._items, total=self._plan.items)
        groups = self._groups(after, pace)
        group = next(groups, None)
        while group is not None:
            part, group = self._fill(group, groups, pace)
            parts.append(self._note(part, len(parts) + 1))
        if self._items != self._plan.items:
            raise JobRefused("The snapshot holds fewer items than were frozen; restore the database from a backup.")
        pace.tell()
        empty = self._empty(parts)
        return [*parts, self._note(empty, len(parts) + 1)] if empty.streams else parts

    def _parts_so_far(self) -> list[ExportPart]:
        with self._database.reading() as session:
            found = finished_parts(session, self._store, self._export_id)
        discard_parts(self._database, self._store, self._export_id, behind=len(found))
        return found

    def _groups(self, after: int, pace: Pace) -> Iterator[Group]:
        processes = self._settings.export_processes
        groups = self._counted(
            rendered(self._database, self._plan, after=self._items, processes=processes, waiting=pace.breathe), pace
        )
        if not self._plan.is_shuffled:
            return groups
        if self._plan.mark is not None:
            groups = without_missing(groups, self._plan.mark, self._plan.format.kind_of)
        return shuffled(groups, self._plan, self._settings.data_dir, pace.breathe, after=after)

    def _counted(self, groups: Iterator[Group], pace: Pace) -> Iterator[Group]:
        for group in groups:
            self._items += group.items
            yield group
            pace.advance(group.items)

    def _fill(self, group: Group, groups: Iterator[Group], pace: Pace) -> tuple[Part, Group | None]:
        """Write groups into a new part until it is full; return it with the group that had no room."""
        over: Group | None = group
        with ExitStack() as stack:
            part = self._open(stack)
            while over is not None and part.has_room(over):
                part.write(over)
                over = next(groups, None)
            pace.tell()  # a part is no good to whoever was stopped, or has lost the job to another worker
        return part, over

    def _empty(self, parts: list[ExportPart]) -> Part:
        """Make the files without any row: a loader that is told of a file wants to find it."""
        there = {file["path"] for part in parts for file in part.files}
        with ExitStack() as stack:
            part = self._open(stack)
            part.position = parts[-1].position if parts else 0
            for file in self._plan.format.files:
                if there.isdisjoint(file.paths.values()):
                    part.stream(file, Split.TRAIN)
        return part

    def _open(self, stack: ExitStack) -> Part:
        return Part(stack, self._store, self._export_id, self._plan.format, self._plan.options)

    def _note(self, part: Part, n: int) -> ExportPart:
        noted = part.finished(n)
        with self._database.change() as session:
            session.add(noted)
            session.flush()  # the primary key refuses a second worker
            session.expunge(noted)
        return noted


def _write_papers(
    store: FileStore, signer: Signer, begun: _Begun, plan: Plan, written: Written, papers: dict[str, StoredFile]
) -> None:
    """Write card, signed manifest and what the format adds; `papers` holds what was stored, however far it comes."""
    rows, files = written.rows, written.files
    samples = first_rows(store, files)
    found = {path: place_of(plan.format, path) for path in sorted(files)}
    places = {path: place for path, place in found.items() if place and place.config}
    issue = Issue(
        begun.snapshot,
        begun.facts,
        plan.format,
        plan.options,
        rows,
        written.excluded,
        files,
        places,
        samples,
        recipient=begun.recipient,
        is_marked=plan.mark is not None,
    )
    for path, text in (papers_of(issue) | plan.format.papers(plan.options)).items():
        papers[path] = store.save([text.encode()])
    for path, data in begun.lists.items():
        papers[path] = store.save([data])
        papers[path + ENDING] = store.save([signer.sign(path, data)])
    tombstones = map(str, plan.withdrawn)
    manifest = json_text(manifest_of(issue, files | papers, tombstones=tombstones)).encode()
    papers[MANIFEST] = store.save([manifest])
    papers[SIGNATURE] = store.save([signer.sign(MANIFEST, manifest)])


def _discard(store: FileStore, papers: dict[str, StoredFile]) -> None:
    for file in papers.values():
        store.delete(file.id)


def _list(
    session: Session, export_id: UUID, plan: Plan, written: Written, papers: dict[str, StoredFile], *, now: datetime
) -> list[ExportFile]:
    main = set(plan.format.main_paths)
    done = (
        update(Export)
        .where(Export.id == export_id, Export.state == ExportState.RUNNING)
        .values(
            state=ExportState.READY,
            rows=sum(rows for path, rows in written.rows.items() if plain_name(path) in main),
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
            export_id=export_id,
            path=path,
            file_id=file.id,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            rows=written.rows.get(path),
        )
        for path, file in sorted((written.files | papers).items())
    ]
    session.add_all(files)
    session.execute(delete(ExportPart).where(ExportPart.export_id == export_id))
    session.flush()  # the unique (export, path) must hold before anybody is told
    session.expunge_all()
    return files
