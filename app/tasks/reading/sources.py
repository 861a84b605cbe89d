"""Records of a JSONL, CSV or Parquet file, one by one with their lines, in bounded memory; nothing in it is trusted."""

import csv
import datetime as dt
import decimal
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from app.tasks.reading.problems import BadRow, Refused
from app.text.strictjson import BadJson, check_text, read_json

ROW_MAX_BYTES = 2 << 20
ROWS_MAX = 1_000_000
COLUMNS_MAX = 500
PARQUET_BATCH_ROWS = 100
NESTED_MAX_DEPTH = 8
_MAGIC = {
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"PK\x03\x04": "a ZIP archive; unpack it first",
    b"BZh": "a bzip2 file; unpack it first",
    b"\xfd7zXZ": "an xz file; unpack it first",
    b"\x28\xb5\x2f\xfd": "a Zstandard file; unpack it first",
    b"\x89PNG": "an image",
    b"%PDF": "a PDF document",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
}
_PARQUET = b"PAR1"
_BOM = b"\xef\xbb\xbf"
Found = tuple[int, Mapping[str, Any] | BadRow]
"""the line (or row) number, and the record or what is wrong with it"""


def read_records(file: BinaryIO, layout: str) -> Iterator[Found]:
    """Yield the records of a file; raises Refused when the file as a whole cannot be read."""
    _require_layout(file, layout)
    reader: Callable[[BinaryIO], Iterator[Found]] = {"jsonl": _jsonl, "csv": _csv, "parquet": _parquet}[layout]
    for count, found in enumerate(reader(file), 1):
        if count > ROWS_MAX:
            raise Refused(f"The file has more than {ROWS_MAX:,} rows; split it.")
        yield found


