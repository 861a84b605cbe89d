"""Take the figures: run each benchmark in turn and print one table of what was aimed at and what was measured.

`python -m benchmarks [--only NAME …] [--quick | --million]`. All of them take some eight minutes on two quiet cores;
--quick shows in one that they run; its figures mean little. --million measures what is promised of a million pieces
instead: some forty minutes, and 30 GB of disk.
"""

import argparse
import os
import platform
import sys
import time
from importlib import import_module

from benchmarks.figures import Figure, table

NAMES = (
    "annotate_cycle",
    "review_queue",
    "import_tasks",
    "export_native",
    "export_dataset",
    "dataset_parts",
    "near_duplicates",
    "page_weight",
    "start_time",
    "idle_memory",
    "dependencies",
    "sandbox",
    "pressing_run",
)
"""Each is a module here with `measure(quick)`."""
LARGE = {
    "freeze_snapshot": "freezing",
    "dataset_parts": "measure_members",
    "export_dataset": "measure_items",
    "near_duplicates": "million",
}
"""module here → its function that measures so many pieces"""
MILLION = 1_000_000


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only", choices=sorted({*NAMES, *LARGE}), action="append", metavar="NAME", help=f"one of: {', '.join(NAMES)}"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="small sizes")
    size.add_argument("--million", action="store_true", help=f"a million pieces, by {', '.join(LARGE)}")
    asked = parser.parse_args()
    if asked.million and not LARGE.keys() >= {*(asked.only or ())}:
        parser.error(f"a million pieces are measured by: {', '.join(LARGE)}")
    figures: list[Figure] = []
    for name in asked.only or (LARGE if asked.million else NAMES):
        begun = time.monotonic()
        module = import_module(f"benchmarks.{name}")
        figures += getattr(module, LARGE[name])(MILLION) if asked.million else module.measure(asked.quick)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    load = os.getloadavg()[2]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, mean load of the last 15 minutes {load:.1f}\n")
    print(table(figures))


if __name__ == "__main__":
    main()
