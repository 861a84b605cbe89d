"""Control groups: where a run's processes are counted, limited and killed together; version 1 and version 2."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PREFIX = "workings-"
_CONTROLLERS = frozenset({"memory", "pids"})
_OLD_CONTROLLERS = frozenset({"memory", "pids", "cpuacct"})
_CPU = "cpu"
CPU_SHARE = 0.25
"""What a run gets of a processor when others want it too, as many times what each of them gets: the pages come first.

A group has this share however its processes call themselves. Niceness alone would not do: the kernel holds it only
against processes of the same session, and each run is a session of its own.
"""
_USUAL_SHARES, _USUAL_WEIGHT = 1024, 100
_OURS = "service-itself"
_REMOVE_SECONDS = 2.0


class Meter(Protocol):
    """What counts, limits and kills the processes of one run."""

    def join(self) -> None:
        """Put the calling process in; it and all its children are counted from then on."""

    def cpu_seconds(self) -> float:
        """Give the processor time that all processes together have used."""

    def peak_bytes(self) -> int:
        """Give the most memory that was in use at one time."""

    def why_too_much(self) -> str | None:
        """Tell whether memory or processes went over their limit, and which; None when not."""

    def kill(self) -> None:
        """Kill every process inside; it may be called again until none is left."""

    def remove(self) -> None:
        """Take the group away."""


class Groups(Protocol):
    """Where groups can be made on this machine."""

    @property
    def kind(self) -> str:
        """The words for people."""

    def create(self, name: str, memory_bytes: int, processes: int, *, gives_way: bool = False) -> Meter:
        """Make a group with limits; with `gives_way` it has CPU_SHARE where the machine can do that."""

    def left_behind(self) -> Iterator[tuple[str, Meter]]:
        """Give the groups that lie there, with their names."""


@dataclass(frozen=True, slots=True)
class GroupV1:
    """One folder per controller."""

    folders: Mapping[str, Path]

    def join(self) -> None:
        """Put the calling process into all of its folders."""
        for folder in {*self.folders.values()}:
            (folder / "cgroup.procs").write_text("0")

    def cpu_seconds(self) -> float:
        """Read nanoseconds."""
        return int((self.folders["cpuacct"] / "cpuacct.usage").read_text()) / 1e9

    def peak_bytes(self) -> int:
        """Read the highest watermark."""
        return int((self.folders["memory"] / "memory.max_usage_in_bytes").read_text())

    def why_too_much(self) -> str | None:
        """Tell whether the kernel has killed somebody for want of memory."""
        return _killed(self.folders["memory"] / "memory.oom_control")

    def kill(self) -> None:
        """Kill one by one: the first process of a namespace takes all others with it."""
        _kill_listed(self.folders["pids"])

    def remove(self) -> None:
        """Remove the folders; the kernel refuses while a dead process lingers."""
        for folder in {*self.folders.values()}:
            _remove(folder, self.kill)


@dataclass(frozen=True, slots=True)
class GroupsV1:
    """The folders of the old, separate hierarchies in which we may make groups."""

    folders: Mapping[str, Path]
    kind: str = "version 1"

    def create(self, name: str, memory_bytes: int, processes: int, *, gives_way: bool = False) -> GroupV1:
        """Make the folders and set the limits; memory includes swap where the kernel counts it."""
        group = GroupV1({controller: folder / name for controller, folder in self.folders.items()})
        for folder in {*group.folders.values()}:
            folder.mkdir()
        (group.folders["memory"] / "memory.limit_in_bytes").write_text(str(memory_bytes))
        for optional, value in (("memory.memsw.limit_in_bytes", memory_bytes), ("memory.swappiness", 0)):
            with suppress(OSError):
                _set_existing(group.folders["memory"] / optional, value)
        (group.folders["pids"] / "pids.max").write_text(str(processes))
        if gives_way and _CPU in group.folders:
            with suppress(OSError):
                _set_existing(group.folders[_CPU] / "cpu.shares", round(_USUAL_SHARES * CPU_SHARE))
        return group

    def left_behind(self) -> Iterator[tuple[str, Meter]]:
        """Look in all hierarchies: one of them may have refused to let go."""
        names = {path.name for folder in self.folders.values() for path in folder.glob(f"{PREFIX}*")}
        for name in sorted(names):
            yield name, GroupV1({controller: folder / name for controller, folder in self.folders.items()})


class GroupV2:
    """One folder for all controllers."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._peak = 0

    def join(self) -> None:
        """Put the calling process in."""
        (self.folder / "cgroup.procs").write_text("0")

    def cpu_seconds(self) -> float:
        """Read microseconds."""
        return _field(self.folder / "cpu.stat", "usage_usec") / 1e6

    def peak_bytes(self) -> int:
        """Read the highest watermark; before kernel 5.19 there is none, and the highest sample stands for it."""
        with suppress(OSError):
            return int((self.folder / "memory.peak").read_text())
        return max(self._peak, self._sample())

    def why_too_much(self) -> str | None:
        """Tell whether the kernel has killed somebody for want of memory."""
        self._peak = max(self._peak, self._sample())
        return _killed(self.folder / "memory.events")

    def _sample(self) -> int:
        with suppress(OSError):
            return int((self.folder / "memory.current").read_text())
        return 0

    def kill(self) -> None:
        """Kill all at once, or one by one on a kernel before 5.14."""
        try:
            _set_existing(self.folder / "cgroup.kill", 1)
        except OSError:
            _kill_listed(self.folder)

    def remove(self) -> None:
        """Remove the folder; the kernel refuses while a dead process lingers."""
        _remove(self.folder, self.kill)


