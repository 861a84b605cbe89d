"""Hostile runs leave nothing behind, see nothing of ours, and two at the same time do not find each other."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from app.sandbox.confine import USERS
from app.sandbox.groups import find_groups
from app.sandbox.job import Limits, Status
from app.sandbox.process_tree import every_process
from app.sandbox.sandbox import Sandbox

RUNS = 200
AT_ONCE = Limits(cpu_seconds=0.1, wall_seconds=0.15, memory_bytes=32 << 20, processes=8, files_bytes=1 << 20)
HOSTILE = (
    "import os\nwhile True:\n try: os.fork()\n except OSError: pass",
    "x = bytearray(100 << 20)",
    "while True: print('x' * 9999)",
    "import os\nif os.fork() == 0:\n os.setsid()\n while True: pass",
    "import os\nfor n in range(100): open(f'/tmp/{n}', 'w')\nos.closerange(0, 9)\nos.kill(0, 9)",
    "import os, socket\npair = socket.socketpair()\nos.mkfifo('/tmp/pipe')\nos.symlink('/', '/dev/shm/x')\nos.abort()",
    "import threading\nwhile True: threading.Thread(target=threading.Event().wait).start()",
    "import os\nos.kill(1, 9); os.kill(-1, 9); os.kill(os.getpid(), 9)",
)


def _below(pids: set[int]) -> set[int]:
    return {process.pid for process in every_process() if process.parent in pids}


def _traces(launcher: int) -> dict[str, object]:
    """Look at all that a run could leave on this machine."""
    groups = find_groups()
    files = []
    for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/mnt"):
        for path in Path(folder).iterdir():
            with suppress(OSError):
                files += [path] * (path.lstat().st_uid in USERS or "bwrap" in path.name)
    return {
        "processes, zombies too": _below({launcher}),
        "groups": [name for name, _ in groups.left_behind() if f"-{launcher}-" in name] if groups else [],
        "descriptors of the launcher": sorted(path.name for path in Path(f"/proc/{launcher}/fd").iterdir()),
        "descriptors of the application": len(list(Path("/proc/self/fd").iterdir())),
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "files": files,
    }


def _settled(launcher: int) -> dict[str, object]:
    """Look when the last run has answered and had a moment to go."""
    until = time.monotonic() + 5
    while _below({launcher}) and time.monotonic() < until:
        time.sleep(0.01)
    return _traces(launcher)


def test_two_hundred_hostile_runs_leave_nothing_behind():
    before = _below({os.getpid()})
    with Sandbox() as sandbox:
        assert sandbox.isolation.is_available, sandbox.isolation.reason
        (launcher,) = _below({os.getpid()}) - before
        sandbox.run("python", "")
        traces = _settled(launcher)
        assert (traces["processes, zombies too"], traces["groups"], traces["files"]) == (set(), [], [])

        def let_loose(number: int) -> Status:
            return sandbox.run("python", HOSTILE[number % len(HOSTILE)], limits=AT_ONCE).status

        with ThreadPoolExecutor(2) as pool:
            ends = list(pool.map(let_loose, range(RUNS)))
        assert {Status.INTERNAL_ERROR, Status.UNAVAILABLE} & {*ends} == set()
        assert _settled(launcher) == traces
    assert _below({os.getpid()}) == before


SEARCH = """
import os
secret = input().encode()[::-1]
found, looked_at = [], 0
for folder, _, names in os.walk("/"):
    if folder.startswith(("/usr/bin", "/usr/lib", "/dev")): continue
    for name in names:
        try: descriptor = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NONBLOCK)
        except OSError: continue
        try:
            if os.path.join(folder, name) != "/box/main.py" and secret in os.read(descriptor, 1 << 20):
                found.append(os.path.join(folder, name))
        except OSError: pass
        looked_at += 1
        os.close(descriptor)
print(found, looked_at > 50)
"""


def test_a_program_that_reads_all_it_can_finds_neither_settings_nor_database(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKINGS_DATABASE_URL", "postgresql://workings:canary-4711@database/workings")
    (tmp_path / "workings.db").write_text("canary-4711")
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "workings.db").open() as database, Sandbox() as sandbox:
        os.set_inheritable(database.fileno(), True)
        result = sandbox.run("python", SEARCH, b"1174-yranac", limits=Limits(stdout_bytes=4096))
    assert (result.status, result.stdout) == (Status.OK, b"[] True\n")


# Each calls out in every way it knows, listens in every way it knows, and tries to kill what it sees.
NEIGHBOUR = """
import glob, mmap, os, signal, time
me = input()
heard = set()
for place in ("/tmp", "/box", "/dev/shm", "/run", "/var/tmp"):
    try: open(f"{place}/{me}", "w").write(me)
    except OSError: pass
until = time.monotonic() + 0.5
while time.monotonic() < until:
    heard |= {name for place in ("/tmp", "/dev/shm") for name in os.listdir(place)} - {me}
    heard |= {line for line in open("/proc/locks")} if os.path.exists("/proc/locks") else set()
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) not in (1, os.getpid()): heard.add(entry)
    for number in range(2, 400):
        try: os.kill(number, signal.SIGKILL if number != os.getpid() else 0); heard |= {number} - {os.getpid()}
        except OSError: pass
    time.sleep(0.01)
print(me, heard)
"""


def test_two_that_attack_each_other_at_the_same_time_do_not_find_each_other(sandbox):
    with sandbox.prepare("python", NEIGHBOUR) as program:
        results: dict[str, bytes] = {}

        def attack(name: str) -> None:
            results[name] = program.run(name.encode()).stdout

        threads = [threading.Thread(target=attack, args=[name]) for name in ("one", "other")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == {"one": b"one set()\n", "other": b"other set()\n"}
