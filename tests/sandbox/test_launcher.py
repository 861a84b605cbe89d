"""The process that starts runs: whoever dies first, nothing goes on running and nobody waits for ever."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config import ROOT
from app.sandbox import isolation
from app.sandbox.groups import find_groups
from app.sandbox.job import Limits, Result, Status
from app.sandbox.process_tree import ProcessTree, every_process
from app.sandbox.sandbox import Sandbox

LONG = Limits(cpu_seconds=60, wall_seconds=60)
SLEEP = "import time\ntime.sleep(50)"
# Another application, so that a test can kill it: it says the number of its launcher, then waits for a long run.
APPLICATION = f"""
import os, threading
from app.sandbox.job import Limits
from app.sandbox.process_tree import every_process
from app.sandbox.sandbox import Sandbox
sandbox = Sandbox()
sandbox.run("python", "")
print([process.pid for process in every_process() if process.parent == os.getpid()][0], flush=True)
sandbox.run("python", {SLEEP!r}, limits=Limits(cpu_seconds=60, wall_seconds=60))
"""


def _wait_until(holds: Callable[[], object]) -> bool:
    until = time.monotonic() + 20
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _descendants(pid: int) -> set[int]:
    parents = {process.pid: process.parent for process in every_process()}
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found}
        grown = not more <= found
        found |= more
    return found - {pid}


def _groups_of(launcher: int) -> list[str]:
    groups = find_groups()
    return [name for name, _ in groups.left_behind() if f"-{launcher}-" in name] if groups else []


def _exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.fixture
def application():
    """An application of its own with a run under way: its process and the number of its launcher."""
    with subprocess.Popen(
        [sys.executable, "-c", APPLICATION], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)}
    ) as process:
        assert process.stdout is not None
        launcher = int(process.stdout.readline())
        # supervisor, bubblewrap outside and inside, the program
        assert _wait_until(lambda: len(_descendants(launcher)) == 4)
        yield process, launcher
        process.kill()


def test_when_the_application_is_killed_its_runs_end_and_its_groups_go(application):
    process, launcher = application
    running = _descendants(launcher)
    process.kill()
    assert _wait_until(lambda: not any(map(_exists, [launcher, *running])))
    assert _wait_until(lambda: _groups_of(launcher) == [])


def test_when_the_launcher_is_killed_its_runs_end_too_and_the_application_hears_it(application):
    process, launcher = application
    running = _descendants(launcher)
    os.kill(launcher, signal.SIGKILL)
    assert _wait_until(lambda: not any(map(_exists, running)))
    assert process.wait(20) == 0
    assert _wait_until(lambda: _groups_of(launcher) == [])


def test_what_a_killed_supervisor_leaves_behind_the_next_launcher_takes_away(application):
    process, launcher = application
    (supervisor,) = {entry.pid for entry in every_process() if entry.parent == launcher}
    left = _groups_of(launcher)
    running = _descendants(launcher)
    os.kill(supervisor, signal.SIGKILL)
    assert process.wait(20) == 0
    assert _wait_until(lambda: not any(map(_exists, [launcher, *running])))
    assert _groups_of(launcher) == left
    isolation.Launcher().close()
    assert _groups_of(launcher) == []


def test_a_key_pressed_at_the_terminal_does_not_end_what_is_running(application):
    process, launcher = application
    running = _descendants(launcher)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(launcher, number)
    time.sleep(0.2)
    assert _descendants(launcher) == running
    assert process.poll() is None


def test_a_run_whose_launcher_is_killed_is_an_error_of_the_sandbox_and_the_next_run_works():
    with Sandbox() as sandbox:
        sandbox.run("python", "")
        launcher = sandbox.launcher_pid
        assert launcher is not None
        results: list[Result] = []
        thread = threading.Thread(target=lambda: results.append(sandbox.run("python", SLEEP, limits=LONG)))
        thread.start()
        assert _wait_until(lambda: len(_descendants(launcher)) == 4)
        os.kill(launcher, signal.SIGKILL)
        thread.join(20)
        assert [(result.status, result.note) for result in results] == [
            (Status.INTERNAL_ERROR, "The sandbox stopped before it answered.")
        ]
        assert sandbox.run("python", "print('again')").stdout == b"again\n"


def test_whoever_closes_the_sandbox_ends_what_runs():
    sandbox = Sandbox()
    results: list[Result] = []
    sandbox.run("python", "")
    launcher = sandbox.launcher_pid
    assert launcher is not None
    thread = threading.Thread(target=lambda: results.append(sandbox.run("python", SLEEP, limits=LONG)))
    thread.start()
    assert _wait_until(lambda: len(_descendants(launcher)) == 4)
    sandbox.close()
    thread.join(20)
    assert ([result.status for result in results], _exists(launcher)) == ([Status.INTERNAL_ERROR], False)


def test_the_launcher_gets_nothing_of_the_applications_environment(monkeypatch):
    monkeypatch.setenv("WORKINGS_SMTP_PASSWORD", "hush")
    with Sandbox() as sandbox:
        sandbox.run("python", "")
        environment = Path(f"/proc/{sandbox.launcher_pid}/environ").read_text().split("\0")
    assert [line for line in environment if not line.startswith(("PATH=", "LC_CTYPE="))] == [""]


def test_isolation_is_looked_up_once_and_says_by_what():
    found = isolation.probe()
    assert (found.is_available, found.reason, found is isolation.probe()) == (True, "", True)
    assert sorted(found.details) == ["bwrap", "bwrap_path", "cgroup", "namespaces", "proc", "user"]


def test_a_tree_counts_all_descendants_and_kills_them():
    script = "import os, time\nos.fork()\nx = bytearray(30 << 20)\ntime.sleep(50)"
    with subprocess.Popen([sys.executable, "-c", script]) as process:
        tree = ProcessTree(process.pid, 1 << 30)
        assert _wait_until(lambda: tree.why_too_much() is None and tree.peak_bytes() > 60 << 20)
        assert ProcessTree(process.pid, 50 << 20).why_too_much() == "memory"
        tree.kill()
        assert process.wait(10) == -signal.SIGKILL
    assert _wait_until(lambda: not _descendants(process.pid))


def test_no_message_is_longer_than_the_channel_takes(sandbox):
    with sandbox.prepare("python", "import sys; print(len(sys.argv))") as program:
        assert program.run(args=["x"] * 100).stdout == b"101\n"
        with pytest.raises(ValueError, match="arguments of a run are too long"):
            program.run(args=["x" * 1000] * 200)
    with pytest.raises(ValueError, match="at most 200 files"):
        sandbox.run("python", "", files={f"{number}.txt": b"" for number in range(300)})


@pytest.mark.parametrize("name", ["../main.py", "/etc/passwd", "..", "a/../../b", ""])
def test_a_file_beside_the_program_stays_beside_it(sandbox, name):
    with pytest.raises(ValueError, match="no name of a file beside the program"):
        sandbox.run("python", "", files={name: b""})
