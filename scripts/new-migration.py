"""Write a migration of what the models have and the newest tables have not: new-migration.py "create labels"."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from app import migrating
from app.config import ROOT
from app.core.db import open_database


def main() -> None:
    """Migrate an empty SQLite file to the head and let Alembic write the difference."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'new.db'}")
        if any((ROOT / "migrations" / "versions").glob("*.py")):
            migrating.run(database, lambda config: command.upgrade(config, "head"))
        message = sys.argv[1]

        def write(config: Config) -> None:
            command.revision(config, message, autogenerate=True)

        migrating.run(database, write)
        database.engine.dispose()


main()
