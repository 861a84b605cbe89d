"""Kill a working installation again and again, without warning, and count what was lost of what it had acknowledged.

`python -m benchmarks.kill_nine [--rounds 50] [--database sqlite|postgresql] [--seed 20]`. Each round serves the
installation, lets eight clients work over HTTP (claim, save, hand in, review, decide, freeze, export), kills server and
worker with SIGKILL at a random moment, and holds what is stored against every promise of tests/properties. It stops at
the first thing that is missing or half done.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure, at_most, table
from tests.durability.crew import REPEATED
from tests.durability.installation import Installation, new_installation, populate
from tests.durability.rounds import Rounds
from tests.postgres import running_postgres

CLIENTS = {"annotators": 5, "reviewers": 2}
TASKS_PER_ROUND = 80


def measure(rounds: int, database: str, seed: int) -> list[Figure]:
    """Do the rounds; every figure is of what was acknowledged, and nothing of it may be missing."""
    with _installation(database) as installation:
        people = populate(installation.database, **CLIENTS, tasks=TASKS_PER_ROUND * rounds, needed=2)
        killed = Rounds(installation, people, seed)
        for number in range(rounds):
            killed.run(number)
            print(f"{database}: {number + 1} of {rounds}", file=sys.stderr, end="\r", flush=True)
        killed.finish()
    return _figures(killed, rounds, database)


def _figures(killed: Rounds, rounds: int, database: str) -> list[Figure]:
    counts = dict(killed.told.counts)
    repeated = counts.pop(REPEATED, 0)
    all_of_it = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    interrupted = f"{killed.jobs_interrupted}, of them {killed.jobs_dug_up} five times"
    start = statistics.median(killed.installation.start_seconds)
    return [
        Figure(f"acknowledged on {database} in {rounds} rounds", "", all_of_it, is_met=True),
        Figure("requests in flight when killed", "", f"{killed.in_flight}, of them {repeated} repeated", is_met=True),
        Figure("jobs interrupted, all done in the end", "", interrupted, is_met=True),
        at_most("acknowledged and lost, or half done", 0, 0, ""),
        at_most("from the start after a kill to ready (median)", start, 30, "s", 1),
    ]


@contextmanager
def _installation(database: str) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="workings-kill-") as folder:
        if database == "sqlite":
            yield from _used(new_installation(Path(folder)))
            return
        with running_postgres(durable=True) as url:
            yield from _used(new_installation(Path(folder), url))


def _used(installation: Installation) -> Iterator[Installation]:
    try:
        yield installation
    finally:
        if installation.server is not None:
            installation.kill()
        installation.database.engine.dispose()


def main() -> None:
    """Run what was asked for and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill_nine", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--seed", type=int, default=20)
    asked = parser.parse_args()
    figures: list[Figure] = []
    for database in asked.database or ["sqlite", "postgresql"]:
        begun = time.monotonic()
        figures += measure(asked.rounds, database, asked.seed)
        print(f"{database}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    print(table(figures))


if __name__ == "__main__":
    main()
