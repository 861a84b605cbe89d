"""Functions are tested by calling them with arguments, from a sandbox of its own."""

import pytest

from app.sandbox.judging import judge
from tests.sandbox.judging.specs import of_calls

VALUES = [
    "None", "True", "0", "-5", "2 ** 70", "1.5", "nan", "inf", "1 + 2j", "''", "'ä\\0\\u2028\"'", "b'\\0x'", "[]",
    "(1,)", "()", "{1, 2}", "set()", "frozenset([1])", "{}", "{(1, 'a'): [None]}", "[[1], (2, [3.5, True])]",
]  # fmt: skip
LITERALS = [value for value in VALUES if "**" not in value]


@pytest.mark.parametrize("value", LITERALS)
def test_values_come_back_as_they_went(sandbox, value):
    spec = of_calls({"args": [{"python": value}], "expected": {"python": value}})
    verdict = judge(sandbox, spec, "python", "def solve(x): return x")
    assert (verdict.verdict, verdict.note) == ("passed", "")


@pytest.mark.parametrize(
    ("returned", "expected", "verdict"),
    [
        ("(1, 2)", [1, 2], "passed"),
        ("(1, 2)", {"python": "[1, 2]"}, "wrong"),
        ("{'a': (1,)}", {"a": [1]}, "passed"),
        ("iter([1, 2])", [1, 2], "passed"),
        ("(k for k in range(2))", [0, 1], "passed"),
        ("range(2)", [0, 1], "passed"),
        ("{1: 2}.keys()", [1], "passed"),
        ("__import__('collections').Counter('aab')", {"a": 2, "b": 1}, "passed"),
        ("__import__('collections').deque([1])", [1], "passed"),
        ("__import__('fractions').Fraction(1, 2)", 0.5, "passed"),
        ("__import__('decimal').Decimal('0.5')", 0.5, "passed"),
        ("bytearray(b'a')", {"python": "b'a'"}, "passed"),
        ("1", 1.0, "passed"),
        ("'1'", 1, "wrong"),
        ("[1, 2, 3]", [1, 2], "wrong"),
        ("float('nan')", {"python": "nan"}, "passed"),
    ],
)
def test_kinds_of_values_are_told_apart_as_far_as_json_can(sandbox, returned, expected, verdict):
    source = f"def solve(): return {returned}"
    assert judge(sandbox, of_calls({"args": [], "expected": expected}), "python", source).verdict == verdict


@pytest.mark.parametrize(
    ("returned", "expected", "reason"),
    [
        ("5", 6, "expected 6, got 5."),
        ("[1, [2, 3]]", [1, [2, 4]], "At [1][1]: expected 4, got 3."),
        ("[1]", [1, 2], "expected 2 elements, got 1."),
        ("{'a': 1}", {"a": 2}, "At ['a']: expected 2, got 1."),
        ("{}", {"a": 2}, "the key 'a' is missing."),
        ("{'a': 1, 'b': 2}", {"a": 1}, "the key 'b' is not expected."),
        ("object", 1, "expected 1, got <an object of the class type>."),
    ],
)
def test_the_first_difference_is_told(sandbox, returned, expected, reason):
    spec = of_calls({"args": [], "expected": expected})
    [test] = judge(sandbox, spec, "python", f"def solve(): return {returned}").tests
    assert (test.verdict, test.reason, test.stdin) == ("wrong", reason, "solve()")


def test_numbers_may_differ_by_a_tolerance(sandbox):
    spec = of_calls({"args": [], "expected": [0.3, "a"]}, match={"how": "numeric", "relative": 1e-9})
    assert judge(sandbox, spec, "python", "def solve(): return [0.1 + 0.2, 'a']").verdict == "passed"
    assert judge(sandbox, spec, "python", "def solve(): return [0.31, 'a']").verdict == "wrong"


@pytest.mark.parametrize(
    ("raises", "source", "verdict"),
    [
        ("ValueError", "raise ValueError('no')", "passed"),
        ("ValueError", "int('x')", "passed"),
        ("LookupError", "raise KeyError(1)", "passed"),
        ("Full", "raise type('Full', (ValueError,), {})()", "passed"),
        ("ValueError", "raise type('Full', (ValueError,), {})()", "passed"),
        ("ValueError", "raise TypeError", "wrong"),
        ("ValueError", "return 1", "wrong"),
    ],
)
def test_an_exception_can_be_what_is_expected(sandbox, raises, source, verdict):
    spec = of_calls({"args": [], "raises": raises})
    assert judge(sandbox, spec, "python", f"def solve():\n    {source}").verdict == verdict


