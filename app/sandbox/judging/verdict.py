"""What comes out when a program is tested."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.sandbox.job import Result, Status

PASSED: Final = "passed"
WRONG: Final = "wrong"
RUNTIME_ERROR: Final = "runtime_error"
TIME_LIMIT: Final = "time_limit"
MEMORY_LIMIT: Final = "memory_limit"
OUTPUT_LIMIT: Final = "output_limit"
TOO_SLOW: Final = "too_slow"
"""It is right, but its time grows quicker than asked."""
NOT_RUN: Final = "not_run"
"""Nothing is known of it: an earlier end, no time left, or never reached."""
# Only of a whole verdict:
COMPILE_ERROR: Final = "compile_error"
TESTS_BROKEN: Final = "tests_broken"
"""The tests themselves are at fault; this says nothing about the program."""
UNAVAILABLE: Final = "unavailable"
"""This machine cannot run it; nothing is known."""

SHOWN_MAX_CHARS = 4000


@dataclass(frozen=True, slots=True)
class TestResult:
    """What one test says. All but name and verdict of a hidden one stays from the author."""

    __test__ = False  # its name looks like a test's to pytest

    name: str
    is_hidden: bool
    verdict: str
    cpu_ms: int = 0
    """as the program's own process counts it; of whole programs and of sizes as the kernel does"""
    wall_ms: int = 0
    memory_bytes: int = 0
    """the most that was in use; calls that shared a process share this too"""
    stdin: str = ""
    """the input, or the call"""
    stdout: str = ""
    """the output, or the returned value"""
    expected: str = ""
    reason: str = ""
    """a sentence, empty when it passed; may hold the expected value"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What all tests together say."""

    verdict: str
    tests: Sequence[TestResult] = ()
    compile: Result | None = None
    """what the compiler said where it refused the program, or why nothing can be run here"""
    note: str = ""
    """a sentence where the verdict is not from the tests: what is wrong with them, why nothing was run"""

    @property
    def is_passed(self) -> bool:
        """Every test has passed, and there was one."""
        return self.verdict == PASSED


class TestsBroken(Exception):
    """The tests of a task are at fault; the message says how."""

    __test__ = False


class Unavailable(Exception):
    """Nothing can be run here; the result says why."""

    def __init__(self, result: Result):
        super().__init__(result.note)
        self.result = result


def whole(tests: Sequence[TestResult]) -> str:
    """Take the verdict of the first test that failed; if none did, all of them have to have been run."""
    verdicts = [test.verdict for test in tests]
    failed = (verdict for verdict in verdicts if verdict not in {PASSED, NOT_RUN})
    return next(failed, NOT_RUN if NOT_RUN in verdicts or not verdicts else PASSED)


_SIGPROF = 27
_ENDS = {
    Status.TIME_LIMIT: TIME_LIMIT,
    Status.MEMORY_LIMIT: MEMORY_LIMIT,
    Status.OUTPUT_LIMIT: OUTPUT_LIMIT,
    Status.RUNTIME_ERROR: RUNTIME_ERROR,
    Status.COMPILE_ERROR: COMPILE_ERROR,
}


def require_run(*results: Result) -> None:
    """Raise Unavailable where the sandbox itself could not do it."""
    for result in results:
        if result.status in {Status.UNAVAILABLE, Status.INTERNAL_ERROR}:
            raise Unavailable(result)


def how_it_ended(result: Result, limit_seconds: float) -> tuple[str, str]:
    """Say which verdict an end that was no answer gives, and why."""
    if result.signal == _SIGPROF:
        return TIME_LIMIT, f"It used more than {limit_seconds:g} s of processor time."
    if result.status is Status.OK:
        return RUNTIME_ERROR, "It ended before it answered."
    return _ENDS.get(result.status, RUNTIME_ERROR), result.note


def not_run(test: TestResult, reason: str) -> TestResult:
    """Make the result of a test that was not tried."""
    return replace(test, verdict=NOT_RUN, reason=reason)


def cut(text: str) -> str:
    """Cut a text to what is kept of it."""
    return text if len(text) <= SHOWN_MAX_CHARS else f"{text[:SHOWN_MAX_CHARS]}…"
