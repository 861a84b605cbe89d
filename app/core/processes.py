"""Large work is done by processes beside the worker: part by part, answers in order, the same whoever works."""

import gc
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from app.core.db import Database, open_database
from app.core.jobs import JobRefused

ROOT = Path(__file__).resolve().parents[2]
LARGE = 5_000
"""From so many items on it is worth the second that processes take to start."""
LOOK_SECONDS = 0.25
LEAVE_SECONDS = 10
_MAIN = "import sys; from app.core.processes import serve; serve(int(sys.argv[1]))"
Given = TypeVar("Given")
Part = TypeVar("Part")
Answer = TypeVar("Answer")


def side_by_side(
    work: Callable[[Database, Given, Part], Answer],
    database: Database,
    given: Given,
    parts: Iterable[Part],
    *,
    processes: int,
    waiting: Callable[[], None],
) -> Iterator[Answer]:
    """Yield what `work` answers for each part, in their order; with one process it is done here, else by so many.

    `work` is a function of a module that loads little; what goes to it and comes from it is pickled. `waiting` is
    called four times a second while nothing has come, and may raise to stop. Raises JobRefused as `work` does, and
    RuntimeError when a process has died.
    """
    if processes == 1:
        yield from (work(database, given, part) for part in parts)
        return
    left = iter(parts)
    with ExitStack() as stack:
        pipes = deque(stack.enter_context(_process(database, work, given)) for _ in range(processes))
        asked: deque[Connection] = deque()
        for pipe in (*pipes, *pipes):  # each has the next part at hand when it has finished one
            _ask(pipe, left, asked)
        while asked:
            pipe = asked.popleft()
            answer = _answer(pipe, waiting)
            _ask(pipe, left, asked)
            yield answer


def _ask(pipe: Connection, left: Iterator[Part], asked: deque[Connection]) -> None:
    for part in left:
        pipe.send(part)
        asked.append(pipe)
        return


def _answer(pipe: Connection, waiting: Callable[[], None]) -> Any:
    while not pipe.poll(LOOK_SECONDS):
        waiting()
    try:
        refusal, answer = pipe.recv()
    except EOFError as error:
        raise RuntimeError("A process that worked beside this one has died; see the log.") from error
    if refusal is not None:
        raise JobRefused(refusal)
    return answer


@contextmanager
def _process(database: Database, work: Callable[..., object], given: object) -> Iterator[Connection]:
    """Start a process and tell it its work through a pipe; it ends with the block, and when we are killed."""
    ours, theirs = Pipe()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
        theirs.close()
        try:
            ours.send((database.engine.url.render_as_string(hide_password=False), work, given))
            yield ours
        finally:
            ours.close()
            process.kill()
            process.wait(LEAVE_SECONDS)


def serve(handle: int) -> None:
    """Do what the other end of the pipe asks for until it is closed: the whole life of such a process."""
    with Connection(handle) as pipe:
        try:
            url, work, given = pipe.recv()
            database = open_database(url)
            gc.freeze()
            while True:
                pipe.send(_done(work, database, given, pipe.recv()))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def _done(
    work: Callable[[Database, Given, Part], Answer], database: Database, given: Given, part: Part
) -> tuple[str | None, Answer | None]:
    try:
        return None, work(database, given, part)
    except JobRefused as refused:
        return str(refused), None
