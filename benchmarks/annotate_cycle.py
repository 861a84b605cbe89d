"""The annotator's cycle over HTTP on PostgreSQL: take the next task, save the draft, submit; by 1, 8 and 32 at once.

`python -m benchmarks --only annotate_cycle`. Then what a save alone costs, and a claim among few and many open tasks.
CPU is that of the server's and the database's processes, divided by finished cycles; the clients' is not counted.
The same requests to a server with nothing around the statements (bare_loop.py) tell how quick the machine is.
"""

import json
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.bare_loop import bare
from benchmarks.figures import Figure, at_least, at_most
from benchmarks.served import Editor, Served, cpu_seconds, serving
from benchmarks.written import document

ANNOTATORS = (1, 8, 32)
TURNS = 3
FEW = 1_000
SERVER_MS, DATABASE_MS, RATE = 9, 4, 100


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: seconds for each number of annotators, open tasks, saves, claims."""

    seconds: float
    tasks: int
    many: int
    saves: int
    claims: int


FULL = Size(seconds=12, tasks=60_000, many=1_000_000, saves=600, claims=400)
QUICK = Size(seconds=1, tasks=2_000, many=2_000, saves=20, claims=20)


@dataclass
class Tally:
    """What one run of some annotators gave."""

    cycles: int = 0
    errors: int = 0
    first_error: str = ""
    next_ms: list[float] = field(default_factory=list)
    save_ms: list[float] = field(default_factory=list)
    submit_ms: list[float] = field(default_factory=list)

    def fail(self, what: str, status: int, said: Any) -> None:
        """Count an error and keep what the first one said."""
        self.errors += 1
        self.first_error = self.first_error or f"{what}: {status} {said}"

    def add(self, other: "Tally") -> None:
        """Take another annotator's figures in."""
        self.cycles += other.cycles
        self.errors += other.errors
        self.first_error = self.first_error or other.first_error
        self.next_ms += other.next_ms
        self.save_ms += other.save_ms
        self.submit_ms += other.submit_ms


def cycle(editor: Editor, serial: int, tally: Tally) -> None:
    """Take the next task, save its draft once, hand it in; count and time it."""
    status, taken, took = editor.send("POST", "/api/v1/projects/bench/next", b"{}")
    tally.next_ms.append(took)
    if status != 201:
        tally.fail("next", status, taken)
        return
    draft = {"content": document(f"n = 5 (run {serial})"), "client_mutation_id": f"cycle-{serial:012d}", "fencing": 1}
    body = json.dumps(draft).encode()
    status, saved, took = editor.send("PUT", f"{taken['work']}/draft", body, 'If-Match: "0"\r\n')
    tally.save_ms.append(took)
    if status != 200:
        tally.fail("save", status, saved)
        return
    named = json.dumps({"n": saved["n"], "sha256": saved["sha256"]}).encode()
    key = f"Idempotency-Key: key-{serial}\r\n"
    status, receipt, took = editor.send("POST", f"{taken['work']}/submit", named, key)
    tally.submit_ms.append(took)
    if status == 200:
        tally.cycles += 1
    else:
        tally.fail("submit", status, receipt)


