"""Steps with labels as process reward models and their judges read them: Math-Shepherd, ProcessBench, axolotl."""

import json

import datasets
import pytest

from app.exports.formats.registry import FORMATS
from app.submissions.states import SubmissionState as S
from tests.exports.rendering import excluded_of, rendered, rows_of
from tests.factories.judged import a_review, a_snapshot
from tests.factories.machine import a_verifier_run
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task, some_content

A, B, C = (step["body"] for step in STEPS)
LABELS = {"s1": "good", "s2": "neutral", "s3": "bad"}


@pytest.fixture
def freeze(session, database, app_settings, sums, mona, ed, rae):
    """Freeze one labelled piece of work; `finding` is what a machine says of its answer."""

    def frozen(labels, /, *, content=None, finding=None, state=S.APPROVED, verdict="approve", **facts):
        work = a_submission(session, author=ed, task=a_task(session, sums, **facts), state=state, content=content)
        a_review(session, work, reviewer=rae, labels=labels, verdict=verdict)
        if finding:
            a_verifier_run(session, work, finding)
        return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id, states=[state])

    return frozen


def only(files, path):
    """Give the one row of a file without where it comes from."""
    (row,) = rows_of(files[path])
    return {name: value for name, value in row.items() if name not in {"id", "metadata"}}


def test_math_shepherd_has_a_tag_behind_each_step_and_marks_in_their_place(database, app_settings, freeze, tmp_path):
    snapshot = freeze(LABELS, domain="number theory")

    files = rendered(database, app_settings, snapshot, "math_shepherd", tmp_path / "out")

    assert only(files, "math_shepherd/train.jsonl") == {
        "input": f"{STATEMENT} Step 1: {A} ки\nStep 2: {B} ки\nStep 3: {C} The answer is: n = 5 ки",
        "label": f"{STATEMENT} Step 1: {A} +\nStep 2: {B} +\nStep 3: {C} The answer is: n = 5 -",
        "task": "number theory",
    }


@pytest.mark.parametrize(
    ("options", "label"),
    [
        ({"neutral": "bad"}, f"Step 1: {A} +\nStep 2: {B} -\nStep 3: {C} The answer is: n = 5 -"),
        ({"neutral": "drop"}, f"Step 1: {A} +\nStep 2: {C} The answer is: n = 5 -"),
        ({"neutral": "bad", "after_error": "stop"}, f"Step 1: {A} +\nStep 2: {B} -"),
        ({"after_error": "stop"}, f"Step 1: {A} +\nStep 2: {B} +\nStep 3: {C} The answer is: n = 5 -"),
    ],
)
def test_math_shepherd_follows_the_options(database, app_settings, freeze, tmp_path, options, label):
    files = rendered(database, app_settings, freeze(LABELS), "math_shepherd", tmp_path / "out", **options)

    row = only(files, "math_shepherd/train.jsonl")
    assert (row["label"], row["task"]) == (f"{STATEMENT} {label}", "sums")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"statement": "Сколько дней в году? Руки"}, "the text itself holds the tag ки"),
        ({"content": some_content(answer={"text": "руки"})}, "the text itself holds the tag ки"),
        ({"statement": "Step 1: is what?"}, "the text itself holds “Step 1:”"),
    ],
)
def test_math_shepherd_leaves_out_what_its_readers_would_cut_in_the_wrong_place(
    database, app_settings, freeze, tmp_path, facts, reason
):
    files = rendered(database, app_settings, freeze(LABELS, **facts), "math_shepherd", tmp_path / "out")

    assert (files["math_shepherd/train.jsonl"], excluded_of(files)) == (b"", {reason: 1})


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"input": "1+1? Step 1: 2 ки", "label": "1+1? Step 1: 2 +"}, None),
        ({"input": "1+1? Step 1: 2 ки", "label": "1+1? Step 1: 3 +"}, "input and label do not match"),
        ({"input": "1+1? Step 1: 2 ки", "label": "1+1? Step 1: 2 ?"}, "input and label do not match"),
        ({"input": "1+1? Step 1: 2 ки", "label": "1+1? Step 1: 2"}, "input and label do not match"),
        ({"input": "1+1? Step 1: 2 ки end", "label": "1+1? Step 1: 2 + end"}, "input and label do not match"),
        ({"input": "1+1? Step 1: 2", "label": "1+1? Step 1: 2"}, "input and label do not match"),
        ({"input": "ки? Step 1: 2 ки", "label": "+? Step 1: 2 +"}, "it is not a problem and then steps"),
        ({"input": "Step 1: 2 ки", "label": "Step 1: 2 +"}, "it is not a problem and then steps"),
        ({"input": "1+1? Step 1:  ки", "label": "1+1? Step 1:  +"}, "a step is empty"),
    ],
)
def test_math_shepherd_refuses_each_fault(row, fault):
    assert FORMATS["math_shepherd"].check("math_shepherd/train.jsonl", row) == fault


