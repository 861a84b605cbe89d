"""`workings export --recipient` and `workings trace`, from the files of a copy to its recipient's name."""

from functools import partial

import pytest
from click.testing import CliRunner

from app.cli import main
from app.submissions.states import SubmissionState as S
from tests.factories.judged import a_review, a_snapshot
from tests.factories.recipients import a_recipient
from tests.factories.work import a_submission, a_task


@pytest.fixture
def workings(database, app_settings, monkeypatch):
    """The command line on the installation of the test, whose connections are the test's to close.

    No copy misses a row: keys are random, and which rows miss is another test's matter.
    """
    monkeypatch.setattr("app.exports.service.fingerprint._MISSING_BELOW", 0)
    for place in ("app.cli", "app.exports.commands"):
        monkeypatch.setattr(f"{place}.open_installation", lambda: (app_settings, database))
    return partial(CliRunner().invoke, main)


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, rae, ada):
    """Sixteen approved works, and two recipients."""
    for n in range(16):
        work = a_submission(
            session, author=ed, task=a_task(session, sums, statement=f"What is $2 + {n}$?"), state=S.APPROVED
        )
        a_review(session, work, reviewer=rae, labels={})
    for name in ("Abacus Institute", "Lemma Labs"):
        a_recipient(session, ada, app_settings.data_dir, name)
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def exported(workings, snapshot, chosen, folder, recipient, *more):
    words = ["export", str(snapshot.id), chosen, "--out", str(folder), "--recipient", recipient, *more]
    return workings(words)


@pytest.mark.parametrize(
    ("chosen", "path", "more"),
    [
        ("trl_sft", "sft/train.jsonl.zst", ["--set", "compression=zstd"]),
        ("native_parquet", "native_parquet/train.parquet", []),
    ],
)
def test_the_file_of_a_copy_names_its_recipient(workings, snapshot, tmp_path, chosen, path, more):
    for name in ("Abacus Institute", "Lemma Labs"):
        assert exported(workings, snapshot, chosen, tmp_path / name, name, *more).exit_code == 0

    found = workings(["trace", str(tmp_path / "Lemma Labs" / path)])

    assert found.exit_code == 0, found.output
    (named,) = [line for line in found.output.splitlines() if "<-" in line]
    assert named.startswith("Lemma Labs")
    assert "16 of 16 rows are of it for certain" in found.output


def test_what_cannot_be_told_is_said(workings, snapshot, tmp_path):
    nothing = tmp_path / "empty.jsonl"
    nothing.write_text("\n")
    broken = tmp_path / "broken.jsonl.zst"
    broken.write_bytes(b"no frame")
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text('{"text": "Nobody wrote this here, ever."}\n')
    before = workings(["trace", str(foreign)])
    missing = exported(workings, snapshot, "trl_sft", tmp_path / "x", "Nobody Ltd")
    exported(workings, snapshot, "trl_sft", tmp_path / "a", "Abacus Institute")

    after = workings(["trace", str(foreign)])

    assert "Nothing was exported to a recipient yet" in before.output
    assert "There is no recipient “Nobody Ltd”" in missing.output
    assert "There is no row in it" in workings(["trace", str(nothing)]).output
    assert "broken.jsonl.zst cannot be read" in workings(["trace", str(broken)]).output
    assert (after.exit_code, "No row of the sample is certainly one of this snapshot" in after.output) == (1, True)
    assert "There is no snapshot" in workings(["trace", str(foreign), "--snapshot", "Else@1"]).output
