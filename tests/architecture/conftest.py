"""The world of the permission matrix, built once in each process that asks it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command

from app import migrating
from app.config import Settings
from app.core.db import Base, Database, open_database
from tests.architecture.rewinding import Asker, asking
from tests.architecture.world import build_world
from tests.postgres import MAINTENANCE_DATABASE, create_database


@pytest.fixture(scope="session")
def asker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """Ask as anybody: `asker.ask("GET", "/work", cookie=…)`; nothing that is asked changes the world."""
    folder: Path = tmp_path_factory.mktemp("world")
    postgres: Database | None = request.getfixturevalue("_postgres_database")
    if postgres is None:
        url = f"sqlite:///{folder / 'world.db'}"
    else:
        # A database of its own: the other tests empty theirs.
        server = postgres.engine.url.set(database=MAINTENANCE_DATABASE).render_as_string()
        url = create_database(server, "world")
    database = open_database(url)
    settings = Settings(data_dir=folder / "data")
    Base.metadata.create_all(database.engine)
    # The installation asks whether it has been migrated before it says that it is ready.
    migrating.run(database, lambda config: command.stamp(config, "head"))
    with asking(build_world(database, settings)) as asker:
        yield asker
    database.engine.dispose()
