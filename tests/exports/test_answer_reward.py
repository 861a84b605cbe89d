"""The reward file that is shipped beside the rows: what it takes for right, alone and inside of three trainers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.exports.formats.shipped import answer_reward as shipped


def boxed(text):
    return f"So it is \\boxed{{{text}}}."


@pytest.mark.parametrize(
    ("kind", "expected", "right", "wrong"),
    [
        (
            "integer",
            "1240",
            ["1,240", "1{,}240", "$1240$", "n = 1240", "1.24\\times10^3", "+1240"],
            ["124", "-1240", ""],
        ),
        (
            "rational",
            "\\frac{3}{4}",
            ["3/4", "0.75", "\\dfrac{3}{4}", "\\frac34", ".75"],
            ["4/3", "-\\frac{3}{4}", "3/0"],
        ),
        ("rational", "-\\frac{1}{2}", ["\\frac{-1}{2}", "-0.5", "−1/2"], ["1/2", "--1/2"]),
        ("real", "3.14159", ["3.14159", "3.141590"], ["3.14", "1e999999999", "9" * 500]),
        (
            "set",
            "\\{1, 2, (3, 4)\\}",
            ["\\{2,1,(3,4)\\}", "{1, 1, 2, (3,4)}", "S=\\{(3, 4),2,1.0\\}"],
            ["1, 2", "1,2,(4,3)"],
        ),
        ("tuple", "(2, 251, 252)", ["(2,251,252)", "2, 251, 252", "\\left(2, 251, 252\\right)"], ["(251, 2, 252)"]),
        ("choice", "A, C", ["C and A", "(A), (C)", "\\text{A, C}"], ["A", "A, B, C", ""]),
        ("choice", "B", ["B", "\\text{B}", "(b)", "B. 18"], ["A", "18"]),
        ("text", "Emmy Noether", ["emmy  noether", "\\text{Emmy Noether}."], ["Noether"]),
    ],
)
def test_forms_of_the_same_answer_are_rewarded_and_others_are_not(kind, expected, right, wrong):
    assert [one for one in right if not shipped.is_right(boxed(one), [expected], kind)] == []
    assert [one for one in wrong if shipped.is_right(boxed(one), [expected], kind)] == []


@pytest.mark.parametrize(
    ("given", "absolute", "relative", "is_right"),
    [("24.2", 0.1, 0, True), ("24.19", 0.1, 0, False), ("24.5", 0, 0.01, True), ("24.6", 0, 0.01, False)],
)
def test_a_number_may_differ_by_its_tolerance(given, absolute, relative, is_right):
    assert shipped.is_right(boxed(given), ["24.3"], "quantity", absolute, relative) is is_right


@pytest.mark.parametrize("text", ["5", "\\boxed{5", "\\fbox{5}", "\\boxed{5}, no, \\boxed{6}", boxed("5" + " " * 2000)])
def test_only_the_last_closed_box_of_reasonable_length_counts(text):
    assert not shipped.is_right(text, ["5"], "integer")


def test_formulas_are_compared_by_math_verify():
    assert shipped.is_right(boxed("\\frac{n^2+n}{2}"), ["\\frac{n (n + 1)}{2}"], "expression")
    assert not shipped.is_right(boxed("\\frac{n^2-n}{2}"), ["\\frac{n (n + 1)}{2}"], "expression")


def test_each_trainer_finds_its_own_entrance():
    facts = {"kind": "text", "also": json.dumps(["Emmy Noether"]), "absolute": 0.0, "relative": 0.0}
    texts = [boxed("Noether"), [{"role": "assistant", "content": boxed("emmy noether")}], boxed("Hilbert")]
    columns: dict[str, Any] = {name: [value] * 3 for name, value in facts.items()}
    item = {**facts, "also": ["Emmy Noether"], "reference_answer": "Noether"}

    assert [shipped.compute_score("workings/x", text, "Noether", facts) for text in (texts[0], texts[2])] == [1.0, 0.0]
    assert shipped.answer_reward(texts, answer=["Noether"] * 3, **columns, id=["a", "b", "c"]) == [1.0, 1.0, 0.0]
    assert [shipped.grade({"output_text": text}, item) for text in (texts[0], texts[2], "")] == [1.0, 0.0, 0.0]


def test_it_needs_nothing_but_python(tmp_path):
    copy = tmp_path / "answer_reward.py"
    copy.write_bytes(Path(shipped.__file__).read_bytes())
    program = (
        "import answer_reward as a, sys; print(a.is_right('\\\\boxed{x}', ['5'], 'integer'), 'app' in sys.modules)"
    )

    alone = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert alone.stdout.split() == ["False", "False"]