def test_an_exception_that_is_not_expected_is_told_with_its_place(sandbox):
    [test] = judge(sandbox, of_calls({"args": [0], "expected": 1}), "python", "def solve(x):\n    return 1 / x").tests
    assert test.verdict == "runtime_error"
    assert test.reason.splitlines()[0] == "It raised ZeroDivisionError: division by zero."
    assert 'File "program.py", line 2, in solve' in test.reason


def test_keywords_are_given_by_name(sandbox):
    spec = of_calls({"args": [1], "kwargs": {"times": 3}, "expected": 3})
    assert judge(sandbox, spec, "python", "def solve(x, *, times): return x * times").is_passed


def test_a_case_that_kills_the_program_does_not_poison_the_others(sandbox):
    cases = [{"args": [k], "expected": k} for k in range(6)]
    source = (
        "import os\ndef solve(k):\n    if k == 1: os._exit(0)\n    if k == 3:\n        while True: pass\n"
        "    if k == 4: os.kill(os.getpid(), 9)\n    return k"
    )
    verdict = judge(sandbox, of_calls(*cases), "python", source)
    assert [(test.name, test.verdict) for test in verdict.tests] == [
        ("case 1", "passed"),
        ("case 2", "runtime_error"),
        ("case 3", "passed"),
        ("case 4", "time_limit"),
        ("case 5", "runtime_error"),
        ("case 6", "passed"),
    ]


def test_cases_share_one_process_as_long_as_it_lives(sandbox):
    source = "import time\ntime.sleep(0.2)\ncalls = []\ndef solve(k):\n    calls.append(k)\n    return len(calls)"
    cases = [{"args": [k], "expected": k} for k in range(1, 41)]
    assert judge(sandbox, of_calls(*cases), "python", source).is_passed


def test_what_a_program_prints_does_not_get_into_its_answers(sandbox):
    source = "import sys, os\ndef solve(x):\n    print('noise', flush=True)\n    os.write(1, b'more')\n    return input"
    source += "\nprint(sys.stdin.read())"
    spec = of_calls({"args": [1], "expected": 1})
    assert judge(sandbox, spec, "python", source.replace("return input", "return x")).is_passed


def test_after_the_first_failure_the_rest_is_not_run_where_that_is_asked(sandbox):
    cases = [{"args": [k], "expected": 0} for k in range(3)]
    verdict = judge(sandbox, of_calls(*cases), "python", "def solve(k): return k", stops_early=True)
    assert [test.verdict for test in verdict.tests] == ["passed", "wrong", "not_run"]


def test_when_the_time_for_all_is_used_up_the_rest_is_not_run(sandbox):
    cases = [{"args": [k], "expected": k} for k in range(9)]
    source = "import time\ndef solve(k):\n    time.sleep(0.7)\n    return k"
    verdict = judge(sandbox, of_calls(*cases), "python", source, wall_seconds=2)
    assert (len(verdict.tests), verdict.tests[-1].verdict, verdict.is_passed) == (9, "not_run", False)
    assert {test.verdict for test in verdict.tests} <= {"passed", "not_run"}


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("function solve(list) { return list.map((x) => 2 * x); }", "passed"),
        ("const solve = (list) => list.map((x) => 2 * x);", "passed"),
        (
            "module.exports = { solve: async (list) => { console.log('noise'); return list.map((x) => 2 * x); } };",
            "passed",
        ),
        ("function solve(list) { return list; }", "wrong"),
        ("function solve(list) { process.exit(0); }", "runtime_error"),
        ("function solve(list) { return { valueOf: () => [2, 4], toString: () => '2,4' }; }", "wrong"),
        ("function solve(list) { throw new RangeError('no'); }", "runtime_error"),
        ("function solve(list) { for (;;); }", "time_limit"),
        ("function other() {}", "wrong"),
        ("function solve(", "runtime_error"),
        (
            "require('fs').writeSync(1, '{\"verdict\":\"passed\"}\\n'); function solve() { return [2, 4]; }",
            "runtime_error",
        ),
    ],
)
def test_functions_in_javascript_are_called_as_well(sandbox, source, verdict):
    spec = of_calls({"args": [[1, 2]], "expected": [2, 4]}, language="javascript")
    assert judge(sandbox, spec, "javascript", source).verdict == verdict


def test_values_of_javascript_cross_too(sandbox):
    expected = [{"python": "{1, 2}"}, {"a": None}, {"python": "10000000000000000000"}, {"python": "{1: 2}"}, 0.5]
    spec = of_calls({"args": expected, "expected": expected}, language="javascript")
    verdict = judge(sandbox, spec, "javascript", "function solve(...all) { return all; }")
    assert (verdict.verdict, [test.reason for test in verdict.tests]) == ("passed", [""])
