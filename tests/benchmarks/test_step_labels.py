"""Step labels that people published stay where they are: a few rows by hand, in the files' own layouts."""

import json

import pytest

from benchmarks.step_labels import Solution, differences, exported, read_bigbench, read_mr_gsm8k

STEPS = ("Add 2 and 3.", "That is 6.", "So the answer is 6.")
SOLUTIONS = [
    Solution("What is 2 + 3?", STEPS, "6", "5", 1, is_answer_right=False),
    Solution("What is 3 + 3?", ("Add 3 and 3.", "So it is 6."), "6", "6", None, is_answer_right=True),
    Solution("What is 6?", ("Six is 7.", "No, it is 6."), "6", "6", 0, is_answer_right=True),
    Solution("What is 4 + 3?", ("Add 4 and 3.", "So it is 8."), "8", "7", 1, is_answer_right=False),
]
NOTHING = {"rows": 4, "missing": 0, "texts": 0, "labels": 0, "first errors": 0}
FORMATS = ("prm800k", "trl_stepwise", "processbench")


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return exported(SOLUTIONS, tmp_path_factory.mktemp("labels"))


def test_labels_and_first_errors_are_those_of_the_source(rows):
    assert differences(SOLUTIONS, rows) == dict.fromkeys(FORMATS, NOTHING)


def test_rows_end_with_the_first_wrong_step(rows):
    stepwise = {row["prompt"]: (row["completions"], row["labels"]) for row in rows["trl_stepwise"]}
    ended = {row["question"]["problem"]: row["label"]["finish_reason"] for row in rows["prm800k"]}

    assert stepwise["What is 2 + 3?"] == (list(STEPS[:2]), [True, False])
    assert stepwise["What is 3 + 3?"] == (["Add 3 and 3.", "So it is 6."], [True, True])
    assert [ended[solution.problem] for solution in SOLUTIONS] == ["found_error", "solution", *["found_error"] * 2]


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"labels": [True, True]}, {"labels": 1, "first errors": 1}),
        ({"completions": ["Add 2 and 3.", "That is 5."]}, {"texts": 1}),
        ({"prompt": "What is 1?"}, {"missing": 1}),
    ],
)
def test_a_row_that_differs_from_the_source_is_counted(rows, change, counts):
    first, *others = rows["trl_stepwise"]

    found = differences(SOLUTIONS, rows | {"trl_stepwise": [first | change, *others]})

    assert found["trl_stepwise"] == NOTHING | counts


def test_both_files_are_read_with_steps_counted_from_0(tmp_path):
    bigbench, mr_gsm8k = tmp_path / "b.jsonl", tmp_path / "m.json"
    row = {"input": "What is 2 + 3?", "steps": STEPS, "answer": "6", "target": "5", "mistake_index": 1}
    bigbench.write_text(json.dumps(row) + "\n")
    steps = ["Step 1: Six is 7.", "Step 2: #### 6"]
    mistake = {"model_output_solution_first_error_step": 1, "model_output_answer_correctness": "correct"}
    mr_gsm8k.write_text(
        json.dumps([{"question": "What is 6?", "model_output_steps": steps, "ground_truth_answer": 6, **mistake}])
    )

    assert read_bigbench(bigbench) == SOLUTIONS[:1]
    assert read_mr_gsm8k(mr_gsm8k) == [Solution("What is 6?", tuple(steps), "6", "6", 0, is_answer_right=True)]
