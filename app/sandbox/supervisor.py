"""One run from start to result: it starts bubblewrap, watches limits, kills, reaps, and reports."""

import os
import resource
import select
import time
from collections.abc import Mapping

from app.sandbox import order as orders
from app.sandbox.confine import Ground, become, processes_of
from app.sandbox.groups import Groups, Meter
from app.sandbox.job import Limits, Result, Status
from app.sandbox.order import Order
from app.sandbox.process_tree import ProcessTree

LOOK_SECONDS = 0.1
WALL_MOST_TIMES = 3
"""A run that waits for a processor is ended after so many times its limit all the same."""
_DIE_SECONDS = 5.0
_STDERR_DRAINED_BYTES = 1 << 20
_SIGNALLED = 128
_SIGNALS = 64
# Descriptors that tell, by being closed at the other end, that nobody waits for the result any more.
_OURS = frozenset({orders.REPLY, orders.LAUNCHER})


class Abandoned(Exception):
    """Nobody waits for the result any more."""


class Collector:
    """Reads what a program prints and keeps the first bytes."""

    def __init__(self, kept_bytes: int, read_bytes: int):
        self.reader, self.writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.reader, False)
        self.parts: list[bytes] = []
        self._kept_bytes = kept_bytes
        self._read_bytes = read_bytes
        self._total = 0

    @property
    def is_cut(self) -> bool:
        """Tell whether something was thrown away."""
        return self._total > self._kept_bytes

    @property
    def is_too_much(self) -> bool:
        """Tell whether so much came that the run has to end."""
        return self._total > self._read_bytes

    def read(self) -> bool:
        """Take what is there; False when nothing will come any more."""
        while not self.is_too_much:
            try:
                part = os.read(self.reader, 1 << 16)
            except BlockingIOError:
                return True
            if not part:
                return False
            self.parts.append(part[: max(0, self._kept_bytes - self._total)])
            self._total += len(part)
        return True

    def close_writer(self) -> None:
        """Leave the writing end to the program."""
        os.close(self.writer)


