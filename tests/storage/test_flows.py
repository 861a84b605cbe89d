"""Work that goes through an S3 store from end to end: exports that are killed, uploads, images, a store away."""

import os
import signal
from multiprocessing import get_context
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import open_database
from app.core.jobs import Job, JobState
from app.core.storage import open_store
from app.exports.models import Export, ExportPart
from app.exports.queries import files_of
from app.exports.service import ask, write_files
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.submissions.states import SubmissionState as S
from app.tables import load_tables
from app.tasks.models import Attachment, Task, TaskImport
from app.tasks.service.attaching import FOLDER as ATTACHMENTS
from app.worker import Worker
from tests.applications import an_app
from tests.client import Client
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task
from tests.storage.conftest import names_in

PEARS = b"".join(
    b'{"question": "How many pears are %d and 1?", "answer": "It is one more.\\n#### %d"}\n' % (n, n + 1)
    for n in range(3)
)
CLOSED = "http://127.0.0.1:9"


@pytest.fixture
def app_settings(shop, tmp_path):
    """The installation of every test here keeps its files on the store."""
    return shop.settings(tmp_path / "data", prefix="")


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, rae):
    for _ in range(5):
        work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={})
    found = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    session.commit()
    return found


def asked_for(session, snapshot, mona):
    found = ask(session, snapshot, "trl_sft", {"shard_rows": 2}, actor=mona.actor, now=clock.now()).id
    session.commit()
    return found


def bytes_of(session, settings, export_id):
    store = open_store(settings, STORE)
    return {file.path: b"".join(store.chunks(file.file_id)) for file in files_of(session, export_id)}


def keys_of(session, *export_ids):
    return sorted(f"{STORE}/{file.file_id}" for one in export_ids for file in files_of(session, one))


def write_and_be_killed(url, settings, export_id):
    """Write the files of an export in a process of its own that is killed when its first shard is on the store."""
    load_tables()
    reports = iter(range(1, 1000))

    def report(*_):
        if next(reports) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    write_files(open_database(url), settings, export_id, report)


def test_an_export_that_was_killed_goes_on_behind_what_the_store_has_and_gives_the_same_bytes(
    session, database, app_settings, snapshot, mona, shop
):
    undisturbed = asked_for(session, snapshot, mona)
    write_files(database, app_settings, undisturbed, lambda *_: None)
    killed = asked_for(session, snapshot, mona)
    url = database.engine.url.render_as_string(hide_password=False)
    child = get_context("spawn").Process(target=write_and_be_killed, args=(url, app_settings, killed))
    child.start()
    child.join()
    left = set(shop.keys(app_settings)) - set(keys_of(session, undisturbed))
    whole = session.scalar(select(func.count()).select_from(ExportPart))
    session.commit()

    told = []
    write_files(database, app_settings, killed, lambda done, _total, _message: told.append(done))

    assert (child.exitcode, whole, len(left)) == (-signal.SIGKILL, 1, 1)
    assert told[0] > 2
    assert bytes_of(session, app_settings, killed) == bytes_of(session, app_settings, undisturbed)
    assert left < set(keys_of(session, killed))
    assert shop.keys(app_settings) == keys_of(session, killed, undisturbed)
    assert names_in(app_settings, STORE) == []


def test_a_store_that_is_away_puts_an_export_off_and_what_was_written_stays(
    session, database, app_settings, snapshot, mona, shop
):
    export_id = asked_for(session, snapshot, mona)

    Worker(database, app_settings.model_copy(update={"storage_endpoint": CLOSED})).run_all()
    job = session.get_one(Job, session.get_one(Export, export_id).job_id)
    put_off = (job.state, job.attempts, "The file store cannot be reached" in (job.last_error or ""))
    assert app_settings.storage_secret_access_key not in (job.last_error or "")
    session.execute(update(Job).values(run_at=clock.now()))
    session.commit()
    Worker(database, app_settings).run_all()

    assert put_off == (JobState.QUEUED, 1, True)
    assert session.get_one(Export, export_id, populate_existing=True).state == ExportState.READY
    assert shop.keys(app_settings) == keys_of(session, export_id)


