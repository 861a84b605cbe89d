"""Alembic from inside the program: upgrade, and refuse to run on tables of another version."""

import contextlib
import sqlite3
from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from app.config import ROOT, Settings
from app.core.db import Database
from app.core.errors import SetupFault


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration; migrations run on `connection` when one is given."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    config.set_main_option("timezone", "UTC")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the newest migration that this version of the program brings; there must be exactly one."""
    found = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if found is None:
        raise SetupFault("This copy of the program brings no migrations.")
    return found


def current(database: Database) -> str | None:
    """Return the migration the database is at; None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def require_current(database: Database) -> None:
    """Raise SetupFault unless the tables are those of this version."""
    found = current(database)
    if found != head():
        raise SetupFault(
            f"The database is at {found or 'no version'}, this program needs {head()}: run 'workings migrate'."
        )


def upgrade(settings: Settings, database: Database, target: str = "head") -> tuple[str | None, str | None]:
    """Migrate upwards and return the versions before and after. On SQLite the file is backed up first."""
    before = current(database)
    if settings.uses_sqlite and before is not None and before != head():
        _back_up(settings, before)
    run(database, lambda config: command.upgrade(config, target))
    return before, current(database)


def run(database: Database, act: Callable[[Config], None]) -> None:
    """Run one of Alembic's commands on a connection of the database, foreign keys off on SQLite.

    Alembic rebuilds a SQLite table by copying it and dropping the old one, which with foreign keys on would delete
    the rows that point at it; PRAGMA foreign_keys works only outside a transaction, hence the autocommit connection.
    """
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            act(alembic_config(connection))
            connection.commit()
        finally:
            connection.invalidate()  # a connection without foreign keys must not go back into the pool


def _back_up(settings: Settings, version: str) -> None:
    source = settings.database_url.removeprefix("sqlite:///")
    target = settings.data_dir / "backups" / f"before-migration-from-{version}.db"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)  # in one step (pages=-1): small steps start again on every write
