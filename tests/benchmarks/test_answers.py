"""The benchmark of answers sees its own faults, and writes what it has counted."""

import json

import pytest

from app.verifiers.checker import Checker
from benchmarks import answers
from benchmarks.answer_forms import perturbed, rewritten
from benchmarks.answer_sets import SETS
from benchmarks.answers import Counts, faults, measured, table


@pytest.fixture
def checker():
    checker = Checker()
    yield checker
    checker.close()


@pytest.fixture
def folder(tmp_path):
    lines = [json.dumps({"question": "?", "answer": f"step\n#### {number}"}) for number in ("1,240", "7")]
    (tmp_path / "gsm8k").mkdir()
    (tmp_path / "gsm8k" / "train_first_1000.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_a_set_is_compared_in_all_its_forms(checker, folder):
    counts = measured(checker, folder, "GSM8K")

    assert (counts.records, dict(counts.kinds), counts.misses, faults(counts)) == (2, {"integer": 2}, [], 0)
    assert counts.outcomes["itself"] == {"pass": 2}
    assert counts.outcomes["rewritten"] == {"pass": 2 * len(rewritten({"kind": "integer", "answer": "7"}))}
    assert table({"GSM8K": counts}).splitlines()[2].startswith("| GSM8K | 2 | 2 / 0 / 0 | 34 / 0 / 0 | 0 / ")


def test_a_wrong_answer_that_passes_and_a_right_one_that_fails_are_faults():
    counts = Counts()
    counts.outcomes["wrong"].update({"pass": 2, "undecided": 3, "fail": 4})
    counts.outcomes["itself"].update({"pass": 5, "undecided": 6})
    counts.outcomes["rewritten"].update({"pass": 7, "fail": 8})
    assert faults(counts) == 10


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "integer", "answer": "-12"},
        {"kind": "rational", "answer": "3/4"},
        {"kind": "real", "answer": "0.955", "relative": 0.01},
        {"kind": "choice", "options": ["True", "False"], "answer": "True"},
        {"kind": "tuple", "answer": "(4, 1, 2)"},
        {"kind": "set", "answer": "43,47,2021"},
        {"kind": "expression", "answer": "$\\frac{R^2+Rr}{\\sqrt{R^2-2Rr}}$"},
        {"kind": "equation", "answer": "$g(n)=n - 1$"},
        {"kind": "interval", "answer": "$(-\\infty,0)\\cup\\{\\frac{1}{2}\\}$"},
        {"kind": "text", "answer": "odd $n$"},
    ],
)
def test_every_kind_has_other_forms_and_wrong_answers(spec):
    forms, wrong = rewritten(spec), perturbed(spec)
    assert forms
    assert wrong
    assert not set(forms.values()) & set(wrong.values())


def test_the_table_goes_between_its_marks(tmp_path, monkeypatch):
    page = tmp_path / "answers.md"
    page.write_text(f"before\n{answers.BEGIN}\nold\n{answers.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(answers, "PAGE", page)

    answers.write("| new |")

    assert page.read_text(encoding="utf-8") == f"before\n{answers.BEGIN}\n| new |\n{answers.END}\nafter\n"


def test_five_sets_are_known():
    assert list(SETS) == ["GSM8K", "MGSM", "TheoremQA", "IMO-AnswerBench", "PhysGym"]
