"""What differs between the copies of recipients, and what never does."""

import json
import random
from collections import Counter
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.errors import Conflict
from app.core.jobs import JobRefused
from app.core.storage import open_store
from app.datasets.access import get_snapshot
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.states import DatasetUse, Split
from app.exports.formats.registry import FORMATS
from app.exports.models import Export
from app.exports.queries import files_of
from app.exports.service import ask, renderers, write_files
from app.exports.service.fingerprint import MISSING_SHARE, Fingerprint
from app.exports.service.marking import mark_of
from app.exports.service.rendering import Group
from app.exports.service.withholding import WITHHELD, without_missing
from app.exports.service.writing import STORE
from app.projects.models import Project
from app.recipients.service import close_recipient
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.exports.preferences import a_judged_project
from tests.exports.rendering import rows_of
from tests.factories.judged import a_review, a_snapshot
from tests.factories.recipients import a_recipient
from tests.factories.work import STEPS, a_submission, a_task, some_content

ITEMS = 12
LOSING = "app.exports.service.fingerprint._MISSING_BELOW"


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, rae):
    """Twelve approved works, each third task and answer with assumptions."""
    for n in range(ITEMS):
        stated = [f"$p_{n}$ is prime."] if n % 3 == 0 else []
        task = a_task(session, sums, statement=f"Find all $n$ below ${n + 7}$.", assumptions=stated)
        steps = [step | {"body": f"{step['body']} Case {n}."} for step in STEPS]
        answer = {"text": "n = 5", "assumptions": [f"$n > {n}$"] if n % 3 == 1 else []}
        content = some_content(steps=steps, answer=answer)
        work = a_submission(session, author=ed, task=task, state=S.APPROVED, content=content)
        a_review(session, work, reviewer=rae, labels={"s1": "good", "s2": "bad"})
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.fixture
def copies(session, database, app_settings, mona, ada, monkeypatch):
    """Write a copy of a snapshot for a recipient of that name, or for nobody; give path → bytes.

    Nothing is missing from any, since keys are random: tests of what misses say otherwise.
    """
    monkeypatch.setattr(LOSING, 0)
    known = {}

    def write(of, name=None, chosen="trl_sft", **options):
        if name is not None and name not in known:
            known[name] = a_recipient(session, ada, app_settings.data_dir, name)
        whom = known.get(name)
        found = get_snapshot(session, mona.actor, of.id)
        asked = ask(session, found, chosen, options, actor=mona.actor, now=clock.now(), recipient=whom).id
        session.commit()
        write_files(database, app_settings, asked, lambda *_: None)
        store = open_store(app_settings, STORE)
        files = {file.path: b"".join(store.chunks(file.file_id)) for file in files_of(session, asked)}
        session.commit()
        return files

    return write


@pytest.fixture
def copy(copies, snapshot):
    """The same of the twelve works."""
    return partial(copies, snapshot)


def without_marks(row):
    """Give what a row says, whatever words of ours stand in it and however they are laid out."""
    text = json.dumps(row | {"metadata": json.loads(row["metadata"])}, sort_keys=True, ensure_ascii=False)
    for ours in ("Assume:", "Under these assumptions:", "Stated assumptions:"):
        text = text.replace(ours, "Assumptions:")
    for ours in ("On these assumptions:", "I assume:", "Under the assumptions:"):
        text = text.replace(ours, "Assuming:")
    return text.replace(r'\n"', '"')


def test_two_recipients_get_the_same_rows_in_other_orders_and_words_and_the_same_bytes_each_time(copy):
    own, one, again, other = copy(), copy("Abacus"), copy("Abacus"), copy("Lemma Labs")
    rows = [rows_of(files["sft/train.jsonl"]) for files in (own, one, other)]

    assert one == again
    assert len({tuple(row["id"] for row in found) for found in rows}) == 3
    assert {frozenset(map(without_marks, found)) for found in rows} == {frozenset(map(without_marks, rows[0]))}
    assert frozenset(map(str, rows[0])) != frozenset(map(str, rows[1])) != frozenset(map(str, rows[2]))


@pytest.mark.parametrize("name", sorted(name for name, found in FORMATS.items() if DatasetUse.TRAINING in found.uses))
def test_every_format_takes_its_rows_as_they_are_worded_for_a_recipient(
    session, database, app_settings, sums, mona, ed, eve, rae, copies, monkeypatch, name
):
    """Each row goes through its format's check once more when it is worded, and reads as the row of nobody's copy."""
    session.get_one(Project, sums.id).exports_threads = True
    snapshot = a_judged_project(session, database, app_settings, sums, (mona, ed, eve, rae))
    own = copies(snapshot, None, name)
    monkeypatch.setattr("app.exports.service.wording.ENDS", ("\n", "\n"))

    one = copies(snapshot, "Abacus", name)

    told, of_one = json.loads(own["manifest.json"]), json.loads(one["manifest.json"])
    assert of_one["recipient"]["name"] == "Abacus"
    assert of_one["items_excluded"] == told["items_excluded"]
    assert [(file["path"], file["rows"]) for file in of_one["files"]] == [(f["path"], f["rows"]) for f in told["files"]]
    assert parts_of(name, one) == parts_of(name, own)


