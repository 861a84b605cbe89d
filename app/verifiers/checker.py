"""Compares answers in child processes that are killed when they take too long; safe to use from many threads."""

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from app.verifiers import rewards, wire
from app.verifiers.answer_type import Spec
from app.verifiers.outcome import (
    GIVEN_MAX_CHARS,
    UNCONFIRMED,
    Comparison,
    Faults,
    Given,
    Reading,
    SelfTest,
    undecided,
)

CHILDREN_MAX = 2
START_SECONDS = 30.0
"""A child loads its libraries for one to two seconds; a machine under load takes its time."""
WAIT_SECONDS = 30.0
"""Who waits longer for a free child goes without: all of them are busy with bombs."""
ORDERS_MAX = 2000
"""After so many orders a child is replaced, so that what libraries remember does not pile up."""
_ROOT = str(Path(__file__).resolve().parents[2])
T = TypeVar("T")


class _Gone(Exception):
    """The child did not answer: it was too slow, or it ended. The message says which."""


class _Child:
    """One child process and the pipes to it; used by one thread at a time."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "app.verifiers.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**environment, "PYTHONPATH": _ROOT, "PYTHONHASHSEED": "0"},
        )
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._orders, self._answers = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._orders, False)
        self._is_ready = False
        self.orders = 0

    @property
    def is_alive(self) -> bool:
        """Tell whether the process is still there."""
        return self._process.poll() is None

    @property
    def has_loaded(self) -> bool:
        """Tell whether it would start with an order at once."""
        return self._is_ready or bool(select.select([self._answers], [], [], 0)[0])

    def ask(self, order: wire.Message, seconds: float) -> wire.Message:
        """Send an order and wait for the answer; raises _Gone."""
        if not self._is_ready:
            self._receive(time.monotonic() + START_SECONDS)
            self._is_ready = True
        self.orders += 1
        deadline = time.monotonic() + seconds
        self._send(wire.pack({**order, "seconds": seconds}), deadline)
        return self._receive(deadline)

    def _send(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            _, ready, _ = select.select([], [self._orders], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise _Gone("it took too long")
            try:
                rest = rest[os.write(self._orders, rest) :]
            except OSError:
                raise _Gone("the process ended") from None

    def _receive(self, deadline: float) -> wire.Message:
        (length,) = wire.LENGTH.unpack(self._read(wire.LENGTH.size, deadline))
        if length > wire.MESSAGE_MAX_BYTES:
            raise _Gone("the answer was too long")
        try:
            return wire.unpack(self._read(length, deadline))
        except ValueError:
            raise _Gone("the answer was none") from None

    def _read(self, length: int, deadline: float) -> bytes:
        found = b""
        while len(found) < length:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise _Gone("it took too long")
            piece = os.read(self._answers, length - len(found))
            if not piece:
                raise _Gone("the process ended")
            found += piece
        return found

    def end(self) -> None:
        """Kill the process and collect it, so that no zombie stays."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()


