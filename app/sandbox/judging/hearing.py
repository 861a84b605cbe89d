"""One program before its judge: what is asked, what it may use, and how long the whole may take."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from app.sandbox.job import CompileFailed, Limits, Result, Status
from app.sandbox.judging.inside import codec
from app.sandbox.judging.verdict import TestsBroken, require_run
from app.sandbox.languages import LANGUAGES
from app.sandbox.sandbox import Program, Sandbox
from app.verifiers.program import ProgramSpec

INSIDE = Path(__file__).parent / "inside"
_PACKAGE = "app/sandbox/judging/inside"
_CALLEE_PYTHON = "from app.sandbox.judging.inside.callee import main\nmain({seconds})\n"
_CALLEE_JAVASCRIPT = 'import("./callee.mjs").then((callee) => callee.main());\n'
_REFEREE = "from app.sandbox.judging.inside.referee import main\nmain()\n"
_MAKER = "from app.sandbox.judging.inside.making import main\nmain()\n"
_JUDGE_MEMORY_BYTES = 1 << 30
_REPORT_MAX_BYTES = 64 << 20
_JUDGE_GRACE_SECONDS = 5.0


@cache
def _files(*names: str) -> dict[str, bytes]:
    return {f"{_PACKAGE}/{name}": (INSIDE / name).read_bytes() for name in names}


def _judges_files() -> Mapping[str, bytes]:
    return _files(*sorted(path.name for path in INSIDE.glob("*.py")))


@dataclass
class Linked:
    """What came of one talk between a program and its judge."""

    reports: list[dict[str, Any]]
    end: dict[str, Any]
    played: Result
    judged: Result


@dataclass
class Hearing:
    """All that judging one program needs; leave its context to end what is prepared."""

    sandbox: Sandbox
    spec: ProgramSpec
    language: str
    source: str
    wall_seconds: float
    stops_early: bool = False
    _stack: ExitStack = field(default_factory=ExitStack)
    _until: float = 0.0
    _referee: Program | None = None
    _maker: Program | None = None

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.wall_seconds

    @contextmanager
    def open(self) -> Iterator["Hearing"]:
        """Keep what is prepared until the end."""
        with self._stack:
            yield self

    @property
    def remaining_seconds(self) -> float:
        """How much of the time for all tests is left."""
        return max(0.0, self._until - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Tell whether the time for all tests is used up."""
        return self.remaining_seconds <= 0

    @property
    def limits(self) -> Limits:
        """What one test may use now."""
        asked = self.spec.limits
        return Limits(
            cpu_seconds=asked.cpu_seconds,
            wall_seconds=max(0.1, min(asked.wall_seconds, self.remaining_seconds)),
            memory_bytes=asked.memory_mb << 20,
        )

    def prepare_program(self) -> Program:
        """Prepare the program to be run as a whole; raises CompileFailed."""
        return self._stack.enter_context(self.sandbox.prepare(self.language, self.source))

    def prepare_callee(self, source: str | None = None) -> Program:
        """Prepare the program, or another one in its language, for calls of its function."""
        content = (self.source if source is None else source).encode()
        if self.language == "python":
            files = _files("__init__.py", "callee.py", "codec.py") | {"program.py": content}
            main = _CALLEE_PYTHON.format(seconds=self.spec.limits.cpu_seconds)
        else:
            files = {"callee.mjs": (INSIDE / "callee.mjs").read_bytes(), "program.js": content}
            main = _CALLEE_JAVASCRIPT
        return self._stack.enter_context(self.sandbox.prepare(self.language, main, files=files))

    def prepare_of_task(self, language: str, source: str, what: str) -> Program:
        """Prepare a program that comes with the task; raises TestsBroken where it does not compile."""
        try:
            return self._stack.enter_context(self.sandbox.prepare(language, source))
        except CompileFailed as failed:
            raise TestsBroken(f"{what} does not compile.") from failed

    def link(self, callee: Program, job: dict[str, Any], cpu_seconds: float, wall_seconds: float) -> Linked:
        """Let the judge call the program, each in a sandbox of its own."""
        if self._referee is None:
            self._referee = self._stack.enter_context(self.sandbox.prepare("python", _REFEREE, files=_judges_files()))
        allowed = self.remaining_seconds + _JUDGE_GRACE_SECONDS
        times = {"cpu_seconds": cpu_seconds, "wall_seconds": wall_seconds, "total_seconds": self.remaining_seconds}
        played, judged = callee.run_linked(
            self._referee,
            Limits(cpu_seconds=allowed, wall_seconds=allowed, memory_bytes=self.spec.limits.memory_mb << 20),
            _judges_limits(allowed),
            judge_stdin=codec.write(job | times),
        )
        require_run(played, judged)
        reports = _reports(judged.stdout)
        end = next((report["end"] for report in reports if "end" in report), None)
        if end is None:
            raise TestsBroken(f"The judge of the tests ended early. {judged.note}".strip())
        if end.get("fault"):
            raise TestsBroken(end["fault"])
        return Linked([report for report in reports if "end" not in report], end, played, judged)

    def make(self, job: dict[str, Any]) -> dict[str, Any]:
        """Let the task's generator or verification work, in a sandbox; raises TestsBroken where it fails."""
        if self._maker is None:
            self._maker = self._stack.enter_context(self.sandbox.prepare("python", _MAKER, files=_judges_files()))
        result = self._maker.run(codec.write(job), limits=_judges_limits(60.0))
        require_run(result)
        if result.status is not Status.OK:
            raise TestsBroken(f"The generator or the verification failed. {result.note}")
        answer = codec.read(result.stdout)
        if "fault" in answer:
            raise TestsBroken(answer["fault"])
        return answer

    @property
    def stub(self) -> str:
        """Write a function that does nothing, in the language of the program."""
        return stub_of(self.language, self.spec.entry_point)

    def startup_seconds(self) -> float:
        """Measure the processor time that a program of this language takes to do nothing."""
        with self.sandbox.prepare(self.language, LANGUAGES[self.language].hello) as hello:
            return min(hello.run().cpu_seconds for _ in range(2))


def stub_of(language: str, entry_point: str) -> str:
    """Write a function that does nothing."""
    if language == "javascript":
        return f"function {entry_point}() {{}}\n"
    return f"def {entry_point}(*args, **kwargs):\n    pass\n"


def _judges_limits(seconds: float) -> Limits:
    return Limits(
        cpu_seconds=seconds,
        wall_seconds=seconds,
        memory_bytes=_JUDGE_MEMORY_BYTES,
        stdout_bytes=_REPORT_MAX_BYTES,
    )


def _reports(stdout: bytes) -> list[dict[str, Any]]:
    """Read the judge's own lines; the last may be cut where it was ended."""
    return [codec.read(line) for line in stdout.split(b"\n")[:-1]]