@pytest.mark.parametrize(
    ("labels", "options", "label"),
    [
        (LABELS, {}, 2),
        (LABELS, {"neutral": "bad"}, 1),
        (LABELS, {"neutral": "drop"}, 1),
        (dict.fromkeys(LABELS, "good"), {}, -1),
        ({"s1": "bad"}, {}, 0),
        ({"s1": "bad", "s2": "unsure", "s3": "bad"}, {}, 0),
    ],
)
def test_processbench_gives_the_index_of_the_first_wrong_step(
    database, app_settings, freeze, tmp_path, labels, options, label
):
    files = rendered(database, app_settings, freeze(labels), "processbench", tmp_path / "out", **options)

    steps = [A, C] if options == {"neutral": "drop"} else [A, B, C]
    assert only(files, "processbench/train.jsonl") == {
        "generator": "human-expert",
        "problem": STATEMENT,
        "steps": steps,
        "final_answer_correct": True,
        "label": label,
    }


@pytest.mark.parametrize(
    ("facts", "is_right"),
    [
        ({"finding": "fail"}, False),
        ({"finding": "pass", "state": S.REJECTED, "verdict": "reject"}, True),
        ({"finding": "undecided"}, True),
    ],
)
def test_processbench_believes_a_machine_that_is_sure_and_else_the_reviewers(
    database, app_settings, freeze, tmp_path, facts, is_right
):
    files = rendered(database, app_settings, freeze(LABELS, **facts), "processbench", tmp_path / "out")

    assert only(files, "processbench/train.jsonl")["final_answer_correct"] is is_right


@pytest.mark.parametrize(
    ("labels", "facts", "reason"),
    [
        ({}, {}, "no step labels"),
        ({"s1": "good"}, {}, "not every step up to the first wrong one is labelled"),
        ({"s1": "unsure", "s2": "bad"}, {}, "the reviewer was unsure about a step before the first wrong one"),
        (LABELS, {"state": S.REJECTED, "verdict": "reject"}, "nobody says whether the answer is right"),
    ],
)
def test_processbench_leaves_out_what_is_in_doubt(database, app_settings, freeze, tmp_path, labels, facts, reason):
    files = rendered(database, app_settings, freeze(labels, **facts), "processbench", tmp_path / "out")

    assert (files["processbench/train.jsonl"], excluded_of(files)) == (b"", {reason: 1})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"label": 2}, "the label is no index of a step"),
        ({"label": -2}, "the label is no index of a step"),
        ({"label": True}, "the label is no index of a step"),
        ({"label": None}, "the label is no index of a step"),
        ({"steps": [], "label": -1}, "a step is empty"),
        ({"steps": ["a", " "]}, "a step is empty"),
        ({"steps": ["a", None]}, "a step is empty"),
        ({"problem": " "}, "the problem is empty"),
        ({"final_answer_correct": None}, "the answer is neither right nor wrong"),
    ],
)
def test_processbench_refuses_each_fault(change, fault):
    row = {"problem": "1+1?", "steps": ["a", "b"], "label": 1, "final_answer_correct": False}

    assert FORMATS["processbench"].check("processbench/train.jsonl", row | change) == fault


@pytest.mark.parametrize("labels", [[1, 0], ["+", "-"], [None, True], [0.5, 1.0]])
def test_stepwise_rows_refuse_labels_that_are_no_booleans(labels):
    row = {"prompt": "1+1?", "completions": ["a", "b"], "labels": labels}

    assert FORMATS["trl_stepwise"].check("prm/train.jsonl", row) == "a label is neither true nor false"


def test_axolotl_trains_a_process_reward_model_on_the_rows_of_trl(database, app_settings, freeze, tmp_path):
    snapshot = freeze(LABELS)

    files = rendered(database, app_settings, snapshot, "axolotl_prm", tmp_path / "axolotl")
    same = rendered(database, app_settings, snapshot, "trl_stepwise", tmp_path / "trl")

    assert files["prm/train.jsonl"] == same["prm/train.jsonl"] != b""
    assert files["axolotl.yaml"].decode().splitlines()[1:] == [
        "process_reward_model: true",
        "datasets:",
        "  - path: .",
        "    name: prm",
        "    split: train",
        "    ds_type: json",
        "    type: stepwise_supervised",
    ]


@pytest.mark.parametrize("name", ["math_shepherd", "processbench", "axolotl_prm"])
def test_a_person_reads_the_steps_with_their_labels_and_loaders_read_the_folder(
    database, app_settings, freeze, tmp_path, name
):
    files = rendered(database, app_settings, freeze(LABELS), name, tmp_path / "out")

    chosen = FORMATS[name]
    row = rows_of(files[chosen.main_path])[0]
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train")
    end = f"{C} The answer is: n = 5" if name == "math_shepherd" else C
    assert [(part.text, part.verdict) for part in chosen.read(row)] == [
        (STATEMENT, None),
        (A, "good"),
        (B, "good"),
        (end, "bad"),
    ]
    assert (loaded.num_rows, json.loads(loaded[0]["metadata"])["tier"]) == (1, "B")
