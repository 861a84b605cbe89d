"""Conversations as open trainers read them: Alpaca, ShareGPT, LLaMA-Factory, axolotl."""

import json

import datasets
import pytest

from app.exports.formats.registry import FORMATS
from app.submissions.states import SubmissionState as S
from tests.exports.rendering import excluded_of, rendered, rows_of
from tests.factories.judged import a_review, a_snapshot
from tests.factories.machine import a_test_run
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task, some_content

A, B, C = (step["body"] for step in STEPS)
TRACE = f"{A}\n\n{B}\n\n{C}"
THOUGHT = f"<think>\n{TRACE}\n</think>\n\nn = 5"
LABELS = {"s1": "good", "s2": "bad", "s3": "good"}
NAMES = ["alpaca", "sharegpt", "llama_factory", "axolotl"]


@pytest.fixture
def freeze(session, database, app_settings, sums, mona, ed, rae):
    """Freeze one piece of work, labelled or not."""

    def frozen(labels=None, **facts):
        work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED, **facts)
        a_review(session, work, reviewer=rae, labels=labels or {})
        return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    return frozen


def only(files, path):
    """Give the one row of a file without where it comes from."""
    (row,) = rows_of(files[path])
    return {name: value for name, value in row.items() if name not in {"id", "metadata"}}


@pytest.mark.parametrize(
    ("options", "row"),
    [
        ({}, {"output": THOUGHT}),
        ({"reasoning": "text"}, {"output": f"{TRACE}\n\nn = 5"}),
        ({"render": "answer"}, {"output": "n = 5"}),
        ({"system": "Be brief."}, {"output": THOUGHT, "system": "Be brief."}),
    ],
)
def test_alpaca_has_instruction_input_and_output(database, app_settings, freeze, tmp_path, options, row):
    files = rendered(database, app_settings, freeze(), "alpaca", tmp_path / "out", **options)

    assert only(files, "alpaca/train.jsonl") == {"instruction": STATEMENT, "input": "", **row}


@pytest.mark.parametrize(
    ("options", "said", "more"),
    [
        ({}, THOUGHT, {}),
        ({"reasoning": "text"}, f"{TRACE}\n\nn = 5", {}),
        ({"system": "Be brief."}, THOUGHT, {"system": "Be brief."}),
    ],
)
def test_sharegpt_has_a_human_and_gpt(database, app_settings, freeze, tmp_path, options, said, more):
    files = rendered(database, app_settings, freeze(), "sharegpt", tmp_path / "out", **options)

    turns = [{"from": "human", "value": STATEMENT}, {"from": "gpt", "value": said}]
    assert only(files, "sharegpt/train.jsonl") == {"conversations": turns, **more}


@pytest.fixture
def with_a_run(session, freeze, sums, ed, rae, database, app_settings, mona):
    """Freeze work whose second step cites a run of a program."""
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    run = a_test_run(session, work, purpose="custom", source="print(5)", stdout="5\n", results=[], exit_code=0)
    cited = [STEPS[0], {**STEPS[1], "runs": [str(run.id)]}, STEPS[2]]
    other = a_submission(
        session, author=ed, task=a_task(session, sums), state=S.APPROVED, content=some_content(steps=cited)
    )
    run.submission_id = other.id
    a_review(session, other, reviewer=rae, labels=LABELS)
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def test_sharegpt_writes_runs_as_calls_that_take_turns(database, app_settings, with_a_run, tmp_path):
    files = rendered(database, app_settings, with_a_run, "sharegpt", tmp_path / "out", runs="tool_calls")

    row = next(row for row in rows_of(files["sharegpt/train.jsonl"]) if len(row["conversations"]) == 4)
    asked, called, told, said = row["conversations"]
    thought, _, call = called["value"].rpartition("\n\n")
    assert [turn["from"] for turn in row["conversations"]] == ["human", "function_call", "observation", "gpt"]
    assert (asked["value"], thought, said["value"]) == (
        STATEMENT,
        f"<think>\n{A}\n</think>",
        f"<think>\n{B}\n\n{C}\n</think>\n\nn = 5",
    )
    assert json.loads(call)["arguments"]["source"] == "print(5)"
    assert told["value"].startswith("5\n[exit code 0")
    assert [tool["function"]["name"] for tool in json.loads(row["tools"])] == ["run_program", "run_tests"]
    assert [part.text.splitlines()[0] for part in FORMATS["sharegpt"].read(row)][1:4] == [A, "run_program", "5"]


