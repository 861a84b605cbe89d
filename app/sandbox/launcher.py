"""A small process with one thread that starts runs for the application, which has many: only so is it safe to fork."""

import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from app.sandbox import order as orders
from app.sandbox import seccomp
from app.sandbox.bubblewrap import Bubblewrap, candidates
from app.sandbox.confine import Ground
from app.sandbox.groups import PREFIX, Groups, find_groups
from app.sandbox.job import Limits, Result, Status
from app.sandbox.order import Order
from app.sandbox.process_tree import started_at
from app.sandbox.supervisor import Abandoned, Run

_PR_SET_CHILD_SUBREAPER = 36
_TRUE = Order(("/usr/bin/true",), Limits(cpu_seconds=2, wall_seconds=5, processes=4))


def main(descriptor: int) -> None:
    """Say what this machine allows, then run what is ordered until the other side is gone."""
    with socket.socket(fileno=descriptor) as channel:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        ground, facts = _survey()
        channel.send(json.dumps(facts).encode())
        if ground is not None:
            _serve(channel, ground)


def _serve(channel: socket.socket, ground: Ground) -> None:
    # The end comes by the channel: who stops the application, by a key or a service manager, means it and not its runs.
    for unheard in (signal.SIGINT, signal.SIGTERM):
        signal.signal(unheard, signal.SIG_IGN)
    # Supervisors are many and nobody asks for their exit code: the kernel buries them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    ended, alive = os.pipe2(os.O_CLOEXEC)
    for number in count():
        received = orders.receive_order(channel)
        if received is None:
            break
        order, handed = received
        if os.fork() == 0:
            channel.close()
            os.close(alive)
            _supervise(order, ground, {**handed, orders.LAUNCHER: ended}, number)
        for descriptor in handed.values():
            os.close(descriptor)
    # Every supervisor hears this, as it would hear the death of this process: it ends its run, clears away, and goes.
    os.close(alive)
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        return


def _supervise(order: Order, ground: Ground, handed: Mapping[str, int], number: int) -> None:
    """Carry out one order in this process of its own, and end it."""
    try:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with socket.socket(fileno=handed[orders.REPLY]) as reply:
            orders.send_result(reply, _run(order, ground, handed, number))
    except (Abandoned, BrokenPipeError, ConnectionResetError):
        pass  # nobody waits for it any more
    finally:
        os._exit(0)


def _run(order: Order, ground: Ground, handed: Mapping[str, int], number: int) -> Result:
    try:
        return Run(order, ground, _reopened(handed), number).result()
    except Abandoned:
        raise
    except Exception as error:  # noqa: BLE001 - the one who waits is owed an answer, whatever went wrong
        return Result(Status.INTERNAL_ERROR, note=f"The sandbox failed: {type(error).__name__}: {error}"[:500])


def _reopened(handed: Mapping[str, int]) -> dict[str, int]:
    """Open files anew: two runs of one program would else share the place up to which it has been read."""
    fresh = dict(handed)
    for role, number in handed.items():
        if role == orders.STDIN_FILE or role.startswith(orders.FILE):
            name = orders.STDIN if role == orders.STDIN_FILE else role
            fresh[name] = os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_CLOEXEC)
            os.close(number)
            if name != role:
                del fresh[role]
    return fresh


def _survey() -> tuple[Ground | None, dict[str, Any]]:
    """Try what this machine allows, the strictest first, and sweep what an earlier launcher has left behind."""
    seccomp.program()  # once, here: every run is a child of this process
    groups = find_groups()
    if groups:
        _sweep(groups)
    name = f"{PREFIX}{os.getpid()}-{started_at(os.getpid())}"
    why = "Bubblewrap (bwrap) is not installed."
    for number, bwrap in enumerate(_variants()):
        ground = Ground(bwrap, groups, f"{name}-try")
        result = _try(ground, number)
        if result.status is Status.OK:
            return replace(ground, name=name), {"is_available": True, "reason": "", "details": _details(ground)}
        why = result.note
    return None, {"is_available": False, "reason": f"This machine does not let programs be isolated. {why}"}


def _variants() -> Iterator[Bubblewrap]:
    for bwrap in candidates():
        for has_proc in (True, False):
            for forbids in (True, False):
                yield replace(bwrap, has_proc=has_proc, forbids_namespaces=forbids)


def _try(ground: Ground, number: int) -> Result:
    here, there = socket.socketpair()
    with here, there:
        return _run(_TRUE, ground, {orders.REPLY: there.fileno()}, number)


def _details(ground: Ground) -> dict[str, str]:
    bwrap = ground.bwrap
    return {
        "bwrap": ".".join(map(str, bwrap.version)),
        "bwrap_path": bwrap.path,
        "cgroup": ground.groups.kind if ground.groups else "none",
        "user": "a user of their own" if ground.changes_user else f"user {os.geteuid()}",
        "proc": "fresh" if bwrap.has_proc else "empty",
        "namespaces": "forbidden" if bwrap.forbids_namespaces else "refused by the system call filter",
    }


def _sweep(groups: Groups) -> None:
    for name, meter in groups.left_behind():
        pid, _, rest = name.removeprefix(PREFIX).partition("-")
        if not pid.isdigit() or started_at(int(pid)) != rest.partition("-")[0]:
            meter.kill()
            meter.remove()


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    main(int(sys.argv[1]))
