"""Imports as the command line does them: whole files, real data, twins, policies, two at once."""

import csv
import json
import threading
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sqlalchemy import func, select

from app.core.errors import Invalid, NotAllowed
from app.tasks.adapters.gsm8k import without_marks
from app.tasks.jobs import import_file
from app.tasks.models import Task, TaskImport, TaskSlot
from app.tasks.schemas import ImportOptions
from app.tasks.states import ExistingPolicy, ImportState, SlotState
from tests.factories.work import a_task

SUMS = [
    {"question": "Two pens cost 6. What do five cost?", "answer": "One costs 6/2 = <<6/2=3>>3.\n#### 15"},
    {"question": "Ωmega  has 3 légs.\nHow many have four?", "answer": "3*4 = <<3*4=12>>12\n#### 12"},
]
FUNCTIONS = [
    {
        "task_id": f"Made/{n}",
        "prompt": f'def f{n}(x: int) -> int:\n    """ Add {n}. """\n',
        "entry_point": f"f{n}",
        "canonical_solution": f"    return x + {n}\n",
        "test": f"def check(candidate):\n    assert candidate(1) == {n + 1}\n",
    }
    for n in range(3)
]
WHOLE = [(SUMS, "gsm8k", "question"), (FUNCTIONS, "humaneval", "prompt")]
"""What the published files look like; the files themselves are run by `python -m benchmarks.real_input`."""
GIVEN: dict[str, Any] = {"source": "here", "licence": "CC0"}


@pytest.fixture
def bring(session, database, app_settings, mona, sums, tmp_path):
    """`bring(data, name)` imports bytes as a file of that name into Mona's project."""

    def bring_in(data, name="tasks.jsonl", actor=None, **options):
        session.commit()  # what the test has read must not hold the database
        path = tmp_path / name
        path.write_bytes(data)
        extra = {key: options.pop(key) for key in ("dry_run", "leave_out_bad_rows") if key in options}
        wanted = ImportOptions(**({"defaults": GIVEN} | options))
        actor = actor or mona.actor
        return import_file(database, app_settings, actor, sums.slug, path, options=wanted, **extra)

    return bring_in


def jsonl(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def counts(done):
    return done.state, done.rows_read, done.rows_created, done.rows_updated, done.rows_unchanged, done.rows_rejected


def stored(session):
    return session.scalar(select(func.count()).select_from(Task))


@pytest.mark.parametrize(("rows", "adapter", "column"), WHOLE, ids=["gsm8k", "humaneval"])
def test_a_file_in_a_published_layout_comes_in_equal_and_twice_changes_nothing(session, bring, rows, adapter, column):
    done = bring(jsonl(*rows), adapter=adapter, defaults={})
    assert counts(done) == (ImportState.DONE, len(rows), len(rows), 0, 0, 0)
    tasks = session.scalars(select(Task).order_by(Task.number)).all()
    held = "statement" if column == "question" else "starter_code"
    assert [getattr(task, held) for task in tasks] == [row[column] for row in rows]
    again = bring(jsonl(*rows), adapter=adapter, defaults={})
    assert counts(again) == (ImportState.DONE, len(rows), 0, 0, len(rows), 0)


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=200))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_through_a_jsonl_import_byte_equal(session, bring, text):
    if not text.strip():
        return
    done = bring(jsonl({"statement": text, "reference": text}))
    assert done.state == ImportState.DONE, done.problems
    task = session.scalars(select(Task).order_by(Task.number.desc()).limit(1)).one()
    assert (task.statement, task.reference) == (text, text)


def test_calculator_marks_can_be_put_back():
    worked = "3+4 = <<3+4=7>>7 pears\n7*2 = <<7*2=14>>14"
    shown, marks = without_marks(worked)
    assert shown == "3+4 = 7 pears\n7*2 = 14"
    for place, inside in reversed(marks):
        shown = f"{shown[:place]}<<{inside}>>{shown[place:]}"
    assert shown == worked


def test_one_bad_row_keeps_all_out_and_every_fault_is_listed(session, bring):
    data = jsonl({"statement": "Good"}, {"statement": " "}, {"statement": "Hard", "level": 7})
    done = bring(data)
    assert counts(done)[0:2] == (ImportState.CHECKED, 3)
    assert [(fault["line"], fault["field"]) for fault in done.problems] == [(2, "statement"), (3, "difficulty")]
    assert stored(session) == 0


def test_bad_rows_are_left_out_when_somebody_says_so(session, bring):
    done = bring(jsonl({"statement": "Good"}, {"statement": ""}), leave_out_bad_rows=True)
    assert counts(done) == (ImportState.DONE, 2, 1, 0, 0, 1)


def test_a_dry_run_stores_nothing(session, bring):
    assert bring(jsonl({"statement": "Good"}), dry_run=True).state == ImportState.CANCELLED
    assert stored(session) == 0


def test_a_file_without_licence_is_refused_row_by_row(session, bring):
    done = bring(jsonl({"statement": "Good"}), defaults={"source": "here"})
    assert [(fault["field"], done.rows_rejected) for fault in done.problems] == [("licence", 1)]


def test_a_label_beside_the_taxonomy_is_refused_with_a_suggestion(bring):
    done = bring(jsonl({"statement": "Good", "topic": "Geometri"}))
    assert done.problems[0]["reason"].endswith("Did you mean Geometry?")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ExistingPolicy.REFUSE, (ImportState.CHECKED, 1, 0, 0, 0, 1)),
        (ExistingPolicy.KEEP, (ImportState.DONE, 1, 0, 0, 1, 0)),
        (ExistingPolicy.UPDATE, (ImportState.DONE, 1, 0, 1, 0, 0)),
    ],
)
def test_a_known_external_id_is_met_by_policy(session, bring, policy, expected):
    bring(jsonl({"id": "a1", "statement": "First"}))
    done = bring(jsonl({"id": "a1", "statement": "Second"}), existing=policy)
    assert counts(done) == expected
    assert session.scalars(select(Task.statement)).all() == ["Second" if policy == "update" else "First"]