def parts_of(name, files):
    """Read every row that is a line of JSON as a person does, but for the ends of texts."""
    chosen = FORMATS[name]
    rows = rows_of(files[chosen.main_path]) if chosen.file_at(chosen.main_path).is_json else []
    return sorted(str([(part.voice, part.text.strip(), part.verdict) for part in chosen.read(row)]) for row in rows)


def test_whole_records_are_never_worded_otherwise(copy):
    own, one = copy(chosen="native"), copy("Abacus", "native")

    assert sorted(own["native/train.jsonl"].splitlines()) == sorted(one["native/train.jsonl"].splitlines())
    assert own["native/train.jsonl"] != one["native/train.jsonl"]


def test_the_rows_that_a_copy_misses_are_counted_and_no_split_loses_its_last(session, snapshot, copy, monkeypatch):
    kept = update(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot.id, SnapshotItem.position == 3)
    session.execute(kept.values(split=Split.VALIDATION))
    session.commit()
    monkeypatch.setattr(LOSING, 2**64)

    files = copy("Abacus", "trl_sft")

    manifest = json.loads(files["manifest.json"])
    assert manifest["items_excluded"] == {WITHHELD: ITEMS - 2}
    assert manifest["items_exported"] + sum(manifest["items_excluded"].values()) == snapshot.items
    assert [len(rows_of(files[f"sft/{split}.jsonl"])) for split in ("train", "validation")] == [1, 1]


def test_about_one_row_in_two_hundred_is_missing_and_not_the_same_ones():
    dice = random.Random(1)
    keys = [Fingerprint(dice.randbytes(32)) for _ in range(5)]
    missing = [{n for n in range(20_000) if key.misses(UUID(int=n))} for key in keys]

    assert all(abs(len(found) - 20_000 * MISSING_SHARE) < 40 for found in missing)
    assert len(missing[0] & missing[1]) < 6


def test_each_kind_of_rows_keeps_one(monkeypatch):
    monkeypatch.setattr(LOSING, 2**64)
    groups = [Group(n, 1, Split.TRAIN, [("x", b"ab"[n % 2 : n % 2 + 1])], [], UUID(int=n)) for n in range(6)]

    found = list(without_missing(groups, Fingerprint(b"k" * 32), lambda line: line.decode()))

    assert Counter(line for group in found for _, line in group.lines) == {b"a": 1, b"b": 1}
    assert sum(len(group.left_out) for group in found) == 4


def test_several_processes_write_the_copy_that_one_writes(copy, monkeypatch):
    alone = copy("Abacus", shard_rows=5)
    monkeypatch.setattr(renderers, "LARGE", 1)
    monkeypatch.setattr(renderers, "STRETCH", 5)

    assert copy("Abacus", shard_rows=5) == alone


def test_what_is_held_out_carries_the_canary_and_no_fingerprint_whomever_it_is_for(session, snapshot, copy):
    held = update(Snapshot).where(Snapshot.id == snapshot.id)
    session.execute(held.values(use=DatasetUse.EVALUATION, canary="a-canary-of-its-own"))
    session.commit()

    own, one = copy(chosen="native"), copy("Abacus", "native")

    manifest = json.loads(one["manifest.json"])
    assert own["native/train.jsonl"] == one["native/train.jsonl"]
    assert b"a-canary-of-its-own" in one["README.md"]
    assert manifest["delivery"]["canary"] == "a-canary-of-its-own"
    assert manifest["delivery"]["fingerprint"] is False


def test_what_is_trained_on_carries_the_fingerprint_and_no_canary(copy):
    files = copy("Abacus")

    assert json.loads(files["manifest.json"])["delivery"] == {
        "licence": "",
        "terms": "Not to be passed on.",
        "canary": None,
        "fingerprint": True,
        "acknowledgement": "behind the one-time link that comes with the delivery",
    }
    assert not any(b"anary GUID" in data for data in files.values())


@pytest.mark.parametrize(("use", "canary"), [(DatasetUse.TRAINING, "a-canary"), (DatasetUse.EVALUATION, None)])
def test_the_two_are_never_mixed(session, app_settings, snapshot, ada, use, canary):
    whom = a_recipient(session, ada, app_settings.data_dir)
    found = session.get_one(Snapshot, snapshot.id)
    found.use, found.canary = use, canary

    with pytest.raises(JobRefused, match="carries a canary"):
        mark_of(found, whom, app_settings.data_dir)


def test_what_is_for_nobody_in_particular_carries_nothing(copy):
    manifest = json.loads(copy()["manifest.json"])

    assert (manifest["recipient"], manifest["delivery"]) == (None, None)
    assert manifest["items_excluded"] == {}


def test_a_closed_recipient_gets_nothing_new(session, app_settings, snapshot, mona, ada):
    whom = a_recipient(session, ada, app_settings.data_dir)
    close_recipient(session, whom, actor=ada.actor, now=NOW)
    session.refresh(whom)

    with pytest.raises(Conflict, match="is closed and gets no new exports"):
        ask(session, session.get_one(Snapshot, snapshot.id), "trl_sft", {}, actor=mona.actor, now=NOW, recipient=whom)
    assert session.scalars(select(Export)).all() == []
