"""Which tests say the same on every database and so run in the first pass alone: found out from the tests themselves.

A test may see a database when it stands on a fixture that is one, or when its module, or one of ours that this imports,
could open one or start a program that does. Everything else is run once, and while it runs every engine refuses to
connect: what is left out of the second pass has been seen to need no database.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = {"database", "_postgres_database", "_sqlite_database", "_template_sqlite"}
"""All others that have to do with a database stand on these."""
OPENERS = {
    *("alembic", "importlib", "multiprocessing", "psycopg", "runpy", "sqlalchemy", "sqlite3"),
    *("app.cli", "app.core.commanding", "app.core.db", "app.demo", "app.main", "app.migrating", "app.routes"),
    *("app.runner", "app.serving", "app.tables", "app.worker", "tests.conftest", "tests.postgres"),
}
"""Modules with which a test could open a database by itself, or run something that does."""
STARTER = "subprocess"
STARTS_OURS = re.compile(r"sys\.executable|WORKINGS_|\bworkings\b|\.venv|scripts/")
"""What stands in a module that starts a program of ours, rather than git."""
OURS = ("tests", "benchmarks", "scripts")


class DatabaseOpened(AssertionError):
    """A test that was taken for one without a database has opened one."""


def is_of_this_pass(item: pytest.Item, *, is_on_postgresql: bool) -> bool:
    """Tell whether a test is run in this pass: on PostgreSQL what may see a database, on SQLite what is not marked."""
    return may_see_a_database(item) if is_on_postgresql else item.get_closest_marker("postgres") is None


def may_see_a_database(item: pytest.Item) -> bool:
    """Tell whether a test could come out differently on another database."""
    return not FIXTURES.isdisjoint(getattr(item, "fixturenames", FIXTURES)) or _may_open_one(item.path)


@cache
def _may_open_one(path: Path) -> bool:
    """Tell whether a module imports what opens databases or starts programs, itself or through others of ours."""
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        names = _imported(module)
        if any(name == opener or name.startswith(f"{opener}.") for name in names for opener in OPENERS):
            return True
        if STARTER in names and STARTS_OURS.search(module.read_text()):
            return True
        waiting += [found for name in names if name.startswith(OURS) and (found := _file_of(name)) is not None]
    return False


@cache
def _imported(path: Path) -> frozenset[str]:
    """List what a module imports anywhere in it: `a.b` for `import a.b`, `a.b` and `a.b.c` for `from a.b import c`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def _file_of(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


_watched: list[str] = []


def _refuse(*_of_the_connection: Any) -> None:
    if _watched:
        raise DatabaseOpened(
            f"{_watched[-1]} stands on no database fixture and yet opens one; it would not be run on PostgreSQL. "
            "Take `database`, or import what opens it where tests/passes.py sees it."
        )


event.listen(Engine, "engine_connect", _refuse)


@contextmanager
def without_a_database(item: pytest.Item) -> Iterator[None]:
    """Refuse every connection to a database while the block lasts."""
    _watched.append(item.nodeid)
    try:
        yield
    finally:
        _watched.pop()
