"""Exports in parts: numbered shards, taken up where a killed worker stopped, the same bytes however it went."""

import json
import os
import signal
import time
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import datasets
import pyarrow as pa
import pytest
from sqlalchemy import func, select, update

from app.config import Settings
from app.core import clock
from app.core.db import open_database
from app.core.jobs import JobCancelled
from app.core.storage import open_store
from app.datasets.models import SnapshotItem
from app.datasets.states import Split
from app.exports.formats.registry import FORMATS
from app.exports.models import Export, ExportPart
from app.exports.queries import files_of
from app.exports.service import ask, renderers, write_files
from app.exports.service.layout import Place, place_of
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.submissions.states import SubmissionState as S
from app.tables import load_tables
from tests.exports.rendering import rendered, rows_of
from tests.factories.judged import a_review, a_snapshot
from tests.factories.recipients import a_recipient
from tests.factories.work import a_submission, a_task

ITEMS = 7


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, rae):
    """Seven approved works, of which the third and the sixth are of the split validation."""
    for _ in range(ITEMS):
        work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={})
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    held_back = update(SnapshotItem).where(SnapshotItem.position.in_((3, 6)))
    session.execute(held_back.values(split=Split.VALIDATION))
    session.commit()
    return snapshot


def asked_for(session, snapshot, mona, name="trl_sft", recipient=None, **options):
    found = ask(session, snapshot, name, options, actor=mona.actor, now=clock.now(), recipient=recipient).id
    session.commit()
    return found


def bytes_of(session, settings, export_id):
    """Read what an export has listed: path → bytes."""
    store = open_store(settings, STORE)
    return {file.path: b"".join(store.chunks(file.file_id)) for file in files_of(session, export_id)}


def stored_names(settings):
    return sorted(path.name for path in (settings.data_dir / "files" / STORE).iterdir())


def unpacked(data):
    return pa.input_stream(BytesIO(data), compression="zstd").read()


def test_a_split_of_more_rows_than_a_file_takes_is_written_in_numbered_shards(
    database, app_settings, snapshot, tmp_path
):
    whole = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "whole")
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "shards", shard_rows=2)

    train = [path for path in sorted(files) if path.startswith("sft/train")]
    manifest = json.loads(files["manifest.json"])
    assert train == [f"sft/train-0000{n}-of-00003.jsonl" for n in range(3)]
    assert b"".join(files[path] for path in train) == whole["sft/train.jsonl"]
    assert [len(rows_of(files[path])) for path in train] == [2, 2, 1]
    assert {one["path"]: one["rows"] for one in manifest["files"] if one["rows"]} == {
        path: len(rows_of(data)) for path, data in files.items() if path.startswith("sft/")
    }


def test_a_loader_is_told_of_every_shard_of_every_split(database, app_settings, snapshot, tmp_path):
    rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out", shard_rows=2)

    loaded = datasets.load_dataset(str(tmp_path / "out"), "sft", cache_dir=str(tmp_path / "cache"))

    assert {split: rows.num_rows for split, rows in loaded.items()} == {"train": 5, "validation": 2}


def test_a_side_car_is_cut_where_its_file_is(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "openai_chat", tmp_path / "out", shard_rows=3)

    lines = {path: len(rows_of(data)) for path, data in files.items() if path.endswith(".jsonl")}
    assert lines == {
        "openai/train-00000-of-00003.jsonl": 2,
        "openai/train-00001-of-00003.jsonl": 2,
        "openai/train-00002-of-00003.jsonl": 1,
        "openai/validation-00000-of-00002.jsonl": 1,
        "openai/validation-00001-of-00002.jsonl": 1,
        "provenance-00000-of-00003.jsonl": 3,
        "provenance-00001-of-00003.jsonl": 3,
        "provenance-00002-of-00003.jsonl": 1,
    }


def test_the_place_of_every_file_is_known():
    sft, chat = FORMATS["trl_sft"], FORMATS["openai_chat"]

    paths = ["sft/train.jsonl", "sft/test-00001-of-00003.jsonl.zst", "README.md", "sft/other.jsonl"]
    assert [place_of(sft, path) for path in paths] == [Place("sft", Split.TRAIN), Place("sft", Split.TEST), None, None]
    assert place_of(chat, "provenance-00000-of-00002.jsonl") == Place(None, Split.TRAIN)


def test_rows_are_packed_when_that_is_wished(database, app_settings, snapshot, tmp_path):
    plain = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "plain", shard_rows=3)
    packed = rendered(
        database, app_settings, snapshot, "trl_sft", tmp_path / "packed", shard_rows=3, compression="zstd"
    )
    again = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "again", shard_rows=3, compression="zstd")

    assert {path.removesuffix(".zst"): unpacked(data) for path, data in packed.items() if "/" in path} == {
        path: data for path, data in plain.items() if "/" in path
    }
    assert [path for path in packed if "/" in path and not path.endswith(".zst")] == []
    assert packed == again


def write_and_be_killed(url, data_dir, export_id, at_report):
    """Write the files of an export in a process of its own that is killed at its n-th report."""
    load_tables()
    reports = iter(range(1, 1000))

    def report(*_):
        if next(reports) == at_report:
            os.kill(os.getpid(), signal.SIGKILL)

    write_files(open_database(url), Settings(data_dir=Path(data_dir)), export_id, report)


