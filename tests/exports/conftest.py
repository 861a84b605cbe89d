"""A second installation beside the first, for what goes out of one and comes back into another."""

import shutil

import pytest
from sqlalchemy import text

from app.core.db import Base, open_database
from tests.cast import Place, a_project, a_user
from tests.conftest import ON_POSTGRESQL

NAME = "elsewhere"


@pytest.fixture(params=["postgresql", "sqlite"] if ON_POSTGRESQL else ["sqlite"])
def elsewhere(request, tmp_path):
    """Another database with all tables and no rows; on PostgreSQL also one of the other kind."""
    if request.param == "sqlite":
        path = tmp_path / f"{NAME}.db"
        shutil.copyfile(request.getfixturevalue("_template_sqlite"), path)
        database = open_database(f"sqlite:///{path}")
        yield database
        database.engine.dispose()
        return
    server = request.getfixturevalue("_postgres_database").engine
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {NAME}"))
        connection.execute(text(f"CREATE DATABASE {NAME}"))
    database = open_database(server.url.set(database=NAME).render_as_string(hide_password=False))
    Base.metadata.create_all(database.engine)
    yield database
    database.engine.dispose()


def a_place(database, slug):
    """Store a manager and a project of theirs, and nothing else."""
    with database.change() as session:
        manager = a_user(session, f"manager-of-{slug}")
        project = a_project(session, slug, manager)
        return Place(project.id, project.slug, project.name)
