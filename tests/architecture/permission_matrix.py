"""Who may call what: one row for each route (and thing it is called with), one column for each member of the cast.

The rows are in `matrix/*.txt`, made to be read as policy. ``{draft}`` in a path names a thing of the world that
`world.py` builds; Ed wrote all the work, Rae reviews some of it, Max belongs to another project. The columns hold the
status of the answer: 303 and 401 send nobody to the door, 404 hides what somebody may not know of, 403 refuses what
they may know of, 409 and 422 come from a rule of the work that is asked after the permission.

API routes have five columns more, for tokens of the first of the cast (never Ada: no token is an admin) whom the row
lets in: the scope that the route asks for; the status with every scope but that one; with that one alone; with all
reading scopes; with every scope but bound to a project of which the owner is no member.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

FOLDER = Path(__file__).with_name("matrix")
PEOPLE = ("nobody", "ed", "eve", "rae", "ron", "mona", "max", "ada")
TOKENS = ("without", "with", "reading", "elsewhere")
NO_SCOPE = "-"
_SHUT = frozenset({401, 403, 404})
"""Refusals that are about who asks, not about what the work allows."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix."""

    file: str
    method: str
    path: str
    people: dict[str, int]
    scope: str | None
    """None for pages, `-` for an API route that asks for none"""
    tokens: dict[str, int]

    @property
    def key(self) -> str:
        """How bodies and tests name the row."""
        return f"{self.method} {self.path}"

    @property
    def token_owner(self) -> str:
        """Whose tokens the columns for tokens speak of."""
        return next((name for name in PEOPLE[1:-1] if self.people[name] not in _SHUT), "mona")

    @property
    def let_in(self) -> str:
        """Somebody whom the row lets in, or Ed when it lets in nobody who is signed in."""
        return next((name for name in PEOPLE[1:] if self.people[name] not in _SHUT), "ed")


def read_rows() -> list[Row]:
    """Read the whole matrix."""
    return [_row(path.stem, line) for path in sorted(FOLDER.glob("*.txt")) for line in _lines(path)]


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line


def _row(file: str, line: str) -> Row:
    method, path, *rest = line.replace("|", " ").split()
    people = dict(zip(PEOPLE, map(int, rest[: len(PEOPLE)]), strict=True))
    if len(rest) == len(PEOPLE):
        return Row(file, method, path, people, None, {})
    scope, *tokens = rest[len(PEOPLE) :]
    return Row(file, method, path, people, scope, dict(zip(TOKENS, map(int, tokens), strict=True)))


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """List (method, path) of every route in the order in which they are tried; HEAD goes with its GET."""
    return [
        (method, context.path or "")
        for context in iter_route_contexts(app.routes)
        for method in sorted((context.methods or set()) - {"HEAD"})
    ]


def route_of(row: Row, routes: list[tuple[str, str]]) -> tuple[str, str] | None:
    """Find the route that answers a row: the first whose path fits."""
    address = row.path.replace("{file}", "a/b").replace("{asset}", "a/b")
    return next((route for route in routes if route[0] == row.method and _pattern(route[1]).fullmatch(address)), None)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", re.sub(r"\{\w+:path\}", ".+", path)))
