"""Asking for runs of programs: who may, what may be run, how often, and what is told where nothing is run."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.jobs import Job
from app.core.runners import ALIVE_SECONDS, NONE_ALIVE
from app.submissions.access import get_submission
from app.submissions.models import ProgramRun
from app.submissions.schemas import RunIn
from app.submissions.service.running import ask_for_run
from app.submissions.states import RunPurpose, RunState
from tests.accounts.racing import PEOPLE, at_once
from tests.factories.running import RIGHT, a_program, a_runner
from tests.factories.work import a_submission, a_task

CUSTOM = {"purpose": "custom", "language": "python", "source": RIGHT, "stdin": "1 2"}


@pytest.fixture
def work(session, sums, ed):
    return a_program(session, ed, sums)


@pytest.fixture
def alive(session):
    a_runner(session)


def ask(client, work_id, **wish):
    return client.post(f"/api/v1/work/{work_id}/runs", json=CUSTOM | wish)


def earlier(session, work, person, *, seconds, count):
    """Store runs that somebody asked for some time ago."""
    for _ in range(count):
        run = ProgramRun(
            submission_id=work.id,
            requested_by=person.id,
            purpose=RunPurpose.CUSTOM,
            state=RunState.DONE,
            language="python",
            source="",
            source_sha256="0" * 64,
            results=[],
            requested_at=clock.now() - timedelta(seconds=seconds),
        )
        session.add(run)
    session.flush()  # the next request counts them


def test_a_run_is_a_row_and_a_job_of_the_runner_in_one_change(client, session, ed, work, alive):
    work_id = work.id

    answer = ask(client.as_(ed), work_id)

    run = session.scalars(select(ProgramRun)).one()
    job = session.scalars(select(Job)).one()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/work/{work_id}/runs/{run.id}")
    assert {key: answer.json()[key] for key in ("id", "state", "purpose", "stdin", "verdict", "tests", "total")} == {
        "id": str(run.id),
        "state": "queued",
        "purpose": "custom",
        "stdin": "1 2",
        "verdict": None,
        "tests": [],
        "total": 0,
    }
    assert (job.kind, job.payload, run.job_id) == ("submissions.run_program", {"run_id": str(run.id)}, job.id)


def test_the_newest_runs_are_listed_first_and_only_of_this_work(client, session, sums, ed, work, alive):
    work_id, other_id = work.id, a_program(session, ed, sums).id
    ids = [ask(client.as_(ed), work_id).json()["id"] for _ in range(3)]
    ask(client, other_id)

    listed = client.get(f"/api/v1/work/{work_id}/runs").json()["items"]

    assert [run["id"] for run in listed] == ids[::-1]
    assert client.get(f"/api/v1/work/{other_id}/runs/{ids[0]}").status_code == 404


def test_without_a_runner_nothing_is_asked_for_and_the_reason_is_said(client, session, ed, work):
    answer = ask(client.as_(ed), work.id)

    assert (answer.status_code, answer.json()["message"]) == (409, NONE_ALIVE)
    assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_a_runner_that_cannot_isolate_says_why(client, session, ed, work):
    a_runner(session, languages=(), why_off="Programs are not run on this installation. bwrap is not installed.")

    answer = ask(client.as_(ed), work.id)

    assert answer.json()["message"] == "Programs are not run on this installation. bwrap is not installed."


def test_a_runner_that_went_silent_counts_no_more(client, session, ed, work):
    a_runner(session, seen_at=clock.now() - timedelta(seconds=ALIVE_SECONDS + 1))

    assert ask(client.as_(ed), work.id).status_code == 409


@pytest.mark.parametrize(
    ("wish", "status", "pointer"),
    [
        ({"language": "rust"}, 422, "/language"),
        ({"language": "cobol"}, 422, "/language"),
        ({"source": " \n"}, 422, "/source"),
        ({"purpose": "hand_in"}, 422, "/purpose"),
        ({"stdin": "x" * 200_001}, 422, "/stdin"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_place(client, ed, work, alive, wish, status, pointer):
    answer = ask(client.as_(ed), work.id, **wish)

    assert (answer.status_code, answer.json()["pointer"]) == (status, pointer)


def test_work_without_a_program_and_a_task_without_tests_say_so(client, session, sums, ed, alive):
    solving = a_submission(session, author=ed, task=a_task(session, sums)).id
    untested = a_program(session, ed, sums, spec={"kind": "none"}).id

    assert ask(client.as_(ed), solving).json()["message"] == "This kind of work has no program to run."
    assert ask(client, untested, purpose="tests").status_code == 409
    assert ask(client, untested).status_code == 202


def test_ten_runs_a_minute_and_then_the_time_to_wait(client, session, sums, ed, eve, work, alive):
    work_id, eves = work.id, a_program(session, eve, sums).id
    earlier(session, work, ed, seconds=20, count=9)

    assert ask(client.as_(ed), work_id).status_code == 202
    refused = ask(client, work_id)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
    assert refused.json()["message"] == "You may run 10 programs a minute. Try again in 40 s."
    assert ask(client.as_(eve), eves).status_code == 202


def test_a_hundred_runs_an_hour(client, session, ed, work, alive):
    earlier(session, work, ed, seconds=1800, count=100)

    assert ask(client.as_(ed), work.id).headers["retry-after"] == "1800"


def test_of_many_requests_at_once_only_the_quota_gets_in(database, session, ed, work, alive):
    work_id = work.id
    earlier(session, work, ed, seconds=20, count=7)
    session.commit()
    wish = RunIn.model_validate(CUSTOM)

    def one(own):
        return ask_for_run(own, ed.actor, get_submission(own, ed.actor, work_id), wish, now=clock.now()).id

    outcomes = at_once(database, [one] * PEOPLE)

    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(outcomes) - len(refused) == 3
    assert {type(one).__name__ for one in refused} == {"TooManyRequests"}
    assert session.scalar(select(func.count()).select_from(Job)) == 3
