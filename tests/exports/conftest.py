"""A second installation beside the first, for what goes out of one and comes back into another."""

import pytest

from tests.cast import Place, a_project, a_user
from tests.conftest import ON_POSTGRESQL, database_beside

NAME = "elsewhere"


@pytest.fixture(params=["postgresql", "sqlite"] if ON_POSTGRESQL else ["sqlite"])
def elsewhere(request, _postgres_database, tmp_path):
    """Another database with all tables and no rows; on PostgreSQL also one of the other kind."""
    server = _postgres_database if request.param == "postgresql" else None
    with database_beside(server, tmp_path, NAME) as database:
        yield database


def a_place(database, slug):
    """Store a manager and a project of theirs, and nothing else."""
    with database.change() as session:
        manager = a_user(session, f"manager-of-{slug}")
        project = a_project(session, slug, manager)
        return Place(project.id, project.slug, project.name)
