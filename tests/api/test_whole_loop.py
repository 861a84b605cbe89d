"""The how-to page of the whole loop is run as it stands, against a served installation, and prints what it says."""

import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.web.errors import STATUS
from tests.architecture.source_files import read
from tests.conftest import ON_POSTGRESQL
from tests.postgres import running_postgres
from tests.served import serving

PAGE = "docs/how-to/whole-loop-with-curl.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:```(?:text|json)\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
MARK = "-- end of block --"
CHANGES = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b"), "HASH"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"), "TIME"),
)
BASH = shutil.which("bash") or "bash"


def blocks():
    return [(shell, printed or "") for shell, printed in BLOCK.findall(read(PAGE))]


def without_what_changes(text):
    for pattern, word in CHANGES:
        text = pattern.sub(word, text)
    return text


@pytest.fixture
def environment(tmp_path):
    """The variables of a fresh served installation, as the page needs them."""
    with ExitStack() as stack:
        url = stack.enter_context(running_postgres()) if ON_POSTGRESQL else None
        served = stack.enter_context(serving(tmp_path / "data", url))
        programs = f"{Path(sys.executable).parent}:{served.environment['PATH']}"
        yield {**served.environment, "PATH": programs, "BASE": served.base}


def test_the_page_does_what_it_says(environment, tmp_path):
    written = blocks()
    folder = tmp_path / "shell"
    folder.mkdir()
    script = "set -euo pipefail\n" + "".join(f"{shell}echo '{MARK}'\n" for shell, _ in written)

    done = subprocess.run(
        [BASH, "-c", script], env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False
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
