"""Preference formats: what loaders read, what the files hold, and what no trainer would refuse."""

import json

import datasets
import pytest

from app.core import clock
from app.exports.formats.base import Excluded
from app.exports.formats.messages import RESERVED
from app.exports.formats.registry import FORMATS, get_format
from app.exports.models import Export
from app.exports.queries import files_of
from app.exports.service import ask
from app.exports.service.previewing import preview
from app.exports.states import ExportState
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.exports.preferences import a_judged_project, a_next_version, a_record, a_verdict, an_answer, written
from tests.exports.rendering import excluded_of, rendered, rows_of
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task

TRACE = "\n\n".join(step["body"] for step in STEPS)
PREFERENCES = ["trl_dpo", "trl_reward", "trl_kto", "openai_dpo", "trl_prompt_completion"]
ROWS = {"trl_dpo": 3, "trl_reward": 3, "openai_dpo": 3, "trl_kto": 6, "trl_prompt_completion": 4}
ALONE = "nothing rejected or returned on its task is in the snapshot"
USER = {"role": "user", "content": STATEMENT}


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae):
    return a_judged_project(session, database, app_settings, sums, (mona, ed, eve, rae))


def answered(text):
    return [{"role": "assistant", "reasoning_content": TRACE, "content": text}]


@pytest.mark.parametrize("name", PREFERENCES)
def test_datasets_reads_each_folder_and_it_is_the_same_each_time(database, app_settings, snapshot, tmp_path, name):
    first = rendered(database, app_settings, snapshot, name, tmp_path / "a")
    second = rendered(database, app_settings, snapshot, name, tmp_path / "b")

    loaded = datasets.load_dataset(str(tmp_path / "a"), cache_dir=str(tmp_path / "cache"), split="train")

    assert loaded.num_rows == ROWS[name]
    assert first == second


@pytest.mark.parametrize("name", PREFERENCES)
def test_every_item_is_exported_or_left_out_with_a_reason(database, app_settings, snapshot, tmp_path, name):
    files = rendered(database, app_settings, snapshot, name, tmp_path / "out")

    expected = {"trl_kto": {}, "trl_prompt_completion": {"not approved": 1}}.get(name, {ALONE: 1})
    assert excluded_of(files) == expected
    assert json.loads(files["manifest.json"])["items_exported"] + sum(expected.values()) == snapshot.items == 5


