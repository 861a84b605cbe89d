"""Tests that are written as code run in a sandbox of their own and call the program over pipes."""

import pytest

from app.sandbox.judging import judge
from tests.sandbox.judging.specs import of_code, python

DOUBLE = "def solve(x):\n    return 2 * x"


def verdicts(verdict):
    return [(test.name, test.verdict) for test in verdict.tests]


def test_each_assertion_is_a_hidden_test(sandbox):
    tests = "assert solve(1) == 2\nassert solve(2) == 5, 'no double'\nassert solve('a') == 'aa'\n"
    verdict = judge(sandbox, of_code(tests), "python", DOUBLE)
    assert verdicts(verdict) == [
        ("test 1 (line 1)", "passed"), ("test 2 (line 2)", "wrong"), ("test 3 (line 3)", "passed"),
    ]  # fmt: skip
    failed = verdict.tests[1]
    assert (failed.is_hidden, failed.expected, failed.stdin, failed.stdout, failed.reason) == (
        True, "assert solve(2) == 5, 'no double'", "solve(2)", "4", "It does not hold: no double",
    )  # fmt: skip


def test_an_assertion_in_a_loop_is_one_test_which_fails_when_one_round_does(sandbox):
    tests = "def check(candidate):\n    for k in range(5):\n        assert candidate(k) == 2 * k\n    assert True\n"
    verdict = judge(sandbox, of_code(tests), "python", "def solve(x): return 2 * x if x < 4 else 0")
    assert verdicts(verdict) == [("test 1 (line 3)", "wrong"), ("test 2 (line 4)", "passed")]
    assert verdict.tests[0].stdin == "solve(4)"


@pytest.mark.parametrize("call", ["", "\ncheck(solve)", "\nif __name__:\n    check(candidate)"])
def test_the_function_check_is_called_once_whether_the_tests_call_it_or_not(sandbox, call):
    body = "    rounds.append(1)\n    assert candidate(1) == 2\n    assert rounds == [1]"
    tests = f"rounds = []\ndef check(candidate):\n{body}{call}"
    assert judge(sandbox, of_code(tests), "python", DOUBLE).is_passed


def test_a_program_that_dies_of_an_assertion_is_asked_the_others_anew(sandbox):
    tests = "".join(f"assert solve({k}) == {k}\n" for k in range(4))
    source = (
        "import os\ndef solve(k):\n    if k == 1: os._exit(0)\n    if k == 2:\n        while True: pass\n    return k"
    )
    verdict = judge(sandbox, of_code(tests), "python", source)
    assert [test.verdict for test in verdict.tests] == ["passed", "runtime_error", "time_limit", "passed"]


def test_an_exception_of_the_program_can_be_caught_by_its_name(sandbox):
    tests = (
        "try:\n    solve(-1)\nexcept ValueError as error:\n    assert 'negative' in str(error)\n"
        "else:\n    assert False\nassert solve(1) == 1\n"
    )
    good = "def solve(x):\n    if x < 0: raise ValueError('negative')\n    return x"
    assert [test.verdict for test in judge(sandbox, of_code(tests), "python", good).tests] == [
        "passed", "not_run", "passed",
    ]  # fmt: skip
    other = judge(sandbox, of_code(tests), "python", good.replace("ValueError", "TypeError"))
    assert [test.verdict for test in other.tests] == ["runtime_error", "not_run", "not_run"]


def test_what_a_function_does_to_its_arguments_is_seen(sandbox):
    tests = "a, b = [3, 1], {'k': 1}\nsolve(a, b)\nassert a == [1, 3]\nassert b == {}\n"
    assert judge(sandbox, of_code(tests), "python", "def solve(a, b):\n    a.sort()\n    b.clear()").is_passed
    assert not judge(sandbox, of_code(tests), "python", "def solve(a, b): pass").is_passed


def test_classes_of_the_program_make_arguments_and_their_members_can_be_read(sandbox):
    tests = "p = Pair(1, 2)\np.right = 5\nassert solve([p, Pair(3, 4)]) == 13\nassert p.left == 1\n"
    source = (
        "class Pair:\n    def __init__(self, left, right): self.left, self.right = left, right\n"
        "def solve(pairs): return sum(p.left + p.right for p in pairs)"
    )
    assert judge(sandbox, of_code(tests), "python", source).is_passed


def test_a_class_can_be_what_is_asked_for(sandbox):
    tests = "s = solve()\ns.push(1)\ns.push(2)\nassert s.pop() == 2\nassert s.size == 1\n"
    source = (
        "class solve:\n    def __init__(self): self.all = []\n    def push(self, x): self.all.append(x)\n"
        "    def pop(self): return self.all.pop()\n    @property\n    def size(self): return len(self.all)"
    )
    assert judge(sandbox, of_code(tests), "python", source).is_passed


