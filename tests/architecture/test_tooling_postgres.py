"""The throw-away PostgreSQL server starts from either set of programs and never outlives who started it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests import postgres

pytestmark = pytest.mark.postgres
PATIENCE_SECONDS = 30


def folder_of(url: str) -> Path:
    """Read the server's folder from its address."""
    return Path(str(make_url(url).query["host"]))


def command_line(pid: int) -> bytes:
    """Read what a process was started as; nothing once it has ended, whether or not somebody asked for its end."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def answer(url: str, question: str) -> object:
    """Ask a database one question."""
    with psycopg.connect(user=postgres.USER, dbname=make_url(url).database, host=str(folder_of(url))) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def test_the_server_is_empty_new_enough_and_gone_afterwards():
    with postgres.running_postgres() as url:
        folder = folder_of(url)
        assert answer(url, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == 0
        assert int(str(answer(url, "SHOW server_version_num"))) >= postgres.OLDEST_VERSION * 10_000
        assert answer(url, "SHOW listen_addresses") == ""

    assert not folder.exists()


def test_the_programs_of_the_python_package_serve_where_debian_has_none(monkeypatch):
    monkeypatch.setattr(postgres, "OLDEST_VERSION", 1_000)  # no machine has this one
    with postgres.running_postgres() as url:
        assert int(str(answer(url, "SHOW server_version_num"))) // 10_000 == 18


def test_a_server_whose_data_lies_elsewhere_is_left_alone(tmp_path):
    with postgres.running_postgres() as url:
        other = tmp_path / "other"
        other.symlink_to(folder_of(url))
        foreign = make_url(url).update_query_dict({"host": str(other)}).render_as_string()

        with pytest.raises(RuntimeError, match="it is not the one started for these tests"):
            postgres.create_database(foreign, "workings")

        assert answer(url, "SELECT count(*) FROM pg_database WHERE datname = 'workings'") == 1


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_stops_however_its_starter_ends(sent):
    command = [sys.executable, "-m", "tests.postgres"]
    root = Path(postgres.__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        folder = folder_of(starter.stdout.readline().strip())
        server_pid = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        assert b"postgres" in command_line(server_pid)
        starter.send_signal(sent)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    assert command_line(server_pid) == b""
