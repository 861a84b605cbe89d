"""Exports of verifiable rewards: every gold is rewarded by the function that the trainer will use, or is left out."""

import importlib.util
import json
import runpy
from typing import Any

import datasets
import pytest
from pyarrow import parquet

from app.exports.formats.registry import get_format
from app.exports.formats.verl import STRUCT
from app.tasks.service import engines
from app.verifiers import rewards
from app.worker import Worker
from tests.exports.rendering import (
    a_solved_program,
    an_answered_task,
    an_approval,
    excluded_of,
    rendered,
    rows_of,
)
from tests.factories.judged import a_snapshot
from tests.factories.running import ADDING, RIGHT
from tests.factories.work import STATEMENT, a_task

SPECS: dict[str, dict[str, Any]] = {
    "integer": {"kind": "integer", "answer": "1,240", "wrong": ["1241", "-1240"]},
    "rational": {"kind": "rational", "answer": "3/4", "also": ["0.75"], "wrong": ["4/3"]},
    "expression": {"kind": "expression", "answer": "sqrt(2)/2", "wrong": ["sqrt(2)"]},
    "equation": {"kind": "equation", "answer": "x^2 + y^2 = 1"},
    "set": {"kind": "set", "answer": "{1, 2}", "wrong": ["{1, 3}"]},
    "quantity": {"kind": "quantity", "answer": "24.3 m", "absolute": 0.1, "wrong": ["243 m", "24.3 km"]},
    "choice": {"kind": "choice", "options": ["12", "18"], "answer": "18", "wrong": ["A"]},
    "text": {"kind": "text", "answer": "Noether", "also": ["Emmy Noether"], "wrong": ["Hilbert"]},
    "open": {"kind": "rubric"},
}
GOLDS = {
    "integer": "1240",
    "rational": "\\frac{3}{4}",
    "expression": "\\frac{\\sqrt{2}}{2}",
    "equation": "x^{2} + y^{2} = 1",
    "set": "\\{1, 2\\}",
    "quantity": "24.3",
    "choice": "B",
    "text": "Noether",
}

WRONG = {kind: f"\\boxed{{{spec['wrong'][0] if 'wrong' in spec else 7}}}" for kind, spec in SPECS.items()}


@pytest.fixture
def freeze(session, database, app_settings, sums, mona):
    return lambda: a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.fixture
def snapshot(session, sums, ed, rae, freeze):
    for kind, spec in SPECS.items():
        an_answered_task(session, sums, ed, rae, spec, title=kind, difficulty=2, external_id=kind)
    a_solved_program(session, sums, ed, rae, ADDING, RIGHT)
    return freeze()


def kinds_of(rows):
    return {row["kind"]: row for row in rows}


