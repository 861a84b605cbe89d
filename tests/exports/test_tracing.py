"""Twenty recipients, two hundred leaked rows: the right one is named, in order or not, and nobody else ever."""

import json
import random

import pytest
from sqlalchemy import update

from app.core import clock
from app.core.storage import open_store
from app.exports.models import Export
from app.exports.queries import files_of
from app.exports.service import ask, write_files
from app.exports.service.tracing import trace
from app.exports.service.tracing.sample import read_sample
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.submissions.states import SubmissionState as S
from tests.factories.judged import a_review, a_snapshot
from tests.factories.recipients import a_recipient
from tests.factories.work import STEPS, a_submission, a_task, some_content

ROWS, LEAKED, RECIPIENTS = 230, 200, 20


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, rae):
    """Two hundred and thirty approved works, each with words of its own, the tasks of some with assumptions."""
    for n in range(ROWS):
        assumptions = [f"$p_{n}$ is prime."] if n % 3 == 0 else []
        task = a_task(
            session, sums, statement=f"Find all positive integers $n$ below ${n + 7}$.", assumptions=assumptions
        )
        steps = [step | {"body": f"{step['body']} Case {n}."} for step in STEPS]
        work = a_submission(session, author=ed, task=task, state=S.APPROVED, content=some_content(steps=steps))
        a_review(session, work, reviewer=rae, labels={})
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def lines_of(session, settings, export_id):
    store = open_store(settings, STORE)
    found = next(file for file in files_of(session, export_id) if "train" in file.path)
    return b"".join(store.chunks(found.file_id)).splitlines(keepends=True)


@pytest.fixture
def copies(session, database, app_settings, snapshot, mona, ada):
    """Give the lines of the copies of two of twenty recipients; the others have copies that nobody needs to write."""

    def write(name="trl_sft"):
        found = []
        for n in range(RECIPIENTS):
            whom = a_recipient(session, ada, app_settings.data_dir, f"Recipient {n}")
            found.append(ask(session, snapshot, name, {}, actor=mona.actor, now=clock.now(), recipient=whom).id)
        session.commit()
        for export_id in found[4:6]:
            write_files(database, app_settings, export_id, lambda *_: None)
        session.execute(update(Export).values(state=ExportState.READY))
        session.commit()
        return [lines_of(session, app_settings, export_id) for export_id in found[4:6]]

    return write


def traced(database, settings, rows, folder):
    """Hold rows against every recipient of the one snapshot."""
    leaked = folder / "leaked.jsonl"
    leaked.write_bytes(b"".join(rows))
    (found,) = trace(database, settings, read_sample([leaked]), snapshot=None)
    return found


def names(found):
    return [one.name for one in found.named]


def texts_alone(line):
    """Give a row as somebody would publish it: no id, no metadata, another layout of the line."""
    row = json.loads(line)
    return json.dumps({"conversation": row["messages"]}, indent=None, sort_keys=True).encode() + b"\n"


def test_a_leaked_sample_names_its_recipient_among_twenty_and_nobody_else(database, app_settings, copies, tmp_path):
    four, five = copies()
    dice = random.Random(5)
    shuffled = dice.sample(four, LEAKED)

    in_order = traced(database, app_settings, four[:LEAKED], tmp_path)
    in_disorder = traced(database, app_settings, shuffled, tmp_path)
    stripped = traced(database, app_settings, map(texts_alone, shuffled), tmp_path)
    mixed = traced(database, app_settings, dice.sample(four, 100) + dice.sample(five, 100), tmp_path)
    few = traced(database, app_settings, [texts_alone(four[0])], tmp_path)

    assert [names(found) for found in (in_order, in_disorder, stripped)] == [["Recipient 4"]] * 3
    assert sorted(names(mixed)) == ["Recipient 4", "Recipient 5"]
    assert max(found.named[0].p for found in (in_order, in_disorder, stripped)) < 1e-20
    assert {len(found.evidence) for found in (in_order, in_disorder, stripped)} == {RECIPIENTS}
    assert {found.found for found in (in_order, in_disorder, stripped)} == {LEAKED}
    assert in_order.named[0].wrong_pairs == 0
    assert in_disorder.named[0].wrong_pairs > in_disorder.named[0].pairs / 4
    assert (names(few), [words for words in few.words if "too few" in words]) == (
        [],
        ["It cannot tell: 1 rows are too few, even if all of them agreed."],
    )


def test_where_a_format_has_no_words_of_ours_its_order_tells_and_without_that_nothing_does(
    session, database, app_settings, snapshot, mona, copies, tmp_path
):
    four, _ = copies("native")
    own = ask(session, snapshot, "native", {}, actor=mona.actor, now=clock.now()).id
    session.commit()
    write_files(database, app_settings, own, lambda *_: None)

    in_order = traced(database, app_settings, four[:LEAKED], tmp_path)
    in_disorder = traced(database, app_settings, random.Random(5).sample(four, LEAKED), tmp_path)
    nobodys = traced(database, app_settings, lines_of(session, app_settings, own)[:LEAKED], tmp_path)

    assert (names(in_order), in_order.named[0].bits) == (["Recipient 4"], 0)
    assert (names(in_disorder), names(nobodys)) == ([], [])
    assert any("about 1,976 rows" in words for words in in_disorder.words)