def run(served: Served, annotators: int, is_over: Callable[[int], bool]) -> tuple[Tally, float, float, float]:
    """Let `annotators` work until `is_over(cycles of one)`; return tally, seconds, CPU of server and of database."""
    tallies = [Tally() for _ in range(annotators)]
    barrier = threading.Barrier(annotators + 1)

    def work(number: int) -> None:
        with Editor(served.port, served.people[number]) as editor:
            barrier.wait()
            serial = number * 10_000_000
            while not is_over(tallies[number].cycles + tallies[number].errors):
                serial += 1
                cycle(editor, serial, tallies[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(annotators)]
    for thread in threads:
        thread.start()
    before = cpu_seconds(served.server_pid), cpu_seconds(served.database_pid)
    barrier.wait()
    begun = time.monotonic()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begun
    total = Tally()
    for tally in tallies:
        total.add(tally)
    after = cpu_seconds(served.server_pid), cpu_seconds(served.database_pid)
    return total, seconds, after[0] - before[0], after[1] - before[1]


def p95(values: list[float]) -> float:
    """Return the 95th percentile; nothing measured is not a number."""
    if not values:
        return float("nan")
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Measure cycles, saves and claims."""
    size = QUICK if quick else FULL
    with serving(max(ANNOTATORS) + 1, size.tasks) as served:
        run(served, 1, lambda cycles: cycles >= 30)  # connections are open and statements compiled
        figures = [figure for annotators in ANNOTATORS for figure in _cycles(served, annotators, size.seconds)]
        figures += _beside_bare(served, size.seconds)
        figures.append(_saves(served, size.saves))
    figures.append(_claims(size))
    return figures


def _cycles(served: Served, annotators: int, seconds: float) -> list[Figure]:
    deadline = time.monotonic() + seconds
    tally, took, server, database = run(served, annotators, lambda _: time.monotonic() > deadline)
    if tally.errors:
        print(tally.first_error)
    who = f"{annotators} annotator{'s' if annotators > 1 else ''}"
    per_cycle = 1000 / max(1, tally.cycles)
    figures = [
        at_most(f"cycle, {who}: server CPU", server * per_cycle, SERVER_MS, "ms", 1),
        at_most(f"cycle, {who}: database CPU", database * per_cycle, DATABASE_MS, "ms", 1),
        at_most(f"cycle, {who}: errors", tally.errors, 0, ""),
    ]
    if annotators > 1:
        figures.append(at_least(f"cycle, {who}: throughput", tally.cycles / took, RATE, "cycles/s"))
    if annotators == max(ANNOTATORS):
        figures.append(at_most(f"next task, {who}: p95", p95(tally.next_ms), 250, "ms"))
    return figures


def _beside_bare(served: Served, seconds: float) -> list[Figure]:
    """Let eight work here and at the bare server by turns; tell what that one takes, and how many times it ours."""
    turns = []
    with bare(served) as other:
        run(other, 1, lambda cycles: cycles >= 30)
        for _ in range(TURNS):
            (ours_ms, ours_rate), (bare_ms, bare_rate) = (_pace(one, seconds / TURNS) for one in (served, other))
            turns.append((ours_ms / bare_ms, bare_ms, bare_rate, ours_rate / bare_rate))
    times, ms, rate, share = sorted(turns)[TURNS // 2]
    return [
        Figure(
            "bare cycle, 8 annotators: CPU in all, throughput", "", f"{ms:.1f} ms, {rate:.0f} cycles/s", is_met=True
        ),
        Figure("ours, as many times that", "", f"{times:.1f} times the CPU, {share:.2f} the throughput", is_met=True),
    ]


def _pace(served: Served, seconds: float) -> tuple[float, float]:
    """Let eight work; return CPU of server and database together in milliseconds a cycle, and cycles a second."""
    deadline = time.monotonic() + seconds
    tally, took, server, database = run(served, 8, lambda _: time.monotonic() > deadline)
    assert tally.errors == 0, tally.first_error
    return (server + database) * 1000 / tally.cycles, tally.cycles / took


def _saves(served: Served, saves: int) -> Figure:
    """Save one draft again and again, each time with another text."""
    with Editor(served.port, served.people[-1]) as editor:
        work = editor.take_next()["work"]
        before = cpu_seconds(served.server_pid)
        for n in range(saves):
            editor.save(work, n, document(f"n = 5 (save {n})"))
        used = cpu_seconds(served.server_pid) - before
    return at_most("draft save: server CPU", used * 1000 / saves, 3, "ms", 1)


def _claims(size: Size) -> Figure:
    """Compare a claim among few and among many open tasks."""
    medians = []
    for tasks in (FEW, size.many):
        with serving(1, tasks) as served:
            run(served, 1, lambda cycles: cycles >= 50)
            tally, _, _, _ = run(served, 1, lambda cycles: cycles >= size.claims)
            assert tally.errors == 0, tally.first_error
            medians.append(statistics.median(tally.next_ms))
    name = f"next task among {size.many:,} open ones, as many times that among {FEW:,}"
    return at_most(name, medians[1] / medians[0], 1.5, "", 2)