class Checker:
    """A small pool of child processes, started when first needed and replaced when one had to be killed.

    What takes too long, crashes, uses too much memory or is too large comes back as UNDECIDED, never as an error. The
    parent's threads wait for pipes only; it never forks, so that any number of threads may run.
    """

    def __init__(self, *, children: int = CHILDREN_MAX) -> None:
        self._places = threading.BoundedSemaphore(children)
        self._idle: list[_Child] = []
        self._loading: _Child | None = None
        """the successor of a child that has had its number of orders"""
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._is_closed = False

    def compare(self, given: Given, spec: Spec, seconds: float = 3.0) -> Comparison:
        """Hold an answer against a specification, for at most so many seconds."""
        if _size(given) > GIVEN_MAX_CHARS:
            return undecided(detail="the answer is too long", reason=f"{UNCONFIRMED} It is too long.")
        order = {"do": "compare", "given": wire.given_to(given), "spec": dict(spec)}
        return self._ask(order, seconds, wire.comparison_from, lambda why: undecided("ended", why))

    def read(self, given: Given, spec: Spec, seconds: float = 3.0) -> Reading:
        """Say how an answer is understood, for at most so many seconds."""
        unread = Reading(False, "cannot be read by the machine")
        if _size(given) > GIVEN_MAX_CHARS:
            return unread
        order = {"do": "read", "given": wire.given_to(given), "spec": dict(spec)}
        return self._ask(order, seconds, wire.reading_from, lambda _why: unread)

    def check_spec(self, spec: Spec, seconds: float = 3.0) -> list[str]:
        """Say in sentences what is wrong with a specification; one that takes too long to read is wrong too."""
        order = {"do": "check_spec", "spec": dict(spec)}
        unread = "The machine cannot read this specification: {}."
        return list(self._ask(order, seconds, wire.faults_from, lambda why: Faults((unread.format(why),))).sentences)

    def self_test(self, spec: Spec, wrong: Sequence[Given], seconds: float = 3.0) -> SelfTest:
        """Hold the reference and each wrong answer against a specification, each for at most so many seconds."""
        from app.verifiers.registry import reference_of  # noqa: PLC0415 - the rest of this module needs no kinds

        reference = self.compare(reference_of(spec), spec, seconds)
        return SelfTest(reference, tuple(self.compare(one, spec, seconds) for one in wrong))

    def reward(self, solution: str, completions: Sequence[str], seconds: float = 3.0) -> rewards.Rewards:
        """Reward completions as TRL does, all of them in so many seconds; None for all when that is not enough."""
        nothing = rewards.Rewards((None,) * len(completions))
        if len(solution) + sum(map(len, completions)) > GIVEN_MAX_CHARS:
            return nothing
        order = {"do": "reward", "solution": solution, "completions": list(completions)}
        return self._ask(order, seconds, rewards.read_rewards, lambda _why: nothing)

    def close(self) -> None:
        """End the children that are idle; those at work end with their order."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
            if self._loading is not None:
                idle.append(self._loading)
                self._loading = None
        if self._owner == os.getpid():
            for child in idle:
                child.end()

    def _ask(
        self, order: wire.Message, seconds: float, read: Callable[[wire.Message], T], give_up: Callable[[str], T]
    ) -> T:
        self._forget_a_parents_children()
        if not self._places.acquire(timeout=WAIT_SECONDS):
            return give_up("all processes are busy")
        try:
            answer = self._carried_out(order, seconds)
            return give_up(str(answer["error"])) if "error" in answer else read(answer)
        except (_Gone, KeyError, TypeError, ValueError, OSError) as error:
            return give_up(str(error))
        finally:
            self._places.release()

    def _carried_out(self, order: wire.Message, seconds: float) -> wire.Message:
        child = self._take()
        try:
            answer = child.ask(order, seconds)
        except BaseException:
            child.end()
            self._begin_another()
            raise
        self._give_back(child)
        return answer

    def _take(self) -> _Child:
        """Take an idle child, or start one; what has ended while idle is collected."""
        while True:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is None:
                return _Child()
            if child.is_alive:
                return child
            child.end()

    def _give_back(self, child: _Child) -> None:
        """Keep a child for the next order; an old one until its successor has loaded."""
        with self._lock:
            if child.orders >= ORDERS_MAX and self._loading is None and not self._is_closed:
                self._loading = _Child()
            successor = self._loading if child.orders >= ORDERS_MAX else None
            if not self._is_closed and (successor is None or not successor.has_loaded):
                self._idle.append(child)
                return
            if successor is not None and not self._is_closed:
                self._idle.append(successor)
                self._loading = None
        child.end()

    def _begin_another(self) -> None:
        """Start a child in the place of one that was ended, so that it loads before it is needed."""
        with self._lock:
            if not self._is_closed and not self._idle:
                self._idle.append(_Child())

    def _forget_a_parents_children(self) -> None:
        """Leave the children to the process that started them, if this one was forked from it."""
        if self._owner != os.getpid():
            self._places = threading.BoundedSemaphore(CHILDREN_MAX)
            self._lock = threading.Lock()
            self._idle, self._loading, self._owner = [], None, os.getpid()


def _size(given: Given) -> int:
    return len(given.text) + len(given.unit) + sum(map(len, given.assumptions))
