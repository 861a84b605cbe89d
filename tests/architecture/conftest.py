"""The world of the permission matrix, built once in each process that asks it."""

from collections.abc import Iterator

import pytest
from alembic import command

from app import migrating
from app.config import Settings
from app.core.db import Database
from tests.architecture.rewinding import Asker, asking
from tests.architecture.world import build_world
from tests.conftest import database_beside


@pytest.fixture(scope="session")
def asker(_postgres_database: Database | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """Ask as anybody: `asker.ask("GET", "/work", cookie=…)`; nothing that is asked changes the world."""
    folder = tmp_path_factory.mktemp("world")
    settings = Settings(data_dir=folder / "data")
    with database_beside(_postgres_database, folder, "world") as database:
        # The installation asks whether it has been migrated before it says that it is ready.
        migrating.run(database, lambda config: command.stamp(config, "head"))
        with asking(build_world(database, settings)) as asker:
            yield asker
