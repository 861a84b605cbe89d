"""Filling the demo: every state is there, all invariants hold, and a second time changes nothing."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import demo
from app.accounts.models import Notification, User
from app.accounts.states import NotificationKind
from app.config import Settings
from app.core import audit, clock
from app.core.audit import Event
from app.core.db import Base
from app.core.jobs import Job, JobState
from app.core.keys import load_or_create_key
from app.core.runners import LANE
from app.core.storage import open_store
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.states import SnapshotState, Tier
from app.demo import working
from app.demo.stage import Stage
from app.exports.models import Export, ExportFile
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.projects.models import Project
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.states import ErrorType, ReviewState, Severity, ThreadState, Verdict, VerificationMethod
from app.submissions.models import Revision, Submission, VerifierRun
from app.submissions.states import EditsState, SubmissionState
from app.tasks.models import Task
from app.tasks.states import Activity, TaskState
from tests.conftest import database_beside
from tests.factories.work import a_submission, a_task, some_content


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(data_dir=tmp_path_factory.mktemp("demo") / "data")


@pytest.fixture(scope="module")
def filled(_postgres_database, settings):
    """A database that was filled once; these tests only look."""
    with database_beside(_postgres_database, settings.data_dir.parent, "demo") as database:
        assert demo.fill(settings, database) is True
        yield database


def counted(session, column, *where):
    return dict(session.execute(select(column, func.count()).where(*where).group_by(column)).all())


def test_there_is_work_in_every_state_that_a_person_can_bring_about(filled):
    with filled.reading() as session:
        assert counted(session, Submission.state) == {
            SubmissionState.DRAFT: 4,
            SubmissionState.SUBMITTED: 4,
            SubmissionState.IN_REVIEW: 1,
            SubmissionState.ESCALATED: 1,
            SubmissionState.RETURNED: 1,
            SubmissionState.APPROVED: 8,
            SubmissionState.REJECTED: 1,
            SubmissionState.GAVE_UP: 1,
            SubmissionState.WITHDRAWN: 1,
        }
        assert counted(session, Task.state) == {
            TaskState.DRAFT: 2,
            TaskState.READY: 2,
            TaskState.OPEN: 16,
            TaskState.FILLED: 5,
            TaskState.HALTED: 1,
        }
        assert set(counted(session, Task.activity)) == set(Activity)


def test_reviews_have_verdicts_labels_issues_and_talk_of_every_kind(filled):
    with filled.reading() as session:
        assert set(counted(session, Review.verdict, Review.verdict.is_not(None))) == set(Verdict)
        assert counted(session, Review.state)[ReviewState.OPEN] == 1
        assert counted(session, Revision.edits_state, Revision.edits_state.is_not(None)) == {EditsState.ACCEPTED: 1}
        methods = set(counted(session, Review.verification_method, Review.verification_method.is_not(None)))
        assert methods == {VerificationMethod.RE_DERIVED, VerificationMethod.EXECUTED, VerificationMethod.READ_ONLY}
        errors = set(counted(session, StepLabel.error_type, StepLabel.error_type.is_not(None)))
        assert errors == {ErrorType.LOGIC_LEAP, ErrorType.MISSING_CASE, ErrorType.ARITHMETIC, ErrorType.OTHER}
        assert set(counted(session, Thread.severity)) == set(Severity)
        assert set(counted(session, Thread.state)) == {ThreadState.OPEN, ThreadState.ANSWERED, ThreadState.RESOLVED}
        turns = session.scalars(select(func.count(Comment.id)).group_by(Comment.thread_id)).all()
        assert set(turns) == {1, 2}


def test_ed_has_returned_work_with_two_anchored_issues_and_the_next_version_begun(filled):
    with filled.reading() as session:
        work = session.scalars(select(Submission).where(Submission.state == SubmissionState.RETURNED)).one()
        issues = session.scalars(select(Thread).where(Thread.submission_id == work.id).order_by(Thread.severity)).all()

        assert (work.revision_n, work.draft_n) == (1, 4)
        assert [(one.severity, one.step_id, one.quote_start is not None) for one in issues] == [
            (Severity.MAJOR, "s7", True),
            (Severity.MINOR, "s8", True),
        ]


def test_snapshots_are_hashed_and_the_files_of_exports_are_there(filled, settings):
    with filled.reading() as session:
        assert counted(session, Snapshot.state) == {SnapshotState.READY: 2}
        assert counted(session, Export.state, Export.preview_seen_at.is_not(None)) == {ExportState.READY: 3}
        stored = session.scalars(select(ExportFile)).all()
        assert set(counted(session, SnapshotItem.tier)) == {Tier.A, Tier.B}
    store = open_store(settings, STORE)

    assert len(stored) == 31
    assert [store.size_bytes(file.file_id) for file in stored] == [file.size_bytes for file in stored]


def test_the_log_is_sealed_whole_and_no_job_is_left(filled, settings):
    with filled.reading() as session:
        found = audit.verify(session, load_or_create_key(settings.data_dir, "audit"))
        assert (found.first_bad_seq, found.unsealed) == (None, 0)
        assert found.sealed == session.scalar(select(func.count(Event.id)))
        assert set(counted(session, Job.state, Job.kind.not_in(LANE))) == {JobState.DONE}


def test_machines_have_looked_at_what_was_handed_in(filled):
    with filled.reading() as session:
        rows = session.execute(select(VerifierRun.verifier, VerifierRun.finding)).all()
        found = Counter((row[0], row[1].value) for row in rows)

    assert {verifier for verifier, finding in found if finding == "pass"} >= {"integer", "by_assumption", "program"}
    assert {finding for _, finding in found} == {"pass", "undecided"}


def test_a_second_time_changes_nothing(filled, settings):
    before = rows_of_all_tables(filled)

    assert demo.fill(settings, filled) is False
    assert rows_of_all_tables(filled) == before


def test_what_a_busy_machine_takes_for_wrong_is_left_without_a_verdict(session, sums, ed):
    task = a_task(session, sums, answer_spec={"kind": "integer", "answer": "42"})
    content = some_content(answer={"text": "41"})
    work = a_submission(session, author=ed, task=task, state=SubmissionState.SUBMITTED, content=content)

    working._check(Stage(session, clock.now()), work.id, clock.now())

    assert session.scalar(select(func.count(VerifierRun.id))) == 0


def rows_of_all_tables(database):
    with database.reading() as session:
        return {
            table.name: Counter(repr(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def a_fill_lies_in_the_past(database, now):
    with database.reading() as session:
        assert session.scalar(select(func.max(Event.at))) <= now
        told = select(func.max(Notification.created_at))
        # The end of an export is told by the clock: its files are written in this moment.
        assert session.scalar(told.where(Notification.kind != NotificationKind.JOB_DONE)) <= now
        assert session.scalar(select(func.min(User.created_at))) > now - timedelta(days=31)
        assert sorted(session.scalars(select(Project.slug))) == ["number-theory", "physics", "programs"]
        assert len(session.scalars(select(Submission.id)).all()) == 22


def test_of_what_was_filled_now_nothing_lies_in_the_future(filled):
    a_fill_lies_in_the_past(filled, clock.now())


@pytest.mark.parametrize(("hour", "minute"), [(0, 1), (23, 58)])
def test_it_can_be_filled_at_the_edges_of_a_day_and_nothing_lies_in_the_future(database, app_settings, hour, minute):
    now = (clock.now() - timedelta(days=1)).replace(hour=hour, minute=minute)

    assert demo.fill(app_settings, database, now=now) is True
    a_fill_lies_in_the_past(database, now)
