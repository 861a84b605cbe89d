"""Tables: one that is exact and comes back, one that a spreadsheet opens without running anything."""

import csv
import io
import json

import datasets
import pytest

from app.core.errors import Invalid
from app.core.storage import LocalFiles
from app.exports.formats.base import Compression, FileOf, Table
from app.exports.formats.csv_data import CELLS, cells_of, record_of
from app.exports.formats.csv_spreadsheet import CELL_MAX_CHARS, harmless
from app.exports.formats.registry import FORMATS
from app.exports.service import restore_native
from app.exports.service.csv_source import lines_of_table
from app.exports.service.sinks import sink_of
from app.submissions.states import SubmissionState as S
from app.text.fingerprints import canonical_json
from tests.exports.conftest import a_place
from tests.exports.natives import NASTY, native_of
from tests.exports.rendering import rendered
from tests.factories.judged import EARLIER, a_review, a_snapshot, an_issue
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task, some_content
from tests.text.reference_data import naughty_strings

HARD = (*NASTY, '"', '""', ",", "\r", "\n", "\r\n", ",\r\n,", "=1+1", "'=1+1", "-", " ", "null", "None", "NaN", "0012")
TEXTS = [text for text in (*HARD, *naughty_strings()) if text.strip() and "\0" not in text]
"""With WORKINGS_REFERENCE_DATA set, the whole list of naughty strings among them."""
IN_STEPS = TEXTS[:500]


@pytest.fixture
def frozen(session, database, app_settings, sums, mona, ed, eve, rae):
    """Freeze work with every hard text somewhere, and plain work beside it."""
    steps = [{**STEPS[0], "id": f"s{n}", "refs": [], "body": text} for n, text in enumerate(IN_STEPS)]
    hard = some_content(steps=steps, answer={"text": TEXTS[0], "assumptions": TEXTS[:20]})
    task = a_task(session, sums, statement=TEXTS[1], reference=TEXTS[2], domain=None, external_id="null")
    work = a_submission(session, author=ed, task=task, state=S.APPROVED, content=hard)
    an_issue(session, a_review(session, work, reviewer=rae, labels={"s0": "good"}), step_id="s0", words=TEXTS[3])
    plain = a_submission(session, author=eve, task=a_task(session, sums, domain="algebra"), state=S.APPROVED)
    a_review(session, plain, reviewer=rae, labels={"s1": "good", "s3": "bad"}, decided_at=EARLIER)
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def table_of(data):
    """Read CSV by the rules of RFC 4180: the header, and each row by column."""
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    return header, [dict(zip(header, row, strict=True)) for row in rows]


def test_the_table_of_data_holds_every_record_exactly(database, app_settings, frozen, tmp_path):
    native = rendered(database, app_settings, frozen, "native", tmp_path / "native")["native/train.jsonl"]

    header, rows = table_of(rendered(database, app_settings, frozen, "csv_data", tmp_path / "csv")["csv/train.csv"])

    assert header == list(CELLS)
    assert [canonical_json(record_of(row)) for row in rows] == native.decode().split("\n")[:-1]
    assert [row["task.statement"] for row in rows] == [TEXTS[1], STATEMENT]
    assert [row["task.domain"] for row in rows] == ["null", '"algebra"']
    assert [row["task.external_id"] for row in rows] == ['"null"', "null"]


def test_a_table_of_data_comes_back_elsewhere(database, elsewhere, app_settings, frozen, tmp_path):
    rendered(database, app_settings, frozen, "csv_data", tmp_path / "csv")
    native = rendered(database, app_settings, frozen, "native", tmp_path / "native")["native/train.jsonl"]
    a_place(elsewhere, "sums")

    restored = restore_native(elsewhere, tmp_path / "csv", project="sums", email=None)

    assert (restored.works, restored.faults) == (2, [])
    assert native_of(elsewhere, app_settings, "sums", tmp_path / "again") == native


def test_the_table_is_read_by_row_with_bounded_shards(database, elsewhere, app_settings, frozen, tmp_path):
    files = rendered(database, app_settings, frozen, "csv_data", tmp_path / "csv", shard_rows="1", compression="zstd")
    a_place(elsewhere, "sums")

    names = sorted(name for name in files if name.endswith(".csv"))
    assert names == ["csv/train-00000-of-00002.csv", "csv/train-00001-of-00002.csv"]
    assert [len(table_of(files[name])[1]) for name in names] == [1, 1]
    assert restore_native(elsewhere, tmp_path / "csv", project="sums", email=None).works == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data.replace(b'"format"', b'"form"', 1), "is no native CSV file: its columns are other ones"),
        (lambda _: b"", "is no native CSV file: its columns are other ones"),
        (lambda data: data + b'"x"\r\n', "Row 4 of"),
        (lambda data: data.replace(b'"null"', b'"nil"', 1), "Row 2 of"),
        (lambda data: data + b'"open', "Row 3 of"),
        (lambda data: data + b'"\xff"\r\n', "cannot be read"),
    ],
)
def test_a_table_that_was_changed_is_told_by_row(database, app_settings, frozen, tmp_path, change, said):
    data = rendered(database, app_settings, frozen, "csv_data", tmp_path / "csv")["csv/train.csv"]
    path = tmp_path / "changed.csv"
    path.write_bytes(change(data))

    with pytest.raises(Invalid, match=said):
        list(lines_of_table(path))


