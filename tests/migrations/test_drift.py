"""The migrations and the models say the same, on the database that the suite runs on."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app import migrating
from app.core.db import Base, open_database
from app.tables import load_tables


def test_the_newest_tables_are_those_of_the_models(tmp_path):
    load_tables()
    database = open_database(f"sqlite:///{tmp_path / 'migrated.db'}")
    migrating.run(database, lambda config: command.upgrade(config, "head"))

    with database.engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    database.engine.dispose()

    assert difference == []


def test_there_is_one_head():
    assert len(ScriptDirectory.from_config(migrating.alembic_config()).get_heads()) == 1
