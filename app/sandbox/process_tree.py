"""Counts and kills the processes of one run by looking at /proc, where there is no control group to do it."""

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    cpu_seconds: float
    """of itself and of those of its children that it has buried"""
    threads: int
    memory_bytes: int


class ProcessTree:
    """All descendants of one process; a namespace of processes loses none of them, however they are orphaned."""

    def __init__(self, root: int, memory_bytes: int):
        self._root = root
        self._memory_bytes = memory_bytes
        self._cpu_seconds = 0.0
        self._peak = 0

    def join(self) -> None:
        """Do nothing: whoever descends from the first process is counted."""

    def cpu_seconds(self) -> float:
        """Add up; never less than before, since a process that is gone cannot be asked again."""
        self._cpu_seconds = max(self._cpu_seconds, sum(process.cpu_seconds for process in self._all()))
        return self._cpu_seconds

    def peak_bytes(self) -> int:
        """Give the highest sample: what lives shorter than the time between two looks is not seen."""
        return self._peak

    def why_too_much(self) -> str | None:
        """Look at the memory; what is shared is divided by those who share it, but only when it comes to that."""
        processes = self._all()
        total = sum(process.memory_bytes for process in processes)
        if total > self._memory_bytes:
            total = sum(_proportional_bytes(process) for process in processes)
        self._peak = max(self._peak, total)
        return "memory" if self._peak > self._memory_bytes else None

    def waited_seconds(self) -> float:
        """Give the longest that any of those that live has waited for a processor while it was ready to go on."""
        return max((_waited_seconds(process.pid) for process in self._all()), default=0.0)

    def kill(self) -> None:
        """Kill from the root: it was told to take the namespace with it."""
        for process in self._all():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)

    def kill_descendants(self) -> None:
        """Kill all but the root."""
        for process in self._all()[1:]:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, signal.SIGKILL)

    def remove(self) -> None:
        """Do nothing: nothing was made."""

    def _all(self) -> list[_Process]:
        children: dict[int, list[_Process]] = defaultdict(list)
        found: list[_Process] = []
        for process in every_process():
            children[process.parent].append(process)
            if process.pid == self._root:
                found.append(process)
        for process in found:
            found += children[process.pid]
        return found


def every_process() -> Iterator[_Process]:
    """Read all processes that can be seen."""
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                yield _read(int(folder.name))


def _read(pid: int) -> _Process:
    # The name stands in brackets and may hold anything, brackets too.
    words = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    ticks = sum(map(int, words[11:15]))
    return _Process(pid, int(words[1]), ticks / _TICKS, int(words[17]), int(words[21]) * _PAGE)


def _waited_seconds(pid: int) -> float:
    with suppress(OSError, IndexError, ValueError):
        return int((_PROC / str(pid) / "schedstat").read_text().split()[1]) / 1e9
    return 0.0


def _proportional_bytes(process: _Process) -> int:
    """Measure exactly, which costs more and may be refused; then all that it has is taken for its own."""
    with suppress(OSError, IndexError, ValueError):
        for line in (_PROC / str(process.pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return process.memory_bytes


def started_at(pid: int) -> str | None:
    """Give when a process was started, which with its number names it for ever; None if there is no such process."""
    with suppress(OSError, IndexError):
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    return None


def threads_of(user: int) -> int:
    """Count the threads of a user, which is what the kernel's limit of processes counts."""
    count = 0
    for process in every_process():
        with suppress(OSError):
            if (_PROC / str(process.pid)).stat().st_uid == user:
                count += process.threads
    return count
