"""Large exports are rendered by processes beside the worker, which has only to write: stretch by stretch, in order."""

import gc
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from app.core.db import Database, open_database
from app.core.jobs import JobRefused
from app.exports.service.rendering import Group, Plan, render

ROOT = Path(__file__).resolve().parents[3]
STRETCH = 200
"""So many items are handed to a process together: two such stretches of each process wait in memory."""
PROVEN_AT_ONCE = 20
"""Where an engine is asked about each item, so few are handed to a process together."""
LARGE = 5_000
"""From so many items on it is worth the second that processes take to start."""
LOOK_SECONDS = 0.25
LEAVE_SECONDS = 10
_MAIN = "import sys; from app.exports.service.renderers import serve; serve(int(sys.argv[1]))"


def rendered(
    database: Database, plan: Plan, *, after: int, processes: int, waiting: Callable[[], None]
) -> Iterator[Group]:
    """Yield what comes of the items behind position `after`, in order, the same however many processes render.

    `waiting` is called four times a second while nothing has come, and may raise to stop. Raises JobRefused as `render`
    does, and RuntimeError when a process has died.
    """
    if plan.items - after < LARGE or processes == 1:
        yield from render(database, plan, after, plan.items)
        return
    step = PROVEN_AT_ONCE if plan.format.is_proven else STRETCH
    stretches = ((at, min(at + step, plan.items)) for at in range(after, plan.items, step))
    with ExitStack() as stack:
        pipes = deque(stack.enter_context(_renderer(database, plan)) for _ in range(processes))
        asked: deque[Connection] = deque()
        for pipe in (*pipes, *pipes):  # each has the next stretch at hand when it has finished one
            if (stretch := next(stretches, None)) is not None:
                pipe.send(stretch)
                asked.append(pipe)
        while asked:
            pipe = asked.popleft()
            groups = _answer(pipe, waiting)
            if (stretch := next(stretches, None)) is not None:
                pipe.send(stretch)
                asked.append(pipe)
            yield from groups


def _answer(pipe: Connection, waiting: Callable[[], None]) -> list[Group]:
    while not pipe.poll(LOOK_SECONDS):
        waiting()
    try:
        answer = pipe.recv()
    except EOFError as error:
        raise RuntimeError("A process that rendered an export has died; see the log.") from error
    if isinstance(answer, str):
        raise JobRefused(answer)
    found: list[Group] = answer
    return found


@contextmanager
def _renderer(database: Database, plan: Plan) -> Iterator[Connection]:
    """Start a process and tell it its plan through a pipe; it ends with the block, and when we are killed."""
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
            ours.send((database.engine.url.render_as_string(hide_password=False), plan))
            yield ours
        finally:
            ours.close()
            process.kill()
            process.wait(LEAVE_SECONDS)


def serve(handle: int) -> None:
    """Render what the other end of the pipe asks for until it is closed: the whole life of such a process."""
    with Connection(handle) as pipe:
        try:
            url, plan = pipe.recv()
            database = open_database(url)
            gc.freeze()
            while True:
                after, last = pipe.recv()
                pipe.send(_made(database, plan, after, last))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def _made(database: Database, plan: Plan, after: int, last: int) -> list[Group] | str:
    try:
        return list(render(database, plan, after, last))
    except JobRefused as refused:
        return str(refused)
