"""One application for the tests of a process: what FastAPI works out from the routes costs more than most tests."""

from fastapi import FastAPI

from app.config import Settings
from app.core.db import Database
from app.main import create_app, furnish

_made: dict[bool, FastAPI] = {}
"""by whether it is behind TLS, which is decided when an application is made"""


def an_app(settings: Settings, database: Database) -> FastAPI:
    """Furnish the application for this installation; whoever was given it before has lost it.

    A test that needs two installations at once takes `create_app`.
    """
    app = _made.get(settings.is_https)
    if app is None:
        app = _made[settings.is_https] = create_app(settings, database)
    else:
        furnish(app, settings, database)
    return app
