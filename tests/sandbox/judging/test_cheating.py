"""No program passes by anything but right answers."""

import pytest

from app.sandbox.judging import judge
from tests.sandbox.judging.cheats import CHEATS
from tests.sandbox.judging.specs import of_calls

TESTS = """
assert solve(3) == 7

def check(candidate):
    assert candidate(4) == 9, candidate(4)
    assert abs(candidate(5) - 11) < 1
    assert candidate(6) in {13}
    assert not candidate(7) != 15
"""
SPEC = of_calls({"args": [3], "expected": 7}, tests=TESTS)
SPEC["limits"] = {"cpu_seconds": 0.5, "wall_seconds": 2, "memory_mb": 128}


def test_an_honest_program_passes(sandbox):
    verdict = judge(sandbox, SPEC, "python", "def solve(x):\n    print('hello')\n    return 2 * x + 1")
    assert [test.verdict for test in verdict.tests] == ["passed"] * 6


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_passes_no_test(sandbox, name):
    verdict = judge(sandbox, SPEC, "python", CHEATS[name], stops_early=True)
    assert [test for test in verdict.tests if test.verdict == "passed"] == []
    # Nor does it get away by making the tests look broken, for then people would have to look.
    assert (len(verdict.tests), verdict.verdict in {"tests_broken", "unavailable", "not_run"}) == (6, False)


def test_what_a_program_learns_in_public_cases_is_gone_in_hidden_ones(sandbox):
    spec = of_calls(
        {"args": [1], "expected": 0}, {"args": [2], "expected": 1}, {"args": [3], "expected": 0, "is_hidden": True}
    )
    source = "calls = []\ndef solve(x):\n    calls.append(x)\n    return len(calls) - 1"
    assert judge(sandbox, spec, "python", source).is_passed


def test_a_whole_program_passes_neither_by_its_exit_code_nor_by_what_it_says(sandbox):
    spec = {"kind": "program", "cases": [{"stdin": "", "stdout": "42"}]}
    sources = [
        "raise SystemExit(0)",
        "print('passed')",
        "print('accept')",
        "import os\nprint(42, flush=True)\nos._exit(1)",
    ]
    assert [judge(sandbox, spec, "python", one).verdict for one in sources] == ["wrong"] * 3 + ["runtime_error"]
