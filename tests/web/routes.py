"""Every route of the application with an address that can be asked, whether or not something is there."""

import re
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

FILLED = {
    "slug": "sums",
    "path": "manifest.json",
    "name": "ed",
    "secret": "s" * 43,
    "kind": "skip",
    "act": "cancel",
    "n": "1",
}
SOMETHING = "01900000-0000-7000-8000-000000000000"
SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Route:
    method: str
    path: str

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")


def routes_of(app: FastAPI) -> list[Route]:
    """List the routes with their parameters filled in."""
    found = [
        Route(method, _filled(str(one.path)))
        for one in iter_route_contexts(app.routes)
        for method in sorted(one.methods or ())
    ]
    assert len(found) > 150, "the routes were not found"
    return found


def _filled(path: str) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: FILLED.get(found.group(1), SOMETHING), path)
