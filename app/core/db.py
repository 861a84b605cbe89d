"""The database: one code path for SQLite and PostgreSQL, with what differs between them kept here."""

import enum
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Enum,
    Executable,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import URL, Connection, CursorResult, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

POOL_SIZE = 16
"""Connections of one process; equal to the tokens of its thread pool, so that no handler waits for another's."""
BUSY_TIMEOUT_MS = 30_000
PING_AFTER_SECONDS = 5.0
NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
_PG_OPTIONS = "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment; SQLite, which knows no zones, stores it naive and gets it back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a value is: cursors of pages are read back by it; a decorator would say ``object``."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes, which would silently mean local time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A naive datetime has no place in the database; use app.core.clock.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is SQLAlchemy's
        """Give aware UTC back on both databases."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(enum_class: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in enum_class]


class Base(DeclarativeBase):
    """The parent of every table: aware times, checked enums, UUIDs, constraint names that migrations can address."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
        enum.Enum: Enum(enum.Enum, native_enum=False, create_constraint=True, length=32, values_callable=_values),
        bytes: LargeBinary(),
        int: BigInteger(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
    }

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Give every limited text column a CHECK, since SQLite takes VARCHAR(n) as a comment."""
        super().__init_subclass__(**kwargs)
        table = cls.__dict__.get("__table__")
        if not isinstance(table, Table):
            return
        for column in list(table.columns):
            limit = getattr(column.type, "length", None)
            if isinstance(column.type, String) and not isinstance(column.type, Enum) and limit is not None:
                table.append_constraint(
                    CheckConstraint(f"length({column.name}) <= {limit}", name=f"{column.name}_length")
                )


@dataclass(frozen=True, slots=True)
class Database:
    """One engine with its two kinds of transaction."""

    engine: Engine

    def open_session(self, *, read_only: bool) -> Session:
        """Make a session without speaking to the database yet; the caller closes it.

        Any write through a read-only one fails in the database itself.
        """
        if not read_only:
            return Session(self.engine, autoflush=True)
        options = {"workings_read_only": True}
        if self.engine.dialect.name == "postgresql":
            options["postgresql_readonly"] = True
        return Session(self.engine.execution_options(**options), autoflush=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a read-only session; any write through it fails in the database itself."""
        with self.open_session(read_only=True) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session for one whole change; the caller commits, an exception rolls back."""
        with self.open_session(read_only=False) as session:
            yield session

    @contextmanager
    def change(self) -> Iterator[Session]:
        """Open a session and commit it when the block ends without an exception: for jobs and the command line."""
        with self.writing() as session:
            yield session
            session.commit()


def open_database(url: str, *, statement_timeout_s: int | None = None) -> Database:
    """Connect to SQLite (`sqlite:///path`) or PostgreSQL (`postgresql://…`), with the settings of both fixed here."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite_engine(parsed))
    options = _PG_OPTIONS
    if statement_timeout_s is not None:
        options = options.replace("statement_timeout=30000", f"statement_timeout={statement_timeout_s * 1000}")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=5,
        connect_args={"options": options, "connect_timeout": 5},
    )
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _ping_if_idle)
    return Database(engine)


def _note_return(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["returned_at"] = time.monotonic()


def _ping_if_idle(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that has rested for some seconds whether it still lives; the pool replaces a dead one.

    Asking each time would cost a busy installation a round trip a request, for what cannot have happened meanwhile.
    """
    if time.monotonic() - entry.info.get("returned_at", time.monotonic()) < PING_AFTER_SECONDS:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error


def _sqlite_engine(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=0, pool_timeout=5)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite has the fix for the WAL-reset corruption (sqlite.org, 3.53.0 and its back-ports)."""
    if version >= (3, 53, 0):
        return True
    fixed_in = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
    patch = fixed_in.get((version[0], version[1]))
    return patch is not None and version[2] >= patch


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    import sqlite3  # noqa: PLC0415 - only SQLite installations need the driver

    if not isinstance(connection, sqlite3.Connection):
        raise TypeError("The SQLite engine needs the standard library's driver.")
    connection.isolation_level = (
        None  # we say BEGIN ourselves: the driver's own would come too late and without IMMEDIATE
    )
    mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "TRUNCATE"
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    if cursor.execute("PRAGMA journal_mode").fetchone()[0].upper() != mode:
        cursor.execute(f"PRAGMA journal_mode={mode}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-16384")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    read_only = bool(connection.get_execution_options().get("workings_read_only"))
    if connection.info.get("query_only") is not read_only:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        connection.info["query_only"] = read_only
    # A read that later writes fails at once under load; taking the write lock at the start lets it wait its turn.
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def changed_one(session: Session, statement: Executable) -> bool:
    """Run an UPDATE or DELETE that must hit one row, and tell whether it did (compare-and-set).

    Objects in the session keep what they held: refresh the one you go on using.
    """
    result = session.execute(statement, execution_options={"synchronize_session": False})
    if not isinstance(result, CursorResult):
        raise TypeError("changed_one takes an UPDATE or a DELETE.")
    if result.rowcount > 1:
        raise RuntimeError("A compare-and-set changed several rows; its WHERE must name one.")
    return result.rowcount == 1


def allow_long_statements(session: Session, seconds: int) -> None:
    """Let the statements of the running transaction take longer than those of a request may; SQLite knows no limit."""
    if is_postgresql(session):
        session.execute(select(func.set_config("statement_timeout", str(seconds * 1000), True)))


def is_postgresql(session: Session) -> bool:
    """Tell whether the session speaks to PostgreSQL, for the few documented places where speed asks for it."""
    return session.get_bind().dialect.name == "postgresql"