@pytest.mark.parametrize(
    ("options", "columns"),
    [
        ({}, {"messages": "conversations"}),
        (
            {"system": "Be brief.", "runs": "tool_calls"},
            {"messages": "conversations", "system": "system", "tools": "tools"},
        ),
    ],
)
def test_llama_factory_is_told_every_column_and_every_tag(database, app_settings, freeze, tmp_path, options, columns):
    files = rendered(database, app_settings, freeze(), "llama_factory", tmp_path / "out", **options)

    told = json.loads(files["dataset_info.json"])
    assert told["workings_sft"] == {
        "file_name": "sft/train",
        "formatting": "sharegpt",
        "columns": columns,
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": "human",
            "assistant_tag": "gpt",
            "observation_tag": "observation",
            "function_tag": "function_call",
            "system_tag": "system",
        },
    }
    assert [told[f"workings_sft_{split}"]["file_name"] for split in ("validation", "test")] == [
        "sft/validation",
        "sft/test",
    ]
    assert set(only(files, "sft/train/train.jsonl")) == set(columns.values())


def test_axolotl_has_messages_and_the_settings_that_name_them(database, app_settings, freeze, tmp_path):
    files = rendered(database, app_settings, freeze(), "axolotl", tmp_path / "out")

    assert only(files, "axolotl/train.jsonl") == {
        "messages": [
            {"role": "user", "content": STATEMENT},
            {"role": "assistant", "reasoning_content": TRACE, "content": "n = 5"},
        ]
    }
    assert files["axolotl.yaml"].decode().splitlines()[1:] == [
        "datasets:",
        "  - path: .",
        "    name: axolotl",
        "    split: train",
        "    ds_type: json",
        "    type: chat_template",
    ]


def part(text, train):
    return {"type": "text", "text": text, "train": train}


def test_axolotl_can_mask_wrong_steps_in_a_field(database, app_settings, freeze, tmp_path):
    files = rendered(database, app_settings, freeze(LABELS), "axolotl", tmp_path / "out", wrong_steps="mask")

    reasoning = [part(f"{A}\n\n", True), part(f"{B}\n\n", False), part(C, True)]
    assert only(files, "axolotl/train.jsonl")["messages"] == [
        {"role": "user", "content": [part(STATEMENT, None)]},
        {"role": "assistant", "reasoning_content": reasoning, "content": [part("n = 5", True)]},
    ]


@pytest.mark.parametrize(
    ("labels", "neutral", "parts"),
    [
        (
            LABELS,
            "good",
            [(f"<think>\n{A}\n\n", True), (f"{B}\n\n", False), (f"{C}\n</think>\n\nn = 5", True)],
        ),
        (
            {"s1": "good", "s2": "good", "s3": "bad"},
            "good",
            [(f"<think>\n{A}\n\n{B}\n\n", True), (f"{C}\n", False), ("</think>\n\n", True), ("n = 5", False)],
        ),
        (
            {"s1": "neutral", "s2": "unsure", "s3": "good"},
            "bad",
            [("<think>\n", True), (f"{A}\n\n{B}\n\n", False), (f"{C}\n</think>\n\nn = 5", True)],
        ),
        (
            {"s1": "neutral", "s2": "bad", "s3": "good"},
            "drop",
            [("<think>\n", True), (f"{B}\n\n", False), (f"{C}\n</think>\n\nn = 5", True)],
        ),
    ],
)
def test_axolotl_can_mask_wrong_steps_between_tags(database, app_settings, freeze, tmp_path, labels, neutral, parts):
    options = {"wrong_steps": "mask", "reasoning": "think_tags", "neutral": neutral}
    files = rendered(database, app_settings, freeze(labels), "axolotl", tmp_path / "out", **options)

    said = only(files, "axolotl/train.jsonl")["messages"][-1]
    assert said == {"role": "assistant", "content": [part(*one) for one in parts]}


def test_axolotl_lets_a_model_read_what_a_run_printed_and_not_learn_it(database, app_settings, with_a_run, tmp_path):
    files = rendered(database, app_settings, with_a_run, "axolotl", tmp_path / "out", wrong_steps="mask")

    first, masked, last = only(files, "axolotl/train.jsonl")["messages"][-1]["reasoning_content"]
    assert (first, last) == (part(f"{A}\n\n", True), part(C, True))
    assert masked["text"].startswith("```python\nprint(5)\n```\n\n```output\n5\n[exit code 0")
    assert (masked["text"].endswith(f"{B}\n\n"), masked["train"]) == (True, False)
    assert excluded_of(files) == {"no step labels": 1}


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ({}, "no step labels"),
        ({"s1": "good"}, "not every step is labelled"),
        (dict.fromkeys(LABELS, "bad"), "nothing in it is right"),
        (dict.fromkeys(LABELS, "neutral"), "no reasoning to render"),
    ],
)
def test_axolotl_leaves_out_what_it_cannot_mask(database, app_settings, freeze, tmp_path, labels, reason):
    options = {"wrong_steps": "mask", "neutral": "drop"}
    files = rendered(database, app_settings, freeze(labels), "axolotl", tmp_path / "out", **options)

    assert (files["axolotl/train.jsonl"], excluded_of(files)) == (b"", {reason: 1})


