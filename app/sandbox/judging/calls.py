"""Tests of a function: cases with arguments, and tests as code, run by a judge that calls the program over pipes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.sandbox.judging.hearing import Hearing, Linked
from app.sandbox.judging.inside import codec
from app.sandbox.judging.verdict import (
    NOT_RUN,
    OUTPUT_LIMIT,
    PASSED,
    RUNTIME_ERROR,
    TIME_LIMIT,
    TestResult,
    TestsBroken,
    cut,
    how_it_ended,
    not_run,
)
from app.sandbox.sandbox import Program
from app.verifiers.literals import is_plain_json, read_literal
from app.verifiers.program import CallCase

FRESH_STARTS_MAX = 3
"""For tests as code: after an assertion at which the program died the others are tried again, so many times."""
_NO_TIME = "The time for all tests is used up."
_EARLIER = "An earlier test failed."


def run_call_cases(hearing: Hearing, callee: Program, cases: Sequence[tuple[str, CallCase]]) -> Iterator[TestResult]:
    """Try all cases in one process of the program, and in a fresh one after each at which it died."""
    left = list(enumerate(cases))
    while left and not hearing.is_over:
        job = {
            "do": "cases",
            "entry_point": hearing.spec.entry_point,
            "match": hearing.spec.match.model_dump(),
            "stops_early": hearing.stops_early,
            "cases": [_case(number, name, case) for number, (name, case) in left],
        }
        linked = _link(hearing, callee, job)
        if unloaded := linked.end.get("unloaded"):
            for _, (name, case) in left:
                yield _result(hearing, linked, _test(name, case), unloaded)
            return
        is_failed = False
        for report, (_, (name, case)) in zip(linked.reports, left, strict=False):
            result = _result(hearing, linked, _test(name, case), report)
            is_failed = is_failed or result.verdict != PASSED
            yield replace(result, stdin=cut(report["call"]), stdout=cut(report["value"]))
        # What is not reported comes after a case at which the program died, or which was the last to be tried.
        left = left[len(linked.reports) :]
        if is_failed and hearing.stops_early:
            yield from (not_run(_test(name, case), _EARLIER) for _, (name, case) in left)
            return
    yield from (not_run(_test(name, case), _NO_TIME) for _, (name, case) in left)


def _link(hearing: Hearing, callee: Program, job: dict[str, Any]) -> Linked:
    limits = hearing.limits
    return hearing.link(callee, job, limits.cpu_seconds, limits.wall_seconds)


def _case(number: int, name: str, case: CallCase) -> dict[str, Any]:
    try:
        return {
            "number": number,
            "name": name,
            "args": [codec.encode(read_literal(arg)) for arg in case.args],
            "kwargs": {key: codec.encode(read_literal(value)) for key, value in case.kwargs.items()},
            "expected": codec.encode(read_literal(case.expected)),
            "raises": case.raises,
            "lists_are_tuples": is_plain_json(case.expected),
        }
    except ValueError as error:
        raise TestsBroken(f"The values of the test “{name}” cannot be read: {error}.") from error


def _test(name: str, case: CallCase) -> TestResult:
    expected = case.raises or codec.show(read_literal(case.expected))
    return TestResult(name, case.is_hidden, NOT_RUN, expected=cut(expected))


def _result(hearing: Hearing, linked: Linked, test: TestResult, report: Mapping[str, Any]) -> TestResult:
    verdict, reason, limits = report["verdict"], report["reason"], hearing.spec.limits
    times = report.get("times", {"cpu": 0.0, "wall": 0.0})
    if verdict == "ended":
        # It could not say itself how much it used.
        times = times | {"cpu": linked.played.cpu_seconds}
        verdict, reason = why_ended(linked, reason, limits.cpu_seconds, limits.wall_seconds)
    return replace(
        test,
        verdict=verdict,
        reason=cut(f"{reason}\n{report.get('trace', '')}".strip()),
        cpu_ms=round(min(times["cpu"], linked.played.cpu_seconds) * 1000),
        wall_ms=round(times["wall"] * 1000),
        memory_bytes=linked.played.memory_bytes,
    )


def why_ended(linked: Linked, why: str, cpu_seconds: float, wall_seconds: float) -> tuple[str, str]:
    """Say what it means that the program did not answer."""
    if why == "late":
        return NOT_RUN, _NO_TIME
    if why == "gone":
        return how_it_ended(linked.played, cpu_seconds)
    if why == "silent":
        return TIME_LIMIT, f"It did not answer within {wall_seconds:g} s."
    if why == "too_much":
        return OUTPUT_LIMIT, "What it returned is too large."
    return RUNTIME_ERROR, "What came from it was no answer."


def run_code(hearing: Hearing, callee: Program) -> list[TestResult]:
    """Run the tests that are written as code; each assertion in them is one hidden test."""
    decided: dict[int, TestResult] = {}
    while True:
        linked = _link(hearing, callee, _code_job(hearing, list(decided)))
        tests = [_named(number, one) for number, one in enumerate(linked.end["found"])]
        if unloaded := linked.end.get("unloaded"):
            tests = tests or [TestResult("tests", True, NOT_RUN)]
            return [_result(hearing, linked, test, unloaded) for test in tests]
        results = _outcomes(hearing, linked, tests, decided)
        current = linked.end["current"]
        is_known = not linked.end["ended"] or current is None or current in decided
        if is_known or hearing.stops_early or hearing.is_over or len(decided) == FRESH_STARTS_MAX:
            return _finished(hearing, linked, results)
        decided[current] = results[current]


def _code_job(hearing: Hearing, skipped: list[int]) -> dict[str, Any]:
    reference = hearing.spec.reference_program
    return {
        "do": "tests",
        "entry_point": hearing.spec.entry_point,
        "tests": hearing.spec.tests,
        "reference": reference.source if reference and reference.language == "python" else "",
        "skip": skipped,
    }


def _named(number: int, found: Mapping[str, Any]) -> TestResult:
    return TestResult(f"test {number + 1} (line {found['line']})", True, NOT_RUN, expected=cut(found["source"]))


def _outcomes(
    hearing: Hearing, linked: Linked, tests: Sequence[TestResult], decided: Mapping[int, TestResult]
) -> list[TestResult]:
    """Put together what is known of each assertion."""
    by_number = {outcome["number"]: outcome for outcome in linked.end["outcomes"]}
    results = []
    for number, test in enumerate(tests):
        if number in decided:
            results.append(decided[number])
        elif outcome := by_number.get(number):
            shown = replace(test, stdin=cut(outcome.get("call", "")), stdout=cut(outcome.get("value", "")))
            results.append(_result(hearing, linked, shown, outcome))
        else:
            results.append(not_run(test, "The tests did not come to this line."))
    return results


def _finished(hearing: Hearing, linked: Linked, results: list[TestResult]) -> list[TestResult]:
    """Add what happened outside of assertions: to the first that was not reached, or as a result of its own."""
    stray = linked.end["stray"]
    if linked.end["ended"] and all(result.verdict in {PASSED, NOT_RUN} for result in results):
        stray = {"verdict": "ended", "reason": linked.end["ended"]}
    if stray is None and results:
        return results
    report = stray or {"verdict": PASSED, "reason": ""}
    unreached = next((number for number, one in enumerate(results) if one.verdict == NOT_RUN), None)
    if unreached is None:
        return [*results, _result(hearing, linked, TestResult("tests", True, NOT_RUN), report)]
    results[unreached] = _result(hearing, linked, results[unreached], report)
    return results
