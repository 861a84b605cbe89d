"""The child that becomes bubblewrap: joins its group, takes limits, gives up its user, closes what is not its own."""

import ctypes
import fcntl
import math
import os
import resource
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from app.sandbox import bubblewrap, seccomp
from app.sandbox import order as orders
from app.sandbox.bubblewrap import Bubblewrap
from app.sandbox.groups import Groups, Meter
from app.sandbox.order import Order
from app.sandbox.process_tree import threads_of

# Above what the program itself gets, so that none of ours is in the way of extra:3.
_FIRST_OWN_DESCRIPTOR = 64
_OPEN_FILES = 128
_STACK_BYTES = 64 << 20
_STACK_BYTES_WITHOUT_GROUP = 16 << 20
_LIBRARIES_BYTES = 256 << 20
# Numbers that belong to nobody: a process with one of them may do nothing outside that others may not.
USERS = range(64100, 64900)
_COUNTS_BY_NAMESPACE = (5, 14)
# What Python or the launcher ignores would be ignored by the program too.
_CAUGHT = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
_NEAR = "/mnt"
_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
_OWN_PROCESSES = 2  # bubblewrap outside and bubblewrap inside
_LIMIT_PROCESSES = 'ulimit -p "$0" 2>/dev/null || ulimit -u "$0" || exit 126; exec "$@"'


@dataclass(frozen=True, slots=True)
class Ground:
    """What this machine allows, as the launcher has found it."""

    bwrap: Bubblewrap
    groups: Groups | None
    name: str
    """of this launcher, begins the names of its groups"""

    @property
    def changes_user(self) -> bool:
        """As root, a program gets a user of its own first: uid 1000 inside would else be root outside."""
        return os.geteuid() == 0


def processes_of(order: Order) -> int:
    """Count what a run may have at a time, with bubblewrap's own."""
    return order.limits.processes + order.extra_processes + _OWN_PROCESSES


def become(order: Order, ground: Ground, meter: Meter | None, handed: Mapping[str, int], status: int) -> NoReturn:
    """Turn this process into bubblewrap; what goes wrong before is said on the descriptor of the status."""
    try:
        if meter:
            meter.join()
        for number in _CAUGHT:
            signal.signal(number, signal.SIG_DFL)
        own = {role: fcntl.fcntl(number, fcntl.F_DUPFD, _FIRST_OWN_DESCRIPTOR) for role, number in handed.items()}
        own.setdefault(orders.STDIN, _raised(os.open(os.devnull, os.O_RDONLY)))
        report = fcntl.fcntl(status, fcntl.F_DUPFD, _FIRST_OWN_DESCRIPTOR)
        descriptors = bubblewrap.Descriptors(
            seccomp=_raised(orders.sealed(seccomp.program())),
            status=report,
            files=[(*orders.place(role), number) for role, number in own.items() if role.startswith(orders.FILE)],
        )
        words = bubblewrap.arguments(ground.bwrap, _reached(order, ground), descriptors)
        listed = _raised(orders.sealed("\0".join(words).encode()))
        kept = _place(own)
        passed = {descriptors.seccomp, report, listed, *(entry[2] for entry in descriptors.files)}
        _close_all_but(kept | passed)
        _limit(order, ground)
        _change_user(ground)
        os.execve(ground.bwrap.path, ["bwrap", "--args", str(listed), "--", *_command(order, ground)], {})  # noqa: S606 - without a shell is what is wanted
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process may not go on as a copy of its parent
        os.write(status, f"{type(error).__name__}: {error}"[:500].encode())
    os._exit(127)


def _command(order: Order, ground: Ground) -> tuple[str, ...]:
    """Without a group, limit the processes from within: outside, all runs of one user would count against each other.

    A kernel before 5.14 counts them together all the same, so that there the others come on top.
    """
    if ground.groups is not None:
        return order.command
    release = tuple(map(int, os.uname().release.split("-")[0].split(".")[:2]))
    others = 0 if ground.changes_user or release >= _COUNTS_BY_NAMESPACE else threads_of(os.geteuid())
    return ("/usr/bin/sh", "-c", _LIMIT_PROCESSES, str(processes_of(order) + others), *order.command)


def _raised(descriptor: int) -> int:
    """Give a descriptor a number that is not in the way and that survives exec."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, _FIRST_OWN_DESCRIPTOR)


def _reached(order: Order, ground: Ground) -> Order:
    """Bring near what the user to come could not reach by its path, for example a compiler in root's home.

    A namespace of mounts of its own, which ends with the run; the machine sees nothing of it.
    """
    far = [source for source, _ in order.binds if ground.changes_user and not is_reachable(Path(source))]
    if not far:
        return order
    _call("unshare", _CLONE_NEWNS)
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", _NEAR, b"tmpfs", 0)
    near = {}
    for number, source in enumerate(far):
        place = Path(_NEAR, str(number))
        place.mkdir() if Path(source).is_dir() else place.touch()
        _mount(source, str(place), None, _MS_BIND)
        near[source] = str(place)
    return replace(order, binds=tuple((near.get(source, source), target) for source, target in order.binds))


def is_reachable(path: Path) -> bool:
    """Tell whether any user may walk there."""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def _mount(source: str, target: str, kind: bytes | None, flags: int) -> None:
    _call("mount", source.encode(), target.encode(), kind, ctypes.c_ulong(flags), b"mode=755" if kind else None)


def _call(name: str, *values: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*values):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)


def _place(own: Mapping[str, int]) -> set[int]:
    """Put the program's own descriptors where it expects them."""
    targets = {orders.STDIN: 0, orders.STDOUT: 1, "stderr": 2}
    places = {role: targets[role] for role in own if role in targets}
    places |= {role: int(role.removeprefix(orders.EXTRA)) for role in own if role.startswith(orders.EXTRA)}
    for role, number in places.items():
        os.dup2(own[role], number, inheritable=True)
    return set(places.values())


def _close_all_but(kept: set[int]) -> None:
    for number in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if number not in kept:
            with suppress(OSError):  # the listing's own is closed by now
                os.close(number)


def _limit(order: Order, ground: Ground) -> None:
    """Set the limits that the kernel keeps for each process; without a group they are all there is."""
    limits = order.limits
    # The group's counter decides; this is for the case that whoever reads it is held up.
    _set(resource.RLIMIT_CPU, math.ceil(limits.cpu_seconds) + 1)
    _set(resource.RLIMIT_FSIZE, limits.files_bytes)
    _set(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _set(resource.RLIMIT_STACK, _STACK_BYTES if ground.groups else _STACK_BYTES_WITHOUT_GROUP)
    for name in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        _set(name, 0)
    if ground.groups is None:
        _set(resource.RLIMIT_DATA, limits.memory_bytes + (_LIBRARIES_BYTES if order.reserves_memory else 0))
        if not order.reserves_memory:
            _set(resource.RLIMIT_AS, limits.memory_bytes + _LIBRARIES_BYTES)


def _set(name: int, value: int) -> None:
    _, most = resource.getrlimit(name)
    value = value if most == resource.RLIM_INFINITY else min(value, most)
    resource.setrlimit(name, (value, value))


def _change_user(ground: Ground) -> None:
    if not ground.changes_user:
        return
    user = USERS[os.getpid() % len(USERS)]
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
