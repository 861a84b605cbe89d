"""Proves the tests of a task: the reference passes all of them, each wrong program and an empty one does not."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from app.sandbox.judging.hearing import stub_of
from app.sandbox.judging.judge import judge, words_of
from app.sandbox.judging.verdict import COMPILE_ERROR, NOT_RUN, PASSED, TESTS_BROKEN, UNAVAILABLE, Verdict
from app.sandbox.sandbox import Sandbox
from app.verifiers.answer_type import Spec
from app.verifiers.program import Program, ProgramSpec, check_spec, parse_spec

STUB = "empty program"
_SAY_NOTHING = frozenset({COMPILE_ERROR, TESTS_BROKEN, UNAVAILABLE, NOT_RUN})
_EMPTY = {
    "python": "pass\n",
    "javascript": "",
    "c": "int main(void) { return 0; }\n",
    "cpp": "int main() {}\n",
    "rust": "fn main() {}\n",
    "java": "public class Main { public static void main(String[] args) {} }\n",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """One program that was held against the tests."""

    name: str
    is_reference: bool
    is_passed: bool
    """it passed all tests: right for the reference, wrong for every other"""
    reason: str
    milliseconds: int
    verdict: str


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What the programs of a task say of its tests."""

    results: tuple[Tried, ...]
    faults: tuple[str, ...]
    """sentences for the manager; empty when the tests can be trusted"""

    @property
    def is_passed(self) -> bool:
        """The tests accept what is right and nothing that is known to be wrong."""
        return not self.faults


def self_check(sandbox: Sandbox, spec: Spec) -> SelfCheck:
    """Run a task's own programs against its tests; where the specification is at fault nothing is run."""
    faults = check_spec(spec)
    if faults:
        return SelfCheck((), tuple(faults))
    parsed = parse_spec(spec)
    results = tuple(_try(sandbox, spec, program, is_reference=number == 0) for number, program in _programs(parsed))
    return SelfCheck(results, tuple(_faults(results, parsed)))


def _programs(spec: ProgramSpec) -> Iterator[tuple[int, Program]]:
    """Give the reference as number 0, the wrong programs, and one that does nothing."""
    if spec.reference_program is not None:
        yield 0, spec.reference_program.model_copy(update={"name": "reference"})
    for number, program in enumerate(spec.wrong_programs, start=1):
        yield number, program.model_copy(update={"name": program.name or f"wrong program {number}"})
    yield -1, Program(name=STUB, language=spec.language, source=_stub(spec))


def _stub(spec: ProgramSpec) -> str:
    """Write a program that does nothing, or a function that returns nothing."""
    if not spec.calls_a_function:
        return _EMPTY[spec.language]
    return stub_of(spec.language, spec.entry_point)


def _try(sandbox: Sandbox, spec: Spec, program: Program, *, is_reference: bool) -> Tried:
    began = time.perf_counter()
    verdict = judge(sandbox, spec, program.language, program.source, stops_early=not is_reference)
    milliseconds = round((time.perf_counter() - began) * 1000)
    return Tried(program.name, is_reference, verdict.is_passed, _reason(verdict), milliseconds, verdict.verdict)


def _reason(verdict: Verdict) -> str:
    if verdict.compile is not None:
        return words_of(verdict.compile)[:500]
    failed = [test for test in verdict.tests if test.verdict != PASSED]
    if verdict.note or not failed:
        return verdict.note or f"It passes all {len(verdict.tests)} tests."
    first = failed[0]
    return f"“{first.name}”: {first.verdict.replace('_', ' ')}. {first.reason}".strip()[:1000]


def _faults(results: tuple[Tried, ...], spec: ProgramSpec) -> Iterator[str]:
    if spec.reference_program is None:
        yield "There is no reference program, so nothing shows that the tests can be passed."
    for tried in results:
        if tried.verdict == UNAVAILABLE:
            yield f"Programs cannot be run on this machine: {tried.reason}"
            return
        if tried.is_reference and not tried.is_passed:
            yield f"The reference program does not pass: {tried.reason}"
        elif not tried.is_reference and tried.is_passed:
            yield f"The tests accept the {tried.name}." if tried.name == STUB else _accepted(tried)
        elif not tried.is_reference and tried.verdict in _SAY_NOTHING and tried.name != STUB:
            yield f"The wrong program “{tried.name}” shows nothing: {tried.reason}"


def _accepted(tried: Tried) -> str:
    return f"The tests accept the wrong program “{tried.name}”."
