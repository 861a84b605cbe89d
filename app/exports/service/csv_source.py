"""Read a table that `csv_data` wrote back into the lines of native records."""

import csv
from collections.abc import Iterator
from pathlib import Path

from app.core.errors import Invalid
from app.exports.formats.csv_data import CELLS, record_of
from app.text.fingerprints import canonical_json

CELL_MAX_BYTES = 64 << 20
"""More than any record has; the csv module's own bound is 128 KiB."""


def lines_of_table(path: Path) -> Iterator[bytes]:
    """Yield the records of a CSV file as lines; Invalid, with the row, for a table that holds no native records."""
    csv.field_size_limit(CELL_MAX_BYTES)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, strict=True)
        number = 1
        try:
            if next(rows, None) != list(CELLS):
                raise Invalid(f"{path.name} is no native CSV file: its columns are other ones.")
            for number, row in enumerate(rows, start=2):  # noqa: B007 - told where one cannot be read
                yield canonical_json(record_of(dict(zip(CELLS, row, strict=True)))).encode() + b"\n"
        except (ValueError, csv.Error) as error:  # bytes that are no UTF-8 are a ValueError too
            raise Invalid(f"Row {number} of {path.name} cannot be read: {error}") from error
