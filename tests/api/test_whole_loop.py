"""The how-to page of the whole loop is run as it stands, against a served installation, and prints what it says."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from app.web.errors import STATUS
from tests.architecture.source_files import ROOT, read
from tests.conftest import ON_POSTGRESQL
from tests.postgres import running_postgres

PAGE = "docs/how-to/whole-loop-with-curl.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:```(?:text|json)\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
MARK = "-- end of block --"
CHANGES = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b"), "HASH"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"), "TIME"),
)
READY_SECONDS = 30
BASH = shutil.which("bash") or "bash"
COMMAND = [sys.executable, "-m", "app.cli"]


def blocks():
    return [(shell, printed or "") for shell, printed in BLOCK.findall(read(PAGE))]


def without_what_changes(text):
    for pattern, word in CHANGES:
        text = pattern.sub(word, text)
    return text


@pytest.fixture
def installation(tmp_path):
    """The environment of a fresh served installation: its own data folder, database and port."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WORKINGS_")}
    programs = str(Path(sys.executable).parent)
    environment |= {"WORKINGS_DATA_DIR": str(tmp_path / "data"), "PATH": f"{programs}:{environment['PATH']}"}
    with ExitStack() as stack:
        if ON_POSTGRESQL:
            environment["WORKINGS_DATABASE_URL"] = stack.enter_context(running_postgres())
        subprocess.run([*COMMAND, "migrate"], env=environment, cwd=ROOT, check=True, capture_output=True)
        port = a_free_port()
        environment["BASE"] = environment["WORKINGS_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        log = stack.enter_context((tmp_path / "server.log").open("wb"))
        serve = [*COMMAND, "serve", "--port", str(port)]
        server = subprocess.Popen(serve, env=environment, cwd=ROOT, stdout=log, stderr=log)
        stack.callback(stop, server)
        wait_until_ready(environment["BASE"])
        yield environment


def a_free_port():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def stop(server):
    server.terminate()
    server.wait(timeout=30)


def wait_until_ready(base):
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):  # noqa: S310 - an address of ours
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("The installation did not get ready.")


def test_the_page_does_what_it_says(installation, tmp_path):
    written = blocks()
    folder = tmp_path / "shell"
    folder.mkdir()
    script = "set -euo pipefail\n" + "".join(f"{shell}echo '{MARK}'\n" for shell, _ in written)

    done = subprocess.run(
        [BASH, "-c", script], env=installation, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )

    printed = done.stdout.split(f"{MARK}\n")
    expected = [without_what_changes(text) for _, text in written]
    assert [without_what_changes(text) for text in printed] == [*expected, ""], done.stderr
    assert (done.returncode, len(written) > 10) == (0, True), done.stderr


def test_the_table_names_every_code():
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", read(PAGE), re.MULTILINE)
    named = {(int(status), code) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    raised = {(STATUS[kind], child.code) for kind in STATUS for child in [kind, *kind.__subclasses__()]}

    # Two that no error class stands for: a decision that came second, and what nobody foresaw.
    assert named == raised | {(409, "overtaken"), (500, "fault")}
