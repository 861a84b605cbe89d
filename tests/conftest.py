"""What every test stands on: a clean database (SQLite or PostgreSQL), the cast, a client, a query counter."""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from hypothesis import settings as hypothesis_settings
from sqlalchemy import URL, Select, event, exists, make_url, select, text, true
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session

from app.accounts.service import passwords
from app.config import Settings
from app.core.db import Base, Database, open_database
from tests.applications import an_app
from tests.cast import NOW, Person, Place, everybody
from tests.client import Client
from tests.passes import is_of_this_pass, may_see_a_database, without_a_database
from tests.postgres import MAINTENANCE_DATABASE, create_database, running_postgres

hypothesis_settings.register_profile("workings", deadline=None, print_blob=True)
hypothesis_settings.load_profile("workings")
ON_POSTGRESQL = os.environ.get("WORKINGS_TEST_DATABASE") == "postgresql"
TABLES = "tables"
"""The database on PostgreSQL that others are copied from: all tables and no rows, and nobody ever connected to it."""
LEFT_OUT = pytest.StashKey[set[str]]()
"""what this pass left to the other; told by every process that runs tests, and the same in each"""


def pytest_configure(config: pytest.Config) -> None:
    """Begin with nothing left out."""
    config.stash[LEFT_OUT] = set()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the pass on SQLite what no database can make come out differently, and to the other what is its own."""
    left = [item for item in items if not is_of_this_pass(item, is_on_postgresql=ON_POSTGRESQL)]
    config.stash[LEFT_OUT] = {item.nodeid for item in left}
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item.nodeid not in config.stash[LEFT_OUT]]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what was left out to the process that tells the person, where several run tests."""
    left = session.config.stash[LEFT_OUT]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = sorted(left)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what one of several processes left out."""
    node.config.stash[LEFT_OUT].update(getattr(node, "workeroutput", {}).get("left_out", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many tests this pass left out, and why."""
    left = config.stash[LEFT_OUT]
    if left:
        files = len({name.partition("::")[0] for name in left})
        other, why = ("SQLite", "see no database") if ON_POSTGRESQL else ("PostgreSQL", "are about that server alone")
        said = f"{len(left):,} tests in {files} files were left to the pass on {other}: they {why}"
        terminalreporter.write_line(f"{said} (docs/testing.md, tests/passes.py).")


@pytest.fixture(autouse=True)
def _as_it_was_taken_for(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test that is run in one pass alone open no database."""
    if may_see_a_database(request.node):
        yield
        return
    with without_a_database(request.node):
        yield


def pytest_collection_finish() -> None:
    """Take what thousands of collected tests hold out of the collector's rounds, which cost a fifth of a run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _same_umask() -> Iterator[None]:
    """Give the umask back that a command of ours has narrowed: what later tests make for a sandbox must be readable."""
    mask = os.umask(0o022)
    os.umask(mask)
    yield
    os.umask(mask)


@pytest.fixture(scope="session", autouse=True)
def _spared_disk() -> Iterator[None]:
    """Wait for no disk: each client has keys of its own written. What servers of their own do is as in earnest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        yield


@pytest.fixture(scope="session")
def _template_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    path.write_bytes(_sqlite_with_tables())
    return path


@cache
def _sqlite_with_tables() -> bytes:
    """Make a file with all tables and no rows, once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.db"
        _create_tables(f"sqlite:///{path}")
        return path.read_bytes()


@pytest.fixture(scope="session")
def _sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One engine for all tests of a process, so that a statement is compiled once; each test gets a new file."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('database') / 'workings.db'}")
    event.listen(database.engine, "connect", _never_sync)
    yield database
    database.engine.dispose()


def _never_sync(connection: DBAPIConnection, _entry: object) -> None:
    """Spare the disk: no test of this database outlives its machine. What does is in tests/durability."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.close()


@pytest.fixture(scope="session")
def _postgres_database() -> Iterator[Database | None]:
    if not ON_POSTGRESQL:
        yield None
        return
    with running_postgres() as url:
        _create_tables(url)
        create_database(_maintenance(url), TABLES, template=str(make_url(url).database))
        database = open_database(url)
        yield database
        database.engine.dispose()


def _create_tables(url: str) -> None:
    database = open_database(url)
    Base.metadata.create_all(database.engine)
    database.engine.dispose()


@contextmanager
def database_beside(postgres: Database | None, folder: Path, name: str) -> Iterator[Database]:
    """Make one more database with all tables and no rows, which other tests leave alone; SQLite without `postgres`."""
    if postgres is None:
        (folder / f"{name}.db").write_bytes(_sqlite_with_tables())
        database = open_database(f"sqlite:///{folder / name}.db")
        event.listen(database.engine, "connect", _never_sync)
    else:
        url = create_database(_maintenance(postgres.engine.url), name, template=TABLES)
        database = open_database(url)
    yield database
    database.engine.dispose()


def _maintenance(url: str | URL) -> str:
    """Tell the URL of the database from which others are made."""
    return make_url(url).set(database=MAINTENANCE_DATABASE).render_as_string()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with all tables and no rows."""
    postgres: Database | None = request.getfixturevalue("_postgres_database")
    if postgres is not None:
        yield postgres
        _empty(postgres)
        return
    database: Database = request.getfixturevalue("_sqlite_database")
    path = Path(str(database.engine.url.database))
    for left in path.parent.iterdir():
        left.unlink()
    shutil.copyfile(request.getfixturevalue("_template_sqlite"), path)
    yield database
    database.engine.dispose()


