"""Control groups of version 2, on folders that look like the kernel's: no machine here has a real one to write in."""

from pathlib import Path

import pytest

from app.sandbox import groups
from app.sandbox.groups import GroupsV1, GroupsV2, GroupV2, find_groups

# What the kernel shows of a service that systemd has started with Delegate=yes.
MOUNT = "29 23 0:26 {root} {place} rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
OTHER = "31 23 0:28 / /sys/fs/bpf rw - bpf none rw\n"


def _process(folder: Path, mountinfo: str, cgroup: str) -> Path:
    process = folder / "process"
    process.mkdir()
    (process / "mountinfo").write_text(mountinfo)
    (process / "cgroup").write_text(cgroup)
    return process


def _service(folder: Path, *, hands_on: str = "cpu memory pids") -> Path:
    service = folder / "fs" / "system.slice" / "workings.service"
    service.mkdir(parents=True)
    (service / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (service / "cgroup.subtree_control").write_text(hands_on)
    (service / "cgroup.procs").write_text("")
    return service


def test_the_group_of_the_service_is_found_and_used(tmp_path):
    service = _service(tmp_path)
    mountinfo = OTHER + MOUNT.format(root="/", place=tmp_path / "fs")
    process = _process(tmp_path, mountinfo, "0::/system.slice/workings.service\n")
    assert find_groups(process) == GroupsV2(service)


def test_after_the_processes_have_been_moved_the_group_is_still_the_same(tmp_path):
    service = _service(tmp_path)
    (service / "service-itself").mkdir()
    mountinfo = MOUNT.format(root="/", place=tmp_path / "fs")
    process = _process(tmp_path, mountinfo, "0::/system.slice/workings.service/service-itself\n")
    assert find_groups(process) == GroupsV2(service)


def test_in_a_container_the_group_is_what_is_mounted(tmp_path):
    service = _service(tmp_path)
    mountinfo = MOUNT.format(root="/docker/4f1", place=service)
    process = _process(tmp_path, mountinfo, "0::/docker/4f1\n")
    assert find_groups(process) == GroupsV2(service)


def test_without_the_controllers_there_are_no_groups(tmp_path):
    service = _service(tmp_path)
    (service / "cgroup.controllers").write_text("hugetlb\n")
    process = _process(tmp_path, MOUNT.format(root="/", place=service), "0::/\n")
    assert find_groups(process) is None


def test_a_machine_without_any_has_none(tmp_path):
    assert find_groups(_process(tmp_path, OTHER, "")) is None


def test_processes_of_a_group_that_was_left_to_us_make_room_for_groups_below(tmp_path, monkeypatch):
    service = _service(tmp_path, hands_on="")
    (service / "cgroup.procs").write_text("17\n18\n")
    (service / "service-itself").mkdir()
    moved: list[str] = []
    written = Path.write_text

    def write(path: Path, text: str) -> int:
        # The kernel refuses to hand controllers on while processes are in the group itself.
        if path.name == "cgroup.procs":
            moved.append(text)
            return len(text)
        if path.name == "cgroup.subtree_control" and not moved:
            raise OSError(16, "Device or resource busy")
        return written(path, text.replace("+", ""))

    monkeypatch.setattr(Path, "write_text", write)
    assert (groups.hands_on(service, is_left_to_us=False), moved) == (False, [])
    assert (groups.hands_on(service, is_left_to_us=True), moved) == (True, ["17", "18"])


def test_a_new_group_has_the_limits(tmp_path):
    service = _service(tmp_path)
    group = GroupsV2(service).create("workings-1-2-3", 64 << 20, 8)
    written = {path.name: path.read_text() for path in group.folder.iterdir()}
    assert written == {"memory.max": str(64 << 20), "pids.max": "8"}


def test_limits_that_only_newer_kernels_have_are_set_where_they_are(tmp_path):
    folder = tmp_path / "group"
    folder.mkdir()
    for name, value in (("memory.swap.max", "max"), ("memory.oom.group", "0")):
        (folder / name).write_text(value)
    groups.limit_v2(folder, 64 << 20, 8)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "memory.max": str(64 << 20),
        "pids.max": "8",
        "memory.swap.max": "0ax",  # a file of the kernel takes the whole of a write; this one keeps what it covers not
        "memory.oom.group": "1",
    }


