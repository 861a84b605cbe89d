"""A served application and demo, and Debian's Chromium for whole journeys."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app.config import Settings
from app.core.db import Database
from tests.applications import an_app

SERVER = """
import os, socket, sys, uvicorn
os.umask(0o077)
from app import demo, migrating
from app.config import load_settings
from app.core.db import open_database
from app.main import create_app
from app.tables import load_tables
load_tables()
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
os.environ["WORKINGS_PUBLIC_URL"] = "http://127.0.0.1:%d" % listener.getsockname()[1]
settings = load_settings()
database = open_database(settings.database_url)
migrating.upgrade(settings, database)
demo.fill(settings, database)
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(create_app(settings, database), log_level="warning")).run(sockets=[listener])
"""


@pytest.fixture
def address(database: Database, app_settings: Settings) -> Iterator[str]:
    """The application on a free port of this machine, over the test's own database."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    where = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = an_app(app_settings.model_copy(update={"public_url": where}), database)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield where
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo installation on a free port of this machine."""
    folder = tmp_path_factory.mktemp("installation")
    environment = {**os.environ, "WORKINGS_DATA_DIR": str(folder), "WORKINGS_DEMO": "true"}
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True, env=environment, cwd=root
    )
    try:
        assert process.stdout is not None
        address = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        _wait_for(f"{address}/healthz")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        if process.stdout is not None:
            process.stdout.close()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - an address of ours
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("The installation did not start.")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, which asks nobody outside."""
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    more = "--disable-component-update --disable-sync"
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": f"{flags} {more}".split()}