@dataclass(frozen=True, slots=True)
class GroupsV2:
    """The folder of the one hierarchy in which we may make groups."""

    folder: Path
    kind: str = "version 2"

    def create(self, name: str, memory_bytes: int, processes: int, *, gives_way: bool = False) -> GroupV2:
        """Make the folder and set the limits; when memory runs out, all of the group dies."""
        group = GroupV2(self.folder / name)
        group.folder.mkdir()
        limit_v2(group.folder, memory_bytes, processes, gives_way=gives_way)
        return group

    def left_behind(self) -> Iterator[tuple[str, Meter]]:
        """Look for our names."""
        for path in sorted(self.folder.glob(f"{PREFIX}*")):
            yield path.name, GroupV2(path)


def limit_v2(folder: Path, memory_bytes: int, processes: int, *, gives_way: bool = False) -> None:
    """Set the limits of a group, the optional ones where the kernel has them."""
    (folder / "memory.max").write_text(str(memory_bytes))
    (folder / "pids.max").write_text(str(processes))
    optionally = {"memory.swap.max": 0, "memory.oom.group": 1}
    if gives_way:
        optionally["cpu.weight"] = round(_USUAL_WEIGHT * CPU_SHARE)
    for optional, value in optionally.items():
        with suppress(OSError):
            _set_existing(folder / optional, value)


def find_groups(process: Path = Path("/proc/self")) -> Groups | None:
    """Find where this process may make groups; None where the machine, or a container, does not let it.

    Only below the group in which the process itself is: whatever limits the service limits its runs with it.
    """
    mounts = _mounts((process / "mountinfo").read_text())
    own = dict(_memberships((process / "cgroup").read_text()))
    if mounts.keys() >= _OLD_CONTROLLERS:
        old = {name: _own_folder(*mounts[name], own.get(name, "/")) for name in _OLD_CONTROLLERS}
        if all(map(_is_ours, old.values())):
            cpu = _own_folder(*mounts[_CPU], own.get(_CPU, "/")) if _CPU in mounts else None
            return GroupsV1(old | {_CPU: cpu} if cpu and _is_ours(cpu) else old)
    if "" in mounts:
        folder = _own_folder(*mounts[""], own.get("", "/"))
        if folder.name == _OURS:  # an earlier launcher has moved us here
            folder = folder.parent
        if _is_ours(folder) and hands_on(folder, is_left_to_us=_is_left_to_us(folder)):
            return GroupsV2(folder)
    return None


def _mounts(mountinfo: str) -> dict[str, tuple[str, str]]:
    """Map each controller, and "" for version 2, to (root of what is mounted, where)."""
    found: dict[str, tuple[str, str]] = {}
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        root, place = left.split(" ")[3:5]
        if kind == "cgroup2":
            found[""] = (root, place)
        elif kind == "cgroup":
            found |= dict.fromkeys(options.split(","), (root, place))
    return found


def _memberships(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            yield controller, path


def _own_folder(root: str, place: str, path: str) -> Path:
    inside = path.removeprefix(root.rstrip("/")) if path.startswith(root) else ""
    return Path(place, inside.strip("/"))


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def hands_on(folder: Path, *, is_left_to_us: bool) -> bool:
    """Have the controllers handed on to groups below, moving processes into one if the kernel wants that."""
    if not _CONTROLLERS.issubset((folder / "cgroup.controllers").read_text().split()):
        return False
    if _hand_on(folder):
        return True
    if not is_left_to_us:
        return False
    # A group that has processes of its own may not have limited groups below it.
    service = folder / _OURS
    with suppress(OSError):
        service.mkdir(exist_ok=True)
        for pid in (folder / "cgroup.procs").read_text().split():
            (service / "cgroup.procs").write_text(pid)
    return _hand_on(folder)


def _hand_on(folder: Path) -> bool:
    """Hand on what limits runs, and what makes them give way where that is possible too."""
    control = folder / "cgroup.subtree_control"
    given = set((folder / "cgroup.controllers").read_text().split())
    for wanted in (_CONTROLLERS | {_CPU} & given, _CONTROLLERS):
        if wanted.issubset(control.read_text().split()):
            return True
        with suppress(OSError):
            control.write_text(" ".join(f"+{name}" for name in sorted(wanted)))
    return _CONTROLLERS.issubset(control.read_text().split())


def _is_left_to_us(folder: Path) -> bool:
    """Tell whether whoever manages the machine has left this group to us, so that moving its processes is our right."""
    if os.geteuid() != 0:
        return folder.stat().st_uid == os.geteuid()
    with suppress(OSError):
        return os.getxattr(folder, "trusted.delegate") == b"1"
    return False


def _set_existing(path: Path, value: int) -> None:
    with path.open("r+") as file:
        file.write(str(value))


def _killed(path: Path) -> str | None:
    return "memory" if _field(path, "oom_kill") else None


def _field(path: Path, name: str) -> int:
    with suppress(OSError):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[0] == name:
                return int(words[1])
    return 0


def _kill_listed(folder: Path) -> None:
    with suppress(OSError):
        for pid in (folder / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def _remove(folder: Path, kill: Callable[[], None]) -> None:
    until = time.monotonic() + _REMOVE_SECONDS
    while folder.exists():
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > until:
                return  # the next launcher sweeps it
            kill()
            time.sleep(0.005)
