"""Croissant of rows that are not plain JSON lines of one kind: two record sets, trees, tables, and packed files."""

import json
from pathlib import Path

import mlcroissant
import pytest
from sqlalchemy import update

from app.projects.models import Project
from app.submissions.states import SubmissionState as S
from tests.exports.rendering import read_rows, rendered
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # the library's own

POINTS = {"correct": 3, "complete": 0, "clear": 3}


@pytest.fixture
def described(session, database, app_settings, sums, mona, ed, rae, tmp_path):
    """Export scored work, whose comments may leave; give the description as the library reads it, and path → bytes."""
    session.execute(update(Project).where(Project.id == sums.id).values(exports_threads=True))
    for title in ("One", "Two"):
        task = a_task(session, sums, title=title, domain="algebra", skill="prove", difficulty=3, external_id=title)
        work = a_submission(session, author=ed, task=task, state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={"s1": "good"}, rubric_n=1, rubric_scores=POINTS)
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    def exported(name, **options):
        files = rendered(database, app_settings, snapshot, name, tmp_path / "out", **options)
        return mlcroissant.Dataset(jsonld=Path(tmp_path, "out", "croissant.json")), files

    return exported


@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("rubric_rows", {"rubric_rows/train": 2, "rubric_scores/train": 6}),
        ("oasst_trees", {"oasst_trees/train": 2}),
        ("csv_data", {"csv/train": 2}),
        ("csv_spreadsheet", {"spreadsheet/train": 2}),
    ],
)
def test_the_library_validates_and_reads_every_record(described, name, sets):
    found, files = described(name)

    assert list(found.metadata.ctx.issues.errors) == []
    assert {one.uuid: len(list(found.records(one.uuid))) for one in found.metadata.record_sets} == sets
    for one in found.metadata.record_sets:
        (path,) = [path for path in files if path.startswith(one.uuid)]
        key = "message_tree_id" if name == "oasst_trees" else "id"
        read = [row[f"{one.uuid}/{key}"].decode() for row in found.records(one.uuid)]
        assert read == [row[key] for row in read_rows(path, files[path])]


def test_packed_files_are_described_by_what_their_format_declares(described):
    plain = json.loads(described("trl_sft")[1]["croissant.json"])
    found, files = described("trl_sft", compression="zstd")
    packed = json.loads(files["croissant.json"])

    assert list(found.metadata.ctx.issues.errors) == []
    (file,) = [one for one in packed["distribution"] if one["name"] == "sft/train.jsonl.zst"]
    assert file["encodingFormat"] == ["application/jsonlines", "application/zstd"]
    columns = [[field["name"] for field in one["recordSet"][0]["field"]] for one in (plain, packed)]
    assert columns == [["messages", "id", "metadata"]] * 2


def test_the_card_says_how_packed_files_are_read(described):
    plain, packed = described("trl_sft")[1], described("trl_sft", compression="zstd")[1]

    assert "zstd -d --rm sft/*.zst" not in plain["README.md"].decode()
    assert "zstd -d --rm sft/*.zst" in packed["README.md"].decode()