HELPED = "assert abs(poly([1, 1], solve([1, 1]))) < 1e-9\n"
ROOT = "def poly(c, x): return c[0] + c[1] * x\ndef solve(c): return -c[0] / c[1]\n"


def test_helpers_of_the_tests_come_from_the_reference_and_not_from_the_program(sandbox):
    spec = of_code(HELPED, reference_program=python(ROOT))
    assert judge(sandbox, spec, "python", ROOT).is_passed
    assert not judge(sandbox, spec, "python", "def poly(c, x): return 0\ndef solve(c): return 0").is_passed


def test_without_a_reference_a_helper_that_the_program_defines_is_no_evidence(sandbox):
    verdict = judge(sandbox, of_code(HELPED), "python", "def poly(c, x): return 0\ndef solve(c): return 0")
    assert (verdict.verdict, verdict.note) == (
        "tests_broken",
        "The tests are at fault. They use “poly” without defining it.",
    )


@pytest.mark.parametrize(
    ("tests", "note"),
    [
        ("assert solve(1) == ", "The tests are at fault: SyntaxError: invalid syntax (tests, line 1)."),
        (
            "import nothing\nassert solve(1) == 2",
            "The tests are at fault: ModuleNotFoundError: No module named 'nothing'.",
        ),
        ("1 / 0\nassert solve(1) == 2", "The tests are at fault: ZeroDivisionError: division by zero."),
        (
            "assert solve(1) == 2\ndef check(candidate):\n    raise NameError('x')",
            "The tests are at fault: NameError: x.",
        ),
        ("raise SystemExit(0)\nassert solve(1) == 2", "The tests are at fault: SystemExit: 0."),
        (
            "assert solve(...) == 2",
            "The tests are at fault. They give the function something of the class ellipsis, which cannot be sent.",
        ),
    ],
)
def test_errors_of_the_tests_are_told_as_theirs(sandbox, tests, note):
    verdict = judge(sandbox, of_code(tests), "python", DOUBLE)
    assert (verdict.verdict, verdict.note) == ("tests_broken", note)


def test_an_answer_that_the_tests_cannot_use_is_wrong(sandbox):
    verdict = judge(sandbox, of_code("assert abs(solve(1) - 2) < 1e-6\n"), "python", "def solve(x): return 'two'")
    assert (verdict.verdict, verdict.tests[0].reason) == (
        "wrong",
        "The tests cannot use what it returned: TypeError: unsupported operand type(s) for -: 'str' and 'int'.",
    )


def test_a_call_outside_of_an_assertion_that_fails_is_told_at_the_next(sandbox):
    verdict = judge(
        sandbox, of_code("x = solve(1)\nassert x == 1\nassert x\n"), "python", "def solve(x): raise KeyError(x)"
    )
    assert [test.verdict for test in verdict.tests] == ["runtime_error", "not_run"]
    assert verdict.tests[0].reason.splitlines()[0] == "It raised KeyError: 1."


@pytest.mark.parametrize(("answer", "verdict"), [("1", "not_run"), ("5", "wrong")])
def test_an_assertion_that_is_never_reached_is_no_pass_and_no_failure(sandbox, answer, verdict):
    tests = "for x in solve([]):\n    assert x == 2\nassert solve(0) == 1\n"
    source = f"def solve(x): return x or {answer} if x == 0 else []"
    assert judge(sandbox, of_code(tests), "python", source).verdict == verdict


def test_an_error_after_the_last_assertion_still_fails(sandbox):
    verdict = judge(sandbox, of_code("assert solve(1) == 1\nsolve(2)\n"), "python", "def solve(x): return [0, 1][x]")
    assert verdicts(verdict) == [("test 1 (line 1)", "passed"), ("tests", "runtime_error")]


def test_tests_that_swallow_everything_do_not_pass_a_program_that_died(sandbox):
    tests = "try:\n    solve(1)\nexcept:\n    pass\nassert True\n"
    verdict = judge(sandbox, of_code(tests), "python", "import os\ndef solve(x): os._exit(0)")
    assert verdicts(verdict) == [("test 1 (line 5)", "passed"), ("tests", "runtime_error")]


def test_what_tests_print_is_no_report(sandbox):
    tests = "print('{\"end\": {}}')\nassert solve(1) == 3\n"
    assert judge(sandbox, of_code(tests), "python", DOUBLE).verdict == "wrong"


def test_a_program_in_javascript_is_called_by_tests_in_python(sandbox):
    verdict = judge(
        sandbox, of_code("assert solve([1, 2]) == [2, 4]\n"), "javascript", "const solve = (a) => a.map((x) => 2 * x)"
    )
    assert verdict.is_passed
