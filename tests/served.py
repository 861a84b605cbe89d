"""A real installation, served by the command line with its worker: its own folder, database and port."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app import migrating
from app.cli import UMASK
from app.config import Settings
from app.core.db import open_database

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "app.cli"]
READY_SECONDS = 60


@dataclass(frozen=True)
class Served:
    """An installation that answers: its address, the variables that name it, its first process."""

    base: str
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes]"


def settings_of(folder: Path, url: str | None) -> dict[str, str]:
    """Make the environment of an installation in `folder`; without `url` it is on SQLite."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        base = f"http://127.0.0.1:{probe.getsockname()[1]}"
    own = {name: value for name, value in os.environ.items() if not name.startswith("WORKINGS_")}
    own |= {"WORKINGS_DATA_DIR": str(folder), "WORKINGS_PUBLIC_URL": base, "WORKINGS_LOG_LEVEL": "warning"}
    return own if url is None else own | {"WORKINGS_DATABASE_URL": url}


def migrate(settings: Settings) -> None:
    """Do what `workings migrate` does, which tests/test_cli.py runs, without the two seconds it takes to be loaded."""
    mask = os.umask(UMASK)
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = open_database(settings.database_url)
        migrating.upgrade(settings, database)
        database.engine.dispose()
    finally:
        os.umask(mask)


@contextmanager
def serving(folder: Path, url: str | None = None) -> Iterator[Served]:
    """Migrate and serve an installation in `folder` until the block ends; its log is beside its data."""
    environment = settings_of(folder, url)
    base = environment["WORKINGS_PUBLIC_URL"]
    folder.mkdir(exist_ok=True)
    migrate(Settings(data_dir=folder, database_url=url or ""))
    with (folder / "server.log").open("wb") as log:
        serve = [*COMMAND, "serve", "--port", base.rpartition(":")[2]]
        process = subprocess.Popen(serve, env=environment, cwd=ROOT, stdout=log, stderr=log)
        try:
            _wait_until_ready(base, process)
            yield Served(base, environment, process)
        finally:
            process.terminate()
            process.wait(timeout=READY_SECONDS)


def _wait_until_ready(base: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):  # noqa: S310 - an address of ours
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("The installation did not get ready; server.log in its folder says why.")
