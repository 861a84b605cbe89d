"""Runs of programs that steps cite, in conversations: as text, as calls of a tool, or left out."""

import json
from uuid import uuid4

import datasets
import pytest

from app.exports.formats.runs import fault_of_turns
from app.submissions.states import RunPurpose
from app.submissions.states import SubmissionState as S
from tests.exports.rendering import rendered, rows_of
from tests.factories.judged import EARLIER, a_review, a_snapshot
from tests.factories.machine import a_test_run
from tests.factories.work import STATEMENT, a_submission, a_task, some_content

PRINTS, TESTS = uuid4(), uuid4()
SOURCE = "print(5 * 2**5 + 9)"
RESULTS = [
    {"name": "small", "is_hidden": False, "verdict": "passed", "wall_ms": 12},
    {"name": "canary-name", "is_hidden": True, "verdict": "wrong", "wall_ms": 5000, "expected": "770077"},
]
STEPS = [
    {"id": "s1", "type": "plan", "body": "Try $n = 5$."},
    {"id": "s2", "type": "work", "body": "It prints 169.", "runs": [str(PRINTS)]},
    {"id": "s3", "type": "dead_end", "body": "Try 6.", "runs": [str(uuid4())]},
    {"id": "s4", "type": "check", "body": "The tests agree.", "runs": [str(TESTS), str(PRINTS)]},
    {"id": "s5", "type": "conclusion", "body": "So it is 5."},
]
PRINTED = "169\n[exit code 0, 0.031 s]"
TESTED = "small: passed\n[1 of 2 tests passed. 0.012 s]"


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae):
    work = a_submission(
        session, author=ed, task=a_task(session, sums), state=S.APPROVED, content=some_content(steps=STEPS)
    )
    facts = {"requested_at": EARLIER, "finished_at": EARLIER}
    printed = {"stdout": "169\n", "exit_code": 0, "wall_milliseconds": 31, "verdict": "ok"}
    a_test_run(session, work, [], id=PRINTS, purpose=RunPurpose.CUSTOM, source=SOURCE, stdin="5\n", **printed, **facts)
    told = {"message": "1 of 2 tests passed.", "verdict": "wrong"}
    a_test_run(session, work, RESULTS, id=TESTS, purpose=RunPurpose.TESTS, source=SOURCE, **told, **facts)
    a_review(session, work, reviewer=rae, labels={})
    bare = a_submission(session, author=eve, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, bare, reviewer=rae, labels={})
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def call_id(run_id):
    return f"call_{run_id.hex}"


