"""Exports that are killed or stopped leave nothing on the disk that nobody lists."""

import os
import signal
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import update

from app.admin.jobs import UNFINISHED_KEPT, sweep_files
from app.config import Settings
from app.core import clock
from app.core.db import open_database
from app.core.ids import new_id
from app.core.jobs import JobRefused, JobRun
from app.core.storage import UNFINISHED, open_store
from app.exports.models import Export
from app.exports.queries import files_of
from app.exports.service import ask, write_files
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.submissions.states import SubmissionState as S
from app.tables import load_tables
from app.worker import Worker
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task


@pytest.fixture
def export_id(session, database, app_settings, sums, mona, ed, rae):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, work, reviewer=rae, labels={})
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    asked = ask(session, snapshot, "native", {}, actor=mona.actor, now=clock.now()).id
    session.commit()
    return asked


def stored_names(settings):
    return sorted(path.name for path in (settings.data_dir / "files" / STORE).iterdir())


def write_and_be_killed(url, data_dir, export_id):
    """Write the files of an export up to the end of its first page."""
    load_tables()
    settings = Settings(data_dir=Path(data_dir))
    write_files(open_database(url), settings, export_id, lambda *_: os.kill(os.getpid(), signal.SIGKILL))


def test_an_export_that_was_killed_leaves_nothing_beside_its_files_when_it_is_taken_up_again(
    session, database, app_settings, export_id
):
    url = database.engine.url.render_as_string(hide_password=False)
    arguments = (url, str(app_settings.data_dir), export_id)
    child = get_context("spawn").Process(target=write_and_be_killed, args=arguments)
    child.start()
    child.join()
    left = stored_names(app_settings)

    Worker(database, app_settings).run_all()

    assert child.exitcode == -signal.SIGKILL
    assert [(name.partition(".")[0], name[-5:]) for name in left] == [(str(export_id), UNFINISHED)]
    assert session.get_one(Export, export_id).state == ExportState.READY
    assert stored_names(app_settings) == sorted(str(file.file_id) for file in files_of(session, export_id))


def test_an_export_that_is_stopped_at_the_last_moment_leaves_nothing(database, app_settings, export_id):
    def stop(_done, _total, _message):
        with database.change() as session:
            session.execute(update(Export).values(state=ExportState.CANCELLED))

    with pytest.raises(JobRefused):
        write_files(database, app_settings, export_id, stop)

    assert stored_names(app_settings) == []


def test_what_nobody_takes_up_again_is_swept_after_a_day(database, app_settings):
    store = open_store(app_settings, STORE)
    finished = store.save([b"whole"]).id
    folder = app_settings.data_dir / "files" / STORE
    long_ago = (clock.now() - UNFINISHED_KEPT - timedelta(minutes=1)).timestamp()
    lately = (clock.now() - UNFINISHED_KEPT + timedelta(minutes=1)).timestamp()
    old, young = (folder / f"{new_id()}.{new_id()}{UNFINISHED}" for _ in range(2))
    for path, written_at in ((old, long_ago), (young, lately), (folder / str(finished), long_ago)):
        path.touch()
        os.utime(path, (written_at, written_at))

    sweep_files(JobRun(new_id(), {}, None, database, app_settings, lambda *_: None))

    assert stored_names(app_settings) == sorted([young.name, str(finished)])
