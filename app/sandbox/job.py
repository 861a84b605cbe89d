"""What is asked of the sandbox and what it answers: limits, status, result."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use; all of its processes together where the machine has control groups."""

    cpu_seconds: float = 10.0
    wall_seconds: float = 20.0
    memory_bytes: int = 512 << 20
    processes: int = 64
    """processes and threads at the same time; what a language's own machinery needs comes on top"""
    stdout_bytes: int = 64 << 10
    stderr_bytes: int = 16 << 10
    files_bytes: int = 64 << 20
    """all that is written to files, and the largest single file"""


COMPILE_LIMITS = Limits(
    cpu_seconds=20.0,
    wall_seconds=40.0,
    memory_bytes=1 << 30,
    stdout_bytes=32 << 20,  # the compiled program comes out this way
    stderr_bytes=16 << 10,
    files_bytes=256 << 20,
)


class Status(StrEnum):
    """How a run ended; the first that applies of OUTPUT, TIME, MEMORY, RUNTIME, OK."""

    OK = "ok"
    """It ended by itself with exit code 0. This says nothing about whether its output is right."""
    RUNTIME_ERROR = "runtime_error"
    """It ended by itself with another exit code, or by a signal."""
    TIME_LIMIT = "time_limit"
    """It used too much processor time, or took too long; `note` says which."""
    MEMORY_LIMIT = "memory_limit"
    """It wanted more memory than it was given."""
    OUTPUT_LIMIT = "output_limit"
    """It printed more than it may; what fitted is kept."""
    COMPILE_ERROR = "compile_error"
    """The compiler refused it, or needed too much for it; its words are in `stderr`."""
    UNAVAILABLE = "unavailable"
    """This machine cannot isolate programs, or has not the language; nothing ran. `note` says why."""
    INTERNAL_ERROR = "internal_error"
    """The sandbox itself failed; this says nothing about the program."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one run. All of it but `status`, `note` and the figures is the program's word."""

    status: Status
    exit_code: int | None = None
    signal: int | None = None
    """by which it ended; bubblewrap reports 128 + n, so an exit code of that size reads as a signal too"""
    stdout: bytes = b""
    stderr: bytes = b""
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    memory_bytes: int = 0
    """the most that was in use at one time"""
    is_cut: bool = False
    """some output was thrown away"""
    note: str = ""


class CompileFailed(Exception):
    """The compiler refused a program; `result` has its words."""

    def __init__(self, result: Result):
        super().__init__(result.note or "The program does not compile.")
        self.result = result
