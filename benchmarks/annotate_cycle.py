"""The annotator's cycle over HTTP on PostgreSQL: take the next task, save the draft, submit; by 1, 8 and 32 at once.

`python -m benchmarks.annotate_cycle [--seconds 10] [--workers 1] [--large 1000000]`. The database syncs every commit to
disk. CPU is what the kernel booked for the server's and the database's processes, divided by finished cycles.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from app.accounts.models import UserSession
from app.accounts.queries import sha256
from app.core.actor import Role
from app.core.db import Base, Database, open_database
from app.core.ids import new_secret
from app.tables import load_tables
from app.web.csrf import token_for
from app.web.sessions import PLAIN_NAME
from tests.cast import a_project, a_user, add_member
from tests.postgres import running_postgres

ANNOTATORS = (1, 8, 32)
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 30
BODIES = (  # each the length of a real step
    "We look for all positive integers $n$ with $n \\cdot 2^n + 9 = m^2$; the first are 11, 17, 33, 73 and 169.",
    "Work modulo three first, then compare sizes; if a family is left, factor the difference of squares.",
    "Modulo three the sequence has period six. Since $n = 5$ is a solution, no modulus can exclude its residue class.",
    "Nine is a square itself, so $(m - 3)(m + 3) = n \\cdot 2^n$. Both factors are even and differ by six.",
    "As four does not divide six, one factor is twice an odd number; the other carries at least $2^{n-1}$.",
    "So $m + 3 \\ge 2^{n-1}$ and $n 2^n \\ge 2^{n-1}(2^{n-1} - 6)$, so $n + 3 \\ge 2^{n-2}$, false beyond five.",
    "Check: for $n = 5$ we get $160 + 9 = 169 = 13^2$; 11, 17, 33 and 73 are no squares.",
    "Therefore $n = 5$ is the only solution, and the inequality shows that there are no others.",
)
TYPES = ("understand", "plan", "dead_end", "backtrack", "insight", "work", "check", "conclusion")
STEPS = [
    {"id": f"step-{n}", "type": kind, "body": body, "refs": [f"step-{n - 1}"] if n > 1 else []}
    | ({"to": "step-1"} if kind == "backtrack" else {})
    for n, (kind, body) in enumerate(zip(TYPES, BODIES, strict=True), start=1)
]


@dataclass
class Served:
    """A running installation: its address, and the processes whose CPU is counted."""

    port: int
    server_pid: int
    database_pid: int
    database: Database
    people: list[tuple[str, str]]
    """(session secret, CSRF token) of each annotator"""


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


class Browser:
    """One keep-alive connection that sends what the editor sends; as thin as can be, since it shares the machine."""

    def __init__(self, port: int, person: tuple[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = (
            f"Host: 127.0.0.1:{port}\r\nCookie: {PLAIN_NAME}={person[0]}\r\nX-CSRF-Token: {person[1]}\r\n"
            "Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n"
        )

    def send(self, method: str, path: str, body: bytes = b"", extra: str = "") -> tuple[int, Any, float]:
        """Send one request; return (status, JSON, milliseconds)."""
        head = f"{method} {path} HTTP/1.1\r\n{self._headers}{extra}Content-Length: {len(body)}\r\n\r\n"
        begun = time.perf_counter()
        self._socket.sendall(head.encode() + body)
        raw = self._socket.recv(65536)
        while b"\r\n\r\n" not in raw:
            raw += self._socket.recv(65536)
        top, _, rest = raw.partition(b"\r\n\r\n")
        length = int(top.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._socket.recv(65536)
        took = (time.perf_counter() - begun) * 1000
        return int(top[9:12]), json.loads(rest) if rest else None, took


def cycle(browser: Browser, serial: int, tally: Tally) -> None:
    """Take the next task, save its draft once, hand it in; count and time it."""
    status, taken, took = browser.send("POST", "/api/v1/projects/bench/next", b"{}")
    tally.next_ms.append(took)
    if status != 201:
        tally.fail("next", status, taken)
        return
    content = {"steps": STEPS, "answer": {"text": f"n = 5 (run {serial})"}, "confidence": 4}
    content["what_would_make_this_wrong"] = "A slip in the parity argument."
    draft = {"content": content, "client_mutation_id": f"mutation-{serial:012d}", "fencing": 1}
    body = json.dumps(draft).encode()
    status, saved, took = browser.send("PUT", f"{taken['work']}/draft", body, 'If-Match: "0"\r\n')
    tally.save_ms.append(took)
    if status != 200:
        tally.fail("save", status, saved)
        return
    named = json.dumps({"n": saved["n"], "sha256": saved["sha256"]}).encode()
    key = f"Idempotency-Key: key-{serial}\r\n"
    status, receipt, took = browser.send("POST", f"{taken['work']}/submit", named, key)
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
        browser = Browser(served.port, served.people[number])
        barrier.wait()
        serial = number * 10_000_000
        while not is_over(tallies[number].cycles + tallies[number].errors):
            serial += 1
            cycle(browser, serial, tallies[number])

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


def cpu_seconds(root_pid: int) -> float:
    """Sum the CPU time of a process and all that it started, finished ones included."""
    ticks = 0
    family = {root_pid}
    for entry in sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            stat = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if entry in family or int(stat[1]) in family:
            family.add(entry)
            ticks += int(stat[11]) + int(stat[12])
            if entry == root_pid:
                ticks += int(stat[13]) + int(stat[14])
    return ticks / TICKS_PER_SECOND


def fill(database: Database, annotators: int, tasks: int) -> list[tuple[str, str]]:
    """Make a project with open tasks of one place each, and annotators that are signed in."""
    now = datetime.now(UTC)
    people = []
    with database.change() as session:
        project = a_project(session, "bench", a_user(session, "Mona"))
        for number in range(annotators):
            user = a_user(session, f"Annotator {number}")
            add_member(session, project, user, Role.ANNOTATOR)
            secret = new_secret()
            session.add(UserSession(secret_sha256=sha256(secret), user_id=user.id, created_at=now, last_active_at=now))
            people.append((secret, token_for(secret)))
        session.flush()  # the tasks are made by SQL and refer to the project
        add_tasks(session, str(project.id), 1, tasks)
    _settle(database)
    return people


def add_tasks(session: Session, project_id: str, first: int, last: int) -> None:
    """Make open tasks with the numbers from `first` to `last` in the database itself."""
    session.execute(
        text(
            "INSERT INTO tasks (id, project_id, number, title, activity, state, statement, assumptions,"
            " answer_expected, unit_expected, answer_spec, starter_code, reference, source, licence, origin, priority,"
            " submissions_needed, version, created_at, updated_at, opened_at)"
            " SELECT gen_random_uuid(), CAST(:project AS uuid), n, 'Squares ' || n, 'solve', 'open', 'Find all n.',"
            " '[]', '', false, '{}', '', '', 'made up', 'CC0-1.0', 'human', 5, 1, 1, now(), now(), now()"
            " FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n"
        ),
        {"project": project_id, "first": first, "last": last},
    )
    session.execute(
        text(
            "INSERT INTO task_slots (id, project_id, task_id, n, state, queue_position)"
            " SELECT gen_random_uuid(), project_id, id, 1, 'free', 4 * 1099511627776 + 4294967296 + number FROM tasks"
            " WHERE project_id = CAST(:project AS uuid) AND number >= CAST(:first AS bigint)"
        ),
        {"project": project_id, "first": first},
    )


def _settle(database: Database) -> None:
    """Let the database learn what it holds, as it does by itself a minute after a large import."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def serving(annotators: int, tasks: int, workers: int) -> Iterator[Served]:
    """Start PostgreSQL and the server, with `tasks` open tasks and `annotators` signed in."""
    with running_postgres(durable=True) as url, tempfile.TemporaryDirectory(prefix="workings-bench-") as folder:
        database = open_database(url)
        load_tables()
        Base.metadata.create_all(database.engine)
        people = fill(database, annotators, tasks)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "WORKINGS_DATABASE_URL": url,
            "WORKINGS_DATA_DIR": folder,
            "WORKINGS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        options = ("--factory", "--port", str(port), "--workers", str(workers), "--no-access-log")
        command = [sys.executable, "-m", "uvicorn", "app.main:create_app", *options, "--log-level", "warning"]
        server = subprocess.Popen(command, env=environment)
        try:
            _wait_until_served(port)
            yield Served(port, server.pid, _postmaster(url), database, people)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=READY_SECONDS)
            database.engine.dispose()


