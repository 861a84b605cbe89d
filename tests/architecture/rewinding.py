"""An application on a database that forgets: whatever a request changes is taken back after it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.core.db import Database
from app.main import create_app
from app.projects.models import Project
from app.web.csrf import HEADER, token_for
from app.web.sessions import PLAIN_NAME
from tests.architecture.world import World, a_token


@dataclass(frozen=True, slots=True)
class RewindingDatabase(Database):
    """A database whose sessions all live in one connection, so that one rollback undoes what they committed."""

    connection: Connection

    def open_session(self, *, read_only: bool) -> Session:
        """Make a session that is a savepoint of the outer transaction; that reads only read is tested elsewhere."""
        return Session(self.connection, autoflush=not read_only, join_transaction_mode="create_savepoint")


class Asker:
    """Requests to one world as one person after the other; each begins with the world as it was built."""

    def __init__(self, world: World, app: FastAPI, http: TestClient) -> None:
        self.world = world
        self._app = app
        self._http = http
        self._tokens: dict[tuple[Any, ...], str] = {}

    def token(self, owner: str, scopes: list[str], *, elsewhere: bool = False, **facts: Any) -> str:
        """Return an API token of somebody; `elsewhere`: bound to a project to which they do not belong."""
        key = (owner, tuple(scopes), elsewhere, *sorted(facts))
        if key not in self._tokens:
            slug = "unborn" if owner == "max" else "others"
            with self.world.database.change() as session:
                if elsewhere:
                    facts["project_id"] = session.scalars(select(Project.id).where(Project.slug == slug)).one()
                self._tokens[key] = a_token(session, self.world.people[owner], scopes, **facts)
        return self._tokens[key]

    def ask(
        self,
        method: str,
        url: str,
        *,
        cookie: str | None = None,
        bearer: str | None = None,
        proves_origin: bool = True,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Any:
        """Send one request with this cookie or token and forget what it changed."""
        sent = dict(headers or {})
        if proves_origin:
            sent["sec-fetch-site"] = "same-origin"
        if cookie is not None:
            sent["cookie"] = f"{PLAIN_NAME}={cookie}"
            if proves_origin:
                sent[HEADER] = token_for(cookie)
        if bearer is not None:
            sent["authorization"] = f"Bearer {bearer}"
        try:
            if method == "GET":
                # A safe request has a read-only session, as in real life, and leaves nothing to take back.
                return self._http.request(method, url, headers=sent, **body)
            with self._rewinding():
                return self._http.request(method, url, headers=sent, **body)
        finally:
            self._http.cookies.clear()

    @contextmanager
    def _rewinding(self) -> Iterator[None]:
        plain = self._app.state.database
        with plain.engine.connect() as connection, connection.begin() as transaction:
            self._app.state.database = RewindingDatabase(plain.engine, connection)
            try:
                yield
            finally:
                self._app.state.database = plain
                transaction.rollback()


@contextmanager
def asking(world: World) -> Iterator[Asker]:
    """Serve a world for as long as the block lasts."""
    app = create_app(world.settings, world.database)
    with TestClient(
        app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False, follow_redirects=False
    ) as http:
        yield Asker(world, app, http)
