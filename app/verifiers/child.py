"""The process in which answers are compared: it reads orders from its standard input until that ends.

`python -m app.verifiers.child`, started by the Checker, which kills it when it takes too long. Mostly it need not: the
child interrupts itself a little earlier, and goes on with the next order. It limits its own memory and CPU time too, so
that it ends even if the process that started it is gone. (A signal at the death of the parent would not do: Linux sends
it when the thread ends that started this process.)
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO

from app.verifiers import registry, rewards, wire
from app.verifiers.outcome import Comparison, Faults, Reading, SelfTest
from app.verifiers.rewards import Rewards

MEMORY_BYTES = 1 << 30
"""Of address space, most of which is never touched: an idle child needs 100 MiB."""
FRAMES_MAX = 3000
OWN_SHARE = 0.9
"""Of the time that an order has, the child leaves the rest to the Checker for killing it."""
_ERROR_MAX_CHARS = 1000


def main() -> None:
    """Serve orders."""
    orders, answers = _own_pipes()
    _load()
    _limit()
    _send(answers, {"is_ready": True})
    while (order := _receive(orders)) is not None:
        seconds = float(order.get("seconds", 3.0))
        _allow_seconds(seconds)
        _send(answers, _interrupted_after(seconds * OWN_SHARE, order))


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the pipes for orders; what a library may print goes nowhere."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return orders, answers


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    signal.signal(signal.SIGALRM, _ring)
    sys.setrecursionlimit(FRAMES_MAX)


def _load() -> None:
    """Load what comparisons need, before the first one is timed."""
    from app.verifiers.formula import algebra, library, numeric  # noqa: F401, PLC0415 - see above

    for kind in registry.KINDS.values():
        registry.self_test(kind.example, [])


def _allow_seconds(seconds: float) -> None:
    """Let this process use so much more CPU time; the system ends it after that, whoever watches."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


class _TooSlow(BaseException):
    """Raised by the alarm; no Exception, so that no library takes it for one of its own."""


def _ring(_signal: int, _frame: object) -> None:
    raise _TooSlow


def _interrupted_after(seconds: float, order: wire.Message) -> wire.Message:
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = _carried_out(order)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except _TooSlow:
        return {"error": "it took too long"}
    return answer


def _carried_out(order: wire.Message) -> wire.Message:
    try:
        return wire.result_to(_ORDERS[order["do"]](order))
    except (RecursionError, MemoryError) as error:
        return {"error": f"ended by {type(error).__name__}"}
    except Exception as error:  # noqa: BLE001 - any fault of a library leaves the answer undecided
        return {"error": f"{type(error).__name__}: {error}"[:_ERROR_MAX_CHARS]}


_ORDERS: dict[str, Callable[[wire.Message], Comparison | Reading | Faults | SelfTest | Rewards]] = {
    "compare": lambda order: registry.compare(wire.given_from(order["given"]), order["spec"]),
    "read": lambda order: registry.read(wire.given_from(order["given"]), order["spec"]),
    "check_spec": lambda order: Faults(tuple(registry.check_spec(order["spec"]))),
    "self_test": lambda order: registry.self_test(order["spec"], [wire.given_from(one) for one in order["wrong"]]),
    "reward": lambda order: rewards.trl_accuracy(order["solution"], order["completions"]),
}


def _receive(orders: BinaryIO) -> wire.Message | None:
    head = orders.read(wire.LENGTH.size)
    if len(head) < wire.LENGTH.size:
        return None
    (length,) = wire.LENGTH.unpack(head)
    body = orders.read(length)
    return wire.unpack(body) if len(body) == length else None


def _send(answers: BinaryIO, message: wire.Message) -> None:
    answers.write(wire.pack(message))
    answers.flush()


if __name__ == "__main__":
    main()
