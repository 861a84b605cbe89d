"""Whole programs are tested by what they print for an input."""

import pytest

from app.sandbox.job import Status
from app.sandbox.judging import judge
from tests.sandbox.judging.specs import of_streams, python

SUM = of_streams(("1 2\n", "3\n"), ("10 20\n", "30\n"))
SUM["cases"][1] |= {"is_hidden": True, "name": "large"}
CHECKER = """
import json
told = json.loads(input())
n, factors = int(told["stdin"]), [int(word) for word in told["stdout"].split()]
product = 1
for factor in factors:
    product *= factor
print("accept" if product == n and 1 not in factors else f"reject: the product is {product}, not {n}")
"""


def test_every_case_has_its_own_result(sandbox):
    verdict = judge(sandbox, SUM, "python", "a, b = map(int, input().split())\nprint(a + b if a < 5 else 0)")
    first, second = verdict.tests
    assert (first.name, first.is_hidden, first.verdict, first.stdin, first.stdout) == (
        "case 1", False, "passed", "1 2\n", "3\n",
    )  # fmt: skip
    assert (second.name, second.is_hidden, second.verdict, second.reason) == (
        "large", True, "wrong", "Line 1: expected “30”, got “0”.",
    )  # fmt: skip
    assert (verdict.verdict, first.cpu_ms > 0, first.memory_bytes > 1 << 20) == ("wrong", True, True)


def test_only_public_cases_are_run_where_that_is_asked(sandbox):
    verdict = judge(sandbox, SUM, "python", "print(3)", only_public=True)
    assert ([test.name for test in verdict.tests], verdict.verdict) == (["case 1"], "passed")


def test_a_compiled_program_is_compiled_once_and_run_for_each_case(sandbox):
    source = "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }"
    verdict = judge(sandbox, SUM, "cpp", source)
    assert (verdict.is_passed, verdict.compile) == (True, None)


def test_what_the_compiler_says_is_the_verdict(sandbox):
    verdict = judge(sandbox, SUM, "cpp", "int main() { return nothing; }")
    assert verdict.compile is not None
    assert (verdict.verdict, verdict.tests, verdict.compile.status) == ("compile_error", (), Status.COMPILE_ERROR)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("while True: pass", "time_limit"),
        ("a = []\nwhile True: a.append(bytearray(1 << 20))", "memory_limit"),
        ("while True: print('x' * 1000)", "output_limit"),
        ("print(3)\n1 / 0", "runtime_error"),
    ],
)
def test_how_a_run_ended_is_its_verdict(sandbox, source, expected):
    verdict = judge(sandbox, of_streams(("", "3")), "python", source)
    assert verdict.verdict == expected


def test_the_reason_of_an_error_holds_what_the_program_said(sandbox):
    [test] = judge(sandbox, of_streams(("", "3")), "python", "1 / 0").tests
    assert (test.reason.splitlines()[0], test.reason.splitlines()[-1]) == (
        "It ended with exit code 1.",
        "ZeroDivisionError: division by zero",
    )


@pytest.mark.parametrize(
    ("match", "printed", "expected"),
    [
        ({"how": "exact"}, "0.5 1", "wrong"),
        ({"how": "tokens"}, "0.5 1", "passed"),
        ({"how": "tokens"}, "0.50 1", "wrong"),
        ({"how": "numeric", "absolute": 0.01}, "0.501 1", "passed"),
        ({"how": "numeric", "absolute": 0.01}, "0.52 1", "wrong"),
    ],
)
def test_outputs_are_matched_as_the_task_says(sandbox, match, printed, expected):
    assert judge(sandbox, of_streams(("", "0.5\n1"), match=match), "python", f"print('{printed}')").verdict == expected


def test_a_checker_decides_where_many_answers_are_right(sandbox):
    spec = of_streams(("12", ""), checker=python(CHECKER))
    found = [judge(sandbox, spec, "python", f"print('{answer}')").tests[0] for answer in ("2 6", "3 4", "5 2")]
    assert [(test.verdict, test.reason) for test in found] == [
        ("passed", ""),
        ("passed", ""),
        ("wrong", "the product is 10, not 12"),
    ]


@pytest.mark.parametrize(
    ("checker", "note"),
    [
        ("1 / 0", "The checker failed. It ended with exit code 1."),
        ("print('yes')", "The checker must print “accept” or “reject: reason”, but printed “yes”."),
        ("while True: pass", "The checker failed. It used more than 1 s of processor time."),
    ],
)
def test_a_checker_that_fails_is_the_tests_fault(sandbox, checker, note):
    spec = of_streams(("12", ""), checker=python(checker), limits={"cpu_seconds": 1, "wall_seconds": 30})
    verdict = judge(sandbox, spec, "python", "print(1)")
    assert (verdict.verdict, verdict.note[: len(note)]) == ("tests_broken", note)


def test_after_the_first_failure_nothing_is_run_where_that_is_asked(sandbox):
    verdict = judge(sandbox, of_streams(*[("", "1")] * 3), "python", "print(2)", stops_early=True)
    assert [(test.verdict, test.reason) for test in verdict.tests[1:]] == [("not_run", "An earlier test failed.")] * 2


def test_when_the_time_for_all_is_used_up_the_rest_is_not_run(sandbox):
    verdict = judge(sandbox, of_streams(*[("", "")] * 4), "python", "import time; time.sleep(0.4)", wall_seconds=0.5)
    assert verdict.tests[-1].verdict == "not_run"
    assert (verdict.is_passed, verdict.tests[-1].reason) == (False, "The time for all tests is used up.")


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("cobol", "Programs in “cobol” cannot be run here."),
        ("cpp", "The tests call a function, which cannot be done in a program in C++17."),
    ],
)
def test_a_language_that_does_not_fit_the_tests_is_said_to(sandbox, language, note):
    spec = {"kind": "program", "entry_point": "solve", "tests": "assert solve() == 1"}
    verdict = judge(sandbox, spec, language, "x")
    assert (verdict.verdict, verdict.note, verdict.is_passed) == ("not_run", note, False)


def test_a_specification_with_faults_is_the_tests_fault(sandbox):
    verdict = judge(sandbox, {"kind": "program"}, "python", "print(1)")
    assert (verdict.verdict, verdict.note) == ("tests_broken", "A program needs tests: “tests” as code, or “cases”.")
