"""The web application: everything put together, nothing decided here."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import Depends, FastAPI
from starlette.middleware import Middleware

from app.config import Settings, load_settings
from app.core.db import POOL_SIZE, Database, open_database
from app.core.errors import SetupFault
from app.core.keys import load_or_create_key
from app.core.storage import require_store
from app.routes import ROUTERS
from app.submissions.api.waiting import EndedRuns
from app.web import csrf, errors
from app.web.headers import Headers
from app.web.openapi import Application
from app.web.static import mount_static

DRAFT_PATHS = ("/draft", "/submit", "/review-draft", "/decide")
UPLOAD_PATHS = ("/attachments", "/imports", "/upload", "/references", "/reference-sets")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = POOL_SIZE
    yield
    if app.state.owns_database:
        app.state.database.engine.dispose()


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """Build the application; tests pass their own settings and database."""
    settings = settings or load_settings()
    app = Application(
        title="Workings",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(csrf.protect)],
        middleware=[
            Middleware(Headers, https=settings.is_https, upload_paths=UPLOAD_PATHS, draft_paths=DRAFT_PATHS),
        ],
    )
    furnish(app, settings, database)
    errors.install(app)
    mount_static(app)
    for router in ROUTERS:
        app.include_router(router)
    logging.getLogger("app").setLevel(settings.log_level.upper())
    return app


def furnish(app: FastAPI, settings: Settings, database: Database | None) -> None:
    """Give the application its settings, database and keys: all that differs between two installations.

    Tests do it anew for each of them, since FastAPI works out its routes once for every application it is asked for.
    """
    if settings.demo and not settings.is_local:
        raise SetupFault("Demo mode lets anybody in; it runs on a loopback address only. Unset WORKINGS_DEMO.")
    require_store(settings)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.state.settings = settings
    app.state.owns_database = database is None
    app.state.database = database or open_database(settings.database_url)
    app.state.session_gate = asyncio.Semaphore(POOL_SIZE)
    app.state.ended_runs = EndedRuns(app.state.database, app.state.session_gate)
    app.state.keys = {name: load_or_create_key(settings.data_dir, name) for name in ("audit", "subjects", "journal")}
