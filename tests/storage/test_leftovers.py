"""Files that a killed process has written and not named are deleted; every file that some row names stays."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import Uuid

from app.admin.jobs import sweep_unlisted
from app.admin.service import delete_unlisted, leftovers
from app.core import clock
from app.core.db import Base
from app.core.ids import new_id
from app.core.jobs import JobRun
from app.core.storage import open_store
from app.decontamination.schemas import ReferenceIn
from app.decontamination.service.references import FOLDER as REFERENCES
from app.decontamination.service.references import add_reference_set
from app.exports.models import ExportPart
from app.exports.service import ask, write_files
from app.submissions.states import SubmissionState as S
from app.tables import load_tables
from app.worker import Worker
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task

PEARS = b'{"question": "How many are 1 and 1?", "answer": "Two.\\n#### 2"}\n{"question": "No answer"}\n'
SOON = timedelta(minutes=5)


@pytest.fixture
def app_settings(either_store):
    return either_store


class OnlyChecks(Worker):
    """Leaves what else waits to wait."""

    only = frozenset({"tasks.check_import"})


def files_of(settings):
    return {
        (folder, file_id)
        for folder in leftovers.NAMED_BY
        for file_id in open_store(settings, folder).whole_before(clock.now() + SOON)
    }


def break_off(done, _total, _message):
    if done > 2:
        raise OSError("the disk is full")


@pytest.fixture
def named(client, session, database, app_settings, sums, mona, ed, rae, ada, a_picture):
    """A file of every kind that a row names: also of an import that waits, and of an export half way."""
    for _ in range(4):
        work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={})
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    exports = [
        ask(session, snapshot, "trl_sft", {"shard_rows": n}, actor=mona.actor, now=clock.now()).id for n in (9, 2)
    ]
    session.commit()
    write_files(database, app_settings, exports[0], lambda *_: None)
    with pytest.raises(OSError, match="full"):
        write_files(database, app_settings, exports[1], break_off)
    texts = open_store(app_settings, REFERENCES).save([b'{"text": "one two three four"}\n'])
    wanted = ReferenceIn(name="texts", source="here", licence="CC0", fields="text")
    add_reference_set(session, wanted, texts, actor=ada.actor, now=clock.now())
    client.as_(mona)
    task_id = a_task(session, sums).id
    client.post(f"/api/v1/tasks/{task_id}/attachments", files={"file": ("p.png", a_picture, "image/png")})
    upload = {"file": ("pears.jsonl", PEARS, "application/octet-stream")}
    page = client.post(f"/projects/{sums.slug}/imports", files=upload).headers["location"]
    client.post(f"{page}/check", data={"adapter": "gsm8k", "existing": "refuse"})
    OnlyChecks(database, app_settings).run_all()
    session.commit()
    return files_of(app_settings)


def test_what_no_row_names_is_deleted_and_everything_else_stays(session, database, app_settings, named):
    assert {folder for folder, _ in named} == set(leftovers.NAMED_BY)
    assert sum(folder == "imports" for folder, _ in named) == 3
    assert session.query(ExportPart).count() > 0
    for folder in leftovers.NAMED_BY:
        open_store(app_settings, folder).save([b"nobody knows of me"])

    deleted = delete_unlisted(database, app_settings, before=clock.now() + SOON)

    assert (deleted, files_of(app_settings)) == (len(leftovers.NAMED_BY), named)


def test_the_job_gives_every_file_a_day(database, app_settings):
    open_store(app_settings, "exports").save([b"just written"])
    sweep_unlisted(JobRun(new_id(), {}, None, database, app_settings, lambda *_: None))
    assert len(files_of(app_settings)) == 1


def test_where_many_files_are_unknown_none_is_deleted(database, app_settings, monkeypatch, caplog):
    monkeypatch.setattr(leftovers, "MANY", 2)
    for _ in range(3):
        open_store(app_settings, "exports").save([b"of another database"])

    with caplog.at_level(logging.ERROR):
        deleted = delete_unlisted(database, app_settings, before=clock.now() + SOON)

    assert (deleted, len(files_of(app_settings))) == (0, 3)
    assert "3 of 3 files of the kind exports are named by no row of this database: none is deleted." in caplog.text


def test_every_column_that_names_a_file_is_asked():
    load_tables()
    columns = {
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("file_id") and isinstance(column.type, Uuid) and not column.foreign_keys
    }
    assert {column.property.columns[0] for named in leftovers.NAMED_BY.values() for column in named} == columns
