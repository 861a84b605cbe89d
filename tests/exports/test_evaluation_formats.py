"""Evaluation packages: questions and golds of held-out snapshots, never steps, the canary in every item."""

import importlib.util
import json
from uuid import uuid4

import datasets
import pytest
from sqlalchemy import update

from app.core.errors import Conflict, Invalid
from app.datasets.models import Snapshot
from app.datasets.states import DatasetUse
from app.exports.formats.base import Frame
from app.exports.formats.held_out import DO_NOT_TRAIN, name_of
from tests.exports.rendering import a_solved_program, an_answered_task, excluded_of, rendered, rows_of
from tests.factories.judged import a_snapshot
from tests.factories.running import ADDING, RIGHT
from tests.factories.work import STATEMENT, STEPS

CANARY = str(uuid4())
SPECS = {
    "integer": {"kind": "integer", "answer": "1,240", "wrong": ["1241"]},
    "quantity": {"kind": "quantity", "answer": "24.3 m", "absolute": 0.1, "wrong": ["24.3 km"]},
    "expression": {"kind": "expression", "answer": "sqrt(2)/2", "wrong": ["sqrt(2)"]},
    "text": {"kind": "text", "answer": "Noether", "also": ["Emmy Noether"]},
    "choice": {"kind": "choice", "options": ["12", "18"], "answer": "18", "wrong": ["A"]},
    "several": {"kind": "choice", "options": ["2", "4", "5"], "answer": ["2", "5"], "several": True},
    "open": {"kind": "rubric"},
}
LEFT_OUT = {"a program; its tests are in the formats for code": 1, "no answer that a machine can compare": 1}


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, rae):
    for kind, spec in SPECS.items():
        an_answered_task(session, sums, ed, rae, spec, title=kind, difficulty=2, external_id=kind)
    a_solved_program(session, sums, ed, rae, ADDING, RIGHT)
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


@pytest.fixture
def held_out(session, snapshot):
    session.execute(update(Snapshot).values(use=DatasetUse.EVALUATION, canary=CANARY))
    session.commit()
    return snapshot


def by_kind(rows):
    return {json.loads(row["metadata"])["external_id"]: row for row in rows}


@pytest.mark.parametrize(("name", "path"), [("lm_eval", "data/test.jsonl"), ("inspect_ai", "test.jsonl")])
def test_no_step_goes_out_and_the_canary_is_in_every_item(database, app_settings, held_out, tmp_path, name, path):
    files = rendered(database, app_settings, held_out, name, tmp_path / "a")
    again = rendered(database, app_settings, held_out, name, tmp_path / "b")

    lines = files[path].decode().splitlines()
    loaded = datasets.load_dataset(str(tmp_path / "a"), cache_dir=str(tmp_path / "cache"), split="test")
    assert files == again
    assert [CANARY in line for line in lines] == [True] * 6
    assert loaded.num_rows == 6
    assert excluded_of(files) == LEFT_OUT
    assert [step["body"] for step in STEPS for data in files.values() if step["body"].encode() in data] == []
    assert files["README.md"].decode().count(f"**{DO_NOT_TRAIN}**") == 1
    assert CANARY in files["README.md"].decode()


@pytest.mark.parametrize("name", ["lm_eval", "inspect_ai"])
def test_a_snapshot_that_is_not_held_out_makes_no_evaluation_package(database, app_settings, snapshot, tmp_path, name):
    with pytest.raises(Conflict, match=f"{name} is no format for that"):
        rendered(database, app_settings, snapshot, name, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["lm_eval", "inspect_ai"])
def test_evaluation_tools_get_plain_lines(database, app_settings, held_out, tmp_path, name):
    with pytest.raises(Invalid, match="plain JSON lines"):
        rendered(database, app_settings, held_out, name, tmp_path / "out", compression="zstd")


def test_the_harness_gets_a_task_whose_scorer_takes_golds_and_no_wrong_answers(
    database, app_settings, held_out, tmp_path
):
    files = rendered(database, app_settings, held_out, "lm_eval", tmp_path / "out")

    task = next(data.decode() for path, data in files.items() if path.endswith(".yaml"))
    rows = by_kind(rows_of(files["data/test.jsonl"]))
    utils = loaded_file(tmp_path / "out" / "utils.py")
    right = [utils.process_results(row, [f"So \\boxed{{{row['answer']}}}."]) for row in rows.values()]
    wrong = [utils.process_results(row, ["\\boxed{Q}"]) for row in rows.values()]
    assert [line for line in task.splitlines() if "canary" in line or "version" in line] == [
        "  version: 1",
        f'  canary: "{DO_NOT_TRAIN} canary GUID {CANARY}"',
    ]
    assert {kind: row["answer"] for kind, row in rows.items()} == {
        "integer": "1240",
        "quantity": "24.3",
        "expression": "\\frac{\\sqrt{2}}{2}",
        "text": "Noether",
        "choice": "B",
        "several": "A, C",
    }
    assert (right, wrong) == ([{"correct": 1.0}] * 6, [{"correct": 0.0}] * 6)
    assert utils.load(version=1)["test"].num_rows == 6
    assert rows["quantity"]["question"].split("\n\n")[1:] == [
        "Give the number in m.",
        "Put the final answer in \\boxed{}.",
    ]


def test_by_likelihood_only_choices_with_one_right_option_are_asked(database, app_settings, held_out, tmp_path):
    files = rendered(database, app_settings, held_out, "lm_eval", tmp_path / "out", questions="likelihood")

    (row,) = rows_of(files["data/test.jsonl"])
    assert (row["choices"], row["right"], row["answer"]) == (["A", "B"], 1, "B")
    assert row["question"] == f"{STATEMENT}\n\nA. 12\nB. 18\nAnswer:"
    assert excluded_of(files) == LEFT_OUT | {"no choice with one right option": 5}


def test_inspect_gets_samples_with_choices_and_what_its_scorer_needs(database, app_settings, held_out, tmp_path):
    files = rendered(database, app_settings, held_out, "inspect_ai", tmp_path / "out")

    samples = {row["metadata"]["external_id"]: row for row in rows_of(files["test.jsonl"])}
    told = {
        kind: (row["target"], row["choices"], row["metadata"]["is_choice"], row["metadata"]["several"])
        for kind, row in samples.items()
    }
    assert told == {
        "integer": (["1240"], None, False, False),
        "quantity": (["24.3"], None, False, False),
        "expression": (["\\frac{\\sqrt{2}}{2}"], None, False, False),
        "text": (["Noether", "Emmy Noether"], None, False, False),
        "choice": (["B"], ["12", "18"], True, False),
        "several": (["A", "C"], ["2", "4", "5"], True, True),
    }
    assert samples["choice"]["input"] == STATEMENT
    assert samples["quantity"]["metadata"]["absolute"] == 0.1
    assert json.loads(files["task.json"])["canary"] == f"{DO_NOT_TRAIN} canary GUID {CANARY}"
    assert {"task.py", "answer_reward.py", "README.md", "manifest.json"} < files.keys()


def test_a_dataset_whose_name_has_no_latin_letter_still_names_a_task():
    frames = [Frame(name, 3, DatasetUse.EVALUATION, CANARY) for name in ("数学题", "Proofs: Part 2", "é-" * 40)]

    assert [name_of(frame) for frame in frames] == ["held_out", "proofs_part_2", "_".join("e" * 30)]


def loaded_file(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