class Run:
    """One program in its sandbox."""

    def __init__(self, order: Order, ground: Ground, handed: Mapping[str, int], number: int):
        self.order, self.ground, self.limits = order, ground, order.limits
        self._handed = handed
        self._stdout = Collector(self.limits.stdout_bytes, self.limits.stdout_bytes)
        self._stderr = Collector(self.limits.stderr_bytes, self.limits.stderr_bytes + _STDERR_DRAINED_BYTES)
        self._status = Collector(1 << 12, 1 << 16)
        self._name = f"{ground.name}-{number}"
        self._pid = 0
        self._exit: int | None = None
        self._started = 0.0

    def result(self) -> Result:
        """Run it and say what became of it."""
        meter = self._start()
        try:
            ended = self._watch(meter)
        finally:
            is_gone = self._end(meter)
            cpu_seconds, peak = self._used(meter)
            excess = meter.why_too_much() if self.ground.groups else self._sampled(peak)
            meter.remove()
        wall_seconds = time.monotonic() - self._started
        for collector in (self._stdout, self._stderr, self._status):
            collector.read()
        if not is_gone:
            ended = ended or (Status.INTERNAL_ERROR, "Some of its processes could not be killed.")
        if cpu_seconds > self.limits.cpu_seconds:
            ended = ended or _too_slow(self.limits)
        if excess == "memory":
            ended = _too_big(self.limits)
        if self._stdout.is_too_much:
            ended = _too_long(self.limits)
        return self._result(ended, cpu_seconds, wall_seconds, peak)

    def _start(self) -> Meter:
        groups = self.ground.groups
        group = self._make_group(groups) if groups else None
        theirs = {role: number for role, number in self._handed.items() if role not in _OURS}
        given = {orders.STDOUT: self._stdout.writer, "stderr": self._stderr.writer, **theirs}
        self._started = time.monotonic()
        self._pid = os.fork()
        if self._pid == 0:
            become(self.order, self.ground, group, given, self._status.writer)
        for collector in (self._stdout, self._stderr, self._status):
            collector.close_writer()
        for number in theirs.values():
            os.close(number)
        return group or ProcessTree(self._pid, self.limits.memory_bytes)

    def _make_group(self, groups: Groups) -> Meter:
        order = self.order
        return groups.create(self._name, self.limits.memory_bytes, processes_of(order), gives_way=order.gives_way)

    def _watch(self, meter: Meter) -> tuple[Status, str] | None:
        """Wait until it ends by itself (None) or has gone over a limit."""
        first = os.pidfd_open(self._pid)
        gone = {number for role, number in self._handed.items() if role in _OURS}
        outputs = {collector.reader: collector for collector in (self._stdout, self._stderr)}
        waiting = _waiting(readable={first, *outputs}, closing=gone)
        look = self._started
        while True:
            now = time.monotonic()
            if now >= look:
                look = now + LOOK_SECONDS
                if excess := self._excess(meter, now):
                    return excess
            ready = {number for number, _ in waiting.poll(max(0.0, look - now) * 1000)}
            if ready & gone:
                raise Abandoned
            for number in ready & outputs.keys():
                if not outputs[number].read():
                    waiting.unregister(number)
            if self._stdout.is_too_much or self._stderr.is_too_much:
                return _too_long(self.limits)
            if first in ready:
                return None

    def _excess(self, meter: Meter, now: float) -> tuple[Status, str] | None:
        if now - self._started > self.limits.wall_seconds and self._has_had_its_time(now):
            return Status.TIME_LIMIT, f"It took longer than {self.limits.wall_seconds:g} s."
        if meter.cpu_seconds() > self.limits.cpu_seconds:
            return _too_slow(self.limits)
        return _too_big(self.limits) if meter.why_too_much() else None

    def _has_had_its_time(self, now: float) -> bool:
        """Leave out the time in which a busy machine gave it no processor: that is not the program's fault."""
        took = now - self._started
        if took > self.limits.wall_seconds * WALL_MOST_TIMES:
            return True
        return took - ProcessTree(self._pid, 0).waited_seconds() > self.limits.wall_seconds

    def _end(self, meter: Meter) -> bool:
        """Kill what is left and bury it; False if something would not die."""
        until = time.monotonic() + _DIE_SECONDS
        while self._bury():
            if time.monotonic() > until:
                return False
            meter.kill()
            if self._bury():
                # Whoever did not get as far as into the group descends from this process all the same.
                ProcessTree(os.getpid(), 0).kill_descendants()
                time.sleep(0.001)
        return True

    def _bury(self) -> bool:
        """Take leave of the dead; False when there is no child any more, dead or alive."""
        try:
            while (waited := os.waitpid(-1, os.WNOHANG))[0]:
                if waited[0] == self._pid:
                    self._exit = os.waitstatus_to_exitcode(waited[1])
        except ChildProcessError:
            return False
        return True

    def _sampled(self, peak: int) -> str | None:
        """Without a group nobody tells afterwards whether memory ran out; the highest sample may."""
        return "memory" if peak > self.limits.memory_bytes else None

    def _used(self, meter: Meter) -> tuple[float, int]:
        buried = resource.getrusage(resource.RUSAGE_CHILDREN)
        if self.ground.groups:
            return meter.cpu_seconds(), meter.peak_bytes()
        cpu_seconds = max(meter.cpu_seconds(), buried.ru_utime + buried.ru_stime)
        return cpu_seconds, max(meter.peak_bytes(), buried.ru_maxrss << 10)

    def _result(self, ended: tuple[Status, str] | None, cpu: float, wall: float, peak: int) -> Result:
        code, signal = _code_and_signal(self._exit)
        if ended is None and b'"exit-code"' not in (report := b"".join(self._status.parts)):
            words = b"".join(self._stderr.parts) or report
            ended = Status.INTERNAL_ERROR, f"It could not be started: {words[:300].decode(errors='replace').strip()}"
        if ended is None:
            ended = (Status.OK, "") if code == 0 else (Status.RUNTIME_ERROR, _how(code, signal))
        return Result(
            status=ended[0],
            exit_code=code,
            signal=signal,
            stdout=b"".join(self._stdout.parts),
            stderr=b"".join(self._stderr.parts),
            cpu_seconds=round(cpu, 4),
            wall_seconds=round(wall, 4),
            memory_bytes=peak,
            is_cut=self._stdout.is_cut or self._stderr.is_cut,
            note=ended[1],
        )


def _waiting(readable: set[int], closing: set[int]) -> select.poll:
    waiting = select.poll()
    for number in readable:
        waiting.register(number, select.POLLIN)
    for number in closing:
        waiting.register(number, 0)
    return waiting


def _code_and_signal(status: int | None) -> tuple[int | None, int | None]:
    """Undo bubblewrap's translation of a signal n into 128 + n."""
    if status is not None and (status < 0 or _SIGNALLED < status <= _SIGNALLED + _SIGNALS):
        return None, abs(status) % _SIGNALLED
    return status, None


def _too_slow(limits: Limits) -> tuple[Status, str]:
    return Status.TIME_LIMIT, f"It used more than {limits.cpu_seconds:g} s of processor time."


def _too_big(limits: Limits) -> tuple[Status, str]:
    return Status.MEMORY_LIMIT, f"It wanted more than {limits.memory_bytes >> 20} MiB of memory."


def _too_long(limits: Limits) -> tuple[Status, str]:
    return Status.OUTPUT_LIMIT, f"It printed more than {limits.stdout_bytes >> 10} KiB."


def _how(code: int | None, signal: int | None) -> str:
    return f"It ended with exit code {code}." if signal is None else f"It was ended by signal {signal}."
