"""Message trees: what people said about work, only where their project lets it out, and never under their names."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app.accounts.models import User
from app.core import clock
from app.core.errors import Conflict
from app.core.jobs import JobRefused
from app.datasets.states import DatasetUse
from app.exports.formats.base import Frame, Rendering
from app.exports.formats.oasst_trees import OasstTrees, TreeOptions
from app.exports.service import ask
from app.exports.service.previewing import preview
from app.exports.service.writing import write_files
from app.projects.models import Project
from app.reviews.states import Verdict
from app.submissions.states import SubmissionState as S
from tests.exports.preferences import TASK, a_next_version, a_record, a_verdict, written
from tests.exports.rendering import excluded_of, rendered, rows_of
from tests.factories.judged import a_review, a_snapshot, an_issue
from tests.factories.work import STATEMENT, a_submission, a_task
from tests.text.reference_data import FOLDER

Branch = tuple[str, str, str, list[Any]]
ASKED = {**TASK, "origin": "human", "origin_model": None}
PUBLISHED = {
    *("message_id", "parent_id", "user_id", "text", "role", "lang", "review_count", "review_result", "deleted"),
    *("rank", "synthetic", "model_name", "emojis", "labels", "replies"),
}
FORMAT = OasstTrees().framed(Frame("d", 1, DatasetUse.TRAINING, None, lets_threads_out=True))


def a_thread(*turns, revision=1, step=None, quote=""):
    """Make an issue of (who, words)."""
    comments = [{"id": f"c{n}", "author": who, "body": body, "at": "2026"} for n, (who, body) in enumerate(turns)]
    return {"revision": revision, "step": step, "quote": quote, "comments": comments}


def tree_of(*records, options=None):
    """Give the one tree of some records, and why others have no share in it."""
    rows, left_out = FORMAT.rows_of_task(records, options or TreeOptions(render=Rendering.ANSWER))
    ((path, row),) = rows
    assert FORMAT.check(path, row) is None
    return row, left_out


def branches(message):
    """Write a tree as (role, who, text, what replies to it)."""
    return message["role"], message["user_id"], message["text"], [branches(reply) for reply in message["replies"]]


def test_a_branch_goes_from_the_work_to_what_was_said_and_to_the_next_version():
    first, second = written("n = 4"), written("n = 5")
    notes = [{"step": "s2", "value": "bad", "note": "Here it breaks.", "error_type": None}]
    reviews = [a_verdict("return", 1, reason="Look again.", labels=notes), a_verdict("approve", 2)]
    talk = a_thread(("rae", "Is 4 odd?"), ("ed", "No."), ("ed", "I see."), ("ron", "Good."), step="s3", quote="n = 4")
    record = a_record("ed", first, second, reviews=reviews, threads=[talk], task=ASKED)

    row, _ = tree_of(record)

    said = "Look again.\n\nStep 2: Here it breaks.\n\nStep 3, “n = 4”: Is 4 odd?"
    answered: Branch = (
        "assistant",
        "ed",
        "Step 3, “n = 4”: No.\n\nI see.",
        [("prompter", "ron", "Step 3, “n = 4”: Good.", [])],
    )
    revised: Branch = ("assistant", "ed", "n = 5", [])
    work = ("assistant", "ed", "n = 4", [("prompter", "rae", said, [answered, revised])])
    assert branches(row["prompt"]) == ("prompter", None, STATEMENT, [work])
    assert (row["message_tree_id"], row["tree_state"]) == ("t1", "ready_for_export")
    assert [(part.voice.value, part.verdict) for part in FORMAT.read(row)] == [
        ("prompt", None),
        ("reply", None),
        ("prompt", None),
        ("reply", None),
        ("prompt", None),
        ("reply", "good"),
    ]


def test_what_several_people_said_of_one_version_has_no_one_author():
    reviews = [a_verdict("reject", reason="Wrong."), a_verdict("reject", reason="Indeed.", reviewer="ron")]
    row, _ = tree_of(a_record("ed", state="rejected", reviews=reviews, task=ASKED))

    (said,) = row["prompt"]["replies"][0]["replies"]
    assert (said["user_id"], said["text"]) == (None, "Wrong.\n\nIndeed.")


def test_edits_without_a_word_are_another_reply_to_the_task():
    edited = a_record(
        "ed", written("5"), written("n = 5"), reviews=[a_verdict("approve_with_edits")], edited_by="rae", task=ASKED
    )
    row, _ = tree_of(edited)

    assert branches(row["prompt"])[3] == [("assistant", "ed", "5", []), ("assistant", "rae", "n = 5", [])]


def test_replies_are_ranked_where_no_two_were_judged_alike():
    best = a_record("ed", tier="S", task=ASKED)
    worst = a_record("eve", written("n = 6"), state="rejected", task=ASKED)
    good = a_record("ann", written("n=5"), tier="B", task=ASKED)
    alike = a_record("bob", written("five"), tier="B", task=ASKED)

    assert [reply["rank"] for reply in tree_of(worst, best, good)[0]["prompt"]["replies"]] == [2, 0, 1]
    assert [reply["rank"] for reply in tree_of(best, good, alike)[0]["prompt"]["replies"]] == [None] * 3
    assert [reply["rank"] for reply in tree_of(best)[0]["prompt"]["replies"]] == [None]


def test_work_that_cannot_be_told_is_left_out_and_counted():
    given_up = a_record("eve", state="gave_up", task=ASKED)
    silent = a_record("ann", written(""), task=ASKED)

    _, left_out = tree_of(a_record("ed", task=ASKED), given_up, silent)

    assert left_out == {1: "given up: nobody decided about it", 2: "no final answer"}
    assert FORMAT.rows_of_task([given_up], TreeOptions())[0] == []


def test_without_leave_nothing_is_told():
    rows, left_out = OasstTrees().rows_of_task([a_record("ed", task=ASKED)], TreeOptions())

    assert (rows, left_out) == ([], {0: "the project does not let comments out"})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"message_tree_id": "x"}, "it does not begin with the task"),
        ({"prompt": {"role": "assistant"}}, "it does not begin with the task"),
        ({"prompt": {"replies": []}}, "nobody replies to the task"),
        ({"reply": {"message_id": "t1"}}, "two messages have one id"),
        ({"reply": {"text": " "}}, "a message is empty"),
        ({"reply": {"parent_id": "x"}}, "a message does not name what it replies to"),
        ({"reply": {"role": "prompter"}}, "a reply has the role of what it replies to"),
    ],
)
def test_each_fault_is_refused(change, fault):
    row, _ = tree_of(a_record("ed", task=ASKED))
    row["prompt"]["replies"][0] |= change.get("reply", {})
    row["prompt"] |= change.get("prompt", {})
    row["message_tree_id"] = change.get("message_tree_id", "t1")

    assert FORMAT.check("oasst_trees/train.jsonl", row) == fault


@pytest.fixture
def frozen(session, database, app_settings, sums, mona, ed, rae):
    """Freeze work that was returned with an issue, and approved then."""
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    review = a_review(session, work, reviewer=rae, labels={}, verdict=Verdict.RETURN)
    an_issue(session, review, step_id="s1", words="Why is m odd?")
    a_next_version(session, work)
    a_review(session, work, reviewer=rae, labels={})
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def let_out(session, project, *, may=True):
    session.execute(update(Project).where(Project.id == project.id).values(exports_threads=may))
    session.commit()  # lets go of the write lock


def test_a_project_that_lets_comments_out_gets_them_under_pseudonyms(
    session, database, app_settings, frozen, sums, ed, rae, tmp_path
):
    let_out(session, sums)

    files = rendered(database, app_settings, frozen, "oasst_trees", tmp_path / "out")

    ((row,), text) = rows_of(files["oasst_trees/train.jsonl"]), files["oasst_trees/train.jsonl"].decode()
    (work,) = row["prompt"]["replies"]
    (said,) = work["replies"]
    pseudonyms = [str(session.get_one(User, person.id).pseudonym) for person in (ed, rae)]
    assert [work["user_id"], said["user_id"]] == pseudonyms
    assert "Why is m odd?" in said["text"]
    assert [name for name in (rae.name, ed.email, str(ed.id), str(rae.id)) if name in text] == []
    assert excluded_of(files) == {}


def test_one_that_does_not_is_refused_before_the_job_and_in_it(session, database, app_settings, frozen, sums, mona):
    found = preview(session, frozen, FORMAT, TreeOptions())
    assert (found.refusal[:22], found.is_refused, found.looked_at) == ("This format holds what", True, 0)
    with pytest.raises(Conflict, match="does not let comments out"):
        ask(session, frozen, "oasst_trees", {}, actor=mona.actor, now=clock.now())

    let_out(session, sums)
    export_id = ask(session, frozen, "oasst_trees", {}, actor=mona.actor, now=clock.now()).id
    let_out(session, sums, may=False)
    with pytest.raises(JobRefused, match="does not let comments out"):
        write_files(database, app_settings, export_id, lambda _done, _total, _message: None)


def test_published_trees_have_no_key_that_ours_lack():
    """The keys are those of published trees; where a machine has the trees themselves, they are read as well."""
    ours, _ = tree_of(a_record("ed", task=ASKED))
    path = Path(FOLDER, "oasst", "en_trees_1_50.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    seen = PUBLISHED.union(*(keys_of(json.loads(line)["prompt"]) for line in lines))

    assert seen <= ours["prompt"].keys()


def keys_of(message):
    return message.keys() | {key for reply in message["replies"] for key in keys_of(reply)}