def killed_export(session, database, settings, export_id, at_report):
    """Let a process write an export until it is killed at its n-th report; return the parts that it has left."""
    url = database.engine.url.render_as_string(hide_password=False)
    child = get_context("spawn").Process(
        target=write_and_be_killed, args=(url, str(settings.data_dir), export_id, at_report)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    left = session.scalars(select(ExportPart).where(ExportPart.export_id == export_id).order_by(ExportPart.n)).all()
    session.expunge_all()  # read again they would open a transaction, for which the writer waits
    session.commit()
    return left


@pytest.mark.parametrize("at_report", [1, 2, 3])
def test_an_export_that_was_killed_goes_on_behind_its_last_whole_shard_and_gives_the_same_bytes(
    session, database, app_settings, snapshot, mona, at_report
):
    undisturbed = asked_for(session, snapshot, mona, shard_rows=2)
    write_files(database, app_settings, undisturbed, lambda *_: None)
    killed = asked_for(session, snapshot, mona, shard_rows=2)
    whole = [part.position for part in killed_export(session, database, app_settings, killed, at_report)]

    told = []
    write_files(database, app_settings, killed, lambda done, _total, _message: told.append(done))

    assert whole == [3, 6, 7][: at_report - 1]
    assert told[0] > (whole[-1] if whole else 0)
    assert bytes_of(session, app_settings, killed) == bytes_of(session, app_settings, undisturbed)
    assert session.scalar(select(func.count()).select_from(ExportPart)) == 0
    listed = [str(file.file_id) for one in (undisturbed, killed) for file in files_of(session, one)]
    assert stored_names(app_settings) == sorted(listed)


@pytest.mark.parametrize("name", ["trl_sft", "openai_chat"])
def test_a_recipients_copy_that_was_killed_keeps_its_whole_shards_too(
    session, database, app_settings, snapshot, mona, ada, name
):
    whom = a_recipient(session, ada, app_settings.data_dir)
    wanted = {"name": name, "recipient": whom, "shard_rows": 2}
    undisturbed = asked_for(session, snapshot, mona, **wanted)
    write_files(database, app_settings, undisturbed, lambda *_: None)
    killed = asked_for(session, snapshot, mona, **wanted)
    left = killed_export(session, database, app_settings, killed, 3)
    kept = {file["file_id"] for part in left for file in part.files}

    write_files(database, app_settings, killed, lambda *_: None)

    assert len(left) in {1, 2}  # a slow machine tells once in between
    assert kept < {str(file.file_id) for file in files_of(session, killed)}
    assert bytes_of(session, app_settings, killed) == bytes_of(session, app_settings, undisturbed)
    excluded = [session.get_one(Export, one).excluded for one in (killed, undisturbed)]
    assert excluded[0] == excluded[1]


def test_a_part_whose_file_is_gone_is_written_again(session, database, app_settings, snapshot, mona):
    def stop(done, _total, _message):
        if done > 3:
            raise OSError

    export_id = asked_for(session, snapshot, mona, shard_rows=2)
    with pytest.raises(OSError):  # noqa: PT011 - a full disk says what it likes
        write_files(database, app_settings, export_id, stop)
    lost, _ = session.scalars(select(ExportPart.files)).one()
    session.commit()
    open_store(app_settings, STORE).delete(lost["file_id"])

    files = write_files(database, app_settings, export_id, lambda *_: None)

    assert [file.rows for file in files if "train" in file.path] == [2, 2, 1]


def test_an_export_that_is_stopped_leaves_none_of_its_parts(session, database, app_settings, snapshot, mona):
    def stop(done, _total, _message):
        if done > 3:
            raise JobCancelled

    export_id = asked_for(session, snapshot, mona, shard_rows=2)
    with pytest.raises(JobCancelled):
        write_files(database, app_settings, export_id, stop)

    assert (stored_names(app_settings), session.scalar(select(func.count()).select_from(ExportPart))) == ([], 0)


@pytest.mark.parametrize("name", ["trl_sft", "native", "trl_grpo"])
def test_processes_give_the_bytes_that_one_gives(session, database, app_settings, snapshot, mona, monkeypatch, name):
    alone = asked_for(session, snapshot, mona, name, shard_rows=2)
    write_files(database, app_settings, alone, lambda *_: None)
    monkeypatch.setattr(renderers, "LARGE", 1)
    monkeypatch.setattr(renderers, "STRETCH", 2)
    monkeypatch.setattr(renderers, "PROVEN_AT_ONCE", 2)
    together = asked_for(session, snapshot, mona, name, shard_rows=2)

    write_files(database, app_settings, together, lambda *_: None)

    assert bytes_of(session, app_settings, together) == bytes_of(session, app_settings, alone)
    assert session.get_one(Export, together).state == ExportState.READY


def write_with_processes_and_be_killed(url, data_dir, export_id, children):
    """Write the files with processes beside this one; note which, and be killed in the middle."""

    def report(*_):
        Path(children).write_text(Path(f"/proc/self/task/{os.getpid()}/children").read_text(), encoding="ascii")
        os.kill(os.getpid(), signal.SIGKILL)

    vars(renderers).update(LARGE=1, STRETCH=2)
    load_tables()
    write_files(open_database(url), Settings(data_dir=Path(data_dir)), export_id, report)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_worker_leaves_no_process_behind(session, database, app_settings, snapshot, mona, tmp_path):
    export_id = asked_for(session, snapshot, mona, shard_rows=2)
    url = database.engine.url.render_as_string(hide_password=False)
    arguments = (url, str(app_settings.data_dir), export_id, str(tmp_path / "children"))
    child = get_context("spawn").Process(target=write_with_processes_and_be_killed, args=arguments)
    child.start()
    child.join()
    pids = (tmp_path / "children").read_text(encoding="ascii").split()
    deadline = time.monotonic() + 20
    while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert (child.exitcode, len(pids)) == (-signal.SIGKILL, 2)
    assert [pid for pid in pids if is_running(pid)] == []
