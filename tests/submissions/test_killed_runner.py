"""A runner that is killed in the middle of a run: the next one takes the run up, and nobody waits for ever."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import select, update

from app.config import ROOT
from app.core import clock
from app.core.jobs import Job
from app.submissions.models import ProgramRun
from app.submissions.states import RunState
from tests.factories.running import a_program, a_runner

SLOW = "import time\ntime.sleep(1)\nprint('at the end')\n"
PATIENCE_SECONDS = 60


@contextmanager
def a_process(database, folder):
    """Start a runner as a process of its own; it is gone when the block ends."""
    url = database.engine.url
    plain = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
    own = {name: value for name, value in os.environ.items() if not name.startswith("WORKINGS_")}
    environment = own | {
        "WORKINGS_DATABASE_URL": plain,
        "WORKINGS_DATA_DIR": str(folder),
        "WORKINGS_LOG_LEVEL": "error",
    }
    process = subprocess.Popen([sys.executable, "-m", "app.runner"], env=environment, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=PATIENCE_SECONDS)


def wait_for(database, state):
    """Wait until the only run stands so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with database.reading() as session:
            if session.scalars(select(ProgramRun.state)).one() is state:
                return
        time.sleep(0.02)
    raise AssertionError(f"the run is not {state}")


def test_a_run_survives_the_death_of_its_runner(client, session, database, sums, ed, tmp_path):
    a_runner(session)
    work_id = a_program(session, ed, sums).id
    wish = {"purpose": "custom", "language": "python", "source": SLOW}
    run_id = client.as_(ed).post(f"/api/v1/work/{work_id}/runs", json=wish).json()["id"]

    with a_process(database, tmp_path) as first:
        wait_for(database, RunState.RUNNING)
        first.send_signal(signal.SIGKILL)
    wait_for(database, RunState.RUNNING)
    session.execute(update(Job).values(lease_until=clock.now() - timedelta(seconds=1)))  # the lease's time has passed
    session.commit()
    with a_process(database, tmp_path) as second:
        wait_for(database, RunState.DONE)
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=PATIENCE_SECONDS) == 0

    run = client.get(f"/api/v1/work/{work_id}/runs/{run_id}").json()
    assert (run["state"], run["verdict"], run["stdout"]) == ("done", "ok", "at the end\n")
