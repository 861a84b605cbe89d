"""Where the rows of a file go: JSON lines, plain or packed, Parquet in groups, or CSV; the same bytes each time."""

import csv
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import orjson

from app.core.storage import FileWriter
from app.exports.formats.base import Compression, FileOf, Struct, Table

GROUP_ROWS = 1000
GROUP_BYTES = 2 << 20
"""A group of rows is written when it has so many of either; the library takes some times that for a moment."""
LINES_AT_ONCE = 100


class Sink(Protocol):
    """Takes rows, each as a line of JSON."""

    def write(self, line: bytes, /) -> object:
        """Take one row."""


@contextmanager
def sink_of(file: FileOf, writer: FileWriter, compression: Compression = Compression.NONE) -> Iterator[Sink]:
    """Open the sink of a file; when the block ends without an exception, all rows are in the writer."""
    if file.is_json and compression is Compression.NONE:
        yield writer
        return
    sink = _sink_of(file, writer)
    try:
        yield sink
    except BaseException:
        sink.abandon()
        raise
    sink.close()


def _sink_of(file: FileOf, writer: FileWriter) -> "_Packed | _Parquet | _Csv":
    if file.table is not None:
        return _Csv(writer, file.table)
    return _Packed(writer) if file.struct is None else _Parquet(writer, file.struct)


class _Csv:
    """A table as RFC 4180 has it: every cell quoted, so that empty texts, lines and quotes come back as they were."""

    def __init__(self, writer: FileWriter, table: Table) -> None:
        self._writer, self._columns = writer, table.columns
        self._text = io.StringIO()
        self._cells = csv.writer(self._text, quoting=csv.QUOTE_ALL)
        if table.has_mark:
            writer.write("\ufeff".encode())
        self._cells.writerow(self._columns)

    def write(self, line: bytes, /) -> None:
        row = orjson.loads(line)
        self._cells.writerow([row[name] for name in self._columns])
        if self._text.tell() >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()

    def abandon(self) -> None:
        """Nothing is held that would write by itself."""

    def _flush(self) -> None:
        self._writer.write(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()


class _Packed:
    """JSON lines in one frame of Zstandard."""

    def __init__(self, writer: FileWriter) -> None:
        import pyarrow as pa  # noqa: PLC0415 - a third of a second that other files need not wait for

        self._handle = _Handle(writer)
        self._packed = pa.CompressedOutputStream(pa.PythonFile(self._handle, mode="w"), "zstd")
        self._lines: list[bytes] = []

    def write(self, line: bytes, /) -> None:
        self._lines.append(line)
        if len(self._lines) >= LINES_AT_ONCE:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._packed.close()

    def abandon(self) -> None:
        self._handle.is_abandoned = True
        self._packed.close()

    def _flush(self) -> None:
        self._packed.write(b"".join(self._lines))
        self._lines = []


class _Parquet:
    def __init__(self, writer: FileWriter, struct: Struct) -> None:
        # Arrow's own pool keeps 10 MB of what was given back. Read when pyarrow is loaded, here at the latest.
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        import pyarrow as pa  # noqa: PLC0415 - same
        from pyarrow import json, parquet  # noqa: PLC0415 - same

        self._pa, self._json = pa, json
        self._schema = pa.schema([pa.field(name, _type(pa, what)) for name, what in struct.items()])
        self._rows = json.ParseOptions(explicit_schema=self._schema, unexpected_field_behavior="ignore")
        self._handle = _Handle(writer)
        self._file = pa.PythonFile(self._handle, mode="w")
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        self._lines: list[bytes] = []
        self._size = 0

    def write(self, line: bytes, /) -> None:
        self._lines.append(line)
        self._size += len(line)
        if len(self._lines) >= GROUP_ROWS or self._size >= GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()
        self._file.flush()

    def abandon(self) -> None:
        """Let the library end its file into nothing: it would do so later by itself, when the writer is gone."""
        self._handle.is_abandoned = True
        self._writer.close()

    def _flush(self) -> None:
        lines, self._lines, self._size = b"\n".join(self._lines), [], 0
        if lines:
            # The library reads the lines itself: as objects of ours they would take ten times as much.
            block = self._json.ReadOptions(use_threads=False, block_size=len(lines) + 1)
            group = self._pa.BufferReader(lines)
            self._writer.write_table(self._json.read_json(group, read_options=block, parse_options=self._rows))


class _Handle:
    """A writer as Arrow wants a file; closing it is left to whoever opened the writer."""

    closed = False

    def __init__(self, writer: FileWriter) -> None:
        self._writer = writer
        self.is_abandoned = False

    def write(self, data: bytes) -> int:
        return len(data) if self.is_abandoned else self._writer.write(bytes(data))

    def tell(self) -> int:
        return self._writer.stored.size_bytes

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


def _type(pa: Any, what: Any) -> Any:
    if isinstance(what, list):
        return pa.list_(_type(pa, what[0]))
    if isinstance(what, Mapping):
        return pa.struct([pa.field(name, _type(pa, inner)) for name, inner in what.items()])
    return getattr(pa, what)()
