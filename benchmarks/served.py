"""A server on a throw-away PostgreSQL for measurements: open tasks, annotators that are signed in, their requests, CPU.

The database syncs every commit to disk. CPU is what the kernel booked for the processes.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

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

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 30
CHUNK = 50_000


@dataclass
class Served:
    """A running installation: its address, and the processes whose CPU is counted."""

    port: int
    server_pid: int
    database_pid: int
    database: Database
    people: list[tuple[str, str]]
    """(session secret, CSRF token) of each annotator"""
    environment: dict[str, str]
    """in which another process of the same installation is started"""


class Editor:
    """One keep-alive connection that sends what the editor sends; as thin as can be, since it shares the machine."""

    def __init__(self, port: int, person: tuple[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = (
            f"Host: 127.0.0.1:{port}\r\nCookie: {PLAIN_NAME}={person[0]}\r\nX-CSRF-Token: {person[1]}\r\n"
            "Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, method: str, path: str, body: bytes = b"", extra: str = "") -> tuple[int, Any, float]:
        """Send one request; return (status, JSON, milliseconds)."""
        head = f"{method} {path} HTTP/1.1\r\n{self._headers}{extra}Content-Length: {len(body)}\r\n\r\n"
        begun = time.perf_counter()
        self._socket.sendall(head.encode() + body)
        raw = self._more()
        while b"\r\n\r\n" not in raw:
            raw += self._more()
        top, _, rest = raw.partition(b"\r\n\r\n")
        length = int(top.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._more()
        took = (time.perf_counter() - begun) * 1000
        return int(top[9:12]), json.loads(rest) if rest else None, took

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("The server has closed the connection.")
        return data

    def take_next(self) -> Any:
        """Take the next task; returns the answer, which must be a good one."""
        status, taken, _ = self.send("POST", "/api/v1/projects/bench/next", b"{}")
        assert status == 201, taken
        return taken

    def save(self, work: str, n: int, content: dict[str, Any]) -> Any:
        """Save the draft that is at number `n`; returns the answer, which must be a good one."""
        draft = {"content": content, "client_mutation_id": f"save-{n:012d}", "fencing": 1}
        status, saved, _ = self.send("PUT", f"{work}/draft", json.dumps(draft).encode(), f'If-Match: "{n}"\r\n')
        assert status == 200, saved
        return saved


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
            people.append(signed_in(session, user.id, now=now))
        session.flush()  # the tasks are made by SQL and refer to the project
        for first in range(1, tasks + 1, CHUNK):  # a statement has thirty seconds
            add_tasks(session, str(project.id), first, min(first + CHUNK - 1, tasks))
    _settle(database)
    return people


def signed_in(session: Session, user_id: UUID, *, now: datetime) -> tuple[str, str]:
    """Sign somebody in; return session secret and CSRF token."""
    secret = new_secret()
    session.add(UserSession(secret_sha256=sha256(secret), user_id=user_id, created_at=now, last_active_at=now))
    return secret, token_for(secret)


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
            " WHERE project_id = CAST(:project AS uuid)"
            " AND number BETWEEN CAST(:first AS bigint) AND CAST(:last AS bigint)"
        ),
        {"project": project_id, "first": first, "last": last},
    )


def _settle(database: Database) -> None:
    """Let the database learn what it holds, as it does by itself a minute after a large import."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def serving(annotators: int, tasks: int) -> Iterator[Served]:
    """Start PostgreSQL and the server, with `tasks` open tasks and `annotators` signed in."""
    with running_postgres(durable=True) as url, tempfile.TemporaryDirectory(prefix="workings-bench-") as folder:
        database = open_database(url)
        load_tables()
        Base.metadata.create_all(database.engine)
        people = fill(database, annotators, tasks)
        environment = {**os.environ, "WORKINGS_DATABASE_URL": url, "WORKINGS_DATA_DIR": folder}
        try:
            with started("app.main:create_app", environment) as (port, pid):
                yield Served(port, pid, _postmaster(url), database, people, environment)
        finally:
            database.engine.dispose()


@contextmanager
def started(application: str, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Let uvicorn serve an application by its name, `module:factory`; give its port and its process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {**environment, "WORKINGS_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    options = ("--factory", "--port", str(port), "--no-access-log")
    command = [sys.executable, "-m", "uvicorn", application, *options, "--log-level", "warning"]
    server = subprocess.Popen(command, env=environment)
    try:
        _wait_until_served(port)
        yield port, server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=READY_SECONDS)


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
