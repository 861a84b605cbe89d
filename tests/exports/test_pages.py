"""From a rule to a downloaded file in the browser, and who may not."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from app.core.audit import Event
from app.datasets.models import Dataset, Snapshot
from app.exports.models import Export
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task


def some_approved_work(session, author, reviewer, project):
    submission = a_submission(session, author=author, task=a_task(session, project), state=S.APPROVED)
    a_review(session, submission, reviewer=reviewer, labels={"s1": "good", "s2": "good", "s3": "good"})


def test_a_manager_defines_freezes_exports_looks_and_downloads(
    client, session, database, app_settings, sums, mona, ed, rae
):
    some_approved_work(session, ed, rae, sums)
    browser = client.as_(mona)

    defined = browser.post("/projects/sums/datasets", data={"name": "Proofs", "purpose": "", "states": "approved"})
    frozen = browser.post(f"{defined.headers['location']}/snapshots", data={"note": "first"})
    Worker(database, app_settings).run_all()
    asked = browser.post(
        f"{frozen.headers['location']}/exports",
        data={"format": "trl_sft", "render": "clean", "reasoning": "field", "system": ""},
    )
    Worker(database, app_settings).run_all()
    export = asked.headers["location"]
    page = browser.get(export)
    too_early = browser.post(f"{export}/files/sft/train.jsonl")
    browser.post(f"{export}/seen")
    download = browser.post(f"{export}/files/sft/train.jsonl")
    everything = browser.post(f"{export}/archive")

    assert "reasoning_content" in page.text
    listed = re.findall(r'<th scope="row"><code>([^<]+)', page.text)
    assert listed[:4] == ["sft/train.jsonl", "manifest.json", "README.md", "croissant.json"]
    assert too_early.status_code == 409
    assert (download.status_code, download.text.count("\n")) == (200, 1)
    assert download.headers["content-disposition"] == 'attachment; filename="train.jsonl"'
    taken = select(Event.detail["path"].as_string()).where(Event.verb == "export.download")
    assert set(session.scalars(taken)) == {"sft/train.jsonl", "all files"}
    with ZipFile(BytesIO(everything.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == sorted(f"snapshot-1-trl_sft/{path}" for path in listed)
        assert archive.read("snapshot-1-trl_sft/sft/train.jsonl") == download.content
        assert "snapshot-1-trl_sft/manifest.json.sig" in archive.namelist()


@pytest.mark.parametrize("path", ["/projects/sums/datasets", "/datasets/{}", "/snapshots/{}"])
def test_pages_of_datasets_open_for_the_manager_and_for_nobody_else(
    client, session, database, app_settings, sums, mona, ed, rae, max_, ada, path
):
    some_approved_work(session, ed, rae, sums)
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    address = path.format(snapshot.dataset_id if "datasets/" in path else snapshot.id)

    answers = {person.name: client.as_(person).get(address).status_code for person in (mona, ed, rae, max_)}

    assert answers["Mona"] == 200
    assert {answers["Ed"], answers["Rae"]} <= {403, 404}
    assert answers["Max"] == 404


def test_a_name_that_is_taken_is_told_beside_the_form(client, session, sums, mona, ed, rae):
    some_approved_work(session, ed, rae, sums)
    browser = client.as_(mona)
    browser.post("/projects/sums/datasets", data={"name": "Proofs", "purpose": "", "states": "approved"})

    again = browser.post("/projects/sums/datasets", data={"name": "Proofs", "purpose": "kept", "states": "approved"})

    assert (again.status_code, session.scalars(select(Dataset.name)).all()) == (422, ["Proofs"])
    assert "kept" in again.text


def test_nothing_to_freeze_is_told(client, session, sums, mona):
    browser = client.as_(mona)
    dataset = browser.post("/projects/sums/datasets", data={"name": "Empty", "purpose": "", "states": "approved"})

    refused = browser.post(f"{dataset.headers['location']}/snapshots", data={"note": ""})

    assert (refused.status_code, session.scalars(select(Snapshot.id)).all()) == (422, [])


def test_an_unknown_format_is_refused(client, session, database, app_settings, sums, mona, ed, rae):
    some_approved_work(session, ed, rae, sums)
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    refused = client.as_(mona).post(f"/snapshots/{snapshot.id}/exports", data={"format": "wav"})

    assert (refused.status_code, session.scalars(select(Export.id)).all()) == (422, [])
