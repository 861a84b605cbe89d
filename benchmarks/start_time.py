"""How long `workings serve` takes from the command to its first page; the median of some starts.

`python -m benchmarks --only start_time`. The worker starts beside it and takes its share of the two cores.
"""

import statistics

from benchmarks.figures import Figure, at_most
from benchmarks.installation import started


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Start and stop it."""
    seconds = [_start() for _ in range(1 if quick else 3)]
    return [at_most("start to first page", statistics.median(seconds), 3, "s", 1)]


def _start() -> float:
    with started() as installation:
        return installation.first_page_seconds
