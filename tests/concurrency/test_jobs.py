"""Sixteen workers at one queue: each job is done once, a silent worker's is taken over, its late word is refused."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import select, update

from app.core import jobs
from app.core.jobs import LEASE_SECONDS, MAX_ATTEMPTS, SILENCED, Job, JobState
from tests.accounts.racing import PEOPLE, at_once
from tests.cast import NOW

LATER = NOW + timedelta(seconds=LEASE_SECONDS + 1)


def queued(session, count):
    made = [jobs.enqueue(session, "test.job", {}, now=NOW).id for _ in range(count)]
    session.commit()
    return made


def taking(name, now=NOW):
    def take(session):
        job = jobs.claim(session, name, now=now)
        return None if job is None else (job.id, job.fencing)

    return take


def test_every_job_goes_to_one_of_sixteen_workers(database, session):
    made = queued(session, 10)

    taken = at_once(database, [taking(f"worker {n}") for n in range(PEOPLE)])

    assert taken.count(None) == PEOPLE - 10
    assert sorted(one for one in taken if one is not None) == [(job_id, 1) for job_id in sorted(made)]


def test_a_silent_workers_job_goes_to_one_other_and_its_late_result_is_refused(database, session):
    job_id = queued(session, 1)[0]
    at_once(database, [taking("silent")])

    taken = at_once(database, [taking(f"worker {n}", LATER) for n in range(PEOPLE)])
    told = at_once(
        database,
        [
            lambda own: jobs.finish(own, job_id, 1, {"by": "silent"}, now=LATER),
            lambda own: jobs.finish(own, job_id, 2, {"by": "the other"}, now=LATER),
        ],
    )

    assert Counter(taken) == {(job_id, 2): 1, None: PEOPLE - 1}
    assert told == [False, True]
    assert session.get_one(Job, job_id).result == {"by": "the other"}


def test_a_job_that_silences_each_worker_is_buried_after_its_last_try(database, session):
    poison, sound = queued(session, 2)
    session.execute(
        update(Job)
        .where(Job.id == poison)
        .values(state=JobState.RUNNING, attempts=MAX_ATTEMPTS, fencing=MAX_ATTEMPTS, lease_until=NOW)
    )
    session.commit()

    taken = at_once(database, [taking(f"worker {n}", LATER) for n in range(PEOPLE)])

    assert Counter(taken) == {(sound, 1): 1, None: PEOPLE - 1}
    standing = {row[0]: row[1:] for row in session.execute(select(Job.id, Job.state, Job.last_error))}
    assert standing == {
        poison: (JobState.DEAD, SILENCED),
        sound: (JobState.RUNNING, None),
    }