EMPTIED_BEFORE_VACUUM = 25
_emptied = count(1)


def _empty(database: Database) -> None:
    """Delete the rows of the few tables that have any: to truncate all of them takes twenty times as long.

    What was deleted is cleared away now and then, since this server does not do so by itself: every look at a table
    would go through all that ever stood in it.
    """
    tables = Base.metadata.sorted_tables
    with database.engine.begin() as connection:
        has_rows = connection.execute(_which_have_rows()).one()
        filled = [table for table, is_filled in zip(tables, has_rows, strict=True) if is_filled]
        if filled:
            # What rows refer to goes with them: no key needs checking.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in filled:
            connection.execute(table.delete())
    if next(_emptied) % EMPTIED_BEFORE_VACUUM == 0:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM " + ", ".join(table.name for table in tables)))


@cache
def _which_have_rows() -> Select[*tuple[bool, ...]]:
    return select(*[exists(select(true()).select_from(table)) for table in Base.metadata.sorted_tables])


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session; rolled back at the end unless the client had to see its rows."""
    with database.writing() as session:
        yield session
        session.rollback()


@pytest.fixture
def cast(session: Session) -> dict[str, Person]:
    """Everybody, by name; Mona's project is `sums`, Max's is `others`."""
    return everybody(session)


@pytest.fixture
def mona(cast: dict[str, Person]) -> Person:
    return cast["Mona"]


@pytest.fixture
def ed(cast: dict[str, Person]) -> Person:
    return cast["Ed"]


@pytest.fixture
def eve(cast: dict[str, Person]) -> Person:
    return cast["Eve"]


@pytest.fixture
def rae(cast: dict[str, Person]) -> Person:
    return cast["Rae"]


@pytest.fixture
def ron(cast: dict[str, Person]) -> Person:
    return cast["Ron"]


@pytest.fixture
def max_(cast: dict[str, Person]) -> Person:
    return cast["Max"]


@pytest.fixture
def ada(cast: dict[str, Person]) -> Person:
    return cast["Ada"]


def _place(session: Session, cast: dict[str, Person], slug: str) -> Place:
    del cast  # the project exists once the cast does
    row = session.execute(text("SELECT id, slug, name FROM projects WHERE slug = :slug"), {"slug": slug}).one()
    return Place(UUID(str(row[0])), row[1], row[2])


@pytest.fixture
def sums(session: Session, cast: dict[str, Person]) -> Place:
    """Mona's live project: Ed and Eve annotate, Rae and Ron review (Ron at level 2)."""
    return _place(session, cast, "sums")


@pytest.fixture
def others(session: Session, cast: dict[str, Person]) -> Place:
    """Max's live project, of which nobody else may know."""
    return _place(session, cast, "others")


@pytest.fixture(scope="session", autouse=True)
def _earnest_hashing() -> Iterator[dict[str, Any]]:
    """Hash a password in a moment, which in earnest takes a sixth of a second; `full_price` puts this back."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    cheap = {"_hasher": hasher, "_DUMMY": hasher.hash("nobody's")}
    with pytest.MonkeyPatch.context() as patch:
        earnest = {name: getattr(passwords, name) for name in cheap}
        for name, value in cheap.items():
            patch.setattr(passwords, name, value)
        yield earnest


@pytest.fixture
def app_settings(tmp_path: Path) -> Settings:
    """Settings of an installation with a data folder of its own."""
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def client(database: Database, session: Session, app_settings: Settings) -> Iterator[Client]:
    """A browser-like client; `client.as_(ed)` is signed in as Ed. Sees what the test's session has stored."""
    with Client(an_app(app_settings, database), session) as client:
        yield client


@pytest.fixture
def queries_made(database: Database) -> Any:
    """`with queries_made() as statements:` collects the SQL statements that run inside."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE")):
                statements.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(database.engine, "before_cursor_execute", note)

    return collect


__all__ = ["NOW"]
