"""Exports and what was withdrawn: left out and counted, listed and signed, and no download of earlier files."""

import json
import shutil

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from app.cli import main
from app.core import clock
from app.core.errors import WithdrawnRows
from app.datasets.models import SnapshotItem
from app.exports.formats.registry import get_format
from app.exports.models import Export
from app.exports.queries import files_of, withdrawn_since
from app.exports.service import ask, note_download, preview, require_standing, write_files
from app.exports.service.rendering import WITHDRAWN
from app.exports.service.verifying import verify_folder
from app.submissions.models import Submission
from app.submissions.states import SubmissionState as S
from tests.exports.rendering import excluded_of, rendered, rows_of
from tests.factories.frozen import an_export, noted, some_approved, sustained, taken_back
from tests.factories.judged import a_snapshot

COUNT = 4


@pytest.fixture
def works(session, sums, ed, rae):
    return some_approved(session, sums, ed, rae, COUNT)


@pytest.fixture
def snapshot(session, database, app_settings, mona, sums, works):
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.mark.parametrize("is_noted", [True, False])
@pytest.mark.parametrize(("name", "path"), [("native", "native/train.jsonl"), ("trl_sft", "sft/train.jsonl")])
def test_a_new_export_leaves_withdrawn_rows_out_and_accounts_for_each(
    session, database, app_settings, tmp_path, ed, works, snapshot, name, path, is_noted
):
    taken_back(session, ed, works[0], works[2])
    if is_noted:
        noted(database, app_settings)

    files = rendered(database, app_settings, snapshot, name, tmp_path / "out")

    manifest = json.loads(files["manifest.json"])
    assert [row["id"] for row in rows_of(files[path])] == [str(works[1]), str(works[3])]
    assert (manifest["items_exported"], excluded_of(files)) == (2, {WITHDRAWN: 2})
    assert manifest["tombstones_applied"] == sorted([str(works[0]), str(works[2])])
    assert {item["id"] for item in json.loads(files["tombstones.json"])["items"]} == {str(works[0]), str(works[2])}
    assert verify_folder(tmp_path / "out").faults == []


def test_formats_that_take_tasks_whole_leave_them_out_too(
    session, database, app_settings, tmp_path, ed, works, snapshot
):
    taken_back(session, ed, *works)

    files = rendered(database, app_settings, snapshot, "trl_dpo", tmp_path / "out")

    assert excluded_of(files) == {WITHDRAWN: COUNT}


def test_a_superseded_row_stays_and_the_erratum_lies_beside_it(
    session, database, app_settings, tmp_path, mona, works, snapshot
):
    sustained(session, snapshot, works[1], mona)

    files = rendered(database, app_settings, snapshot, "native", tmp_path / "out")

    assert [row["id"] for row in rows_of(files["native/train.jsonl"])] == [str(one) for one in works]
    assert (excluded_of(files), json.loads(files["manifest.json"])["tombstones_applied"]) == ({}, [])
    assert [item["id"] for item in json.loads(files["errata.json"])["items"]] == [str(works[1])]
    assert json.loads(files["tombstones.json"])["items"] == []


def test_without_corrections_no_list_goes_along(database, app_settings, tmp_path, snapshot):
    files = rendered(database, app_settings, snapshot, "native", tmp_path / "out")

    assert [path for path in files if "errata" in path or "tombstones" in path] == []


def test_files_written_before_a_withdrawal_are_handed_out_no_more_and_a_new_export_is(
    session, database, app_settings, mona, ed, works, snapshot
):
    old = an_export(session, database, app_settings, snapshot, mona)
    require_standing(session, old)
    taken_back(session, ed, works[0])

    with pytest.raises(WithdrawnRows, match="A row of this export was withdrawn") as refused:
        note_download(session, old, "manifest.json", actor=mona.actor, now=clock.now(), by_program=True)
    session.rollback()
    new = an_export(session, database, app_settings, snapshot, mona)

    assert refused.value.code == "withdrawn_rows"
    note_download(session, new, "manifest.json", actor=mona.actor, now=clock.now(), by_program=True)
    assert (withdrawn_since(session, session.get_one(Export, old.id)), withdrawn_since(session, new)) == (1, 0)
    assert (old.corrections_n, new.corrections_n, new.rows) == (0, 1, COUNT - 1)


def test_what_is_withdrawn_while_an_export_is_written_is_seen_when_it_is_done(
    session, database, app_settings, mona, ed, works, snapshot
):
    asked = ask(session, snapshot, "trl_sft", {}, actor=mona.actor, now=clock.now()).id
    session.commit()

    def report(_done, _total, _message):
        with database.reading() as own:
            state = own.scalar(select(Submission.state).where(Submission.id == works[0]))
        if state is S.APPROVED:
            taken_back(session, ed, works[0])

    write_files(database, app_settings, asked, report)
    session.expire_all()

    export = session.get_one(Export, asked)
    assert (export.corrections_n, export.rows, withdrawn_since(session, export)) == (0, COUNT, 1)


