"""Rows go into parts: each adds a shard to every file with rows in it, and is whole on the disk before it counts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.db import Database
from app.core.errors import NotFound
from app.core.storage import FileStore, FileWriter, StoredFile
from app.datasets.states import Split
from app.exports.formats.base import Compression, FileOf, Format, Options
from app.exports.models import ExportPart
from app.exports.service.layout import name_of
from app.exports.service.rendering import Group
from app.exports.service.sinks import Sink, sink_of

SHARD_BYTES = 500_000_000
"""Of rows as they are before packing; services take files up to 512 MB."""


@dataclass(slots=True)
class _Stream:
    """One file of a part while it is written."""

    writer: FileWriter
    sink: Sink
    rows: int = 0
    size_bytes: int = 0


@dataclass
class Part:
    """The part that rows are written into; leaving its stack by an exception discards its files."""

    stack: ExitStack
    store: FileStore
    owner: UUID
    format: Format
    options: Options
    streams: dict[str, _Stream] = field(default_factory=dict)
    excluded: Counter[str] = field(default_factory=Counter)
    position: int = 0

    def has_room(self, group: Group) -> bool:
        """Tell whether the rows of a group still go in; whatever their number, they go into an empty part."""
        rows: Counter[str] = Counter()
        size: Counter[str] = Counter()
        for path, line in group.lines:
            rows[path] += 1
            size[path] += len(line)
        for path, count in rows.items():
            stream = self.streams.get(self.format.file_at(path).path_of(group.split))
            if stream is not None and (
                stream.rows + count > self.options.shard_rows or stream.size_bytes + size[path] > SHARD_BYTES
            ):
                return False
        return True

    def write(self, group: Group) -> None:
        """Write the rows of a group, and count what it leaves out."""
        self.excluded.update(group.left_out)
        self.position = max(self.position, group.position)
        for path, line in group.lines:
            stream = self.stream(self.format.file_at(path), group.split)
            stream.sink.write(line)
            stream.rows += 1
            stream.size_bytes += len(line)

    def stream(self, file: FileOf, split: Split) -> _Stream:
        """Give where the rows of a file go that belong to items of a split."""
        path = file.path_of(split)
        if path not in self.streams:
            writer = self.stack.enter_context(self.store.writing(self.owner))
            sink = self.stack.enter_context(sink_of(file, writer, self.options.compression))
            self.streams[path] = _Stream(writer, sink)
        return self.streams[path]

    def finished(self, n: int) -> ExportPart:
        """Describe the part as it is kept; its stack is closed by now."""
        files = [
            {
                "path": path,
                "file_id": str(stream.writer.stored.id),
                "size_bytes": stream.writer.stored.size_bytes,
                "sha256": stream.writer.stored.sha256,
                "rows": stream.rows,
            }
            for path, stream in sorted(self.streams.items())
        ]
        excluded = dict(sorted(self.excluded.items()))
        return ExportPart(export_id=self.owner, n=n, position=self.position, files=files, excluded=excluded)


@dataclass
class Written:
    """The files of rows of a whole export, as they are called in the end."""

    files: dict[str, StoredFile] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    """path of the file → its rows"""
    excluded: Counter[str] = field(default_factory=Counter)


def put_together(parts: Sequence[ExportPart], compression: Compression) -> Written:
    """Name the shards of all parts, now that their number is known, and add up what was counted."""
    written = Written()
    shards = sorted(
        ((file["path"], part.n, file) for part in parts for file in part.files), key=lambda shard: shard[:2]
    )
    for path, of_path in groupby(shards, key=lambda shard: str(shard[0])):
        files: list[dict[str, Any]] = [file for _, _, file in of_path]
        for shard, file in enumerate(files, start=1):
            name = name_of(path, shard=shard, of=len(files), compression=compression)
            written.files[name] = StoredFile(UUID(file["file_id"]), file["size_bytes"], file["sha256"])
            written.rows[name] = file["rows"]
    for part in parts:
        written.excluded.update(part.excluded)
    return written


def finished_parts(session: Session, store: FileStore, export_id: UUID) -> list[ExportPart]:
    """List the parts that a killed worker has left whole, up to the first one of which a file is gone."""
    query = select(ExportPart).where(ExportPart.export_id == export_id).order_by(ExportPart.n)
    found = []
    for n, part in enumerate(session.scalars(query), start=1):
        if part.n != n or not all(_is_there(store, file) for file in part.files):
            break
        found.append(part)
    session.expunge_all()
    return found


def _is_there(store: FileStore, file: dict[str, Any]) -> bool:
    try:
        return store.size_bytes(UUID(file["file_id"])) == int(file["size_bytes"])
    except NotFound:
        return False


def discard_parts(database: Database, store: FileStore, export_id: UUID, *, behind: int = 0) -> None:
    """Delete the parts of an export behind the n-th, their files first."""
    these = (ExportPart.export_id == export_id, ExportPart.n > behind)
    with database.reading() as session:
        files = list(_files_of(session.scalars(select(ExportPart).where(*these)).all()))
    for file_id in files:
        store.delete(file_id)
    with database.change() as session:
        session.execute(delete(ExportPart).where(*these), execution_options={"synchronize_session": False})


def _files_of(parts: Sequence[ExportPart]) -> Iterator[UUID]:
    return (UUID(file["file_id"]) for part in parts for file in part.files)
