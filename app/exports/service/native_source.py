"""Where the lines of a native export stand: one file or all of a folder, plain, packed, Parquet or CSV."""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from app.core.errors import Invalid, NotFound
from app.exports.formats.csv_data import CsvData
from app.exports.formats.native import Native
from app.exports.formats.native_parquet import RECORD, NativeParquet
from app.exports.service.csv_source import lines_of_table
from app.exports.service.layout import ZSTD, place_of

FORMATS = (Native(), NativeParquet(), CsvData())
ROWS_AT_ONCE = 100


def find_files(path: Path) -> list[Path]:
    """Return the files of records: the one that is named, or all in the folder of an export, each as its manifest says.

    NotFound when the folder has none or one of them is missing, Invalid when the manifest names another SHA-256.
    """
    if not path.is_dir():
        return [path]
    listed = _listed(path)
    names = listed or [file.relative_to(path).as_posix() for file in path.glob("*/*")]
    found = sorted(path / name for name in names if any(place_of(known, name) for known in FORMATS))
    if not found:
        raise NotFound("There are no native records in this folder; give a native export, or a file of one.")
    for file in found:
        name = file.relative_to(path).as_posix()
        if not file.is_file():
            raise NotFound(f"{name} is missing; get the export anew.")
        if listed and _sha256(file) != listed[name]:
            raise Invalid(f"{name} is not what manifest.json says; get the export anew.")
    return found


def lines_of(files: Sequence[Path], digest: "hashlib._Hash") -> Iterator[tuple[int, bytes]]:
    """Yield (number, line), numbered through all files; `digest` takes in every line that was read."""
    number = 0
    for file in files:
        for line in _lines(file):
            number += 1
            digest.update(line)
            yield number, line


def _lines(file: Path) -> Iterator[bytes]:
    if file.suffix == ".parquet":
        yield from _records(file)
    elif file.suffix == ".csv":
        yield from lines_of_table(file)
    elif file.suffix == ZSTD:
        import pyarrow as pa  # noqa: PLC0415 - a third of a second that plain files need not wait for

        with pa.input_stream(file, compression="zstd") as packed:
            yield from io.BufferedReader(cast("io.RawIOBase", packed))
    else:
        plain: IO[bytes]
        with file.open("rb") as plain:
            yield from plain


def _records(file: Path) -> Iterator[bytes]:
    import pyarrow as pa  # noqa: PLC0415 - as above
    from pyarrow import parquet  # noqa: PLC0415 - as above

    try:
        with parquet.ParquetFile(file) as table:
            for batch in table.iter_batches(ROWS_AT_ONCE, columns=[RECORD]):
                for record in batch.column(RECORD).to_pylist():
                    yield f"{record}\n".encode()
    except (pa.ArrowInvalid, KeyError) as error:
        raise Invalid(f"{file.name} is no native Parquet file: it has no column “{RECORD}”.") from error


def _listed(folder: Path) -> dict[str, str]:
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return {}
    return {file["path"]: file["sha256"] for file in json.loads(manifest.read_bytes())["files"]}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
