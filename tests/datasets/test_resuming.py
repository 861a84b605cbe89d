"""Freezing that was interrupted: it goes on where it was, says when nobody will go on, and can be begun again."""

from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from app.core import clock
from app.core.audit import Event
from app.core.errors import Conflict
from app.core.ids import new_id
from app.core.jobs import Job, JobLost, JobRun, JobState
from app.datasets import jobs
from app.datasets.jobs import HANDLERS, note_dead_jobs
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.queries import hashing
from app.datasets.schemas import DatasetIn
from app.datasets.service import FREEZE_JOB, create_dataset, fail_freezing, freeze, freeze_again, likeness
from app.datasets.states import SnapshotState
from app.projects.models import Project
from app.similarity.models import WorkSignature
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.cast import NOW
from tests.factories.judged import a_review
from tests.factories.work import a_submission, a_task

PIECES = 5


@pytest.fixture
def fixed(session, sums, mona, ed, rae):
    """Fix the members of a new snapshot of five pieces; its job waits."""
    for n in range(PIECES):
        work = a_submission(session, author=ed, task=a_task(session, sums, statement=f"Sum {n}."), state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={"s1": "good"})
    project_id = sums.id
    session.commit()

    def fix():
        project = session.get_one(Project, project_id)
        dataset = create_dataset(session, project, DatasetIn(name=f"Set {new_id()}"), actor=mona.actor, now=NOW)
        snapshot_id = freeze(session, dataset, note="", actor=mona.actor, now=clock.now()).id
        session.commit()
        return snapshot_id

    return fix


@pytest.fixture
def work_on(database, app_settings):
    """Run the job of a snapshot; returns what it reported of hashing. Its worker dies after `dies_after` reports."""

    def run(snapshot_id, dies_after=None):
        told = []

        def report(done, _total, message):
            if message.endswith("hashed"):
                told.append(done)
            if len(told) == dies_after:
                raise JobLost

        HANDLERS[FREEZE_JOB](JobRun(new_id(), {"snapshot_id": str(snapshot_id)}, None, database, app_settings, report))
        return told

    return run


def reread(session, snapshot_id):
    session.expire_all()
    found = session.get_one(Snapshot, snapshot_id)
    session.expunge(found)  # looking at it later asks the database for nothing, so that the job may write
    session.commit()
    return found


def hashed(session, snapshot_id):
    query = select(SnapshotItem.position).where(
        SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.row_sha256.is_not(None)
    )
    found = session.scalars(query.order_by(SnapshotItem.position)).all()
    session.commit()
    return found


def test_a_killed_job_goes_on_behind_the_last_hashed_row_and_gives_the_same_hash(session, fixed, work_on, monkeypatch):
    monkeypatch.setattr(hashing, "AT_ONCE", 2)
    whole, killed = fixed(), fixed()
    assert work_on(whole) == [2, 4, 5]

    with pytest.raises(JobLost):
        work_on(killed, dies_after=2)
    assert hashed(session, killed) == [1, 2, 3, 4]
    assert reread(session, killed).state == SnapshotState.FREEZING

    assert work_on(killed) == [5]
    expected = reread(session, whole).manifest_sha256
    assert expected is not None
    found = reread(session, killed)
    assert (found.state, found.manifest_sha256) == (SnapshotState.READY, expected)


def test_a_finished_job_that_runs_again_changes_nothing(session, fixed, work_on):
    snapshot_id = fixed()
    work_on(snapshot_id)
    before = reread(session, snapshot_id).manifest_sha256

    assert work_on(snapshot_id) == []

    found = reread(session, snapshot_id)
    assert (found.state, found.manifest_sha256) == (SnapshotState.READY, before)


@pytest.mark.parametrize(
    ("job", "failed", "state", "message"),
    [
        (
            JobState.DEAD,
            1,
            SnapshotState.FAILED,
            "It could not be frozen: its job failed each time it was tried. OSError: the disk is full",
        ),
        (JobState.CANCELLED, 1, SnapshotState.FAILED, "It could not be frozen: its job was stopped."),
        (JobState.QUEUED, 0, SnapshotState.FREEZING, ""),
        (JobState.RUNNING, 0, SnapshotState.FREEZING, ""),
    ],
)
def test_a_snapshot_whose_job_ended_without_it_failed(
    session, database, app_settings, fixed, job, failed, state, message
):
    snapshot_id = fixed()
    row = session.get_one(Job, reread(session, snapshot_id).job_id)
    row.state = job
    row.last_error = "Traceback …\nOSError: the disk is full\n" if job is JobState.DEAD else None
    session.commit()
    run = JobRun(new_id(), {}, None, database, app_settings, lambda *_facts: None)

    assert note_dead_jobs(run) == {"failed": failed}

    found = reread(session, snapshot_id)
    assert (found.state, found.message) == (state, message)


def test_a_failed_snapshot_is_frozen_again_with_the_members_it_has(
    session, database, app_settings, fixed, work_on, mona, ed, rae, sums
):
    whole, snapshot_id = fixed(), fixed()
    work_on(whole)
    fail_freezing(session, snapshot_id, "The disk was full.")
    first_job = session.get_one(Job, reread(session, snapshot_id).job_id)
    first_job.state = JobState.DEAD
    late = a_submission(session, author=ed, task=a_task(session, session.get_one(Project, sums.id)), state=S.APPROVED)
    a_review(session, late, reviewer=rae, labels={"s1": "good"})
    first_job_id: UUID = first_job.id
    session.commit()

    freeze_again(session, session.get_one(Snapshot, snapshot_id), actor=mona.actor, now=clock.now())
    session.commit()

    waiting = reread(session, snapshot_id)
    assert (waiting.state, waiting.message) == (SnapshotState.FREEZING, "")
    assert waiting.job_id != first_job_id
    Worker(database, app_settings).run_all()
    found = reread(session, snapshot_id)
    assert (found.state, found.items) == (SnapshotState.READY, PIECES)
    assert found.manifest_sha256 == reread(session, whole).manifest_sha256
    asked = select(Event.object_id).where(Event.verb == "snapshot.freeze_again")
    assert session.scalars(asked).all() == [snapshot_id]


def test_only_a_failed_snapshot_is_frozen_again(session, fixed, work_on, mona):
    snapshot_id = fixed()
    for state in (SnapshotState.FREEZING, SnapshotState.READY):
        assert reread(session, snapshot_id).state == state
        with pytest.raises(Conflict):
            freeze_again(session, session.get_one(Snapshot, snapshot_id), actor=mona.actor, now=clock.now())
        session.rollback()
        if state is SnapshotState.FREEZING:
            work_on(snapshot_id)


def test_processes_beside_the_job_hash_and_sign_the_same(session, fixed, work_on, monkeypatch):
    alone, together = fixed(), fixed()
    work_on(alone)
    session.execute(delete(WorkSignature))
    session.commit()
    monkeypatch.setattr(hashing, "AT_ONCE", 2)
    monkeypatch.setattr(jobs, "LARGE", 1)
    monkeypatch.setattr(likeness, "LARGE", 1)

    assert work_on(together)[-1] == PIECES

    assert reread(session, together).manifest_sha256 == reread(session, alone).manifest_sha256
    assert session.scalar(select(func.count()).select_from(WorkSignature)) == PIECES