def test_files_of_an_export_are_downloaded_and_deleted_when_their_time_is_over(
    client, session, database, app_settings, snapshot, mona, shop
):
    export_id = asked_for(session, snapshot, mona)
    Worker(database, app_settings).run_all()
    wanted = bytes_of(session, app_settings, export_id)["README.md"]

    page = client.as_(mona).get(f"/exports/{export_id}?row=1")
    client.post(f"/exports/{export_id}/seen")
    answer = client.post(f"/exports/{export_id}/files/README.md")
    away = app_settings.model_copy(update={"storage_endpoint": CLOSED})
    with Client(an_app(away, database), session) as other:
        refused = other.as_(mona).post(f"/exports/{export_id}/files/README.md").status_code
    session.execute(update(Export).values(finished_at=clock.now().replace(year=2020)))
    session.commit()
    Worker(database, app_settings)._run_handler_quietly("exports.sweep")

    assert (page.status_code, answer.status_code, answer.content, refused) == (200, 200, wanted, 503)
    assert session.get_one(Export, export_id, populate_existing=True).files_deleted_at is not None
    assert shop.keys(app_settings) == []


def test_an_upload_becomes_tasks_and_leaves_only_itself(client, session, database, app_settings, mona, sums, shop):
    client.with_token(mona, "tasks:read", "tasks:write")
    upload = {"file": ("pears.jsonl", PEARS, "application/octet-stream")}
    made = client.post(f"/api/v1/projects/{sums.slug}/imports", files=upload, data={"options": '{"start": true}'})
    Worker(database, app_settings).run_all()
    found = client.get(f"/api/v1/imports/{made.json()['id']}").json()

    assert (made.status_code, found["state"], found["rows_created"]) == (201, "done", 3)
    assert session.scalar(select(func.count()).select_from(Task)) == 3
    file_id = session.scalar(select(TaskImport.file_id))
    assert shop.keys(app_settings) == [f"imports/{file_id}"]


def test_an_import_that_the_store_interrupts_is_tried_again(client, session, database, app_settings, mona, sums):
    client.with_token(mona, "tasks:read", "tasks:write")
    upload = {"file": ("pears.jsonl", PEARS, "application/octet-stream")}
    made = client.post(f"/api/v1/projects/{sums.slug}/imports", files=upload, data={"options": '{"start": true}'})

    Worker(database, app_settings.model_copy(update={"storage_endpoint": CLOSED})).run_all()
    waiting = client.get(f"/api/v1/imports/{made.json()['id']}").json()["state"]
    session.execute(update(Job).values(run_at=clock.now()))
    session.commit()
    Worker(database, app_settings).run_all()

    found = client.get(f"/api/v1/imports/{made.json()['id']}").json()
    assert (waiting, found["state"], found["rows_created"]) == ("checking", "done", 3)


def test_an_image_is_kept_on_the_store_and_shown(client, session, app_settings, mona, sums, a_picture, shop):
    task_id = a_task(session, sums).id
    sent = {"file": ("p.png", a_picture, "image/png")}
    made = client.as_(mona).post(f"/api/v1/tasks/{task_id}/attachments", files=sent)
    shown = client.get(made.json()["url"])

    attachment = session.get_one(Attachment, UUID(made.json()["url"].rpartition("/")[2]))
    assert (shown.status_code, len(shown.content)) == (200, attachment.size_bytes)
    assert shop.keys(app_settings) == [f"{ATTACHMENTS}/{attachment.file_id}"]


def test_a_store_that_is_away_is_told_and_nothing_is_noted(session, database, app_settings, mona, sums, a_picture):
    task_id = a_task(session, sums).id
    away = app_settings.model_copy(update={"storage_endpoint": CLOSED})
    with Client(an_app(away, database), session) as client:
        upload = {"file": ("pears.jsonl", PEARS, "application/octet-stream")}
        page = client.as_(mona).post(f"/projects/{sums.slug}/imports", files=upload)
        sent = {"file": ("p.png", a_picture, "image/png")}
        answer = client.post(f"/api/v1/tasks/{task_id}/attachments", files=sent)

    assert (page.status_code, "The file store is away. Nothing was stored" in page.text) == (503, True)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    noted = [session.scalar(select(func.count()).select_from(kind)) for kind in (TaskImport, Attachment)]
    assert noted == [0, 0]
