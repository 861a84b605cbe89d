"""How quick a program is: inputs are made for growing sizes, each is timed several times, and the growth is judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.sandbox.job import Limits, Result, Status
from app.sandbox.judging.calls import why_ended
from app.sandbox.judging.hearing import Hearing, Linked
from app.sandbox.judging.streams import OutputJudge, text_of
from app.sandbox.judging.verdict import (
    NOT_RUN,
    PASSED,
    TIME_LIMIT,
    TOO_SLOW,
    WRONG,
    TestResult,
    TestsBroken,
    cut,
    not_run,
    require_run,
)
from app.sandbox.sandbox import Program
from app.verifiers.growth import Timing, judge_growth
from app.verifiers.program import Efficiency

_REPETITIONS = 3
_LONG_SECONDS = 0.1
"""From here on one more repetition tells little."""
_GRACE_SECONDS = 0.05
_SHORTEST_SECONDS = 1e-4
_WALL_FACTOR = 3.0
"""A machine with much else to do gives a program no more than this share of a processor."""
_WALL_SECONDS = 2.0
_OUTPUT_MAX_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Measured:
    """One timed run."""

    verdict: str
    seconds: float
    reason: str = ""
    stdout: str = ""
    memory_bytes: int = 0


Measure = Callable[[int, int, bool], Measured]
"""(size, seed, whether the answer is verified)"""


def run_efficiency(hearing: Hearing, asked: Efficiency, program: Program) -> Iterator[TestResult]:
    """Time each size, then judge the growth; after a size that failed nothing larger is tried."""
    kind = CallMeasure if hearing.spec.calls_a_function else StreamMeasure
    measure: Measure = kind(hearing, asked, program)
    timings: list[Timing] = []
    failed = ""
    for size in asked.sizes:
        test = TestResult(f"n = {size:,}", asked.is_hidden, NOT_RUN)
        if failed or hearing.is_over:
            yield not_run(test, failed or "The time for all tests is used up.")
            continue
        measured = _best(hearing, asked, measure, size, _REPETITIONS)
        if measured.verdict == PASSED:
            timings.append(Timing(size, measured.seconds))
        else:
            failed = f"It was stopped at n = {size:,}."
        yield _result(test, measured)
    if asked.growth:
        yield _grown(hearing, asked, measure, timings, failed)


def _result(test: TestResult, measured: Measured) -> TestResult:
    milliseconds = round(measured.seconds * 1000)
    return replace(
        test,
        verdict=measured.verdict,
        cpu_ms=milliseconds,
        wall_ms=milliseconds,
        memory_bytes=measured.memory_bytes,
        stdout=cut(measured.stdout),
        reason=measured.reason,
    )


def _best(hearing: Hearing, asked: Efficiency, measure: Measure, size: int, repetitions: int) -> Measured:
    """Take the shortest of several times: what disturbs a measurement only makes it longer.

    Each repetition is a fresh process with another input, so that nothing can be remembered from the one before.
    """
    best: Measured | None = None
    for repetition in range(repetitions):
        measured = measure(size, asked.seed + repetition, best is None)
        if measured.verdict != PASSED:
            return measured
        if best is None or measured.seconds < best.seconds:
            best = replace(measured, stdout=best.stdout if best else measured.stdout)
        if best.seconds > _LONG_SECONDS or hearing.is_over:
            break
    assert best is not None  # noqa: S101 - there is a repetition
    if best.seconds > asked.limit_seconds:
        return replace(best, verdict=TIME_LIMIT, reason=_over(asked, size, best.seconds))
    return best


def _over(asked: Efficiency, size: int, seconds: float) -> str:
    return f"It took {seconds:.2f} s at n = {size:,}; allowed are {asked.limit_seconds:g} s."


def _grown(hearing: Hearing, asked: Efficiency, measure: Measure, timings: list[Timing], failed: str) -> TestResult:
    """Judge the growth; before it is called too quick, the ends are measured once more."""
    test = TestResult("growth", asked.is_hidden, NOT_RUN, expected=asked.growth)
    growth = judge_growth(asked.growth, timings)
    if growth.is_too_slow and not hearing.is_over:
        again = [_best(hearing, asked, measure, one.size, _REPETITIONS) for one in timings]
        timings = [
            Timing(one.size, min(one.seconds, more.seconds) if more.verdict == PASSED else one.seconds)
            for one, more in zip(timings, again, strict=True)
        ]
        growth = judge_growth(asked.growth, timings)
    if growth.is_too_slow:
        return replace(test, verdict=TOO_SLOW, reason=growth.words)
    if failed:
        return not_run(test, growth.words if growth.exponent is not None else failed)
    return replace(test, verdict=PASSED, stdout=growth.words)


class CallMeasure:
    """Times calls of a function by the processor time that the kernel counts, less that of one that does nothing.

    So neither starting nor reading the arguments counts, and nothing that the program says of itself.
    """

    def __init__(self, hearing: Hearing, asked: Efficiency, callee: Program):
        self._hearing, self._asked, self._callee = hearing, asked, callee
        self._stub = hearing.prepare_callee(hearing.stub)
        self._idle: dict[int, float] = {}

    def __call__(self, size: int, seed: int, verifies: bool) -> Measured:  # noqa: FBT001 - as Measure has it
        """Time one call, in a process of its own."""
        if size not in self._idle:
            # The shorter of two: where starting is thought to take longer than it does, short times are lost.
            idle = [self._link(self._stub, size, seed, verifies=False).played.cpu_seconds for _ in range(2)]
            self._idle[size] = min(idle)
        linked = self._link(self._callee, size, seed, verifies=verifies)
        end, used = linked.end, linked.played
        verdict, reason = end["verdict"], end["reason"]
        if verdict == "ended":
            verdict, reason = why_ended(linked, reason, self._asked.limit_seconds, self._wall_seconds)
        if verdict == TIME_LIMIT:
            reason = f"At n = {size:,} it took longer than the allowed {self._asked.limit_seconds:g} s."
        # The kernel's word is missing where the program would not end; then the judge's clock counts.
        by_kernel = max(used.cpu_seconds - self._idle[size], _SHORTEST_SECONDS)
        seconds = by_kernel if used.cpu_seconds else end.get("seconds", 0.0)
        return Measured(verdict, seconds, reason, end.get("value", ""), used.memory_bytes)

    @property
    def _wall_seconds(self) -> float:
        return self._asked.limit_seconds * _WALL_FACTOR + _WALL_SECONDS

    def _link(self, callee: Program, size: int, seed: int, *, verifies: bool) -> Linked:
        spec, asked = self._hearing.spec, self._asked
        reference = spec.reference_program
        source = reference.source if reference and reference.language == "python" else ""
        job = {
            "do": "measure",
            "entry_point": spec.entry_point,
            "generator": asked.generator,
            "size": size,
            "seed": seed,
            "verifies": verifies and bool(asked.verify or source),
            "verify": asked.verify,
            "reference": source,
            "match": spec.match.model_dump(),
        }
        return self._hearing.link(callee, job, asked.limit_seconds + _GRACE_SECONDS, self._wall_seconds)


class StreamMeasure:
    """Times runs of a whole program by the processor time that the kernel counts, less that of starting."""

    def __init__(self, hearing: Hearing, asked: Efficiency, program: Program):
        self._hearing, self._asked, self._program = hearing, asked, program
        self._startup_seconds = hearing.startup_seconds()
        self._judge = OutputJudge(hearing)
        reference = hearing.spec.reference_program
        self._reference = (
            hearing.prepare_of_task(reference.language, reference.source, "The reference program")
            if reference is not None and not asked.verify
            else None
        )

    def __call__(self, size: int, seed: int, verifies: bool) -> Measured:  # noqa: FBT001 - as Measure has it
        """Time one run."""
        asked = self._asked
        made = self._hearing.make({"do": "make", "generator": asked.generator, "size": size, "seed": seed})
        stdin: str = made["text"]
        result = self._program.run(stdin.encode(), limits=self._limits(asked.limit_seconds))
        require_run(result)
        seconds = max(result.cpu_seconds - self._startup_seconds, _SHORTEST_SECONDS)
        if result.status is Status.TIME_LIMIT:
            reason = f"At n = {size:,} it took longer than the allowed {asked.limit_seconds:g} s."
            return Measured(TIME_LIMIT, seconds, reason, memory_bytes=result.memory_bytes)
        verdict, reason = self._verdict(stdin, result, verifies=verifies)
        return Measured(verdict, seconds, reason, text_of(result.stdout), result.memory_bytes)

    def _limits(self, seconds: float) -> Limits:
        return Limits(
            cpu_seconds=seconds + self._startup_seconds + _GRACE_SECONDS,
            wall_seconds=seconds * _WALL_FACTOR + _WALL_SECONDS,
            memory_bytes=self._hearing.spec.limits.memory_mb << 20,
            stdout_bytes=_OUTPUT_MAX_BYTES,
        )

    def _verdict(self, stdin: str, result: Result, *, verifies: bool) -> tuple[str, str]:
        if result.status is Status.OK and not verifies:
            return PASSED, ""
        if result.status is Status.OK and self._asked.verify:
            job: dict[str, Any] = {"do": "verify", "verify": self._asked.verify}
            reason = self._hearing.make(job | {"stdin": stdin, "stdout": text_of(result.stdout)})["reason"]
            return (WRONG, reason) if reason else (PASSED, "")
        expected = ""
        if result.status is Status.OK:
            if self._reference is None:
                return PASSED, ""
            known = self._reference.run(stdin.encode(), limits=self._limits(self._asked.limit_seconds))
            require_run(known)
            if known.status is not Status.OK:
                raise TestsBroken(f"The reference program fails on an input of the generator. {known.note}")
            expected = text_of(known.stdout)
        return self._judge.judge(stdin, expected, result)
