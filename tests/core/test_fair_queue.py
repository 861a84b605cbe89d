"""Jobs of several people are done in rounds: nobody crowds others out by asking for much, or again and again."""

import time
from datetime import timedelta

from app.core import jobs
from tests.cast import NOW

MUCH_LATER = NOW + timedelta(minutes=2)


def asks(session, person, name, now=NOW):
    jobs.enqueue(session, f"test.{name}", {}, now=now, requested_by=person.id)
    session.flush()
    time.sleep(0.002)  # those who ask within one millisecond of the clock are served in any order


def done(session, now=NOW):
    """Do the next job; return its name."""
    job = jobs.claim(session, "worker", now=now)
    assert job is not None
    assert jobs.finish(session, job.id, job.fencing, {}, now=now)
    session.flush()
    return job.kind.removeprefix("test.")


def test_who_asks_for_much_lets_others_in_between(session, ed, eve):
    for name in ("ed 1", "ed 2", "ed 3"):
        asks(session, ed, name)
    asks(session, eve, "eve 1")
    assert [done(session) for _ in range(4)] == ["ed 1", "eve 1", "ed 2", "ed 3"]


def test_who_was_served_and_asks_again_comes_behind_those_who_wait(session, ed, eve, rae):
    asks(session, ed, "ed 1")
    asks(session, ed, "ed 2")
    asks(session, eve, "eve 1")
    asks(session, rae, "rae 1")
    assert [done(session), done(session)] == ["ed 1", "eve 1"]
    asks(session, eve, "eve 2")
    assert [done(session) for _ in range(3)] == ["rae 1", "ed 2", "eve 2"]


def test_what_somebody_was_served_long_ago_does_not_count(session, ed, eve):
    for name in ("ed 1", "ed 2", "ed 3"):
        asks(session, ed, name)
    assert [done(session) for _ in range(3)] == ["ed 1", "ed 2", "ed 3"]
    asks(session, ed, "ed 4", MUCH_LATER)
    asks(session, eve, "eve 1", MUCH_LATER)
    assert [done(session, MUCH_LATER), done(session, MUCH_LATER)] == ["ed 4", "eve 1"]


def test_jobs_that_nobody_asked_for_get_no_later_each_time(session):
    for _ in range(3):
        jobs.enqueue(session, "test.clock", {}, now=NOW)
        session.flush()
        assert done(session) == "clock"
    assert jobs.enqueue(session, "test.clock", {}, now=NOW).turn == 0
