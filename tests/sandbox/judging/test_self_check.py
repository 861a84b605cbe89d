"""The tests of a task are proved before anybody works on it."""

import pytest

from app.sandbox.judging import self_check
from tests.sandbox.judging.specs import of_calls, of_code, of_streams, python

DOUBLE = "def solve(x): return 2 * x"
CASES = ({"args": [1], "expected": 2}, {"args": [5], "expected": 10, "is_hidden": True})


def test_tests_that_accept_the_reference_and_nothing_wrong_can_be_trusted(sandbox):
    spec = of_calls(
        *CASES,
        reference_program=python(DOUBLE),
        wrong_programs=[python("def solve(x): return 2", "constant"), python("def solve(x): return x + 1")],
    )
    found = self_check(sandbox, spec)
    assert (found.is_passed, found.faults) == (True, ())
    assert [(one.name, one.is_reference, one.is_passed, one.reason) for one in found.results] == [
        ("reference", True, True, "It passes all 2 tests."),
        ("constant", False, False, "“case 2”: wrong. expected 10, got 2."),
        ("wrong program 2", False, False, "“case 2”: wrong. expected 10, got 6."),
        ("empty program", False, False, "“case 1”: wrong. expected 2, got None."),
    ]


def test_a_wrong_program_that_is_accepted_is_named(sandbox):
    spec = of_calls(
        CASES[0], reference_program=python(DOUBLE), wrong_programs=[python("def solve(x): return 2", "constant")]
    )
    assert self_check(sandbox, spec).faults == ("The tests accept the wrong program “constant”.",)


@pytest.mark.parametrize(
    ("spec", "faults"),
    [
        (
            of_calls(*CASES, reference_program=python("def solve(x): return 2")),
            ("The reference program does not pass: “case 2”: wrong. expected 10, got 2.",),
        ),
        (of_calls(*CASES), ("There is no reference program, so nothing shows that the tests can be passed.",)),
        (
            of_code("assert solve(1) is None\n", reference_program=python("def solve(x): pass")),
            ("The tests accept the empty program.",),
        ),
        (of_streams(("1", ""), reference_program=python("pass #")), ("The tests accept the empty program.",)),
        (
            of_code("assert solve(1) == 2\nif solve(0):\n    assert solve(2) == 4\n", reference_program=python(DOUBLE)),
            (
                (
                    "The reference program does not pass: “test 2 (line 3)”: not run. "
                    "The tests did not come to this line."
                ),
            ),
        ),
        (
            of_streams(
                ("", "3"),
                reference_program=python("print(3)"),
                wrong_programs=[{"name": "typo", "language": "c", "source": "int main() {"}],
            ),
            None,
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_tests_is_said(sandbox, spec, faults):
    found = self_check(sandbox, spec)
    if faults is None:
        assert [fault[:45] for fault in found.faults] == ["The wrong program “typo” shows nothing: main."]
    else:
        assert found.faults == faults


def test_a_specification_with_faults_is_not_run(sandbox):
    found = self_check(sandbox, {"kind": "program", "entry_point": "solve"})
    assert (found.results, found.faults) == ((), ("A program needs tests: “tests” as code, or “cases”.",))
