"""Many new rows of one table at once: COPY on PostgreSQL, one prepared INSERT on SQLite.

The one place of the program that goes past SQLAlchemy's parameter handling, because it takes most of the time of an
import (docs/decisions/0012). Types are still SQLAlchemy's: each value goes through the bind processor of its column,
what is the same in all rows only once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import JSON, Dialect, Table
from sqlalchemy.orm import Session

from app.core.db import Base, is_postgresql

Process = Callable[[Any], Any] | None


class BulkWriter:
    """Inserts rows that share some values and differ in others."""

    def __init__(self, session: Session, model: type[Base], *, common: Mapping[str, Any], own: Sequence[str]) -> None:
        """Take in `common` the values that all rows share; `own` names the columns in the order of each row.

        Columns that are in neither get NULL or the database's own default: Python-side defaults are not applied.
        """
        table = model.__table__
        if not isinstance(table, Table):
            raise TypeError("Only mapped tables are written in bulk.")
        self._session = session
        self._is_postgresql = is_postgresql(session)
        dialect = session.get_bind().dialect
        self._tail = tuple(_bound(table, name, value, dialect) for name, value in common.items())
        self._processes = [_process(table, name, dialect) for name in own]
        # The names are those of our own table definition, so the statement holds no text of a person.
        names = [table.columns[name].name for name in (*own, *common)]
        columns = ", ".join(f'"{name}"' for name in names)
        if self._is_postgresql:
            self._statement = f'COPY "{table.name}" ({columns}) FROM STDIN'
        else:
            marks = ", ".join("?" * len(names))
            self._statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})'  # noqa: S608 - our own names

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Store some rows in the running transaction; an error of the database ends it."""
        if not rows:
            return
        bound = [self._row(row) for row in rows]
        connection = self._session.connection()
        if not self._is_postgresql:
            connection.exec_driver_sql(self._statement, bound)
            return
        driver = connection.connection.driver_connection
        if driver is None:
            raise RuntimeError("The connection to the database is gone.")
        with driver.cursor() as cursor, cursor.copy(self._statement) as copy:
            for row in bound:
                copy.write_row(row)

    def _row(self, row: Sequence[Any]) -> tuple[Any, ...]:
        own = [
            value if process is None else process(value) for process, value in zip(self._processes, row, strict=True)
        ]
        return (*own, *self._tail)


def _process(table: Table, name: str, dialect: Dialect) -> Process:
    kind = table.columns[name].type
    if isinstance(kind, JSON):
        return _document
    process: Process = kind.dialect_impl(dialect).bind_processor(dialect)
    return process


def _bound(table: Table, name: str, value: Any, dialect: Dialect) -> Any:
    process = _process(table, name, dialect)
    return value if process is None else process(value)


def _document(value: Any) -> str:
    return orjson.dumps(value).decode()
