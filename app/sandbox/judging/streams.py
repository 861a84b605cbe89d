"""Tests of whole programs: input in, output out, each run in a sandbox of its own."""

import json
from collections.abc import Iterator, Sequence

from app.sandbox.job import Result, Status
from app.sandbox.judging.hearing import Hearing
from app.sandbox.judging.verdict import (
    NOT_RUN,
    PASSED,
    WRONG,
    TestResult,
    TestsBroken,
    cut,
    how_it_ended,
    not_run,
    require_run,
)
from app.sandbox.sandbox import Program
from app.verifiers.output import difference
from app.verifiers.program import Match, StreamCase

_STDERR_SHOWN_CHARS = 1500
_REASON_MAX_CHARS = 500


def run_stream_cases(
    hearing: Hearing, program: Program, cases: Sequence[tuple[str, StreamCase]]
) -> Iterator[TestResult]:
    """Try each case; after a failure only where all are asked for."""
    judge = OutputJudge(hearing)
    is_stopped = False
    for name, case in cases:
        test = TestResult(name, case.is_hidden, NOT_RUN, stdin=cut(case.stdin), expected=cut(case.stdout))
        if is_stopped or hearing.is_over:
            yield not_run(test, "An earlier test failed." if is_stopped else "The time for all tests is used up.")
            continue
        result = program.run(case.stdin.encode(), limits=hearing.limits)
        require_run(result)
        verdict, reason = judge.judge(case.stdin, case.stdout, result)
        is_stopped = hearing.stops_early and verdict != PASSED
        yield TestResult(
            name,
            case.is_hidden,
            verdict,
            cpu_ms=round(result.cpu_seconds * 1000),
            wall_ms=round(result.wall_seconds * 1000),
            memory_bytes=result.memory_bytes,
            stdin=test.stdin,
            stdout=cut(text_of(result.stdout)),
            expected=test.expected,
            reason=reason,
        )


class OutputJudge:
    """Holds outputs against what is expected: by comparison, or by the task's own checker program."""

    def __init__(self, hearing: Hearing):
        self._hearing = hearing
        self._match: Match = hearing.spec.match
        checker = hearing.spec.checker
        self._checker = (
            hearing.prepare_of_task(checker.language, checker.source, "The checker") if checker is not None else None
        )

    def judge(self, stdin: str, expected: str, result: Result) -> tuple[str, str]:
        """Give the verdict on a run and the reason."""
        if result.status is not Status.OK:
            verdict, reason = how_it_ended(result, self._hearing.spec.limits.cpu_seconds)
            errors = text_of(result.stderr).strip()[-_STDERR_SHOWN_CHARS:]
            return verdict, f"{reason}\n{errors}".strip()
        reason = self._reason(stdin, expected, text_of(result.stdout))
        return (WRONG, reason) if reason else (PASSED, "")

    def _reason(self, stdin: str, expected: str, stdout: str) -> str:
        if self._checker is None:
            match = self._match
            return difference(expected, stdout, how=match.how, absolute=match.absolute, relative=match.relative)
        line = json.dumps({"stdin": stdin, "expected": expected, "stdout": stdout}) + "\n"
        checked = self._checker.run(line.encode(), limits=self._hearing.limits)
        require_run(checked)
        said = text_of(checked.stdout).strip()
        if checked.status is not Status.OK:
            raise TestsBroken(f"The checker failed. {checked.note} {text_of(checked.stderr).strip()[-300:]}".strip())
        if said == "accept":
            return ""
        if said.partition(":")[0].strip() == "reject":
            return said.partition(":")[2].strip()[:_REASON_MAX_CHARS] or "The checker rejects it."
        raise TestsBroken(f"The checker must print “accept” or “reject: reason”, but printed “{said[:100]}”.")


def text_of(printed: bytes) -> str:
    """Read what was printed; what is no UTF-8 stays visible as such."""
    return printed.decode(errors="replace")