def test_whoever_takes_an_export_up_again_applies_the_same_corrections(
    session, database, app_settings, mona, ed, works, snapshot
):
    asked = ask(session, snapshot, "native", {}, actor=mona.actor, now=clock.now()).id
    session.commit()
    taken_back(session, ed, works[0])

    def killed(_done, _total, _message):
        raise OSError("The disk is full.")

    with pytest.raises(OSError, match="disk is full"):
        write_files(database, app_settings, asked, killed)
    taken_back(session, ed, works[1])
    noted(database, app_settings)
    write_files(database, app_settings, asked, lambda *_: None)

    session.expire_all()
    export = session.get_one(Export, asked)
    assert (export.corrections_n, export.rows, export.excluded) == (1, COUNT - 1, {WITHDRAWN: 1})
    assert withdrawn_since(session, export) == 1


def test_the_same_corrections_give_the_same_bytes(session, database, app_settings, mona, ed, works, snapshot):
    taken_back(session, ed, works[0])

    first, second = (an_export(session, database, app_settings, snapshot, mona) for _ in range(2))

    hashes = [{file.path: file.sha256 for file in files_of(session, one.id)} for one in (first, second)]
    assert hashes[0] == hashes[1]
    assert {"tombstones.json", "tombstones.json.sig", "errata.json", "errata.json.sig"} <= hashes[0].keys()


def test_a_record_of_withdrawn_work_need_not_be_what_was_frozen(
    session, database, app_settings, tmp_path, ed, works, snapshot
):
    taken_back(session, ed, works[0])
    session.execute(update(SnapshotItem).where(SnapshotItem.position == 1).values(row_sha256="0" * 64))
    session.commit()

    files = rendered(database, app_settings, snapshot, "native", tmp_path / "out")

    assert excluded_of(files) == {WITHDRAWN: 1}


def test_the_preview_shows_no_withdrawn_row_and_is_not_kept_beyond_a_withdrawal(session, ed, works, snapshot):
    chosen = get_format("trl_sft")
    options = chosen.options_model()
    before = preview(session, snapshot, chosen, options)
    session.commit()
    taken_back(session, ed, works[0])

    after = preview(session, snapshot, chosen, options)

    assert [row.piece.submission_id for row in before.rows] == works
    assert [row.piece.submission_id for row in after.rows] == works[1:]
    assert (after.makes, dict(after.reasons), after.looked_at) == (COUNT - 1, {WITHDRAWN: 1}, COUNT)


@pytest.fixture
def folder(session, database, app_settings, tmp_path, ed, works, snapshot):
    """An export with a tombstone in it, on the disk."""
    taken_back(session, ed, works[0])
    rendered(database, app_settings, snapshot, "native", tmp_path / "out")
    return tmp_path / "out"


def verified(folder):
    found = CliRunner().invoke(main, ["verify", str(folder)])
    return found.exit_code, found.output


def lists_alone(folder, target):
    target.mkdir()
    for name in ("tombstones.json", "tombstones.json.sig", "errata.json", "errata.json.sig"):
        shutil.copy(folder / name, target / name)
    return target


def test_signed_lists_are_verified_alone(folder, tmp_path):
    code, told = verified(lists_alone(folder, tmp_path / "lists"))

    assert (code, told.startswith("2 files as listed, signed with the key ")) == (0, True)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda at: (at / "errata.json").write_text("{}\n"), "errata.json is not what was signed"),
        (
            lambda at: (at / "errata.json.sig").unlink(),
            "There is no errata.json.sig: nobody can say who wrote the list.",
        ),
        (lambda at: (at / "note.txt").write_text("!"), "note.txt is no signed list of corrections"),
        (
            lambda at: shutil.copy(at / "tombstones.json.sig", at / "errata.json.sig"),
            "The signature beside errata.json is of tombstones.json.",
        ),
    ],
)
def test_each_fault_of_lists_alone_is_a_sentence(folder, tmp_path, spoil, fault):
    lists = lists_alone(folder, tmp_path / "lists")
    spoil(lists)

    code, told = verified(lists)

    assert (code, fault in told) == (1, True)


def test_a_list_in_an_export_that_another_key_signed_is_a_fault(folder):
    (folder / "tombstones.json.sig").write_text("{}")

    code, told = verified(folder)

    assert code == 1
    assert "The signature file is damaged" in told