def test_dpo_rows_hold_the_prompt_apart_and_one_message_on_each_side(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_dpo", tmp_path / "out", system="Think.")

    rows = rows_of(files["dpo/train.jsonl"])
    assert [row["prompt"] for row in rows] == [[{"role": "system", "content": "Think."}, USER]] * 3
    assert [row["chosen"] for row in rows] == [answered("n = 5")] * 3
    assert [row["rejected"] for row in rows] == [answered("n = 4, says Ed"), answered("n is 5"), answered("n = 6")]
    assert [(json.loads(row["metadata"])["pair"], json.loads(row["metadata"])["first_difference"]) for row in rows] == [
        ("approved_over_returned", 3),
        ("edited_over_original", 3),
        ("approved_over_rejected", 3),
    ]


def test_reasoning_can_stand_in_think_tags_or_be_left_out(database, app_settings, snapshot, tmp_path):
    tags = rendered(database, app_settings, snapshot, "trl_dpo", tmp_path / "a", reasoning="think_tags")
    none = rendered(database, app_settings, snapshot, "trl_dpo", tmp_path / "b", render="answer")

    tagged = {"role": "assistant", "content": f"<think>\n{TRACE}\n</think>\n\nn = 5"}
    assert [row["chosen"] for row in rows_of(tags["dpo/train.jsonl"])] == [[tagged]] * 3
    assert rows_of(none["dpo/train.jsonl"])[2]["rejected"] == [{"role": "assistant", "content": "n = 6"}]


def test_reward_rows_are_two_conversations_that_end_differently(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_reward", tmp_path / "out")

    row = rows_of(files["reward/train.jsonl"])[2]
    assert (row["chosen"], row["rejected"]) == ([USER, *answered("n = 5")], [USER, *answered("n = 6")])
    assert list(row) == ["chosen", "rejected", "id", "metadata"]


def test_openai_pairs_have_three_keys_and_a_line_of_provenance_each(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "openai_dpo", tmp_path / "out")

    rows, provenance = rows_of(files["openai_dpo/train.jsonl"]), rows_of(files["provenance.jsonl"])
    assert rows[2] == {
        "input": {"messages": [USER], "tools": [], "parallel_tool_calls": True},
        "preferred_output": [{"role": "assistant", "content": f"{TRACE}\n\nn = 5"}],
        "non_preferred_output": [{"role": "assistant", "content": f"{TRACE}\n\nn = 6"}],
    }
    assert [line["pair"] for line in provenance] == [
        "approved_over_returned",
        "edited_over_original",
        "approved_over_rejected",
    ]
    assert {line["file"] for line in provenance} == {"openai_dpo/train.jsonl"}


def test_kto_rows_have_true_and_false_labels(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_kto", tmp_path / "out")

    rows = rows_of(files["kto/train.jsonl"])
    assert sorted((row["completion"][0]["content"], row["label"]) for row in rows) == [
        ("n = 4, says Ed", False),
        ("n = 5", True),
        ("n = 5", True),
        ("n = 5", True),
        ("n = 5", True),
        ("n = 6", False),
    ]
    assert list(rows[0]) == ["prompt", "completion", "label", "id", "metadata"]


def test_kto_can_leave_returned_versions_out(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_kto", tmp_path / "out", undesired="rejected")

    assert [row["label"] for row in rows_of(files["kto/train.jsonl"])].count(False) == 1


def test_a_text_that_was_judged_both_ways_has_no_label():
    approved = a_record("ed", written("n = 5"))
    rejected = a_record("eve", written("N =  5"), state="rejected")
    other = a_record("zoe", written("n = 6"), state="rejected")
    chosen = get_format("trl_kto")

    rows, left_out = chosen.rows_of_task([approved, rejected, other, other], chosen.options_model())

    both_ways = "the same text was judged both ways"
    assert [(row["id"], row["label"]) for _, row in rows] == [("work-of-zoe.1", False)]
    assert left_out == {0: both_ways, 1: both_ways, 3: "another row has the same text"}


def test_kto_without_both_labels_is_refused(session, database, app_settings, sums, mona, ed, rae):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, work, reviewer=rae, labels={})
    frozen = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    export_id = ask(session, frozen, "trl_kto", {}, actor=mona.actor, now=clock.now()).id
    session.commit()
    Worker(database, app_settings).run_all()
    session.expire_all()

    export = session.get_one(Export, export_id)
    assert (export.state, list(files_of(session, export_id))) == (ExportState.FAILED, [])
    assert export.message == (
        "KTO needs work of both labels, and the split train has no row with the label false. "
        "Let the dataset's rule take approved and rejected work."
    )


def test_completions_are_approved_work_only(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_prompt_completion", tmp_path / "out")

    rows = rows_of(files["prompt_completion/train.jsonl"])
    assert [(row["prompt"], row["completion"]) for row in rows] == [([USER], answered("n = 5"))] * 4


def test_the_words_of_reviewers_are_in_no_file(session, database, app_settings, sums, mona, ed, rae, tmp_path):
    words = dict.fromkeys(("reason", "disagreement", "verification_note", "own_answer"), "parrot of Rae")
    work = a_submission(
        session, author=ed, task=a_task(session, sums), state=S.APPROVED, content=an_answer("n = 4, says Ed")
    )
    a_review(session, work, reviewer=rae, labels={}, verdict="return", **words)
    a_next_version(session, work)
    a_review(session, work, reviewer=rae, labels={"s1": "good"}, **words)
    frozen = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    for name in PREFERENCES:
        files = rendered(database, app_settings, frozen, name, tmp_path / name)
        assert [path for path, data in files.items() if b"parrot" in data] == []


def test_a_pair_reads_as_prompt_better_and_worse_side(session, snapshot):
    for name in ("trl_dpo", "trl_reward"):
        chosen = get_format(name)
        parts = [part for part, _ in preview(session, snapshot, chosen, chosen.options_model()).rows[2].parts]

        assert [(str(part.voice), part.verdict) for part in parts] == [
            ("prompt", None),
            ("reasoning", "good"),
            ("answer", "good"),
            ("reasoning", "bad"),
            ("answer", "bad"),
        ]
        assert [part.text for part in parts if part.voice == "answer"] == ["n = 5", "n = 6"]


def test_the_other_layouts_read_with_their_verdicts(session, snapshot):
    verdicts = []
    for name in ("openai_dpo", "trl_kto", "trl_prompt_completion"):
        chosen = get_format(name)
        parts = preview(session, snapshot, chosen, chosen.options_model()).rows[0].parts
        verdicts.append([(str(part.voice), part.verdict) for part, _ in parts])

    assert verdicts == [
        [("prompt", None), ("reply", "good"), ("reply", "bad")],
        [("prompt", None), ("reasoning", "good"), ("answer", "good")],
        [("prompt", None), ("reasoning", None), ("answer", None)],
    ]


def test_no_format_of_a_trainer_has_a_column_that_means_something_else_to_it():
    columns = {name: set(found.columns) for name, found in FORMATS.items() if name in PREFERENCES}

    assert {name: found & RESERVED for name, found in columns.items()} == {name: set() for name in PREFERENCES}


def a_row(**facts):
    """Make a good pair as TRL reads it; facts override."""
    sides = {"chosen": answered("n = 5"), "rejected": answered("n = 6")}
    return {"prompt": [USER], **sides, "id": "1", "metadata": "{}"} | facts


def said(content, role="assistant"):
    return {"role": role, "content": content}


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({}, None),
        ({"rejected": answered("N =  5")}, "both sides read the same"),
        ({"chosen": [USER, *answered("n = 5")]}, "a side is not one message of the assistant"),
        ({"chosen": [said("5"), said("5")]}, "a side is not one message of the assistant"),
        ({"chosen": []}, "there are no messages"),
        ({"chosen": [said(" ")]}, "a message is empty"),
        ({"chosen": answered("")}, "a message is empty"),
        ({"chosen": [said("None")]}, "a message is a word that readers take for nothing"),
        ({"rejected": [said("nan")]}, "a message is a word that readers take for nothing"),
        ({"rejected": [said("6", role="gpt")]}, "a role is none of system, user, assistant and tool"),
        ({"prompt": [{"from": "human", "value": "?"}]}, "a role is none of system, user, assistant and tool"),
        ({"prompt": [USER, said("5")]}, "the prompt does not end with the user"),
        ({"prompt": [USER, said(".", role="system"), USER]}, "a system message is not the first"),
        ({"rejected": [said("6")]}, "only one side shows its reasoning"),
        ({"chosen": [answered("<think>5")[0]]}, "the reasoning is both a field and in <think> tags"),
        ({"margin": 0.5}, "a column has the reserved name margin"),
        ({"score": 0.5}, "its columns are not those of this format"),
    ],
)
def test_faults_of_pairs_that_trainers_do_not_see(facts, fault):
    assert get_format("trl_dpo").check("dpo/train.jsonl", a_row(**facts)) == fault


@pytest.mark.parametrize(
    ("chosen", "rejected", "fault"),
    [
        ([USER, *answered("5")], [USER, *answered("6")], None),
        (
            [USER, *answered("5")],
            [said("?", role="user"), *answered("6")],
            "the two sides do not begin with the same messages",
        ),
        ([USER, *answered("5")], [USER, *answered("5")], "both sides read the same"),
        (answered("5"), answered("6"), "there are no messages"),
    ],
)
def test_faults_of_conversations_that_end_differently(chosen, rejected, fault):
    row = {"chosen": chosen, "rejected": rejected, "id": "1", "metadata": "{}"}

    found = get_format("trl_reward").check("reward/train.jsonl", row)

    assert found == fault


@pytest.mark.parametrize("label", [1, -1, "true", None, 0.5])
def test_a_label_that_is_no_boolean_is_a_fault(label):
    row = {"prompt": [USER], "completion": answered("n = 5"), "label": label, "id": "1", "metadata": "{}"}

    assert get_format("trl_kto").check("kto/train.jsonl", row) == "a label is not true or false"
    assert get_format("trl_kto").check("kto/train.jsonl", row | {"label": False}) is None


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({}, None),
        ({"weight": 1}, "its columns are not those of this format"),
        ({"preferred_output": [said("6")]}, "both sides read the same"),
        ({"preferred_output": [said("5"), said("5")]}, "a side is not one message of the assistant"),
        ({"input": {"messages": [USER, said("5")]}}, "the prompt does not end with the user"),
    ],
)
def test_faults_of_openai_pairs(facts, fault):
    row = {"input": {"messages": [USER]}, "preferred_output": [said("5")], "non_preferred_output": [said("6")]}

    assert get_format("openai_dpo").check("openai_dpo/train.jsonl", row | facts) == fault


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({}, None),
        ({"completion": []}, "it does not begin with the user and end with an answer"),
        ({"completion": [said("")]}, "a message is empty"),
        ({"completion": [USER, *answered("5")]}, "the completion holds a message that is none of the assistant's"),
        ({"completion": answered("<think>5")}, "the reasoning is both a field and in <think> tags"),
        ({"prompt": [USER, *answered("5")]}, "the prompt does not end with the user"),
        ({"messages": []}, "a column has the reserved name messages"),
    ],
)
def test_faults_of_completions(facts, fault):
    row = {"prompt": [USER], "completion": answered("n = 5"), "id": "1", "metadata": "{}"}

    assert get_format("trl_prompt_completion").check("prompt_completion/train.jsonl", row | facts) == fault


def test_an_answer_that_loaders_take_for_nothing_is_left_out_and_not_written():
    chosen = get_format("trl_prompt_completion")
    record = a_record("ed", written("None"), reviews=[a_verdict("approve")])

    with pytest.raises(Excluded) as excluded:
        list(chosen.rows(record, chosen.options_model()))

    assert excluded.value.reason == "the answer is a word that readers take for nothing"


@pytest.mark.parametrize("name", ["trl_sft", "openai_chat", "alpaca", "sharegpt", "llama_factory", *PREFERENCES[-1:]])
def test_what_is_imitated_word_by_word_was_approved(database, app_settings, snapshot, tmp_path, name):
    files = rendered(database, app_settings, snapshot, name, tmp_path / "out")

    assert excluded_of(files) == {"not approved": 1}
    assert [path for path, data in files.items() if b"n = 6" in data] == []
