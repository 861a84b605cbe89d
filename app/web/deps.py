"""The ways a handler gets at the database: `Reading` for safe methods, `Writing` for changes; the only commit."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from anyio import CancelScope, to_thread
from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.config import Settings
from app.core.db import Database
from app.web.csrf import SAFE_METHODS
from app.web.sessions import follow


async def open_session(request: Request) -> AsyncIterator[Session]:
    """Open the one session of a request and commit it before the answer leaves; an exception rolls back.

    The actor is loaded through the same session, so a request never holds two connections. At most as many requests as
    there are connections get this far: a thread that waited for a connection could be the one that its holder needs.
    Only what speaks to the database runs in a thread; opening a session does not.
    """
    database: Database = request.app.state.database
    gate: asyncio.Semaphore = request.app.state.session_gate
    changes = request.method not in SAFE_METHODS
    async with gate:
        session = database.open_session(read_only=not changes)
        follow(request, session.info)
        try:
            yield session
            if changes:
                await to_thread.run_sync(session.commit)
                session.info["committed"] = True
        finally:
            if session.in_transaction():
                # Shielded: a browser that has gone away must not keep a connection from being given back.
                with CancelScope(shield=True):
                    await to_thread.run_sync(session.close)
            else:
                session.close()  # nothing is open any more, so nothing is waited for


OpenSession = Annotated[Session, Depends(open_session, scope="function")]
"""`scope="function"`: with FastAPI's default the commit comes after the answer, and a failed one is told as success."""


async def _reading(request: Request, session: OpenSession) -> Session:
    if request.method not in SAFE_METHODS:
        raise RuntimeError("A handler of a change must take Writing.")
    return session


async def _writing(request: Request, session: OpenSession) -> Session:
    if request.method in SAFE_METHODS:
        raise RuntimeError("A handler of a safe method must take Reading.")
    return session


Reading = Annotated[Session, Depends(_reading, scope="function")]
Writing = Annotated[Session, Depends(_writing, scope="function")]


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(_settings)]
