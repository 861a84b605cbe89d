"""Programs are timed on inputs that grow, and told when their time grows quicker than asked."""

from typing import Any

import pytest

from app.sandbox.judging import judge
from tests.sandbox.judging.specs import python

QUADRATIC = (
    "def solve(numbers):\n    found = 0\n    for i, x in enumerate(numbers):\n        for y in numbers[i + 1:]:\n"
    "            found += x > y\n    return found\n"
)
QUICK = (
    "def solve(numbers):\n    if len(numbers) < 2: return 0\n    half = len(numbers) // 2\n"
    "    left, right = sorted(numbers[:half]), sorted(numbers[half:])\n    import bisect\n"
    "    return solve(numbers[:half]) + solve(numbers[half:]) + sum(bisect.bisect_left(right, x) for x in left)\n"
)
AS_PROGRAM = "\nimport sys\nprint(solve(list(map(int, sys.stdin.read().split()))))\n"
MAKE = "import random\ndef make(n, seed):\n    numbers = random.Random(seed).sample(range(10 * n), n)\n    return {}\n"
INVERSIONS: dict[str, Any] = {
    "kind": "program",
    "entry_point": "solve",
    "cases": [{"args": [[3, 1, 2]], "expected": 2}],
    "reference_program": python(QUICK),
    "efficiency": {
        "generator": MAKE.format("[numbers]"),
        "sizes": [1000, 2000, 4000, 8000],
        "limit_seconds": 10,
        "growth": "n log n",
    },
}
STREAMED = {
    "kind": "program",
    "cases": [{"stdin": "3 1 2", "stdout": "2"}],
    "reference_program": python(QUICK + AS_PROGRAM),
    "efficiency": INVERSIONS["efficiency"] | {"generator": MAKE.format("' '.join(map(str, numbers))")},
}


def limited(spec, **more):
    return spec | {"efficiency": spec["efficiency"] | more}


@pytest.mark.parametrize(("spec", "tail"), [(INVERSIONS, ""), (STREAMED, AS_PROGRAM)], ids=["call", "stream"])
def test_a_quick_program_passes_and_a_naive_one_is_told_how_its_time_grows(sandbox, spec, tail):
    quick = judge(sandbox, spec, "python", QUICK + tail)
    naive = judge(sandbox, spec, "python", QUADRATIC + tail)
    assert [(test.name, test.verdict) for test in quick.tests] == [
        ("case 1", "passed"),
        ("n = 1,000", "passed"),
        ("n = 2,000", "passed"),
        ("n = 4,000", "passed"),
        ("n = 8,000", "passed"),
        ("growth", "passed"),
    ]
    assert (naive.verdict, [test.verdict for test in naive.tests]) == ("too_slow", ["passed"] * 5 + ["too_slow"])
    said = naive.tests[-1].reason
    assert ("its time grows" in said, "like n^" in said, "asked is n log n" in said) == (True, True, True)


@pytest.mark.parametrize(("spec", "tail"), [(INVERSIONS, ""), (STREAMED, AS_PROGRAM)], ids=["call", "stream"])
def test_a_program_is_stopped_at_the_size_for_which_it_takes_too_long(sandbox, spec, tail):
    spec = limited(spec, sizes=[200, 400, 100_000, 200_000], limit_seconds=0.5)
    verdict = judge(sandbox, spec, "python", QUADRATIC + tail)
    assert [(test.name, test.verdict) for test in verdict.tests[1:4]] == [
        ("n = 200", "passed"),
        ("n = 400", "passed"),
        ("n = 100,000", "time_limit"),
    ]
    assert (verdict.tests[3].reason, verdict.tests[4].verdict, verdict.tests[4].reason) == (
        "At n = 100,000 it took longer than the allowed 0.5 s.",
        "not_run",
        "It was stopped at n = 100,000.",
    )


@pytest.mark.parametrize(
    ("spec", "source"),
    [
        (INVERSIONS, "def solve(numbers): return 2 if len(numbers) == 3 else 0"),
        (STREAMED, "n = len(input().split())\nprint(2 if n == 3 else 0)"),
    ],
    ids=["call", "stream"],
)
def test_a_quick_answer_that_is_wrong_is_found_by_the_reference(sandbox, spec, source):
    verdict = judge(sandbox, spec, "python", source)
    assert [test.verdict for test in verdict.tests] == ["passed", "wrong"] + ["not_run"] * 4


@pytest.mark.parametrize(
    ("spec", "source"),
    [
        (INVERSIONS, "def solve(numbers): return 2 if len(numbers) == 3 else -1"),
        (STREAMED, "n = len(input().split())\nprint(2 if n == 3 else -1)"),
    ],
    ids=["call", "stream"],
)
def test_a_task_may_verify_answers_itself(sandbox, spec, source):
    verify = "def verify(given, answer):\n    return True if int(answer) >= 0 else 'it is negative'\n"
    verdict = judge(sandbox, limited(spec, verify=verify), "python", source)
    assert (verdict.tests[1].verdict, verdict.tests[1].reason) == ("wrong", "The answer is wrong: it is negative")


def test_work_that_is_put_off_until_the_answer_is_read_counts_too(sandbox):
    source = QUADRATIC.replace("def solve(", "def later(")
    source += "def solve(numbers): return [(later(numbers) for _ in range(1))]"
    cases = [{"args": [[3, 1, 2]], "expected": [[2]]}]
    spec = limited(INVERSIONS, verify="def verify(given, answer): return True") | {"cases": cases}
    assert judge(sandbox, spec, "python", source).verdict == "too_slow"


def test_what_was_found_at_one_size_is_forgotten_at_the_next(sandbox):
    source = QUADRATIC + (
        "seen, slow = {}, solve\ndef solve(numbers):\n    key = len(numbers)\n    if key not in seen:\n"
        "        seen[key] = slow(numbers)\n    return slow(numbers) if key < 500 else seen[key]\n"
    )
    assert judge(sandbox, INVERSIONS, "python", source).verdict == "too_slow"


def test_efficiency_is_hidden_and_waits_for_the_other_tests(sandbox):
    wrong = "def solve(numbers): return 1"
    assert [test.name for test in judge(sandbox, INVERSIONS, "python", QUICK, only_public=True).tests] == ["case 1"]
    waiting = judge(sandbox, INVERSIONS, "python", wrong).tests[-1]
    assert (waiting.name, waiting.is_hidden, waiting.verdict, waiting.reason) == (
        "efficiency", True, "not_run", "It is measured when all other tests pass.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "generator", "note"),
    [
        (INVERSIONS, "def make(n, seed): return {}[n]", "The generator failed at n = 1000: KeyError: 1000."),
        (STREAMED, "def make(n, seed): return {}[n]", "The generator failed at n = 1000: KeyError: 1000."),
        (INVERSIONS, "def make(n, seed): return ''", "The generator must give the list of arguments, not str."),
        (STREAMED, "def make(n, seed): return []", "The generator must give the input as a text, not list."),
        (INVERSIONS, "{}[5]\ndef make(n, seed): return []", "The generator cannot be used: KeyError: 5."),
    ],
)  # fmt: skip
def test_a_generator_that_fails_is_the_tests_fault(sandbox, spec, generator, note):
    source = QUICK if spec is INVERSIONS else QUICK + AS_PROGRAM
    verdict = judge(sandbox, limited(spec, generator=generator), "python", source)
    assert (verdict.verdict, verdict.note) == ("tests_broken", note)