def test_a_spreadsheet_gets_texts_that_it_does_not_run(database, app_settings, frozen, tmp_path):
    data = rendered(database, app_settings, frozen, "csv_spreadsheet", tmp_path / "out")["spreadsheet/train.csv"]

    header, rows = table_of(data.removeprefix("\ufeff".encode()))
    assert data.startswith("\ufeff".encode() + b'"id","project","task",')
    assert header == list(FORMATS["csv_spreadsheet"].columns)
    assert [(row["prompt"], row["answer"].split("\n")[0], row["labels"]) for row in rows] == [
        (TEXTS[1].strip(), TEXTS[0], " ".join(["good", *["none"] * (len(IN_STEPS) - 1)])),
        (STATEMENT, "n = 5", "good none bad"),
    ]
    assert [
        cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    ] == []


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠a", "'＠a"),
        ("\0=1", "'=1"),
        ("'=1", "'=1"),
        (" =1", " =1"),
        ("1-1", "1-1"),
        ("x" * CELL_MAX_CHARS, "x" * CELL_MAX_CHARS),
        ("x" * (CELL_MAX_CHARS + 1), "x" * (CELL_MAX_CHARS - 4) + " […]"),
    ],
)
def test_a_cell_is_made_harmless(text, cell):
    assert harmless(text) == cell


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("x", None),
        (5, "a cell is no text"),
        ("=x", "a cell would be taken for a formula"),
        ("＝x", "a cell would be taken for a formula"),
        ("x" * (CELL_MAX_CHARS + 1), "a cell is too long"),
    ],
)
def test_a_spreadsheet_refuses_each_fault(cell, fault):
    assert FORMATS["csv_spreadsheet"].check("spreadsheet/train.csv", {"answer": cell}) == fault


def test_the_table_of_data_refuses_cells_that_are_not_those_of_a_record():
    cells = dict.fromkeys(CELLS, "")

    assert FORMATS["csv_data"].check("csv/train.csv", cells) is None
    assert FORMATS["csv_data"].check("csv/train.csv", {**cells, "id": None}) == "its cells are not those of a record"
    assert FORMATS["csv_data"].check("csv/train.csv", {"id": ""}) == "its cells are not those of a record"


@pytest.mark.parametrize("name", ["csv_data", "csv_spreadsheet"])
def test_loaders_read_the_tables(database, app_settings, frozen, tmp_path, name):
    files = rendered(database, app_settings, frozen, name, tmp_path / "out")
    (path,) = [path for path in files if path.endswith(".csv")]

    features = datasets.Features(dict.fromkeys(FORMATS[name].columns, datasets.Value("string")))
    where = {"data_files": str(tmp_path / "out" / path), "cache_dir": str(tmp_path / "cache"), "split": "train"}
    loaded = datasets.load_dataset("csv", features=features, keep_default_na=False, **where)

    assert loaded.to_list() == table_of(files[path].removeprefix("\ufeff".encode()))[1]
    assert json.loads(files["manifest.json"])["items_exported"] == 2


def test_a_person_reads_tasks_and_steps_of_the_tables(database, app_settings, frozen, tmp_path):
    lines = rendered(database, app_settings, frozen, "native", tmp_path / "out")["native/train.jsonl"]
    record = json.loads(lines.split(b"\n")[1])
    cells = cells_of(record)

    assert FORMATS["csv_data"].read(cells) == FORMATS["native"].read(record)
    (_, row) = next(iter(FORMATS["csv_spreadsheet"].rows(record, FORMATS["csv_spreadsheet"].options_model())))
    bodies = "\n\n".join(step["body"] for step in STEPS)
    assert [part.text for part in FORMATS["csv_spreadsheet"].read(row)] == [STATEMENT, bodies, "n = 5"]


def through_a_sink(tmp_path, columns, rows):
    """Write rows through the sink of a table and read them back."""
    store, file = LocalFiles(tmp_path, "exports"), FileOf("x/train.csv", "x", table=Table(columns))
    with store.writing() as writer, sink_of(file, writer, Compression.ZSTD) as sink:
        for row in rows:
            sink.write(json.dumps(row).encode())
    with store.open(writer.stored.id) as stored:
        return table_of(stored.read())


def test_a_long_table_is_written_in_pieces_and_is_never_packed(tmp_path):
    rows = [{"a": "é" * 100_000, "b": f"{n}"} for n in range(200)]

    assert through_a_sink(tmp_path, ("a", "b"), rows) == (["a", "b"], rows)


def test_every_text_is_a_cell_that_comes_back(tmp_path):
    rows = [{"a": text, "b": other} for text, other in zip(TEXTS, ["", *TEXTS], strict=False)]

    assert through_a_sink(tmp_path, ("a", "b"), rows) == (["a", "b"], rows)