@pytest.mark.parametrize("name", NAMES)
def test_a_person_reads_prompt_reasoning_and_answer_and_loaders_read_the_folder(
    database, app_settings, freeze, tmp_path, name
):
    options = {"system": "Think."}
    files = rendered(database, app_settings, freeze(), name, tmp_path / "out", **options)

    row = rows_of(files[FORMATS[name].main_path])[0]
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train")
    assert [part.text for part in FORMATS[name].read(row)] == ["Think.", STATEMENT, TRACE, "n = 5"]
    assert (loaded.num_rows, json.loads(loaded[0]["metadata"])["tier"]) == (1, "B")


def test_loaders_give_masked_parts_as_they_were_written(database, app_settings, freeze, tmp_path):
    files = rendered(database, app_settings, freeze(LABELS), "axolotl", tmp_path / "out", wrong_steps="mask")

    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train")
    (row,) = rows_of(files["axolotl/train.jsonl"])
    filled = [{"reasoning_content": None, **message} for message in row["messages"]]
    assert [{"reasoning_content": None, **message} for message in loaded[0]["messages"]] == filled


@pytest.mark.parametrize("name", ["alpaca", "sharegpt", "llama_factory", "axolotl"])
def test_a_trace_that_holds_think_tags_itself_is_left_out(database, app_settings, freeze, tmp_path, name):
    tagged = some_content(steps=[{**STEPS[0], "body": "Write </think> first."}])
    options = {"reasoning": "think_tags"}

    files = rendered(database, app_settings, freeze(content=tagged), name, tmp_path / "out", **options)

    assert excluded_of(files) == {"the text itself holds <think> tags": 1}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"instruction": "a", "input": "", "output": "b"}, None),
        ({"instruction": " ", "input": "", "output": "b"}, "the instruction is empty"),
        ({"instruction": "a", "input": None, "output": "b"}, "the input is no text"),
        ({"instruction": "a", "input": "", "output": " "}, "an answer is empty"),
        ({"instruction": "a", "input": "", "output": None}, "an answer is empty"),
        ({"instruction": "a", "input": "", "output": "<think>\nb\n</think>\n\n"}, "an answer is empty"),
        ({"instruction": "a", "input": "", "output": "<think>\nb"}, "the <think> tags do not match"),
        (
            {"instruction": "a", "input": "", "output": "<think>\n<think>\n</think>\n\nb"},
            "the <think> tags do not match",
        ),
    ],
)
def test_alpaca_refuses_each_fault(row, fault):
    assert FORMATS["alpaca"].check("alpaca/train.jsonl", row) == fault


@pytest.mark.parametrize(
    ("turns", "fault"),
    [
        ("human gpt", None),
        ("human function_call observation gpt", None),
        ("", "it does not end with gpt"),
        ("human", "it does not end with gpt"),
        ("gpt human", "the turns do not take turns"),
        ("user assistant", "the turns do not take turns"),
        ("human gpt gpt", "the turns do not take turns"),
        ("human function_call", "a call has no result"),
        ("human function_call human gpt", "a call has no result"),
        ("human gpt observation gpt", "a call has no result"),
    ],
)
@pytest.mark.parametrize("name", ["sharegpt", "llama_factory"])
def test_turns_out_of_order_are_refused(name, turns, fault):
    row = {"conversations": [{"from": who, "value": "x"} for who in turns.split()]}

    assert FORMATS[name].check(FORMATS[name].main_path, row) == fault


@pytest.mark.parametrize(
    ("value", "fault"), [(" ", "a turn is empty"), (None, "a turn is empty"), (5, "a turn is empty")]
)
def test_a_turn_says_something(value, fault):
    row = {"conversations": [{"from": "human", "value": value}, {"from": "gpt", "value": "x"}]}

    assert FORMATS["sharegpt"].check("sharegpt/train.jsonl", row) == fault


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ([("user", "a"), ("assistant", "b")], None),
        ([("system", "s"), ("user", "a"), ("assistant", "b")], None),
        ([("user", "a"), ("system", "s"), ("assistant", "b")], "a system message is not the first"),
        ([("human", "a"), ("gpt", "b")], "it is not a user's message and then the assistant's"),
        ([("user", "a")], "it is not a user's message and then the assistant's"),
        ([("user", "a"), ("assistant", "")], "a message is empty"),
        ([("user", "a"), ("assistant", None)], "a message is empty"),
        ([("user", "a"), ("assistant", [])], "a message is empty"),
        ([("user", "a"), ("assistant", [part("b", 1.5)])], "a part is neither learnt nor masked"),
        ([("user", "a"), ("assistant", [part("b ", False), part("c", True)])], "a part does not end behind a line"),
    ],
)
def test_axolotl_refuses_each_fault(messages, fault):
    row = {"messages": [{"role": role, "content": content} for role, content in messages]}

    assert FORMATS["axolotl"].check("axolotl/train.jsonl", row) == fault
