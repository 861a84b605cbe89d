"""An installation as a newcomer starts it: an empty SQLite database, `workings serve` with its worker, one folder."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Installation:
    """A running installation: the first process, and how long its first page took from the command on."""

    pid: int
    first_page_seconds: float


@contextmanager
def started() -> Iterator[Installation]:
    """Migrate an empty folder, serve it, wait for the first page; stop both processes at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="workings-bench-") as folder,
        socket.create_server(("127.0.0.1", 0)) as probe,
    ):
        port = probe.getsockname()[1]
        probe.close()
        address = f"http://127.0.0.1:{port}"
        url = f"sqlite:///{folder}/workings.db"
        ours = {"WORKINGS_DATA_DIR": folder, "WORKINGS_DATABASE_URL": url, "WORKINGS_PUBLIC_URL": address}
        environment = {**os.environ, **ours, "WORKINGS_LOG_LEVEL": "warning"}
        command = [sys.executable, "-m", "app.cli"]
        subprocess.run([*command, "migrate"], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        begun = time.perf_counter()
        server = subprocess.Popen(
            [*command, "serve", "--port", str(port)], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
        )
        try:
            _wait_for(f"{address}/sign-in")
            yield Installation(server.pid, time.perf_counter() - begun)
        finally:
            server.terminate()
            server.wait(timeout=READY_SECONDS)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=READY_SECONDS) as answer:  # noqa: S310 - an address of ours
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("The installation did not start.")
