"""32 annotators press Run at once on PostgreSQL: how long each waits, whether one crowds others out, saves meanwhile.

`python -m benchmarks --only pressing_run`. Web server and one runner as they are started in production; the clients use
the same cores. A run's own time is what the sandbox measured of the program; all else is what the way adds.
"""

import json
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

from sqlalchemy import select

from app.accounts.queries import actor_of_user
from app.core.actor import Role
from app.core.runners import RunnerRow
from benchmarks.figures import Figure, at_most
from benchmarks.served import Editor, Served, serving, signed_in
from benchmarks.written import document
from tests.cast import Person, Place, a_project, a_user, add_member
from tests.factories.running import RIGHT, a_program

ANNOTATORS = 32
IDLE_ADDS_MS, SAVE_RATIO = 300, 1.3
ROUNDS = 5
EVERY_SECONDS = 6.0
"""Nobody may run more than ten programs a minute: all press at once, each time that they may."""
PAUSE_SECONDS = 0.02
"""between two saves: a person's keys rest too"""


@dataclass(frozen=True, slots=True)
class Seat:
    """An annotator at work on a program: how they are signed in, and the address of their work."""

    signed_in: tuple[str, str]
    work: str


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Measure runs one after the other, then all at once with one annotator ahead, and saves before and meanwhile."""
    annotators, rounds, saves = (4, 2, 20) if quick else (ANNOTATORS, ROUNDS, 300)
    with serving(1, 10) as served, running(served):
        seats = _seats(served, annotators + 1)
        figures = [_alone(served, seats[-1], 4 if quick else ROUNDS)]
        saving = Saving(served)
        before = saving.median(saves)
        stop = threading.Event()
        meanwhile: list[float] = []
        saver = threading.Thread(target=lambda: meanwhile.extend(saving.until(stop)))
        saver.start()
        figures += _all_at_once(served, seats[:-1], rounds)
        stop.set()
        saver.join()
    during = statistics.median(meanwhile)
    name = f"draft save while {annotators} annotators run programs, as many times that before"
    figures.append(Figure("draft save before / meanwhile, median", "", f"{before:.1f} / {during:.1f} ms", is_met=True))
    return [*figures, at_most(name, during / before, SAVE_RATIO, "", 2)]


@contextmanager
def running(served: Served) -> Iterator[None]:
    """Start a runner and wait until it has tried its languages."""
    runner = subprocess.Popen([sys.executable, "-m", "app.runner"], env=served.environment)
    try:
        while True:
            with served.database.reading() as session:
                if session.scalars(select(RunnerRow.languages)).first():
                    break
            time.sleep(0.1)
        yield
    finally:
        runner.send_signal(signal.SIGTERM)
        runner.wait(timeout=30)


def _seats(served: Served, number: int) -> list[Seat]:
    seats = []
    with served.database.change() as session:
        project = a_project(session, "programs", a_user(session, "Mia"))
        place = Place(project.id, project.slug, project.name)
        for n in range(number):
            user = a_user(session, f"Programmer {n}")
            add_member(session, project, user, Role.ANNOTATOR)
            session.flush()  # the work refers to them
            actor = actor_of_user(session, user.id)
            assert actor is not None
            work = a_program(session, Person(user.id, user.name, user.email, actor), place)
            seats.append(Seat(signed_in(session, user.id, now=datetime.now(UTC)), f"/api/v1/work/{work.id}"))
    return seats


def press_run(editor: Editor, work: str) -> tuple[dict[str, Any], float]:
    """Run the program and wait for its result; return it with the seconds that this took."""
    begun = time.perf_counter()
    run = ask(editor, work)
    return wait_for(editor, run), time.perf_counter() - begun


def ask(editor: Editor, work: str) -> str:
    """Ask for a run; return its address."""
    wish = {"purpose": "custom", "language": "python", "source": RIGHT, "stdin": "1 2\n"}
    status, asked, _ = editor.send("POST", f"{work}/runs", json.dumps(wish).encode())
    assert status == 202, asked
    return f"{work}/runs/{asked['id']}"


def wait_for(editor: Editor, run: str) -> dict[str, Any]:
    """Wait until a run has ended."""
    while True:
        status, found, _ = editor.send("GET", f"{run}?wait=5")
        assert status == 200, found
        if found["state"] == "done":
            assert found["stdout"] == "3\n", found
            return dict(found)
        assert found["state"] != "failed", found


def _alone(served: Served, seat: Seat, rounds: int) -> Figure:
    added = []
    with Editor(served.port, seat.signed_in) as editor:
        for _ in range(rounds):
            found, seconds = press_run(editor, seat.work)
            added.append(seconds * 1000 - found["wall_ms"])
    return at_most(
        "Run, nobody else at work: what is added to the program", statistics.median(added), IDLE_ADDS_MS, "ms"
    )


def _all_at_once(served: Served, seats: list[Seat], rounds: int) -> list[Figure]:
    # A process of its own: the clients would take turns with whoever measures the saves.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        ended, waits = pool.submit(crowd, served.port, seats, rounds).result()
    everybody = max(min(at for at, who in ended if who == number) for number in range(1, len(seats)))
    ahead = sum(1 for at, who in ended if who == 0 and at < everybody)
    who = f"{len(seats)} annotators press Run {rounds} times"
    return [
        Figure(f"{who}: wait, median / longest", "", _median_and_longest(waits), is_met=True),
        at_most(f"{who}: longest wait, as many times the median", max(waits) / statistics.median(waits), 3, "", 1),
        Figure(
            f"{who}: runs of one who asks for all beforehand, before everybody has one", "", f"{ahead}", is_met=True
        ),
    ]


def crowd(port: int, seats: list[Seat], rounds: int) -> tuple[list[tuple[float, int]], list[float]]:
    """Let the first annotator ask for all their runs at once, the others press once every few seconds.

    Returns (moment, annotator) of each end, and the seconds that each run of the others took.
    """
    ended: list[tuple[float, int]] = []
    waits: list[float] = []
    barrier = threading.Barrier(len(seats))

    def greedy() -> None:
        with Editor(port, seats[0].signed_in) as editor:
            runs = [ask(editor, seats[0].work) for _ in range(rounds)]
            barrier.wait()
            for run in runs:
                wait_for(editor, run)
                ended.append((time.perf_counter(), 0))

    def work(number: int) -> None:
        barrier.wait()
        for _ in range(rounds):
            with Editor(port, seats[number].signed_in) as editor:  # a new one: the server closes those that rest
                waits.append(press_run(editor, seats[number].work)[1])
            ended.append((time.perf_counter(), number))
            time.sleep(max(0.0, EVERY_SECONDS - waits[-1]))

    others = [threading.Thread(target=work, args=(number,)) for number in range(1, len(seats))]
    threads = [threading.Thread(target=greedy), *others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended, waits


def _median_and_longest(waits: list[float]) -> str:
    return f"{statistics.median(waits):.2f} / {max(waits):.2f} s"


class Saving:
    """An annotator who saves one draft again and again."""

    def __init__(self, served: Served) -> None:
        self._editor = Editor(served.port, served.people[0])
        self._work = self._editor.take_next()["work"]
        self._n = 0

    def median(self, saves: int) -> float:
        """Return the median milliseconds of some saves."""
        took = []
        for _ in range(saves):
            took.append(self._save())
            time.sleep(PAUSE_SECONDS)
        return statistics.median(took)

    def until(self, stop: threading.Event) -> list[float]:
        """Save until told to stop; return the milliseconds of each."""
        took = []
        while not stop.is_set():
            took.append(self._save())
            time.sleep(PAUSE_SECONDS)
        return took

    def _save(self) -> float:
        begun = time.perf_counter()
        self._editor.save(self._work, self._n, document(f"n = 5 (save {self._n})"))
        self._n += 1
        return (time.perf_counter() - begun) * 1000
