"""Judges a program by the tests of its task: compiled once, every test with its own verdict."""

from collections.abc import Iterator, Sequence
from itertools import chain

from app.sandbox.job import CompileFailed, Result
from app.sandbox.judging.calls import run_call_cases, run_code
from app.sandbox.judging.efficiency import run_efficiency
from app.sandbox.judging.hearing import Hearing
from app.sandbox.judging.streams import run_stream_cases
from app.sandbox.judging.verdict import (
    COMPILE_ERROR,
    NOT_RUN,
    PASSED,
    TESTS_BROKEN,
    UNAVAILABLE,
    TestResult,
    TestsBroken,
    Unavailable,
    Verdict,
    whole,
)
from app.sandbox.languages import LANGUAGES
from app.sandbox.sandbox import Program, Sandbox
from app.verifiers.answer_type import Spec
from app.verifiers.program import CALLABLE_LANGUAGES, CallCase, ProgramSpec, StreamCase, check_spec, parse_spec

WALL_SECONDS = 120.0
"""For all tests of one program together."""


def judge(
    sandbox: Sandbox,
    spec: Spec,
    language: str,
    source: str,
    *,
    only_public: bool = False,
    wall_seconds: float = WALL_SECONDS,
    stops_early: bool = False,
) -> Verdict:
    """Run the tests of a specification on a program.

    What the program prints or how it exits never makes it pass: outputs and returned values are compared outside of
    its sandbox. Tests that are at fault give TESTS_BROKEN, a machine that cannot run it UNAVAILABLE. After
    `wall_seconds`, or with `stops_early` after the first failure, the tests that are left are NOT_RUN.
    """
    refusal = _refused(spec, language)
    if refusal is not None:
        return refusal
    hearing = Hearing(sandbox, parse_spec(spec), language, source, wall_seconds, stops_early)
    tests: list[TestResult] = []
    try:
        with hearing.open():
            tests.extend(_tests(hearing, only_public=only_public))
    except CompileFailed as failed:
        return Verdict(COMPILE_ERROR, compile=failed.result)
    except TestsBroken as error:
        return Verdict(TESTS_BROKEN, tests, note=str(error))
    except Unavailable as error:
        return Verdict(UNAVAILABLE, compile=error.result, note=error.result.note)
    return Verdict(whole(tests), tests)


def _refused(spec: Spec, language: str) -> Verdict | None:
    """Say why nothing can be run, whatever the program is; None where it can."""
    faults = check_spec(spec)
    if faults:
        return Verdict(TESTS_BROKEN, note=" ".join(faults))
    if language not in LANGUAGES:
        return Verdict(NOT_RUN, note=f"Programs in “{language}” cannot be run here.")
    if parse_spec(spec).calls_a_function and language not in CALLABLE_LANGUAGES:
        name = LANGUAGES[language].name
        return Verdict(NOT_RUN, note=f"The tests call a function, which cannot be done in a program in {name}.")
    return None


def _tests(hearing: Hearing, *, only_public: bool) -> Iterator[TestResult]:
    """Run the public cases, then what is hidden; efficiency is looked at only where all else is right."""
    spec = hearing.spec
    program = hearing.prepare_callee() if spec.calls_a_function else hearing.prepare_program()
    are_passed = True
    for test in chain(_cases(hearing, program, only_public=only_public), _code(hearing, program, only_public)):
        are_passed = are_passed and test.verdict == PASSED
        yield test
    asked = spec.efficiency
    if asked is None or (only_public and asked.is_hidden):
        return
    if are_passed:
        yield from run_efficiency(hearing, asked, program)
    else:
        yield TestResult("efficiency", asked.is_hidden, NOT_RUN, reason="It is measured when all other tests pass.")


def _cases(hearing: Hearing, program: Program, *, only_public: bool) -> Iterator[TestResult]:
    """Run the cases, the public ones in processes of their own: they must not learn of the hidden ones."""
    named = named_cases(hearing.spec)
    for is_hidden in (False,) if only_public else (False, True):
        chosen = [(name, case) for name, case in named if case.is_hidden is is_hidden]
        calls = [(name, case) for name, case in chosen if isinstance(case, CallCase)]
        streams = [(name, case) for name, case in chosen if isinstance(case, StreamCase)]
        yield from run_call_cases(hearing, program, calls)
        yield from run_stream_cases(hearing, program, streams)


def _code(hearing: Hearing, program: Program, only_public: bool) -> Sequence[TestResult]:  # noqa: FBT001 - private
    return run_code(hearing, program) if hearing.spec.tests.strip() and not only_public else ()


def named_cases(spec: ProgramSpec) -> list[tuple[str, StreamCase | CallCase]]:
    """Give every case a name, its number where it has none."""
    return [(case.name or f"case {number}", case) for number, case in enumerate(spec.cases, start=1)]


def words_of(result: Result) -> str:
    """Take what a compiler said."""
    return result.stderr.decode(errors="replace").strip() or result.note