def _wait_until_served(port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("The server did not start.")


def _postmaster(url: str) -> int:
    """Find the database's first process: the parent of the one that serves us."""
    parsed = make_url(url)
    with psycopg.connect(user=parsed.username, dbname=parsed.database, host=str(parsed.query["host"])) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    return int(Path(str(row and row[0]), "postmaster.pid").read_text().split()[0])


def p95(values: list[float]) -> float:
    """Return the 95th percentile; nothing measured is not a number."""
    if not values:
        return float("nan")
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def report_cycles(served: Served, seconds: float) -> None:
    """Print a line per number of annotators."""
    run(served, 1, lambda cycles: cycles >= 30)  # connections are open and statements compiled
    print("annotators  cycles/s  server CPU  database CPU  p95 next  p95 save  p95 submit  errors")
    for annotators in ANNOTATORS:
        deadline = time.monotonic() + seconds
        tally, took, server, database = run(served, annotators, lambda _cycles, end=deadline: time.monotonic() > end)  # type: ignore[misc]  # the default binds this round's deadline
        per = 1000 / max(1, tally.cycles)
        print(
            f"{annotators:10}  {tally.cycles / took:8.1f}  {server * per:7.2f} ms  {database * per:9.2f} ms"
            f"  {p95(tally.next_ms):5.1f} ms  {p95(tally.save_ms):5.1f} ms  {p95(tally.submit_ms):7.1f} ms"
            f"  {tally.errors:6}"
        )
        if tally.errors:
            print(tally.first_error)


def report_scale(large: int, workers: int, rounds: int = 300) -> None:
    """Print what one claim takes among a thousand and among `large` open tasks."""
    medians = {}
    for tasks in (1000, large):
        with serving(1, tasks, workers) as served:
            run(served, 1, lambda cycles: cycles >= 50)
            tally, _, _, _ = run(served, 1, lambda cycles: cycles >= rounds)
            medians[tasks] = statistics.median(tally.next_ms)
            print(f"next among {tasks:>9,} open tasks: median {medians[tasks]:.2f} ms, errors {tally.errors}")
    print(f"ratio {medians[large] / medians[1000]:.2f}")


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--tasks", type=int, default=60_000)
    parser.add_argument("--large", type=int, default=1_000_000, help="0 leaves the comparison out")
    chosen = parser.parse_args()
    with serving(max(ANNOTATORS), chosen.tasks, chosen.workers) as served:
        report_cycles(served, chosen.seconds)
    if chosen.large:
        report_scale(chosen.large, chosen.workers)


if __name__ == "__main__":
    main()
