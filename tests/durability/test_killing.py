"""The server and its worker are killed in the middle of everything; nothing that was acknowledged is lost.

Three rounds here; `python -m benchmarks.kill_nine` does fifty.
"""

import http.client
import json
import time
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.core.jobs import Job, JobState
from app.tasks.models import Task, TaskImport
from app.tasks.states import ImportState
from tests.conftest import ON_POSTGRESQL
from tests.durability.installation import new_installation, populate
from tests.durability.rounds import Rounds
from tests.postgres import running_postgres

ROUNDS = 3
ROWS = 5000
PATIENCE_SECONDS = 60
MARK = "end-of-part"


@pytest.fixture
def installation(tmp_path):
    """An installation on a database of its own: the kills are real, so is the disk."""
    if not ON_POSTGRESQL:
        installation = new_installation(tmp_path)
        yield installation
        _end(installation)
        return
    with running_postgres(durable=True) as url:
        installation = new_installation(tmp_path, url)
        yield installation
        _end(installation)


def _end(installation):
    if installation.server is not None:
        installation.kill()
    installation.database.engine.dispose()


def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(installation):
    people = populate(installation.database, annotators=4, reviewers=2, tasks=300, needed=2)
    rounds = Rounds(installation, people, seed=20)

    for number in range(ROUNDS):
        rounds.run(number)
    rounds.finish()

    counts = rounds.told.counts
    assert {name for name in ("claims", "saves", "hand-ins", "decisions") if counts[name] == 0} == set()


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_job_whose_worker_was_killed_is_taken_up_again_and_done_once(installation):
    people = populate(installation.database, annotators=0, reviewers=0, tasks=0, needed=1)
    rounds = Rounds(installation, people, seed=1)
    installation.start()
    import_id = hand_in(people.manager.token, installation.port)
    wait_until(lambda: standing(installation, import_id)[1] == [JobState.DONE, JobState.RUNNING])
    installation.kill()
    _, jobs, tasks = standing(installation, import_id)

    interrupted = rounds.let_job_leases_run_out()
    installation.start()
    # The import is done a moment before its job is written off.
    wait_until(lambda: standing(installation, import_id)[:2] == (ImportState.DONE, [JobState.DONE] * 2))
    installation.kill()

    assert (interrupted, jobs) == (1, [JobState.DONE, JobState.RUNNING])
    assert tasks in {0, ROWS}  # all or none, however far it had come
    assert standing(installation, import_id) == (ImportState.DONE, [JobState.DONE] * 2, ROWS)
    with installation.database.reading() as session:
        query = select(Job.attempts).where(Job.kind.startswith("tasks.")).order_by(Job.id)
        assert session.scalars(query).all() == [1, 2]


def hand_in(token, port):
    """Send a file of tasks that is stored as soon as it is checked; return the import's id."""
    rows = [{"external_id": f"r-{n}", "statement": f"Add ${n}$ and one."} for n in range(ROWS)]
    facts = {"source": "Written for the tests", "licence": "CC0-1.0"}
    options = json.dumps({"adapter": "fields", "defaults": facts, "open_at_once": True, "start": True})
    parts = [
        f'name="options"\r\n\r\n{options}',
        'name="file"; filename="tasks.jsonl"\r\n\r\n' + "\n".join(json.dumps(row) for row in rows),
    ]
    body = "".join(f"--{MARK}\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + f"--{MARK}--\r\n"
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={MARK}"}
    line.request("POST", "/api/v1/projects/sums/imports", body, headers)
    answer = json.loads(line.getresponse().read())
    line.close()
    return UUID(answer["id"])


def standing(installation, import_id):
    """Say where the import stands, the states of its jobs in order, and how many tasks there are."""
    with installation.database.reading() as session:
        jobs = session.scalars(select(Job.state).where(Job.kind.startswith("tasks.")).order_by(Job.id)).all()
        return session.get_one(TaskImport, import_id).state, jobs, session.scalar(select(func.count(Task.id)))
