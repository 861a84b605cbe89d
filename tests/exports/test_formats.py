"""Exports: the same bytes each time, every item accounted for, and loaders that read them."""

import hashlib
import json
from datetime import timedelta

import datasets
import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.errors import Invalid
from app.core.jobs import Job, JobState
from app.core.storage import open_store
from app.datasets.models import SnapshotItem
from app.exports.models import Export
from app.exports.queries import files_of, first_lines
from app.exports.service import ask, export_to_folder
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.submissions.models import Revision
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.exports.rendering import PAPERS
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task, some_content

BODIES = [step["body"] for step in STEPS]
DEAD_END = {"id": "d", "type": "dead_end", "body": "Modulo 3 says nothing."}


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae):
    labelled = a_submission(
        session,
        author=ed,
        task=a_task(session, sums),
        state=S.APPROVED,
        content=some_content(steps=[STEPS[0], DEAD_END, *STEPS[1:]]),
    )
    a_review(session, labelled, reviewer=rae, labels={"s1": "good", "d": "bad", "s2": "neutral", "s3": "good"})
    bare = a_submission(session, author=eve, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, bare, reviewer=rae, labels={})
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def rendered(database, settings, snapshot, name, folder, **options):
    export_to_folder(
        database, settings, snapshot=str(snapshot.id), format_name=name, out=folder, email=None, options=options
    )
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows_of(data):
    return [json.loads(line) for line in data.decode().splitlines()]


@pytest.mark.parametrize("name", ["native", "trl_sft", "trl_stepwise", "prm800k", "openai_chat"])
def test_the_same_snapshot_gives_the_same_bytes_and_a_true_manifest(database, app_settings, snapshot, tmp_path, name):
    first = rendered(database, app_settings, snapshot, name, tmp_path / "a")
    second = rendered(database, app_settings, snapshot, name, tmp_path / "b")

    manifest = json.loads(first["manifest.json"])
    assert first == second
    assert {f["path"]: f["sha256"] for f in manifest["files"]} == {
        path: hashlib.sha256(data).hexdigest()
        for path, data in first.items()
        if path not in {"manifest.json", "manifest.json.sig"}
    }
    assert manifest["items_exported"] + sum(manifest["items_excluded"].values()) == snapshot.items == 2


@pytest.mark.parametrize(
    ("name", "rows"), [("native", 2), ("trl_sft", 2), ("trl_stepwise", 1), ("prm800k", 1), ("openai_chat", 2)]
)
def test_datasets_reads_each_folder(database, app_settings, snapshot, tmp_path, name, rows):
    rendered(database, app_settings, snapshot, name, tmp_path / "out")

    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train")

    assert loaded.num_rows == rows