def test_a_task_somebody_works_on_is_not_changed_by_an_import(session, bring, sums):
    task = a_task(session, sums, external_id="a1")
    session.scalars(select(TaskSlot).where(TaskSlot.task_id == task.id)).one().state = SlotState.TAKEN
    session.commit()
    done = bring(jsonl({"id": "a1", "statement": "Other"}), existing=ExistingPolicy.UPDATE)
    assert counts(done) == (ImportState.CHECKED, 1, 0, 0, 0, 1)


def test_two_imports_of_the_same_file_at_once_make_its_tasks_once(
    session, database, app_settings, mona, sums, tmp_path
):
    session.commit()
    path = tmp_path / "tasks.jsonl"
    path.write_bytes(jsonl(*({"statement": f"Task {n}"} for n in range(50))))
    barrier, found = threading.Barrier(2), []

    def run():
        barrier.wait()
        options = ImportOptions(defaults=GIVEN)
        found.append(import_file(database, app_settings, mona.actor, sums.slug, path, options=options))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((one.state, one.rows_created) for one in found) == [(ImportState.DONE, 0), (ImportState.DONE, 50)]
    assert stored(session) == 50


def test_a_csv_with_semicolons_and_lines_inside_quotes_is_read(session, bring):
    done = bring('﻿statement;level\n"Two\nlines; one row";3\n'.encode(), name="t.csv")
    assert counts(done)[:3] == (ImportState.DONE, 1, 1)
    task = session.scalars(select(Task)).one()
    assert (task.statement, task.difficulty) == ("Two\nlines; one row", 3)


def test_parquet_says_the_same_as_jsonl(session, bring, tmp_path):
    rows = [{"statement": "Ωmega $x$", "level": 2, "assumptions": ["a", "b"]}]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "made.parquet")
    done = bring((tmp_path / "made.parquet").read_bytes(), name="t.parquet")
    assert counts(done)[:3] == (ImportState.DONE, 1, 1), done.message
    task = session.scalars(select(Task)).one()
    assert (task.statement, task.difficulty, task.assumptions) == ("Ωmega $x$", 2, ["a", "b"])


def test_an_annotator_imports_nothing(session, bring, ed):
    with pytest.raises(NotAllowed):
        bring(jsonl({"statement": "Mine"}), actor=ed.actor)
    assert session.scalar(select(func.count()).select_from(TaskImport)) == 0


HOSTILE = {
    "empty": (b"", "t.jsonl"),
    "gzip": (b"\x1f\x8b\x08\x00" + b"\x00" * 100, "t.jsonl"),
    "zip": (b"PK\x03\x04" + b"\x00" * 100, "t.csv"),
    "one array": (b'[{"statement": "x"}]', "t.jsonl"),
    "byte order mark": (b'\xef\xbb\xbf{"statement": "x"}\n', "t.jsonl"),
    "UTF-16": ('{"statement": "x"}'.encode("utf-16"), "t.jsonl"),
    "no Parquet": (b"statement\nx\n", "t.parquet"),
    "Parquet by another name": (b"PAR1" + b"\x00" * 40, "t.csv"),
    "Parquet without a footer": (b"PAR1" + b"\xff" * 400 + b"PAR1", "t.parquet"),
    "Parquet with a giant footer": (b"PAR1" + b"\x00" * 40 + b"\xff\xff\xff\x7fPAR1", "t.parquet"),
    "CSV not UTF-8": (b"statement\n\xff\xfe\xfd\n", "t.csv"),
    "CSV with U+0000": (b"statement\na\x00b\n", "t.csv"),
    "CSV with an open quotation": (b'statement\n"' + b"x\n" * (2 << 20), "t.csv"),
    "CSV with a column twice": (b"a,a\n1,2\n", "t.csv"),
    "another ending": (b"x", "t.xlsx"),
}


@pytest.mark.parametrize(("data", "name"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_with_a_sentence_and_changes_nothing(session, bring, data, name):
    try:
        done = bring(data, name=name)
        told = done.message
        assert done.state == ImportState.FAILED
    except Invalid as refused:
        told = refused.sentence
    assert told.strip().endswith((".", "?"))
    assert stored(session) == 0


BAD_LINES = {
    "deep": b'{"statement": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "huge number": b'{"statement": "x", "level": 1' + b"0" * 5000 + b"}",
    "U+0000": b'{"statement": "a\\u0000b"}',
    "half a character": b'{"statement": "\\ud800"}',
    "not UTF-8": b'{"statement": "\xff"}',
    "a key twice": b'{"statement": "x", "statement": "y"}',
    "NaN": b'{"statement": "x", "level": NaN}',
    "giant": b'{"statement": "' + b"x" * (3 << 20) + b'"}',
    "no object": b'"statement"',
}


@pytest.mark.parametrize("line", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_hostile_row_is_one_bad_row_with_its_line(session, bring, line):
    done = bring(jsonl({"statement": "Good"}) + line + b"\n" + jsonl({"statement": "Good too"}))
    assert counts(done) == (ImportState.CHECKED, 3, 2, 0, 0, 1), done.message
    assert done.problems[0]["line"] == 2


def test_the_list_of_bad_rows_is_no_formula_for_a_spreadsheet(bring, app_settings):
    done = bring(jsonl({"statement": "x", "activity": "=cmd()"}, {"statement": "Good"}))
    path = app_settings.data_dir / "files" / "imports" / str(done.problems_file_id)
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert rows[1][:2] == ["1", "activity"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