def _require_layout(file: BinaryIO, layout: str) -> None:
    """Refuse a file whose first bytes say that it is something else than its name."""
    start = file.read(8)
    file.seek(0)
    if not start:
        raise Refused("The file is empty.")
    for magic, what in _MAGIC.items():
        if start.startswith(magic):
            raise Refused(f"This is {what}. JSONL, CSV and Parquet files are read.")
    is_parquet = start.startswith(_PARQUET)
    if layout == "parquet" and not is_parquet:
        raise Refused("This is no Parquet file: it does not begin with PAR1.")
    if layout != "parquet" and is_parquet:
        raise Refused(f"This is a Parquet file, but its name says {layout}; rename it to end in .parquet.")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield numbered lines with their ends; None for one that is longer than a row may be, which is skipped."""
    number = 0
    while line := file.readline(ROW_MAX_BYTES + 2):
        number += 1
        if len(line) <= ROW_MAX_BYTES + 1:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(ROW_MAX_BYTES)
        yield number, None


def _jsonl(file: BinaryIO) -> Iterator[Found]:
    columns: set[str] = set()
    for number, line in _lines(file):
        if line is None:
            yield number, BadRow([("", f"This row is longer than {ROW_MAX_BYTES >> 20} MiB.")])
            continue
        if number == 1:
            _require_objects(line)
        if not line.strip():
            continue
        try:
            record = read_json(line.rstrip(b"\n"))
        except BadJson as error:
            yield number, BadRow([(_field_of(error.pointer), error.reason)])
            continue
        if not isinstance(record, dict):
            yield number, BadRow([("", "This row is no JSON object.")])
            continue
        columns.update(record)
        if len(columns) > COLUMNS_MAX:
            raise Refused(f"Line {number}: the rows together have more than {COLUMNS_MAX} different keys.")
        yield number, record


def _require_objects(line: bytes) -> None:
    if line.startswith(_BOM):
        raise Refused("The file begins with a byte order mark; save it as UTF-8 without one.")
    if line.lstrip()[:1] == b"[":
        raise Refused("This is one JSON array. Write one object a line (JSONL) instead.")


def _field_of(pointer: str) -> str:
    return pointer.removeprefix("/").replace("/", ".")


class _CsvLines:
    """Decodes the lines of a CSV file as the csv module asks for them, and counts the bytes of a record."""

    def __init__(self, file: BinaryIO) -> None:
        self._lines = _lines(file)
        self.number = 0
        self.record_bytes = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in self._lines:
            self.number = number
            if line is None:
                raise Refused(f"Line {number} is longer than {ROW_MAX_BYTES >> 20} MiB.")
            self.record_bytes += len(line)
            if self.record_bytes > ROW_MAX_BYTES:
                raise Refused(
                    f"The row that ends in line {number} is larger than {ROW_MAX_BYTES >> 20} MiB; "
                    "perhaps a quotation mark was never closed."
                )
            if b"\x00" in line:
                raise Refused(f"Line {number} holds the character U+0000.")
            try:
                # Spreadsheets put a byte order mark first. (The codec "utf-8-sig" would be loaded from a file now.)
                yield (line.removeprefix(_BOM) if number == 1 else line).decode("utf-8")
            except UnicodeDecodeError as error:
                place = f"the byte at position {error.start} does not fit"
                raise Refused(f"Line {number} is not UTF-8: {place}. Save the file as UTF-8.") from None


def _csv(file: BinaryIO) -> Iterator[Found]:
    first = file.readline(ROW_MAX_BYTES)
    file.seek(0)
    csv.field_size_limit(ROW_MAX_BYTES)
    lines = _CsvLines(file)
    rows = csv.reader(lines, delimiter=_delimiter(first), strict=True)
    try:
        header = _header(next(rows, []))
        while True:
            lines.record_bytes = 0
            begins = lines.number + 1
            row = next(rows, None)
            if row is None:
                return
            if not row:
                continue
            if len(row) != len(header):
                yield begins, BadRow([("", f"has {len(row)} values, but the first line names {len(header)} columns.")])
            else:
                yield begins, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise Refused(f"Line {lines.number} is not CSV: {error}.") from None


def _delimiter(first: bytes) -> str:
    """Take the one of comma, semicolon and TAB that stands most often in the first line."""
    return max(",;\t", key=lambda mark: first.count(mark.encode()))


def _header(names: list[str]) -> list[str]:
    names = [name.strip() for name in names]
    if not any(names):
        raise Refused("Line 1 must name the columns.")
    if len(names) > COLUMNS_MAX:
        raise Refused(f"Line 1 names {len(names):,} columns; at most {COLUMNS_MAX} are read.")
    if "" in names:
        raise Refused(f"Line 1: column {names.index('') + 1} has no name.")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise Refused(f"Line 1 names the column “{min(twice)[:80]}” twice.")
    return names


def _parquet(file: BinaryIO) -> Iterator[Found]:
    import pyarrow as pa  # noqa: PLC0415 - a third of a second that other layouts need not wait for
    from pyarrow import parquet  # noqa: PLC0415 - same

    try:
        source = parquet.ParquetFile(
            file,
            pre_buffer=False,
            thrift_string_size_limit=8 << 20,
            thrift_container_size_limit=1 << 20,
            page_checksum_verification=True,
        )
        _require_plain_columns(source.schema_arrow, pa)
        number = 0
        for batch in source.iter_batches(batch_size=PARQUET_BATCH_ROWS, use_threads=False):
            if batch.nbytes > PARQUET_BATCH_ROWS * ROW_MAX_BYTES:
                raise Refused(f"The rows from {number + 1} on are larger than {ROW_MAX_BYTES >> 20} MiB each.")
            for record in batch.to_pylist():
                number += 1
                yield number, _plain_record(record)
    except UnicodeDecodeError:
        raise Refused("A text in this Parquet file is not UTF-8.") from None
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        reason = str(error).split("\n", 1)[0][:200]
        raise Refused(f"This Parquet file is damaged or of an unknown kind: {reason.rstrip('.')}.") from None


def _require_plain_columns(schema: Any, pa: Any) -> None:
    if len(schema) > COLUMNS_MAX:
        raise Refused(f"The file has {len(schema):,} columns; at most {COLUMNS_MAX} are read.")
    if len(set(schema.names)) != len(schema.names):
        raise Refused("Two columns of the file have the same name.")
    for column in schema:
        _require_plain_type(column.name, column.type, column.metadata or {}, pa, depth=0)


def _require_plain_type(name: str, kind: Any, metadata: Mapping[bytes, bytes], pa: Any, *, depth: int) -> None:
    is_extension = isinstance(kind, pa.BaseExtensionType) or b"ARROW:extension:name" in metadata
    if is_extension or depth > NESTED_MAX_DEPTH:
        raise Refused(f"The column “{name[:80]}” has a type of its own making; save it as text, numbers or lists.")
    for index in range(kind.num_fields):
        inner = kind.field(index)
        _require_plain_type(name, inner.type, inner.metadata or {}, pa, depth=depth + 1)


def _plain_record(record: dict[str, Any]) -> Mapping[str, Any] | BadRow:
    """Turn Arrow's values into what JSON could hold; BadRow for what it could not, or for a row that is too large."""
    plain: dict[str, Any] = {}
    size = 0
    for name, value in record.items():
        try:
            plain[name] = _plain(value, name)
        except BadJson as error:
            return BadRow([(name, error.reason)])
        size += _size(plain[name])
    if size > ROW_MAX_BYTES:
        return BadRow([("", f"This row is larger than {ROW_MAX_BYTES >> 20} MiB.")])
    return plain


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return check_text(value, name)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadJson(name, "NaN and infinities are no values of a task.")
        return value
    if isinstance(value, list):
        return [_plain(one, name) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one, name) for key, one in value.items()}
    if isinstance(value, decimal.Decimal | dt.date | dt.time):
        return str(value)
    raise BadJson(name, f"holds {type(value).__name__}, which is no text, number or list.")


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(_size(one) for one in value)
    if isinstance(value, dict):
        return sum(len(key) + _size(one) for key, one in value.items())
    return 8
