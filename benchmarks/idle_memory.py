"""What web server and worker hold in memory while nobody asks for anything, shared pages counted once.

`python -m benchmarks --only idle_memory`. The proportional set size of `workings serve` and all that it started.
"""

import time
from pathlib import Path

from benchmarks.figures import Figure, at_most
from benchmarks.installation import started


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Let it idle, then look."""
    with started() as installation:
        time.sleep(1 if quick else 20)
        megabytes = sum(_proportional_kb(pid) for pid in _family(installation.pid)) * 1024 / 1e6
    return [at_most("web and worker, idle", megabytes, 300, "MB")]


def _family(root: int) -> list[int]:
    """List a process and its descendants."""
    children = [
        int(child) for task in Path(f"/proc/{root}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    return [root, *(pid for child in children for pid in _family(child))]


def _proportional_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0])
