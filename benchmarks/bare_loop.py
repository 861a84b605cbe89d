"""The cycle with nothing around it: FastAPI, asyncpg, and the statements that no such cycle can do without.

It says how quick a machine is, and so what the product adds. A session is looked up, a place claimed, a draft kept,
work handed in with an event; no rules, permissions, checks or pages. Its routes answer to the same requests.
"""

import hashlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Body, Depends, FastAPI, Header, HTTPException, Request
from sqlalchemy import make_url, text

from app.accounts.queries import sha256
from app.web.sessions import PLAIN_NAME
from benchmarks.served import Served, started

CONNECTIONS = 8
TABLES = """
CREATE SCHEMA bare;
CREATE TABLE bare.slots AS SELECT id, task_id, 'free' AS state, queue_position FROM task_slots;
ALTER TABLE bare.slots ADD PRIMARY KEY (id);
CREATE INDEX ON bare.slots (queue_position) WHERE state = 'free';
CREATE TABLE bare.drafts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), slot_id uuid NOT NULL, user_id uuid NOT NULL,
    n integer NOT NULL DEFAULT 0, content text, state text NOT NULL DEFAULT 'open', saved_at timestamptz);
CREATE INDEX ON bare.drafts (user_id);
CREATE TABLE bare.submissions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), draft_id uuid NOT NULL, content text,
    sha256 text NOT NULL, handed_in_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE bare.events (id bigserial PRIMARY KEY, user_id uuid NOT NULL, verb text NOT NULL, draft_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now());
"""
_WHO = "SELECT user_id FROM user_sessions WHERE secret_sha256 = $1"
_CLAIM = (
    "UPDATE bare.slots SET state = 'taken' WHERE id = (SELECT id FROM bare.slots WHERE state = 'free'"
    " ORDER BY queue_position LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, task_id"
)
_TASK = "SELECT title, statement FROM tasks WHERE id = $1"
_START = "INSERT INTO bare.drafts (slot_id, user_id) VALUES ($1, $2) RETURNING id"
_SAVE = (
    "UPDATE bare.drafts SET content = $1, n = n + 1, saved_at = now()"
    " WHERE id = $2 AND user_id = $3 AND n = $4 RETURNING n"
)
_FINISH = "UPDATE bare.drafts SET state = 'done' WHERE id = $1 AND user_id = $2 AND n = $3 RETURNING content"
_HAND_IN = "INSERT INTO bare.submissions (draft_id, content, sha256) VALUES ($1, $2, $3)"
_EVENT = "INSERT INTO bare.events (user_id, verb, draft_id) VALUES ($1, $2, $3)"


@asynccontextmanager
async def _connected(app: FastAPI) -> AsyncIterator[None]:
    url = make_url(os.environ["WORKINGS_DATABASE_URL"])
    place = {"host": url.query["host"], "port": url.query["port"], "user": url.username, "database": url.database}
    app.state.pool = await asyncpg.create_pool(**place, min_size=CONNECTIONS, max_size=CONNECTIONS)
    yield
    await app.state.pool.close()


async def _transaction(request: Request) -> AsyncIterator[Any]:
    async with request.app.state.pool.acquire() as connection, connection.transaction():
        yield connection


Connection = Annotated[Any, Depends(_transaction, scope="function")]  # committed before the answer goes out


async def _somebody(request: Request, connection: Connection) -> UUID:
    user: UUID = await connection.fetchval(_WHO, sha256(request.cookies[PLAIN_NAME]))
    return user


Somebody = Annotated[UUID, Depends(_somebody)]


async def take(connection: Connection, user: Somebody) -> dict[str, Any]:
    """Claim the first free place and begin a draft."""
    slot, task = await connection.fetchrow(_CLAIM)
    title, statement = await connection.fetchrow(_TASK, task)
    work = await connection.fetchval(_START, slot, user)
    await connection.execute(_EVENT, user, "started", work)
    return {"work": f"/works/{work}", "title": title, "statement": statement}


async def save(
    connection: Connection,
    user: Somebody,
    work: UUID,
    draft: Annotated[dict[str, Any], Body()],
    if_match: Annotated[str, Header()],
) -> dict[str, Any]:
    """Keep the draft if it is the one that the sender knows."""
    content = json.dumps(draft["content"])
    n = await connection.fetchval(_SAVE, content, work, user, int(if_match.strip('"')))
    if n is None:
        raise HTTPException(409)
    return {"n": n, "sha256": hashlib.sha256(content.encode()).hexdigest()}


async def hand_in(
    connection: Connection, user: Somebody, work: UUID, named: Annotated[dict[str, Any], Body()]
) -> dict[str, Any]:
    """Hand the draft in as it was named."""
    content = await connection.fetchval(_FINISH, work, user, named["n"])
    if content is None:
        raise HTTPException(409)
    await connection.execute(_HAND_IN, work, content, named["sha256"])
    await connection.execute(_EVENT, user, "submitted", work)
    return {"work": str(work)}


def create_app() -> FastAPI:
    """Make the application that uvicorn serves."""
    app = FastAPI(lifespan=_connected, openapi_url=None)
    app.post("/api/v1/projects/bench/next", status_code=201, response_model=None)(take)
    app.put("/works/{work}/draft", response_model=None)(save)
    app.post("/works/{work}/submit", response_model=None)(hand_in)
    return app


@contextmanager
def bare(served: Served) -> Iterator[Served]:
    """Serve the bare cycle to the same people, with as many free places, out of tables of its own."""
    with served.database.change() as session:
        for statement in TABLES.split(";\n"):
            session.execute(text(statement))
    with started("benchmarks.bare_loop:create_app", served.environment) as (port, pid):
        yield replace(served, port=port, server_pid=pid)
