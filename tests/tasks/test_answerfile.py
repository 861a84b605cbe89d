"""A file of tasks whose answers are checked on the command line, before anything is imported."""

import json

import pytest
from click.testing import CliRunner

from app.cli import main

ROWS = [
    {"external_id": "a", "statement": "36 + 36?", "answer": "72", "answer_kind": "integer"},
    {"external_id": "b", "statement": "3 of 7?", "answer": "3/7", "answer_kind": "rational", "wrong_answers": ["6/14"]},
    {"external_id": "c", "statement": "70?", "answer": "seventy", "answer_kind": "integer"},
    {"external_id": "d", "statement": "Why?", "answer_kind": "rubric"},
    {"external_id": "e", "statement": ""},
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_each_answer_that_is_not_in_order_is_named_with_its_line(file):
    told = CliRunner().invoke(main, ["answers", "check", str(file)])

    lines = told.output.strip().split("\n")
    assert told.exit_code == 1
    assert lines[-1] == "2 contradicting, 1 for people to judge, 1 in order, 1 no tasks"
    assert sorted(line.partition(": ")[0] for line in lines[:-1]) == ["line 2 (b)", "line 3 (c)", "line 5"]
    assert "line 2 (b): The wrong answer “6/14” is accepted." in lines


def test_a_file_in_order_ends_well(tmp_path):
    path = tmp_path / "sums.jsonl"
    path.write_text(json.dumps({"question": "36 + 36?", "answer": "36 + 36 = 72\n#### 72"}) + "\n")

    told = CliRunner().invoke(main, ["answers", "check", str(path), "--adapter", "gsm8k"])

    assert (told.exit_code, told.output) == (0, "1 in order\n")


def test_what_is_no_file_of_tasks_is_refused_in_a_line(tmp_path):
    path = tmp_path / "tasks.parquet"
    path.write_bytes(b"no parquet")

    told = CliRunner().invoke(main, ["answers", "check", str(path)])

    assert told.exit_code == 1
    assert told.output.startswith("Error: ")