def test_sft_keeps_the_reasoning_apart_and_leaves_dead_ends_out(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out")

    row = next(row for row in rows_of(files["sft/train.jsonl"]))
    assert row["messages"] == [
        {"role": "user", "content": STATEMENT},
        {"role": "assistant", "reasoning_content": "\n\n".join(BODIES), "content": "n = 5"},
    ]


def test_sft_can_render_everything_into_think_tags(database, app_settings, snapshot, tmp_path):
    options = {"reasoning": "think_tags", "render": "full", "system": "Think."}
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out", **options)

    messages = next(row["messages"] for row in rows_of(files["sft/train.jsonl"]) if "Modulo" in str(row))
    trace = "\n\n".join([BODIES[0], DEAD_END["body"], *BODIES[1:]])
    assert messages[0] == {"role": "system", "content": "Think."}
    assert messages[2] == {"role": "assistant", "content": f"<think>\n{trace}\n</think>\n\nn = 5"}


@pytest.mark.parametrize(
    ("options", "labels"),
    [
        ({}, [True, False, True, True]),
        ({"neutral": "bad"}, [True, False, False, True]),
        ({"neutral": "drop"}, [True, False, True]),
        ({"after_error": "stop"}, [True, False]),
        ({"render": "clean"}, [True, True, True]),
    ],
)
def test_stepwise_labels_follow_the_options(database, app_settings, snapshot, tmp_path, options, labels):
    files = rendered(database, app_settings, snapshot, "trl_stepwise", tmp_path / "out", **options)

    rows = rows_of(files["prm/train.jsonl"])
    assert [row["labels"] for row in rows] == [labels]
    assert len(rows[0]["completions"]) == len(labels)


def test_prm800k_keeps_the_three_ratings(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "prm800k", tmp_path / "out", render="full")

    row = rows_of(files["prm800k/train.jsonl"])[0]
    assert [step["completions"][0]["rating"] for step in row["label"]["steps"]] == [1, -1, 0, 1]
    assert row["label"]["steps"][-1]["completions"][0]["text"].endswith("\n\n# Answer\n\nn = 5")
    assert (row["label"]["finish_reason"], row["label"]["total_time"]) == ("solution", 300_000)


def test_openai_rows_have_messages_only(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "openai_chat", tmp_path / "out")

    assert [list(row) for row in rows_of(files["openai/train.jsonl"])] == [["messages"], ["messages"]]
    assert len(rows_of(files["provenance.jsonl"])) == 2


def test_an_unknown_option_is_told(session, snapshot, mona):
    with pytest.raises(Invalid) as refused:
        ask(session, snapshot, "trl_sft", {"reasoning": "loud"}, actor=mona.actor, now=clock.now())

    assert refused.value.pointer == "/options/reasoning"


def test_a_job_writes_the_files_and_their_first_rows_can_be_looked_at(session, database, app_settings, snapshot, mona):
    export = ask(session, snapshot, "trl_sft", {}, actor=mona.actor, now=clock.now())
    session.commit()
    Worker(database, app_settings).run_all()
    session.expire_all()

    done = session.get_one(Export, export.id)
    files = files_of(session, done.id)
    assert (done.state, done.rows) == (ExportState.READY, 2)
    assert [file.path for file in files if file.path not in PAPERS] == [
        "manifest.json",
        "manifest.json.sig",
        "sft/train.jsonl",
    ]
    assert len(first_lines(open_store(app_settings, STORE), files[-1:])) == 2


@pytest.mark.parametrize("name", ["native", "trl_sft"])
@pytest.mark.parametrize("content", ['{"steps":[]}', "{", ""])
def test_what_was_changed_behind_the_back_of_a_snapshot_is_not_exported(
    session, database, app_settings, snapshot, mona, name, content
):
    last = session.scalars(select(SnapshotItem).where(SnapshotItem.position == 2)).one()
    session.execute(update(Revision).where(Revision.id == last.revision_id).values(content=content))

    said = refused(session, database, app_settings, snapshot, name, mona)

    assert said == f"Item 2 ({last.submission_id}) is not what was frozen; the database was changed."


def test_a_row_that_its_readers_would_not_take_fails_the_export(session, database, app_settings, sums, mona, ed, rae):
    work = a_submission(session, author=ed, task=a_task(session, sums, statement=" "), state=S.APPROVED)
    a_review(session, work, reviewer=rae, labels={})
    work_id = work.id
    frozen = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    said = refused(session, database, app_settings, frozen, "openai_chat", mona)

    assert said == f"Item 1 ({work_id}) makes a bad row: a message is empty."


def refused(session, database, settings, snapshot, name, mona):
    """Let a job write an export that cannot be; return why. Nothing of it is listed, and nothing left on the disk."""
    export_id = ask(session, snapshot, name, {}, actor=mona.actor, now=clock.now()).id
    session.commit()
    Worker(database, settings).run_all()
    session.expire_all()
    export = session.get_one(Export, export_id)
    assert (export.state, export.rows, list(files_of(session, export_id))) == (ExportState.FAILED, 0, [])
    assert list((settings.data_dir / "files" / STORE).iterdir()) == []
    return export.message


def test_a_job_that_was_killed_after_listing_its_files_is_done_when_it_is_taken_up_again(
    session, database, app_settings, snapshot, mona
):
    export = ask(session, snapshot, "trl_sft", {}, actor=mona.actor, now=clock.now())
    export_id, job_id = export.id, export.job_id
    session.commit()
    Worker(database, app_settings).run_all()
    before = [(file.id, file.sha256) for file in files_of(session, export_id)]
    killed = {"state": JobState.RUNNING, "result": None, "lease_until": clock.now() - timedelta(seconds=1)}
    session.execute(update(Job).where(Job.id == job_id).values(killed))
    session.commit()

    Worker(database, app_settings).run_all()
    session.expire_all()

    job = session.get_one(Job, job_id)
    assert (job.state, job.attempts, (job.result or {})["files"]) == (JobState.DONE, 2, len(PAPERS) + 3)
    assert [(file.id, file.sha256) for file in files_of(session, export_id)] == before
