"""Native Parquet, and native exports of several files: whatever form it has, everything comes back."""

import json
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from pyarrow import parquet

from app.core.errors import Invalid, NotFound
from app.exports.formats.native_parquet import STRUCT
from app.exports.service import restore_native
from app.submissions.states import SubmissionState as S
from tests.cast import Place, a_project
from tests.exports.conftest import a_place
from tests.exports.natives import NASTY, WORLDS, native_of, store_world
from tests.exports.rendering import rendered
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task, some_content

ROUND = count(1)


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, rae):
    for n, nasty in enumerate(NASTY):
        answer, steps = {"text": nasty}, [{"id": "s1", "type": "work", "body": nasty}]
        work = a_submission(
            session,
            author=ed,
            task=a_task(session, sums, statement=f"{n} {nasty}", title=f"Strings {n}"),
            state=S.APPROVED,
            content=some_content(answer=answer, steps=steps),
        )
        a_review(session, work, reviewer=rae, labels={"s1": "good"}, reason=nasty)
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def test_the_records_are_those_of_native_jsonl_byte_for_byte(database, app_settings, snapshot, tmp_path):
    lines = rendered(database, app_settings, snapshot, "native", tmp_path / "lines")["native/train.jsonl"]
    first = rendered(database, app_settings, snapshot, "native_parquet", tmp_path / "first")
    second = rendered(database, app_settings, snapshot, "native_parquet", tmp_path / "second")

    table = parquet.read_table(tmp_path / "first/native_parquet/train.parquet")
    rows = table.to_pylist()
    assert first == second
    assert table.schema.names == list(STRUCT)
    assert "".join(f"{row['record']}\n" for row in rows).encode() == lines
    assert [row["answer"] for row in rows] == [row["steps"][0]["body"] for row in rows] == list(NASTY)
    assert [row["tokens"] for row in rows] == [sum(json.loads(line)["tokens"].values()) for line in lines.splitlines()]


@pytest.mark.parametrize(
    ("name", "options", "files"),
    [
        ("native_parquet", {}, ["native_parquet/train.parquet"]),
        (
            "native_parquet",
            {"shard_rows": "4"},
            [f"native_parquet/train-0000{n}-of-00003.parquet" for n in range(3)],
        ),
        ("native", {"shard_rows": "5"}, ["native/train-00000-of-00002.jsonl", "native/train-00001-of-00002.jsonl"]),
        ("native", {"compression": "zstd"}, ["native/train.jsonl.zst"]),
    ],
)
def test_what_comes_back_from_any_form_goes_out_again_byte_for_byte(
    database, elsewhere, app_settings, snapshot, tmp_path, name, options, files
):
    lines = rendered(database, app_settings, snapshot, "native", tmp_path / "lines")["native/train.jsonl"]
    written = rendered(database, app_settings, snapshot, name, tmp_path / "out", **options)
    a_place(elsewhere, "sums")

    restored = restore_native(elsewhere, tmp_path / "out", project="sums", email=None)

    assert sorted(path for path in written if "/" in path) == files
    assert (restored.works, restored.faults) == (len(NASTY), [])
    assert native_of(elsewhere, app_settings, "sums", tmp_path / "again") == lines


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(world=WORLDS)
def test_any_work_comes_back_from_parquet(database, elsewhere, session, app_settings, cast, mona, tmp_path, world):
    slug = f"project-{next(ROUND)}"
    project = a_project(session, slug, cast["Mona"])
    people = [cast[name] for name in ("Ed", "Eve", "Rae", "Ron")]
    store_world(session, Place(project.id, slug, project.name), people, world)
    states = ["approved", "rejected", "gave_up"]
    frozen = a_snapshot(session, database, app_settings, manager=mona, project_id=project.id, states=states)
    sent = rendered(database, app_settings, frozen, "native", tmp_path / slug / "lines")["native/train.jsonl"]
    rendered(database, app_settings, frozen, "native_parquet", tmp_path / slug / "parquet")

    a_place(elsewhere, slug)
    restored = restore_native(elsewhere, tmp_path / slug / "parquet", project=slug, email=None)

    assert restored.faults == []
    assert native_of(elsewhere, app_settings, slug, tmp_path / slug / "again") == sent


def test_a_shard_that_is_missing_or_changed_stops_all(database, elsewhere, app_settings, snapshot, tmp_path):
    rendered(database, app_settings, snapshot, "native", tmp_path / "out", shard_rows="5")
    last = tmp_path / "out/native/train-00001-of-00002.jsonl"
    a_place(elsewhere, "sums")

    last.write_bytes(last.read_bytes() + b"\n")
    with pytest.raises(Invalid, match=r"is not what manifest\.json says"):
        restore_native(elsewhere, tmp_path / "out", project="sums", email=None)
    last.unlink()
    with pytest.raises(NotFound, match=r"train-00001-of-00002\.jsonl is missing"):
        restore_native(elsewhere, tmp_path / "out", project="sums", email=None)


def test_a_parquet_file_of_something_else_is_refused(database, elsewhere, app_settings, snapshot, tmp_path):
    other = tmp_path / "other.parquet"
    parquet.write_table(parquet.read_table(_written(database, app_settings, snapshot, tmp_path), columns=["id"]), other)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    a_place(elsewhere, "sums")

    for file in (other, broken):
        with pytest.raises(Invalid, match=f"{file.name} is no native Parquet file"):
            restore_native(elsewhere, file, project="sums", email=None)


def test_a_changed_record_is_told_by_its_line(database, elsewhere, app_settings, snapshot, tmp_path):
    path = _written(database, app_settings, snapshot, tmp_path)
    table = parquet.read_table(path)
    records = table.column("record").to_pylist()
    records[2] = records[2].replace('"revision":1', '"revision":2')
    changed = table.set_column(table.schema.names.index("record"), "record", [records])
    (tmp_path / "out/manifest.json").unlink()
    parquet.write_table(changed, path)
    a_place(elsewhere, "sums")

    restored = restore_native(elsewhere, tmp_path / "out", project="sums", email=None)

    assert {fault.line for fault in restored.faults} == {3}
    assert json.loads(records[2])["revision"] == 2


def _written(database, app_settings, snapshot, tmp_path):
    rendered(database, app_settings, snapshot, "native_parquet", tmp_path / "out")
    return tmp_path / "out/native_parquet/train.parquet"
