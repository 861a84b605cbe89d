"""What the sandbox adds to a run: the same programs bare and inside, in turns, so that both meet the same moments.

`python -m benchmarks --only sandbox`. The fastest of some runs: what else the machine does can only add to it. The bare
run is started as cheaply as can be, without a shell, limits or a new user.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.sandbox.job import Limits, Status
from app.sandbox.languages import LANGUAGES
from app.sandbox.sandbox import Program, Sandbox
from benchmarks.figures import Figure, at_most

LIMITS = Limits(memory_bytes=256 << 20)
PYTHON_ADDS_MS, COMPILED_ADDS_MS = 60, 30


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Run a hello in Python and one in C++ both ways."""
    rounds = 3 if quick else 40
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        assert sandbox.isolation.is_available, sandbox.isolation.reason
        bare = _bare_commands(Path(folder))
        figures: list[Figure] = []
        for key, limit_ms in (("python", PYTHON_ADDS_MS), ("cpp", COMPILED_ADDS_MS)):
            with sandbox.prepare(key, LANGUAGES[key].hello) as program:
                figures += _compare(key, program, bare[key], rounds, limit_ms)
        figures.append(_compiling(sandbox, rounds))
    return figures


def _bare_commands(folder: Path) -> dict[str, list[str]]:
    """Write and compile both, with the tools and options that are used inside."""
    python = LANGUAGES["python"].toolchain()
    assert python is not None
    for key in ("python", "cpp"):
        (folder / LANGUAGES[key].file_name).write_text(LANGUAGES[key].hello, encoding="utf-8")
    subprocess.run(["g++", "-std=gnu++17", "-O2", "-o", "main", "main.cpp"], cwd=folder, check=True)
    return {"python": [python.tools["python3"], "-B", str(folder / "main.py")], "cpp": [str(folder / "main")]}


def _compare(key: str, program: Program, command: list[str], rounds: int, limit_ms: float) -> list[Figure]:
    def bare() -> None:
        assert subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout == b"hello\n"

    def inside() -> None:
        result = program.run(limits=LIMITS)
        assert (result.status, result.stdout) == (Status.OK, b"hello\n")

    seconds = [(_seconds(bare), _seconds(inside)) for _ in range(rounds)]
    without, within = (min(column) * 1000 for column in zip(*seconds, strict=True))
    name = LANGUAGES[key].name
    return [
        Figure(f"hello in {name}, bare / in the sandbox", "", f"{without:.1f} / {within:.1f} ms", is_met=True),
        at_most(f"hello in {name}, what the sandbox adds", within - without, limit_ms, "ms", 1),
    ]


def _compiling(sandbox: Sandbox, rounds: int) -> Figure:
    def compile_it() -> None:
        with sandbox.prepare("cpp", LANGUAGES["cpp"].hello):
            pass

    return at_most(
        "compiling a hello in C++ in the sandbox", min(map(_seconds, [compile_it] * min(rounds, 5))), 2, "s", 2
    )


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
