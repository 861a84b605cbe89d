"""Take the figures: run each benchmark in turn and print one table of what was aimed at and what was measured.

`python -m benchmarks [--only NAME …] [--quick]`. All of them take some six minutes on two quiet cores; --quick shows in
one that they run; its figures mean little.
"""

import argparse
import os
import platform
import sys
import time
from importlib import import_module

from benchmarks.figures import Benchmark, Figure, table

NAMES = (
    "annotate_cycle",
    "review_queue",
    "import_tasks",
    "export_native",
    "export_dataset",
    "near_duplicates",
    "page_weight",
    "start_time",
    "idle_memory",
    "dependencies",
    "sandbox",
    "pressing_run",
)
"""Each is a module here with `measure(quick)`."""


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=NAMES, action="append", metavar="NAME", help=f"one of: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    asked = parser.parse_args()
    figures: list[Figure] = []
    for name in asked.only or NAMES:
        begun = time.monotonic()
        measure: Benchmark = import_module(f"benchmarks.{name}").measure
        figures += measure(asked.quick)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    load = os.getloadavg()[2]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, mean load of the last 15 minutes {load:.1f}\n")
    print(table(figures))


if __name__ == "__main__":
    main()