def test_a_cited_run_is_text_before_the_step_that_speaks_of_it(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out")

    trace = rows_of(files["sft/train.jsonl"])[0]["messages"][1]["reasoning_content"]
    program = f"```python\n{SOURCE}\n```"
    assert trace == "\n\n".join(
        [
            "Try $n = 5$.",
            f"{program}\n\n```stdin\n5\n```\n\n```output\n{PRINTED}\n```",
            "It prints 169.",
            f"{program}\n\n```output\n{TESTED}\n```",
            "The tests agree.",
            "So it is 5.",
        ]
    )


def test_trl_gets_calls_with_arguments_as_objects_and_their_results(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out", runs="tool_calls")

    rows = rows_of(files["sft/train.jsonl"])
    program = {"language": "python", "source": SOURCE}
    calls = [("run_program", PRINTS, {**program, "stdin": "5\n"}), ("run_tests", TESTS, program)]
    first, second = (
        {"id": call_id(run), "type": "function", "function": {"name": name, "arguments": arguments}}
        for name, run, arguments in calls
    )
    assert rows[0]["messages"] == [
        {"role": "user", "content": STATEMENT},
        {"role": "assistant", "reasoning_content": "Try $n = 5$.", "content": "", "tool_calls": [first]},
        {"role": "tool", "tool_call_id": call_id(PRINTS), "name": "run_program", "content": PRINTED},
        {"role": "assistant", "reasoning_content": "It prints 169.", "content": "", "tool_calls": [second]},
        {"role": "tool", "tool_call_id": call_id(TESTS), "name": "run_tests", "content": TESTED},
        {"role": "assistant", "reasoning_content": "The tests agree.\n\nSo it is 5.", "content": "n = 5"},
    ]
    assert [[tool["function"]["name"] for tool in row["tools"]] for row in rows] == [["run_program", "run_tests"]] * 2


def test_openai_gets_calls_with_arguments_as_text(database, app_settings, snapshot, tmp_path):
    options = {"runs": "tool_calls", "system": "Think."}
    files = rendered(database, app_settings, snapshot, "openai_chat", tmp_path / "out", **options)

    row = rows_of(files["openai/train.jsonl"])[0]
    assert [message["role"] for message in row["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    arguments = row["messages"][2]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {"language": "python", "source": SOURCE, "stdin": "5\n"}
    assert row["messages"][3] == {"role": "tool", "tool_call_id": call_id(PRINTS), "content": PRINTED}
    assert row["messages"][6]["content"] == "The tests agree.\n\nSo it is 5.\n\nn = 5"
    assert (set(row), row["parallel_tool_calls"]) == ({"messages", "tools", "parallel_tool_calls"}, False)


def test_think_tags_close_before_each_call(database, app_settings, snapshot, tmp_path):
    options = {"runs": "tool_calls", "reasoning": "think_tags"}
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out", **options)

    said = [message["content"] for message in rows_of(files["sft/train.jsonl"])[0]["messages"][1::2]]
    assert said == [
        "<think>\nTry $n = 5$.\n</think>\n\n",
        "<think>\nIt prints 169.\n</think>\n\n",
        "<think>\nThe tests agree.\n\nSo it is 5.\n</think>\n\nn = 5",
    ]


@pytest.mark.parametrize(("name", "path"), [("trl_sft", "sft/train.jsonl"), ("openai_chat", "openai/train.jsonl")])
def test_runs_can_be_left_out_and_are_not_there_without_reasoning(
    database, app_settings, snapshot, tmp_path, name, path
):
    without = rendered(database, app_settings, snapshot, name, tmp_path / "a", runs="leave_out")
    answers = rendered(database, app_settings, snapshot, name, tmp_path / "b", runs="tool_calls", render="answer")

    assert b"169\\n" not in without[path]
    assert [row["messages"][1:] for row in rows_of(answers[path])] == [[{"role": "assistant", "content": "n = 5"}]] * 2


@pytest.mark.parametrize("runs", ["text", "tool_calls"])
@pytest.mark.parametrize("name", ["trl_sft", "openai_chat"])
def test_loaders_read_runs_and_nothing_hidden_is_in_them(database, app_settings, snapshot, tmp_path, name, runs):
    files = rendered(database, app_settings, snapshot, name, tmp_path / "out", runs=runs)

    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train")

    assert loaded.num_rows == 2
    assert [path for path, data in files.items() if b"canary-name" in data or b"770077" in data] == []


USER, CALL = {"role": "user", "content": "?"}, {"role": "assistant", "content": "", "tool_calls": [{"id": "a"}]}
RESULT, ANSWER = {"role": "tool", "tool_call_id": "a", "content": "1"}, {"role": "assistant", "content": "!"}


@pytest.mark.parametrize(
    ("messages", "fault"),
    [
        ([USER, CALL, RESULT, ANSWER], None),
        ([ANSWER], "it does not begin with the user and end with an answer"),
        ([USER, CALL, RESULT], "it does not begin with the user and end with an answer"),
        ([USER, CALL], "it does not begin with the user and end with an answer"),
        ([USER, {"role": "system", "content": "."}, ANSWER], "a system message is not the first"),
        ([USER, RESULT, ANSWER], "a result answers no call"),
        ([USER, CALL, ANSWER], "a call has no result"),
        ([USER, CALL, RESULT, CALL, RESULT, ANSWER], "two calls have one id"),
    ],
)
def test_calls_and_results_that_do_not_match_are_a_fault(messages, fault):
    assert fault_of_turns(messages) == fault
