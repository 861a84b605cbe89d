"""What the pass on PostgreSQL leaves out: nothing that could open a database, and found out without a list."""

from types import SimpleNamespace

import pytest

from app.core.db import open_database
from tests import conftest, passes


def of_a_module(tmp_path, source, *fixtures):
    """Make what pytest knows of a test in a module with this source."""
    path = tmp_path / "test_something.py"
    path.write_text(source)
    return SimpleNamespace(path=path, fixturenames=["tmp_path", *fixtures], nodeid="test_something.py::test_it")


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'app.cli'])",
        "import subprocess\nsubprocess.run(['scripts/demo.sh'])",
        "import sqlalchemy as sa",
        "from sqlalchemy.orm import Session",
        "from app.core.db import open_database",
        "from app import cli",
        "from importlib import import_module",
        "def test_it():\n    import sqlite3",
        "from tests.conftest import ON_POSTGRESQL",
        "from tests.served import serving",
        "from tests import served",
        "from tests.durability import installation",
        "from benchmarks import installation",
    ],
)
def test_a_module_that_could_open_a_database_is_run_on_both(tmp_path, source):
    assert passes.may_see_a_database(of_a_module(tmp_path, source)) is True


@pytest.mark.parametrize(
    "source", ["from app.text import words\nimport pytest", "import subprocess\nsubprocess.run(['git', 'ls-files'])"]
)
def test_a_module_that_only_computes_or_starts_a_program_of_others_is_run_once(tmp_path, source):
    assert passes.may_see_a_database(of_a_module(tmp_path, source)) is False


def test_what_is_marked_as_about_postgresql_is_not_run_on_sqlite(request):
    request.node.add_marker("postgres")

    assert passes.is_of_this_pass(request.node, is_on_postgresql=False) is False
    assert passes.is_of_this_pass(request.node, is_on_postgresql=True) is True


@pytest.mark.parametrize("fixture", ["database", "_postgres_database", "_sqlite_database"])
def test_a_test_on_a_database_is_run_on_both_whatever_its_module_imports(tmp_path, fixture):
    assert passes.may_see_a_database(of_a_module(tmp_path, "", fixture)) is True


def test_the_fixtures_that_make_one_a_test_on_a_database_exist():
    assert passes.FIXTURES - set(vars(conftest)) == set()


def test_what_is_run_once_cannot_open_a_database(tmp_path):
    database = open_database(f"sqlite:///{tmp_path / 'anything.db'}")
    with (
        passes.without_a_database(of_a_module(tmp_path, "")),
        pytest.raises(passes.DatabaseOpened, match=r"test_something\.py::test_it stands on no database fixture"),
        database.engine.connect(),
    ):
        pass  # never reached

    with database.engine.connect() as connection:
        assert connection.closed is False
    database.engine.dispose()
