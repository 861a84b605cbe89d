"""Runs programs of people in the sandbox: compiles once, runs many times, links a program with its judge."""

import os
import re
import select
import shlex
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

from app.sandbox import order as orders
from app.sandbox.isolation import Isolation, Launcher
from app.sandbox.job import COMPILE_LIMITS, CompileFailed, Limits, Result, Status
from app.sandbox.languages import LANGUAGES, Language, offered
from app.sandbox.order import Order

SOURCE_MAX_BYTES = 1 << 20
_HEAP_SHARE = 0.6
"""of a program's memory for the heap of a virtual machine; the rest is for the machine itself"""
_LINGER_SECONDS = 2.0
_NO_FILES: Mapping[str, bytes] = {}
_USUAL = Limits()
_NOT_THE_AUTHORS = frozenset({Status.UNAVAILABLE, Status.INTERNAL_ERROR})


class Sandbox:
    """Starts runs through a launcher of its own, so that threads may use it; close it, or use it as a context.

    With `gives_way` programs get little of a processor that others want too.
    """

    def __init__(self, *, gives_way: bool = False) -> None:
        self._gives_way = gives_way
        self._lock = threading.Lock()
        self._launcher: Launcher | None = None
        self._owner = 0
        self._languages: dict[str, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the launcher and whatever runs; the next run would start a new one."""
        with self._lock:
            if self._launcher is not None and self._owner == os.getpid():
                self._launcher.close()
            self._launcher = None

    @property
    def isolation(self) -> Isolation:
        """What this machine allows."""
        return self._ready().isolation

    @property
    def launcher_pid(self) -> int | None:
        """The number of the launcher's process; None before the first run."""
        return self._launcher.process.pid if self._launcher else None

    @contextmanager
    def prepare(
        self,
        language: str,
        source: str,
        *,
        files: Mapping[str, bytes] = _NO_FILES,
        limits: Limits | None = None,
    ) -> Iterator["Program"]:
        """Compile a program, in a sandbox of its own, and keep it to be run many times.

        `files` lie beside the source, read-only. Raises CompileFailed where the author has to mend something. Where
        nothing can be run on this machine it raises nothing: every run of the program then says UNAVAILABLE.
        """
        with ExitStack() as stack:
            yield self._prepared(LANGUAGES[language], source, files, limits, stack)

    def run(
        self,
        language: str,
        source: str,
        stdin: bytes = b"",
        *,
        files: Mapping[str, bytes] = _NO_FILES,
        args: Sequence[str] = (),
        limits: Limits | None = None,
    ) -> Result:
        """Compile and run once; a program that does not compile is a result too."""
        try:
            with self.prepare(language, source, files=files) as program:
                return program.run(stdin, args, limits or Limits())
        except CompileFailed as failed:
            return failed.result

    def languages(self) -> dict[str, str]:
        """Give the languages that work here with their versions: each has compiled and run its hello. Tried once."""
        if self._languages is None:
            # Without giving way: a busy machine would seem to lack what only takes its time to start.
            with Sandbox() as trying:
                versions = {key: trying._version(language) for key, language in offered().items()}
            self._languages = {key: version for key, version in versions.items() if version}
        return self._languages

    def _version(self, language: Language) -> str | None:
        """Let a language prove that it works; None where it does not."""
        if self.run(language.key, language.hello).stdout != b"hello\n":
            return None
        words = _words(language, language.version, Limits())
        told = self.execute(_order(language, tuple(words), COMPILE_LIMITS), {}).stdout.decode(errors="replace")
        found = re.search(r"\d+(\.\d+)+", told)
        return found.group() if found else "of unknown version"

    def _prepared(
        self, language: Language, source: str, files: Mapping[str, bytes], limits: Limits | None, stack: ExitStack
    ) -> "Program":
        toolchain = language.toolchain()
        if toolchain is None:
            return Program(self, language, failure=_unavailable(f"{language.name} is not installed here."))
        content = {language.file_name: source.encode()} | dict(files)
        if len(content[language.file_name]) > SOURCE_MAX_BYTES:
            raise CompileFailed(Result(Status.COMPILE_ERROR, note="The program is longer than 1 MiB."))
        handed = {_role(name): _kept(data, stack) for name, data in content.items()}
        if not language.is_compiled:
            return Program(self, language, handed)
        result = self.execute(_compiling(language, limits or language.compile_limits), handed)
        if result.status in _NOT_THE_AUTHORS:
            return Program(self, language, failure=result)
        if result.status is not Status.OK:
            raise CompileFailed(replace(result, status=Status.COMPILE_ERROR, stdout=b""))
        del handed[_role(language.file_name)]
        return Program(self, language, handed | {_role(language.artifact, "0555"): _kept(result.stdout, stack)})

    def execute(self, order: Order, handed: Mapping[str, int]) -> Result:
        """Send one order and wait for its result."""
        with self.begin(order, handed) as waiting:
            return waiting.result()

    def begin(self, order: Order, handed: Mapping[str, int]) -> "Waiting":
        """Send one order; leaving the answer's context early ends the run."""
        launcher = self._ready()
        if not launcher.isolation.is_available:
            return Waiting(None, _unavailable(launcher.isolation.reason))
        ours, theirs = socket.socketpair()
        with ExitStack() as stack:
            stack.enter_context(theirs)
            stack.enter_context(ours)
            try:
                with self._lock:
                    order = replace(order, gives_way=self._gives_way)
                    orders.send_order(launcher.channel, order, {orders.REPLY: theirs.fileno(), **handed})
            except OSError as error:
                return Waiting(None, Result(Status.INTERNAL_ERROR, note=f"The sandbox cannot be reached: {error}."))
            return Waiting(ours.dup(), None)

    def _ready(self) -> Launcher:
        with self._lock:
            is_ours = self._owner == os.getpid()
            if self._launcher is None or not is_ours or not self._launcher.is_alive:
                if self._launcher is not None and is_ours:
                    self._launcher.close()
                self._launcher, self._owner = Launcher(), os.getpid()
            return self._launcher


class Waiting:
    """A run that is under way."""

    def __init__(self, channel: socket.socket | None, result: Result | None):
        self._channel = channel
        self._result = result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._channel is not None:
            self._channel.close()

    def result(self, seconds: float | None = None) -> Result:
        """Wait for it; after `seconds`, if given, call it out of time: leaving the context ends it then."""
        if self._result is None and self._channel is not None:
            poll = select.poll()
            poll.register(self._channel, select.POLLIN)
            if not poll.poll(None if seconds is None else seconds * 1000):
                return Result(Status.TIME_LIMIT, note="It went on after its judge had ended.")
            self._result = orders.receive_result(self._channel)
        return self._result or Result(Status.INTERNAL_ERROR)


class Program:
    """A program that is ready to be run, until its context is left."""

    def __init__(
        self,
        sandbox: Sandbox,
        language: Language,
        handed: Mapping[str, int] | None = None,
        failure: Result | None = None,
    ):
        self.language = language
        self._sandbox = sandbox
        self._handed = handed or {}
        self._failure = failure

    def run(self, stdin: bytes = b"", args: Sequence[str] = (), limits: Limits = _USUAL) -> Result:
        """Run it once in a sandbox of its own; nothing that it leaves there is seen by the next run."""
        if self._failure is not None:
            return self._failure
        with ExitStack() as stack:
            handed = {orders.STDIN_FILE: _kept(stdin, stack), **self._handed}
            return self._sandbox.execute(self._order(args, limits), handed)

    def run_linked(
        self,
        judge: "Program",
        limits: Limits = _USUAL,
        judge_limits: Limits = _USUAL,
        *,
        judge_stdin: bytes = b"",
        judge_args: Sequence[str] = (),
    ) -> tuple[Result, Result]:
        """Run it in talk with a judge; the results of both, the program's first.

        Each has a sandbox of its own. The judge reads on descriptor 3 what the program prints and writes on 4 what the
        program reads. Its own output is its report, and nothing that the program prints can get into that. When the
        judge has ended, the program has two seconds to end as well.
        """
        failure = self._failure or judge._failure  # noqa: SLF001 - of the same class
        if failure is not None:
            return failure, failure
        with ExitStack() as runs:
            with ExitStack() as stack:
                judge_reads, program_writes = _pipe(stack)
                program_reads, judge_writes = _pipe(stack)
                mine = {orders.STDIN: program_reads, orders.STDOUT: program_writes, **self._handed}
                extra = {f"{orders.EXTRA}3": judge_reads, f"{orders.EXTRA}4": judge_writes}
                theirs = {orders.STDIN_FILE: _kept(judge_stdin, stack), **extra, **judge._handed}  # noqa: SLF001
                judged = runs.enter_context(self._sandbox.begin(self._order((), limits), mine))
                judging = runs.enter_context(
                    self._sandbox.begin(judge._order(judge_args, judge_limits), theirs)  # noqa: SLF001
                )
            # Our ends are closed now, so each of the two hears it when the other has gone.
            report = judging.result()
            return judged.result(_LINGER_SECONDS), report

    def _order(self, args: Sequence[str], limits: Limits) -> Order:
        return _order(self.language, (*_words(self.language, self.language.run, limits), *args), limits)


def _compiling(language: Language, limits: Limits) -> Order:
    """Compile, its words to stderr, then the compiled program to stdout, where the trusted side takes it from.

    So nobody outside ever opens a file in a folder to which a compiler, or what has got hold of it, could write.
    """
    steps = " && ".join(shlex.join(_words(language, step, limits)) for step in language.compile)
    script = f"{{ {steps}; }} </dev/null 1>&2 && exec cat {shlex.quote(language.artifact)}"
    return _order(language, ("/usr/bin/sh", "-c", script), limits)


def _words(language: Language, words: Sequence[str], limits: Limits) -> list[str]:
    toolchain = language.toolchain()
    values = dict(toolchain.tools if toolchain else {}, heap_mib=str(int(limits.memory_bytes * _HEAP_SHARE) >> 20))
    return [word.format_map(values) for word in words]


def _order(language: Language, command: tuple[str, ...], limits: Limits) -> Order:
    toolchain = language.toolchain()
    if toolchain is None:
        raise ValueError(f"{language.name} is not installed here.")
    return Order(
        command=command,
        limits=limits,
        binds=toolchain.binds,
        masks=toolchain.masks,
        environment={**language.environment, **toolchain.environment},
        extra_processes=language.extra_processes,
        reserves_memory=language.reserves_memory,
    )


def _role(name: str, permissions: str = "0444") -> str:
    """Name the place of a file inside; it may not lead out of the program's folder, which nobody would gain from."""
    path = os.path.normpath(os.path.join("/box", name))  # noqa: PTH118 - a path inside, which is not on this machine
    if not path.startswith("/box/") or "\0" in path:
        raise ValueError(f"{name!r} is no name of a file beside the program.")
    return orders.file_role(path, permissions)


def _kept(content: bytes, stack: ExitStack) -> int:
    descriptor = orders.sealed(content)
    stack.callback(os.close, descriptor)
    return descriptor


def _pipe(stack: ExitStack) -> tuple[int, int]:
    reader, writer = os.pipe2(os.O_CLOEXEC)
    stack.callback(os.close, reader)
    stack.callback(os.close, writer)
    return reader, writer


def _unavailable(reason: str) -> Result:
    return Result(Status.UNAVAILABLE, note=reason)