def test_trl_takes_every_gold_that_goes_out(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_grpo", tmp_path / "out")

    rows = kinds_of(rows_of(files["grpo/train.jsonl"]))
    tried = {kind: engines.checker().reward(row["solution"], [row["solution"]], 30) for kind, row in rows.items()}
    assert {kind: row["answer"] for kind, row in rows.items()} == {
        kind: gold for kind, gold in GOLDS.items() if kind not in {"quantity", "text"}
    }
    assert {kind: reward.values for kind, reward in tried.items()} == dict.fromkeys(rows, (1.0,))
    assert rows["integer"]["prompt"] == [
        {"role": "user", "content": f"{STATEMENT}\n\nPut the final answer in \\boxed{{}}."}
    ]
    assert (rows["integer"]["solution"], rows["integer"]["difficulty"]) == ("\\boxed{1240}", "2")
    assert excluded_of(files) == {
        "a program; its tests are in the formats for code": 1,
        "its answer has a tolerance, which accuracy_reward does not know": 1,
        "its answer is a text, which accuracy_reward takes for a product of letters": 1,
        "no answer that a machine can compare": 1,
    }


def test_the_shipped_reward_file_takes_every_gold_and_no_wrong_answer(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "trl_grpo", tmp_path / "out", reward="shipped")

    reward = loaded(tmp_path / "out" / "answer_reward.py").answer_reward
    rows = rows_of(files["grpo/train.jsonl"])
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    assert {kind: row["answer"] for kind, row in kinds_of(rows).items()} == GOLDS
    assert reward(completions=columns["solution"], **columns) == [1.0] * 8
    assert reward(completions=[WRONG[kind] for kind in columns["kind"]], **columns) == [0.0] * 8
    assert kinds_of(rows)["quantity"]["prompt"][0]["content"].split("\n\n")[1:] == [
        "Give the number in m.",
        "Put the final answer in \\boxed{}.",
    ]
    assert kinds_of(rows)["choice"]["prompt"][0]["content"].split("\n\n")[1:3] == [
        "A. 12\nB. 18",
        "Answer with the letter.",
    ]


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_verl_rows_have_one_struct_and_a_reward_of_one(database, app_settings, snapshot, tmp_path):
    rendered(database, app_settings, snapshot, "verl", tmp_path / "out")

    table = parquet.read_table(tmp_path / "out" / "verl" / "train.parquet")
    rows = table.to_pylist()
    score = loaded(tmp_path / "out" / "answer_reward.py").compute_score
    answered = [row for row in rows if row["data_source"] == "workings/sums"]
    assert table.schema.names == list(STRUCT)
    assert [row["extra_info"]["index"] for row in rows] == [0, 1, 2, 3, 4, 5, 6, 7, 9]
    assert {row["extra_info"]["kind"]: row["reward_model"]["ground_truth"] for row in answered} == GOLDS
    for row in answered:
        gold = row["reward_model"]["ground_truth"]
        assert score(row["data_source"], f"\\boxed{{{gold}}}", gold, row["extra_info"]) == 1.0
    assert [json.loads(row["reward_model"]["ground_truth"]) for row in rows if row["data_source"] == "taco"] == [
        {"inputs": ["1 2\n", "770077 880088\n"], "outputs": ["3", "1650165"], "fn_name": None}
    ]


@pytest.mark.parametrize(
    ("source", "reward", "written", "kinds"),
    [
        ("openai/gsm8k", rewards.verl_gsm8k, "#### {}", {"integer"}),
        ("lighteval/MATH", rewards.verl_math, "\\boxed{{{}}}", {"integer", "expression", "set", "choice"}),
        ("math_dapo", rewards.verl_math_dapo, "Answer: {}", {"integer", "expression", "set", "choice"}),
    ],
)
def test_a_function_of_verls_own_gets_what_it_can_compare_and_a_prompt_that_says_how(
    database, app_settings, snapshot, tmp_path, source, reward, written, kinds
):
    rendered(database, app_settings, snapshot, "verl", tmp_path / "out", data_source=source)

    rows = parquet.read_table(tmp_path / "out" / "verl" / "train.parquet").to_pylist()
    golds = {row["extra_info"]["kind"]: row["reward_model"]["ground_truth"] for row in rows}
    marks = {"openai/gsm8k": "####", "lighteval/MATH": "\\boxed{}", "math_dapo": "“Answer:”"}
    assert {row["data_source"] for row in rows} == {source, "taco"}
    assert set(golds) == kinds | {"program"}
    assert [reward(written.format(golds[kind]), golds[kind]) for kind in sorted(kinds)] == [1.0] * len(kinds)
    assert all(marks[source] in row["prompt"][0]["content"] for row in rows if row["data_source"] == source)
    assert not (tmp_path / "out" / "answer_reward.py").exists()


def test_the_python_grader_grades_every_line(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "openai_rft", tmp_path / "out")

    grader = json.loads(files["grader.json"])
    path = tmp_path / "grader.py"
    path.write_text(grader["source"], encoding="utf-8")
    names = runpy.run_path(str(path))  # as the service does with it
    rows = rows_of(files["openai_rft/train.jsonl"])
    grade = names["grade"]
    assert callable(grade)
    assert {row["kind"]: row["reference_answer"] for row in rows} == {
        kind: gold for kind, gold in GOLDS.items() if kind not in {"expression", "equation"}
    }
    assert [grade({"output_text": f"\\boxed{{{row['reference_answer']}}}"}, row) for row in rows] == [1.0] * len(rows)
    assert {tuple((key, type(value)) for key, value in row.items()) for row in rows} == {
        (
            ("messages", list),
            ("reference_answer", str),
            ("also", list),
            ("kind", str),
            ("absolute", float),
            ("relative", float),
            ("task_id", str),
        )
    }
    assert [row["row_id"] for row in rows_of(files["provenance.jsonl"])] == [row["task_id"] for row in rows]


def test_string_check_gets_only_answers_of_one_form(database, app_settings, snapshot, tmp_path):
    files = rendered(database, app_settings, snapshot, "openai_rft", tmp_path / "out", grader="string_check")

    grader = json.loads(files["grader.json"])
    rows = rows_of(files["openai_rft/train.jsonl"])
    assert (grader["type"], grader["reference"], grader["operation"]) == (
        "string_check",
        "{{item.reference_answer}}",
        "eq",
    )
    assert {row["kind"]: row["reference_answer"] for row in rows} == {"integer": "1240", "choice": "B"}
    assert rows[0]["messages"][0]["content"].endswith("Answer with the final answer alone, without any other word.")


@pytest.mark.parametrize("name", ["trl_grpo", "verl", "openai_rft", "humaneval", "mbpp", "apps"])
def test_the_same_snapshot_gives_the_same_bytes_and_accounts_for_every_item(
    database, app_settings, snapshot, tmp_path, name
):
    first = rendered(database, app_settings, snapshot, name, tmp_path / "a")
    second = rendered(database, app_settings, snapshot, name, tmp_path / "b")

    manifest = json.loads(first["manifest.json"])
    assert first == second
    assert manifest["items_exported"] + sum(manifest["items_excluded"].values()) == snapshot.items == 10
    assert next(file["rows"] for file in manifest["files"] if file["rows"] is not None) == manifest["items_exported"]


@pytest.mark.parametrize(("name", "rows"), [("trl_grpo", 6), ("verl", 9), ("openai_rft", 6), ("apps", 1)])
def test_datasets_reads_each_folder(database, app_settings, snapshot, tmp_path, name, rows):
    rendered(database, app_settings, snapshot, name, tmp_path / "out")

    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train")

    assert loaded.num_rows == rows


def test_of_several_approvals_of_a_task_the_first_gives_the_row(
    session, database, app_settings, sums, ed, eve, rae, freeze, tmp_path
):
    task = a_task(session, sums, answer_spec=SPECS["integer"], submissions_needed=3)
    an_approval(session, task, ed, rae, finding="fail")
    second = an_approval(session, task, eve, rae).id
    an_approval(session, task, rae, ed)

    files = rendered(database, app_settings, freeze(), "trl_grpo", tmp_path / "out")

    assert [row["id"] for row in rows_of(files["grpo/train.jsonl"])] == [str(second)]
    assert excluded_of(files) == {"another item has this task": 1, "the approved answer is not the expected one": 1}


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"kind": "by_assumption", "branches": []}, "several answers, each under an assumption"),
        ({"kind": "integer", "answer": "many"}, "its answer cannot be read as what it is"),
        ({"kind": "quantity", "answer": "many"}, "its answer cannot be read as what it is"),
        ({"kind": "quantity", "answer": "1 m", "also": ["100 cm"]}, "an answer is given in two units"),
        ({"kind": "rational", "answer": "1/2", "wrong": ["2/4"]}, "the reward function takes a wrong answer"),
        ({"kind": "set", "answer": "{1, 2}", "also": ["{2, 3}"]}, "the reward function does not take its answer"),
    ],
)
def test_a_gold_that_would_be_scored_wrong_is_left_out_with_its_reason(
    session, database, app_settings, sums, ed, rae, freeze, tmp_path, spec, reason
):
    an_answered_task(session, sums, ed, rae, spec)

    files = rendered(database, app_settings, freeze(), "trl_grpo", tmp_path / "out")

    assert (excluded_of(files), files["grpo/train.jsonl"]) == ({reason: 1}, b"")


@pytest.mark.parametrize("name", ["trl_grpo", "verl", "openai_rft", "apps"])
def test_rows_can_be_looked_at_before_and_after_they_are_written(database, app_settings, snapshot, mona, client, name):
    browser = client.as_(mona)
    options = get_format(name).options_model().model_dump(mode="json")
    offered = browser.get(f"/snapshots/{snapshot.id}/export?format={name}").text
    asked = browser.post(f"/snapshots/{snapshot.id}/exports", data={"format": name, **options, "looked": "false"})
    Worker(database, app_settings).run_all()
    written = browser.get(asked.headers["location"]).text

    assert ("Find all positive integers" in offered, "Find all positive integers" in written) == (True, True)
    assert ("tried with its reward function" in offered) == (name in {"trl_grpo", "verl"})
    assert browser.post(f"{asked.headers['location']}/seen").status_code == 303
