"""The reader's process: limits itself first, then reads the file given as a descriptor and writes frames.

A frame is four bytes of length (big-endian) and a JSON object on standard output; the plan comes on standard input.
After the limits are set no further file or socket can be opened, so that what a hostile file might make the parser
do ends with this process.
"""

import io
import json
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from app.tasks.adapters import ADAPTERS
from app.tasks.reading.problems import BadRow, Refused
from app.tasks.reading.rows import COLUMNS, RowMaker
from app.tasks.reading.sources import read_records

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 120
BATCH_ROWS = 1000
BATCH_BYTES = 16 << 20
PREVIEW_ROWS = 5
COLUMNS_FROM_ROWS = 200
PREVIEW_CHARS = 300
_EXTERNAL_ID = COLUMNS.index("external_id")


def limit_this_process() -> None:
    """Bind memory, CPU time and file sizes, and forbid new descriptors: no file, no socket, no core dump."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


class Frames:
    """Writes what was found to the parent, in frames of bounded size."""

    def __init__(self) -> None:
        self._rows: list[orjson.Fragment] = []
        self._problems: list[tuple[int, str, str]] = []
        self._bytes = 0
        self.rejected = 0

    def good(self, line: int, row: list[Any]) -> None:
        """Add a checked row."""
        data = orjson.dumps((line, row))
        self._rows.append(orjson.Fragment(data))
        self._grow(len(data))

    def bad(self, line: int, faults: Sequence[tuple[str, str]]) -> None:
        """Add the reasons why a row is none."""
        self.rejected += 1
        self._problems += [(line, name[:100], reason[:500]) for name, reason in faults]
        self._grow(200 * len(faults))

    def flush(self) -> None:
        """Send what has gathered."""
        if self._rows or self._problems:
            self.send({"rows": self._rows, "problems": self._problems, "rejected": self.rejected})
            self._rows, self._problems, self._bytes = [], [], 0

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one frame."""
        data = orjson.dumps(message)
        sys.stdout.buffer.write(len(data).to_bytes(4, "big") + data)
        sys.stdout.buffer.flush()

    def _grow(self, size: int) -> None:
        self._bytes += size
        if len(self._rows) >= BATCH_ROWS or len(self._problems) >= BATCH_ROWS or self._bytes >= BATCH_BYTES:
            self.flush()


def preview(file: io.BufferedReader, layout: str) -> dict[str, Any]:
    """Read the first rows: their columns, and a few values as they stand there."""
    columns: dict[str, None] = {}
    rows: list[dict[str, Any]] = []
    for _, found in islice(read_records(file, layout), COLUMNS_FROM_ROWS):
        if isinstance(found, BadRow):
            continue
        columns.update(dict.fromkeys(found))
        if len(rows) < PREVIEW_ROWS:
            rows.append({name: _short(value) for name, value in found.items()})
    return {"columns": list(columns), "preview": rows}


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= PREVIEW_CHARS else text[:PREVIEW_CHARS] + " …"


def check(file: io.BufferedReader, layout: str, plan: Mapping[str, Any], frames: Frames) -> int:
    """Send every row, checked, or what is wrong with it; return how many rows there are."""
    adapter = ADAPTERS[plan["adapter"]]
    try:
        given = {**adapter.presets, **plan["defaults"]}
        maker = RowMaker(adapter.read, mapping=plan["mapping"], given=given, labels=plan["labels"])
    except BadRow as bad:
        name, reason = bad.faults[0]
        raise Refused(f"The value given for all rows does not fit: {name} {reason}") from None
    seen: dict[str, int] = {}
    count = 0
    for line, found in read_records(file, layout):
        count += 1
        try:
            row = _checked(maker, found)
            _require_new(seen, row[_EXTERNAL_ID], line)
        except BadRow as bad:
            frames.bad(line, bad.faults)
        else:
            frames.good(line, row)
    frames.flush()
    return count


def texts(file: io.BufferedReader, layout: str, fields: Sequence[str], frames: Frames) -> int:
    """Send the texts that stand in some fields of every row; Refused at the first row that lacks one of them."""
    count = 0
    for line, found in read_records(file, layout):
        count += 1
        if isinstance(found, BadRow):
            raise Refused(f"Line {line}: {found}")
        values = [found.get(name) for name in fields]
        for name, value in zip(fields, values, strict=True):
            if not isinstance(value, str):
                known = ", ".join(key for key in found if isinstance(found[key], str))
                raise Refused(f"Line {line} has no text in the field “{name[:80]}”; texts: {known[:200] or 'none'}.")
        frames.good(line, values)
    frames.flush()
    return count


def _checked(maker: RowMaker, found: Mapping[str, Any] | BadRow) -> list[Any]:
    if isinstance(found, BadRow):
        raise found
    return maker.make(found)


def _require_new(seen: dict[str, int], external_id: str | None, line: int) -> None:
    if external_id is None:
        return
    first = seen.setdefault(external_id, line)
    if first != line:
        raise BadRow([("external_id", f"stands in line {first} already.")])


def main() -> None:
    """Do what the plan says; every refusal is a frame, so that the parent never has to read a traceback."""
    plan = json.loads(sys.stdin.buffer.read())
    file = os.fdopen(int(sys.argv[1]), "rb")
    if plan["layout"] == "parquet":
        import pyarrow.parquet  # noqa: F401, PLC0415 - opens files of its own, so before the limits
    limit_this_process()
    frames = Frames()
    try:
        if plan["only_preview"]:
            frames.send(preview(file, plan["layout"]))
        elif "texts_of" in plan:
            count = texts(file, plan["layout"], plan["texts_of"], frames)
            frames.send({"read": count, "rejected": 0})
        else:
            count = check(file, plan["layout"], plan, frames)
            frames.send({"read": count, "rejected": frames.rejected})
    except Refused as refused:
        frames.send({"refused": str(refused)})
    except (MemoryError, RecursionError):
        frames.send({"refused": "This file needs more memory than a file of tasks may; split it into smaller ones."})


if __name__ == "__main__":
    main()