def _group(folder: Path, **files: str) -> GroupV2:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)
    return GroupV2(folder)


def test_what_was_used_is_read(tmp_path):
    group = _group(
        tmp_path / "a",
        cpu_stat="usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\n",
        memory_peak="41943040\n",
        memory_current="1024\n",
        memory_events="low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\noom_group_kill 0\n",
    )
    assert (group.cpu_seconds(), group.peak_bytes(), group.why_too_much()) == (1.234567, 41943040, None)


def test_an_older_kernel_keeps_no_peak_so_that_samples_stand_for_it(tmp_path):
    group = _group(tmp_path / "a", memory_current="5000\n", memory_events="oom_kill 0\n")
    group.why_too_much()
    (tmp_path / "a" / "memory.current").write_text("100\n")
    assert group.peak_bytes() == 5000


def test_who_was_killed_for_want_of_memory_is_seen(tmp_path):
    assert _group(tmp_path / "a", memory_events="oom 1\noom_kill 2\n").why_too_much() == "memory"


def test_all_are_killed_at_once(tmp_path):
    group = _group(tmp_path / "a", cgroup_kill="0", cgroup_procs="")
    group.kill()
    assert (tmp_path / "a" / "cgroup.kill").read_text() == "1"


def test_a_group_is_removed_and_what_was_left_behind_is_found(tmp_path):
    service = _service(tmp_path)
    for name in ("workings-1-2-3", "workings-7-8-9", "service-itself"):
        (service / name).mkdir()
    left = dict(GroupsV2(service).left_behind())
    assert sorted(left) == ["workings-1-2-3", "workings-7-8-9"]
    left["workings-1-2-3"].remove()
    assert not (service / "workings-1-2-3").exists()


@pytest.mark.parametrize("mounted", ["memory,pids,cpu,cpuacct", "memory"])
def test_the_old_hierarchies_are_used_only_if_all_of_them_can_be(tmp_path, mounted):
    place = tmp_path / "old"
    place.mkdir()
    (place / "cgroup.procs").write_text("")
    process = _process(tmp_path, f"29 23 0:26 / {place} rw - cgroup cgroup rw,{mounted}\n", f"4:{mounted}:/\n")
    expected = GroupsV1(dict.fromkeys(("memory", "pids", "cpuacct", "cpu"), place)) if "pids" in mounted else None
    assert find_groups(process) == expected


def test_a_run_gives_way_to_the_pages_where_the_machine_lets_it(tmp_path, monkeypatch):
    places = {name: tmp_path / name for name in ("memory", "pids", "cpuacct", "cpu")}
    for folder in places.values():
        folder.mkdir()
    set_to: dict[str, int] = {}
    monkeypatch.setattr(groups, "_set_existing", lambda path, value: set_to.update({path.name: value}))

    GroupsV1(places).create("workings-1-2-3", 64 << 20, 8)
    groups.limit_v2(places["cpu"], 64 << 20, 8)
    assert "cpu.shares" not in set_to
    assert "cpu.weight" not in set_to

    GroupsV1(places).create("workings-4-5-6", 64 << 20, 8, gives_way=True)
    groups.limit_v2(places["cpu"], 64 << 20, 8, gives_way=True)
    assert (set_to["cpu.shares"], set_to["cpu.weight"]) == (256, 25)


@pytest.mark.parametrize(("given", "handed_on"), [("cpuset cpu io memory pids\n", "cpu memory pids"),
                                                  ("memory pids\n", "memory pids")])  # fmt: skip
def test_the_processor_is_handed_on_where_it_is_given(tmp_path, monkeypatch, given, handed_on):
    service = _service(tmp_path, hands_on="")
    (service / "cgroup.controllers").write_text(given)

    written = Path.write_text
    monkeypatch.setattr(Path, "write_text", lambda path, text: written(path, text.replace("+", "")))
    assert groups.hands_on(service, is_left_to_us=False)
    assert (service / "cgroup.subtree_control").read_text() == handed_on
