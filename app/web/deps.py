"""The ways a handler gets at the database: `Reading` for safe methods, `Writing` for changes; the only commit."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.db import Database
from app.web.csrf import SAFE_METHODS

WRITES_KEY = "workings_writes"


def open_session(request: Request) -> Iterator[Session]:
    """Open the one session of a request and commit it before the answer leaves; an exception rolls back.

    The actor is loaded through the same session, so a request never holds two connections.
    """
    database: Database = request.app.state.database
    if request.method in SAFE_METHODS:
        with database.reading() as session:
            yield session
        return
    with database.writing() as session:
        yield session
        session.commit()


OpenSession = Annotated[Session, Depends(open_session, scope="function")]
"""`scope="function"`: with FastAPI's default the commit comes after the answer, and a failed one is told as success."""


def _reading(request: Request, session: OpenSession) -> Session:
    if request.method not in SAFE_METHODS:
        raise RuntimeError("A handler of a change must take Writing.")
    return session


def _writing(request: Request, session: OpenSession) -> Session:
    if request.method in SAFE_METHODS:
        raise RuntimeError("A handler of a safe method must take Reading.")
    return session


Reading = Annotated[Session, Depends(_reading, scope="function")]
Writing = Annotated[Session, Depends(_writing, scope="function")]


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(_settings)]
