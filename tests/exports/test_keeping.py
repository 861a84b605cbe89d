"""How exports end: whoever asked is told, what a dead job leaves behind goes, files are kept for a time."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.accounts.models import Notification
from app.core import clock
from app.core.audit import Event
from app.core.ids import new_id
from app.core.jobs import Job, JobCancelled, JobRun, JobState
from app.datasets.models import SnapshotItem
from app.exports.jobs import sweep
from app.exports.models import Export, ExportFile, ExportPart
from app.exports.queries import files_of
from app.exports.service import ask, write_files
from app.exports.service.ending import GIVEN_UP, tell_done
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task


@pytest.fixture
def export_id(session, database, app_settings, sums, mona, ed, rae):
    for _ in range(3):
        work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={})
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    asked = ask(session, snapshot, "trl_sft", {"shard_rows": 2}, actor=mona.actor, now=clock.now()).id
    session.commit()
    return asked


def swept(database, settings):
    sweep(JobRun(new_id(), {}, None, database, settings, lambda *_: None))


def news_of(session, person):
    session.expire_all()
    query = select(Notification).where(Notification.user_id == person.id, Notification.path.startswith("/exports/"))
    return [(one.kind.value, one.sentence, one.path) for one in session.scalars(query)]


def stored_names(settings):
    return sorted(path.name for path in (settings.data_dir / "files" / STORE).iterdir())


def test_who_asked_is_told_once_when_the_files_are_there(session, database, app_settings, export_id, mona):
    Worker(database, app_settings).run_all()
    tell_done(database, export_id)

    (news,) = news_of(session, mona)
    assert (news[0], news[2]) == ("job_done", f"/exports/{export_id}")
    assert news[1].endswith(", snapshot 1, as TRL SFT (conversational) is ready: 3 rows.")


def test_who_asked_is_told_why_it_could_not_be_made(session, database, app_settings, export_id, mona):
    session.execute(update(SnapshotItem).where(SnapshotItem.position == 3).values(row_sha256="0" * 64))
    session.commit()

    Worker(database, app_settings).run_all()

    (news,) = news_of(session, mona)
    assert news[0] == "job_failed"
    assert news[1].endswith(" is not what was frozen; the database was changed.")
    assert stored_names(app_settings) == []


def begun(database, settings, export_id):
    """Write the first part of an export."""

    def stop(done, _total, _message):
        if done == 3:
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - a full disk says what it likes
        write_files(database, settings, export_id, stop)


def test_an_export_whose_job_is_dead_ends_with_it_and_leaves_no_file(session, database, app_settings, export_id, mona):
    begun(database, app_settings, export_id)
    session.execute(update(Job).values(state=JobState.DEAD))
    session.commit()
    left = stored_names(app_settings)

    swept(database, app_settings)

    export = session.get_one(Export, export_id, populate_existing=True)
    assert (export.state, export.message) == (ExportState.FAILED, GIVEN_UP)
    assert [news[0] for news in news_of(session, mona)] == ["job_failed"]
    assert (len(left), stored_names(app_settings)) == (1, [])
    assert session.scalars(select(ExportPart.n)).all() == []


def test_an_export_whose_job_was_stopped_on_the_page_of_jobs_is_stopped(session, database, app_settings, export_id):
    session.execute(update(Job).values(state=JobState.CANCELLED))
    session.commit()

    swept(database, app_settings)

    assert session.get_one(Export, export_id, populate_existing=True).state == ExportState.CANCELLED


def test_an_export_that_still_runs_is_left_alone(session, database, app_settings, export_id):
    begun(database, app_settings, export_id)
    session.commit()

    swept(database, app_settings)

    assert session.get_one(Export, export_id, populate_existing=True).state == ExportState.RUNNING
    assert session.scalars(select(ExportPart.n)).all() == [1]


@pytest.mark.parametrize(("days", "kept_days", "is_kept"), [(91, 90, False), (89, 90, True), (5000, 0, True)])
def test_files_are_deleted_after_their_time_and_their_record_stays(
    session, database, app_settings, export_id, days, kept_days, is_kept
):
    Worker(database, app_settings).run_all()
    session.execute(update(Export).values(finished_at=clock.now() - timedelta(days=days)))
    session.commit()
    before = session.scalars(select(ExportFile.sha256).order_by(ExportFile.path)).all()
    session.commit()

    swept(database, app_settings.model_copy(update={"exports_kept_days": kept_days}))
    swept(database, app_settings.model_copy(update={"exports_kept_days": kept_days}))

    export = session.get_one(Export, export_id, populate_existing=True)
    assert (stored_names(app_settings) != [], export.files_deleted_at is None) == (is_kept, is_kept)
    assert session.scalars(select(ExportFile.sha256).order_by(ExportFile.path)).all() == before
    verbs = session.scalars(select(Event.verb).where(Event.object_id == export_id, Event.actor_id.is_(None))).all()
    assert verbs == ([] if is_kept else ["export.delete_files"])


def test_the_page_says_that_files_are_gone_and_writes_them_again_with_the_same_bytes(
    client, session, database, app_settings, export_id, mona
):
    Worker(database, app_settings).run_all()
    browser = client.as_(mona)
    browser.post(f"/exports/{export_id}/seen")
    session.execute(update(Export).values(finished_at=clock.now() - timedelta(days=91)))
    session.commit()
    swept(database, app_settings)

    page = browser.get(f"/exports/{export_id}")
    refused = browser.post(f"/exports/{export_id}/files/README.md")
    export = session.get_one(Export, export_id, populate_existing=True)
    wish = {name: str(value) for name, value in export.options.items()}
    again = browser.post(f"/snapshots/{export.snapshot_id}/exports", data={"format": "trl_sft", **wish})
    Worker(database, app_settings).run_all()

    assert "The files were deleted on" in page.text
    assert 'name="shard_rows" value="2"' in page.text
    assert refused.status_code == 409
    made = UUID(again.headers["location"].rpartition("/")[2])
    before, after = ({file.path: file.sha256 for file in files_of(session, one)} for one in (export_id, made))
    assert before == after


def test_a_download_by_a_program_is_a_post_that_leaves_an_event(
    client, session, database, app_settings, export_id, mona
):
    Worker(database, app_settings).run_all()
    api = client.as_(mona)
    path = f"/api/v1/exports/{export_id}/files/sft/train-00000-of-00002.jsonl"

    looked, taken = api.get(path), api.post(path)

    session.expire_all()
    events = session.scalars(select(Event.detail).where(Event.verb == "export.download")).all()
    assert (looked.status_code, taken.status_code, taken.text.count("\n")) == (405, 200, 2)
    assert events == [{"path": "sft/train-00000-of-00002.jsonl", "by": "program"}]


def test_a_running_export_stops_at_its_next_word(session, database, app_settings, export_id, client, mona):
    def cancelled(_done, _total, _message):
        client.as_(mona).post(f"/exports/{export_id}/cancel")
        raise JobCancelled

    with pytest.raises(JobCancelled):
        write_files(database, app_settings, export_id, cancelled)

    export = session.get_one(Export, export_id, populate_existing=True)
    assert (export.state, stored_names(app_settings)) == (ExportState.CANCELLED, [])
