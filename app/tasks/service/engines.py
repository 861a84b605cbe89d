"""The engines of this process, each loaded and started when it is first needed: sandbox, comparer of answers."""

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from app.core.errors import Unavailable

if TYPE_CHECKING:
    from app.sandbox.sandbox import Sandbox
    from app.verifiers.checker import Checker

WAITING_MAX = 4
"""People whose answers one process holds against something at a time; who comes on top is asked to come back."""
_turns = threading.BoundedSemaphore(WAITING_MAX)


@cache
def sandbox() -> "Sandbox":
    """Return the sandbox; only the runner asks for it."""
    from app.sandbox.sandbox import Sandbox  # noqa: PLC0415 - the web process runs no programs

    made = Sandbox(gives_way=True)  # the pages come first
    atexit.register(made.close)
    return made


@cache
def checker() -> "Checker":
    """Return what compares answers in a process that can be killed."""
    from app.verifiers.checker import Checker  # noqa: PLC0415 - loaded by those who compare

    made = Checker()
    atexit.register(made.close)
    return made


@contextmanager
def a_turn() -> Iterator["Checker"]:
    """Give the comparer to one request; Unavailable while too many use it, so that they do not take all threads."""
    if not _turns.acquire(blocking=False):
        raise Unavailable("Many answers are being read just now; try again in a moment.")
    try:
        yield checker()
    finally:
        _turns.release()
