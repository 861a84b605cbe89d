"""Rows that turned up somewhere: read from files of any of our layouts, and found again by the texts in them."""

import io
import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, cast

from app.core.errors import Invalid
from app.exports.service.layout import ZSTD
from app.exports.service.wording import ASSUMED, STATED
from app.text.strictjson import BadJson, read_json

ROWS_MAX = 20_000
LINE_BYTES = 16 << 20
_SHORTEST = 12
"""Shorter texts say nothing of where they come from."""
_HEADINGS = re.compile(rf"^(?:{'|'.join(re.escape(words) for words in (*STATED, *ASSUMED))})$", re.MULTILINE)


class Sample:
    """Some rows, each with the texts that stand anywhere in it."""

    def __init__(self, rows: Sequence[Any], *, is_cut: bool = False) -> None:
        self.texts = [set(texts_of(row)) for row in rows]
        self.is_cut = is_cut
        """there were more rows than are looked at"""
        self._rows_with: dict[bytes, list[int]] = {}
        for n, texts in enumerate(self.texts):
            for key in keys_of(texts):
                self._rows_with.setdefault(key, []).append(n)

    def __len__(self) -> int:
        return len(self.texts)

    def like(self, texts: set[str]) -> dict[int, int]:
        """Give the rows that share texts with these, each with the length of what is shared."""
        found: dict[int, int] = {}
        for key, length in keys_of(texts).items():
            for n in self._rows_with.get(key, ()):
                found[n] = found.get(n, 0) + length
        return found


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in a row, those inside of JSON texts too."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts_of(inner)
    elif isinstance(value, str):
        yield value
        if value.startswith("{"):
            try:
                yield from texts_of(read_json(value.encode()))
            except BadJson:
                return


def keys_of(texts: set[str]) -> dict[bytes, int]:
    """Give what texts are found by, however they are worded, with their lengths."""
    found = {}
    for text in texts:
        if len(text) >= _SHORTEST:
            plain = " ".join(_HEADINGS.sub(":", text).split())
            found[blake2b(plain.encode(errors="replace"), digest_size=12).digest()] = len(plain)
    return found


def read_sample(paths: Sequence[Path]) -> Sample:
    """Read JSON lines, plain or packed by zstandard, and Parquet; Invalid names the file that is none of it."""
    rows: list[Any] = []
    for path in paths:
        for row in _rows_of(path):
            if len(rows) == ROWS_MAX:
                return Sample(rows, is_cut=True)
            rows.append(row)
    return Sample(rows)


def _rows_of(path: Path) -> Iterator[Any]:
    import pyarrow as pa  # noqa: PLC0415 - a third of a second that other commands need not wait for
    from pyarrow import parquet  # noqa: PLC0415 - same

    try:
        if path.suffix == ".parquet":
            for batch in parquet.ParquetFile(path).iter_batches(batch_size=100):
                yield from batch.to_pylist()
        elif path.suffix == ZSTD:
            with pa.input_stream(path, compression="zstd") as packed:
                yield from _lines_of(path, io.BufferedReader(cast("io.RawIOBase", packed)))
        else:
            with path.open("rb") as lines:
                yield from _lines_of(path, lines)
    except (pa.ArrowException, OSError) as error:
        raise Invalid(
            f"{path.name} cannot be read: it is neither JSON lines (.jsonl, .jsonl.zst) nor Parquet."
        ) from error


def _lines_of(path: Path, lines: IO[bytes]) -> Iterator[Any]:
    number = 0
    while line := lines.readline(LINE_BYTES):
        number += 1
        if not line.strip():
            continue
        try:
            yield read_json(line)
        except BadJson as error:
            raise Invalid(f"Line {number} of {path.name}: {error.reason}") from error
