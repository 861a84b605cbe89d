"""Rows on their way into Parquet: groups of a bounded size, the same bytes each time, nothing after a failure."""

import json
import tracemalloc

import pytest
from pyarrow import parquet

from app.core.storage import LocalFiles
from app.exports.formats.base import FileOf
from app.exports.service.sinks import GROUP_BYTES, sink_of

FILE = FileOf("x/train.parquet", "x", struct={"id": "int64", "said": [{"role": "string"}], "facts": {"text": "string"}})


def a_row(number, text="é"):
    return {"id": number, "said": [{"role": "user"}], "facts": {"text": text}}


def line(row):
    return json.dumps(row).encode() + b"\n"


@pytest.fixture
def store(tmp_path):
    return LocalFiles(tmp_path, "exports")


def written(store, rows):
    """Write rows through a sink; return what is stored."""
    with store.writing() as writer, sink_of(FILE, writer) as sink:
        for row in rows:
            sink.write(line(row))
    return writer.stored


def test_rows_come_back_as_they_were_with_real_structs(store):
    rows = [a_row(number) for number in range(2500)]

    stored = written(store, rows)

    with store.open(stored.id) as file:
        found = parquet.ParquetFile(file)
        groups = [found.metadata.row_group(n).num_rows for n in range(found.num_row_groups)]
        assert (found.read().to_pylist(), groups) == (rows, [1000, 1000, 500])
    assert stored.size_bytes == store.size_bytes(stored.id)


def test_long_rows_make_smaller_groups_so_that_memory_does_not_grow(store):
    text = "x" * (GROUP_BYTES // 4)
    tracemalloc.start()
    stored = written(store, (a_row(number, text) for number in range(40)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    with store.open(stored.id) as file:
        assert parquet.ParquetFile(file).num_row_groups == 10
    assert most < 6 * GROUP_BYTES  # a reader of JSON takes some ten times a line for a moment


def test_the_same_rows_give_the_same_bytes_and_no_row_is_a_file_too(store):
    first, second = (written(store, map(a_row, range(1500))) for _ in range(2))
    empty = written(store, [])

    assert (first.sha256, first.size_bytes) == (second.sha256, second.size_bytes)
    with store.open(empty.id) as file:
        assert parquet.read_table(file).to_pylist() == []


def test_a_failure_between_rows_leaves_no_file(store, tmp_path):
    def rows():
        yield from map(a_row, range(1200))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        written(store, rows())

    assert list((tmp_path / "files" / "exports").iterdir()) == []
