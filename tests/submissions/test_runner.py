"""The runner at its queue: runs are carried out once and in turn, and none that got lost stays for ever."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock, jobs, runners
from app.core.jobs import MAX_ATTEMPTS, Job, JobState
from app.core.runners import LANE
from app.runner import Runner
from app.submissions.access import get_submission
from app.submissions.models import ProgramRun
from app.submissions.schemas import RunIn
from app.submissions.service.running import LOST, PATIENCE, ask_for_run, end_lost_runs
from app.submissions.states import RunState
from app.worker import Worker
from tests.factories.running import RIGHT, a_program, a_runner

CUSTOM = {"purpose": "custom", "language": "python", "source": RIGHT, "stdin": "20 22"}


@pytest.fixture
def runner(database, app_settings):
    return Runner(database, app_settings, name="test:1")


@pytest.fixture
def work(session, sums, ed):
    a_runner(session)
    return a_program(session, ed, sums)


def asked(session, person, work, **wish):
    """Ask for a run directly; return its id."""
    now = clock.now()
    submission = get_submission(session, person.actor, work.id)
    return ask_for_run(session, person.actor, submission, RunIn.model_validate(CUSTOM | wish), now=now).id


def standing(session, run_id):
    session.expire_all()
    run = session.get_one(ProgramRun, run_id)
    return run.state, run.verdict, run.stdout


def test_a_run_with_ones_own_input_is_carried_out_and_shown(client, session, ed, work, runner):
    work_id, run_id = work.id, asked(session, ed, work)
    session.commit()

    assert runner.run_all() == 1

    answer = client.as_(ed).get(f"/api/v1/work/{work_id}/runs/{run_id}").json()
    shown = {key: answer[key] for key in ("state", "verdict", "message", "exit_code", "stdout", "stderr", "tests")}
    assert shown == {
        "state": "done",
        "verdict": "ok",
        "message": "It ended without an error.",
        "exit_code": 0,
        "stdout": "42\n",
        "stderr": "",
        "tests": [],
    }
    assert answer["finished_at"] is not None


@pytest.mark.parametrize(
    ("source", "verdict", "message"),
    [
        ("raise SystemExit(3)", "runtime_error", "It ended with exit code 3."),
        (
            "print('x' * 100_000)",
            "output_limit",
            "It was stopped: it printed too much. Some of what it printed was cut off.",
        ),
    ],
)
def test_how_a_program_ended_is_a_sentence(session, ed, work, runner, source, verdict, message):
    run_id = asked(session, ed, work, source=source)
    session.commit()

    runner.run_all()

    run = session.get_one(ProgramRun, run_id, populate_existing=True)
    assert (run.state, run.verdict, run.message) == (RunState.DONE, verdict, message)


def test_what_no_database_keeps_is_replaced_in_the_output(session, ed, work, runner):
    run_id = asked(session, ed, work, source=r"import sys; sys.stdout.buffer.write(b'a\x00\xff')")
    session.commit()

    runner.run_all()

    assert standing(session, run_id) == (RunState.DONE, "ok", "a\ufffd\ufffd")


def test_waiting_for_a_run_ends_with_it(client, session, ed, work, runner):
    work_id, run_id = work.id, asked(session, ed, work)
    client.as_(ed).get("/api/v1/session")
    threading.Timer(0.3, runner.run_all).start()

    began = time.monotonic()
    answer = client.get(f"/api/v1/work/{work_id}/runs/{run_id}", params={"wait": 5})

    assert (answer.json()["state"], answer.json()["stdout"]) == ("done", "42\n")
    assert time.monotonic() - began < 5


def test_waiting_for_a_run_that_does_not_end_is_over_in_time(client, session, ed, work):
    run_id = asked(session, ed, work)

    answer = client.as_(ed).get(f"/api/v1/work/{work.id}/runs/{run_id}", params={"wait": 0.2})

    assert (answer.status_code, answer.json()["state"]) == (200, "queued")


@pytest.mark.parametrize("wait", ["-1", "6", "long"])
def test_nobody_waits_longer_than_five_seconds(client, session, ed, work, wait):
    run_id = asked(session, ed, work)

    assert client.as_(ed).get(f"/api/v1/work/{work.id}/runs/{run_id}", params={"wait": wait}).status_code == 422


def test_the_worker_takes_no_job_of_the_lane_and_the_runner_no_other(session, database, app_settings, ed, work, runner):
    run_id = asked(session, ed, work)
    other = jobs.enqueue(session, "assignments.expire", {}, now=clock.now()).id
    session.commit()

    assert Worker(database, app_settings).run_all() == 1
    assert standing(session, run_id)[0] is RunState.QUEUED
    assert session.get_one(Job, other).state is JobState.DONE
    session.commit()
    assert runner.run_all() == 1
    assert set(Runner.handlers) <= LANE


def test_two_people_take_turns_however_much_one_of_them_asks(session, sums, ed, eve, work, runner):
    eves = a_program(session, eve, sums)
    runs = [asked(session, ed, work, stdin=f"1 {n}") for n in range(4)]
    runs += [asked(session, eve, eves, stdin=f"2 {n}") for n in range(2)]
    session.commit()

    runner.run_all()

    finished = session.scalars(select(ProgramRun.id).order_by(ProgramRun.finished_at)).all()
    order = ["Ed" if runs.index(run_id) < 4 else "Eve" for run_id in finished]
    assert order == ["Ed", "Eve", "Ed", "Eve", "Ed", "Ed"]


def test_what_a_killed_runner_has_begun_is_taken_up_by_the_next(session, database, app_settings, ed, work, runner):
    run_id = asked(session, ed, work)
    begun = update(Job).values(
        state=JobState.RUNNING, attempts=1, fencing=1, lease_until=clock.now() - timedelta(seconds=1)
    )
    session.execute(begun)
    session.execute(update(ProgramRun).values(state=RunState.RUNNING))
    session.commit()

    assert runner.run_all() == 1

    assert standing(session, run_id) == (RunState.DONE, "ok", "42\n")


def test_a_run_that_has_ended_is_not_run_again(session, ed, work, runner):
    run_id = asked(session, ed, work)
    session.execute(update(ProgramRun).values(state=RunState.DONE, verdict="ok", stdout="first\n"))
    session.commit()

    runner.run_all()

    assert standing(session, run_id) == (RunState.DONE, "ok", "first\n")


def test_a_run_that_killed_each_runner_fails_in_the_end(session, ed, work, runner):
    run_id = asked(session, ed, work)
    past = clock.now() - timedelta(seconds=1)
    session.execute(
        update(Job).values(state=JobState.RUNNING, attempts=MAX_ATTEMPTS, fencing=MAX_ATTEMPTS, lease_until=past)
    )
    session.execute(update(ProgramRun).values(state=RunState.RUNNING))
    session.commit()

    assert runner.run_all() == 0
    assert end_lost_runs(session, now=clock.now()) == 1

    run = session.get_one(ProgramRun, run_id, populate_existing=True)
    assert (run.state, run.message, run.finished_at is not None) == (RunState.FAILED, LOST, True)


def test_a_run_that_no_runner_takes_up_fails_after_ten_minutes(session, ed, work):
    run_id = asked(session, ed, work)
    now = clock.now() + PATIENCE + timedelta(seconds=1)

    assert end_lost_runs(session, now=clock.now() + timedelta(minutes=9)) == 0
    assert end_lost_runs(session, now=now) == 1
    assert standing(session, run_id)[0] is RunState.FAILED
    assert session.scalars(select(Job.state)).all() == [JobState.CANCELLED]


def test_runs_wait_on_while_a_runner_is_alive(session, ed, work):
    asked(session, ed, work)
    now = clock.now() + timedelta(hours=1)
    a_runner(session, seen_at=now)

    assert end_lost_runs(session, now=now) == 0


def test_a_runner_says_that_it_is_alive_and_what_it_runs_and_when_it_ends(session, database, runner):
    session.commit()
    thread = threading.Thread(target=runner.run)
    thread.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not capability(database).is_anybody_there:
        time.sleep(0.05)

    can = capability(database)
    runner.stopping.set()
    thread.join(timeout=30)

    assert (can.runs_on, "python" in can.languages) == (True, True)
    assert capability(database).why_off == runners.NONE_ALIVE


def capability(database):
    with database.reading() as session:
        return runners.capability(session, now=clock.now())
