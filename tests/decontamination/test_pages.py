"""The pages: admins add and remove sets, managers read, filter and waive; nobody else sees anything of it."""

import json

import pytest
from sqlalchemy import select

from app.core.storage import open_store
from app.decontamination.models import ContaminationFinding, ReferenceSet
from app.decontamination.service.references import FOLDER
from app.decontamination.states import Consequence, Likeness, ReferenceState
from tests.factories.contamination import a_finding, a_reference_set
from tests.factories.work import a_task

ABOUT = {"name": "Public test", "source": "Published", "licence": "MIT", "fields": "question"}
FILE = ("test.jsonl", b'{"question": "How many apples are left over?"}\n', "application/jsonl")


def test_an_admin_adds_a_set_and_its_file_waits_for_the_worker(client, session, app_settings, ada):
    answer = client.as_(ada).post("/admin/references", data=ABOUT, files={"file": FILE})

    added = session.scalars(select(ReferenceSet)).one()
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/references")
    assert (added.name, added.fields, added.state) == ("Public test", ["question"], ReferenceState.LOADING)
    assert b"".join(open_store(app_settings, FOLDER).chunks(added.file_id)) == FILE[1]


@pytest.mark.parametrize(("path", "status"), [("/admin/references", 303), ("/api/v1/reference-sets", 201)])
def test_a_file_may_be_larger_than_other_forms(client, ada, path, status):
    file = ("large.jsonl", FILE[1] * 60_000, "application/jsonl")
    data = ABOUT if path.startswith("/admin") else {"about": json.dumps(ABOUT)}
    assert client.as_(ada).post(path, data=data, files={"file": file}).status_code == status


@pytest.mark.parametrize(
    ("changes", "file", "field"),
    [
        ({"name": ""}, FILE, "f-name"),
        ({"licence": " "}, FILE, "f-licence"),
        ({"name": "Taken"}, FILE, "f-name"),
        ({}, ("test.csv", b"question\nWhat?\n", "text/csv"), "f-file"),
        ({}, None, "f-file"),
    ],
)
def test_a_faulty_form_says_what_is_wrong_and_keeps_nothing(client, session, app_settings, ada, changes, file, field):
    a_reference_set(session, ada, name="Taken")
    session.commit()

    answer = client.as_(ada).post("/admin/references", data=ABOUT | changes, files={"file": file} if file else None)

    assert answer.status_code == 422
    assert f'id="{field}-e"' in answer.text
    assert session.scalars(select(ReferenceSet.name)).all() == ["Taken"]
    assert list((app_settings.data_dir / "files" / FOLDER).glob("*")) == []


def test_the_json_of_an_admin_adds_and_removes(client, session, ada):
    client.as_(ada)
    added = client.post("/api/v1/reference-sets", data={"about": json.dumps(ABOUT)}, files={"file": FILE})
    listed = client.get("/api/v1/reference-sets").json()
    assert (added.status_code, [one["name"] for one in listed]) == (201, ["Public test"])

    assert client.delete(f"/api/v1/reference-sets/{listed[0]['id']}").status_code == 204
    assert session.scalars(select(ReferenceSet)).all() == []


def test_a_manager_reads_what_was_found_and_filters_it(client, session, sums, others, mona, ada, max_):
    first, second = a_reference_set(session, ada), a_reference_set(session, ada)
    task = a_task(session, sums)
    a_finding(session, task, first, matched="the blocked one")
    review = {"likeness": Likeness.MIDDLE, "consequence": Consequence.REVIEW, "matched": "the other one"}
    a_finding(session, task, second, **review)
    a_finding(session, a_task(session, others), first, matched="somebody else's")
    reference_id = first.id
    session.commit()
    client.as_(mona)

    def shown(query):
        found = client.get(f"/api/v1/projects/sums/contamination?{query}").json()["findings"]
        return sorted(one["matched"] for one in found)

    assert shown("") == ["the blocked one", "the other one"]
    assert shown("consequence=block") == ["the blocked one"]
    assert shown("likeness=10-gram&consequence=") == ["the other one"]
    assert shown(f"reference={reference_id}") == ["the blocked one"]
    assert shown("waived=true") == []
    page = client.get("/projects/sums/contamination?consequence=block").text
    assert ["the blocked one" in page, "the other one" in page, "somebody else&#39;s" in page] == [True, False, False]
    assert client.get("/projects/others/contamination").status_code == 404


def test_a_waiver_needs_a_reason_and_carries_the_name(client, session, sums, mona, ada):
    finding_id = a_finding(session, a_task(session, sums), a_reference_set(session, ada)).id
    session.commit()
    client.as_(mona)

    refused = client.post(f"/contamination/{finding_id}/waive", data={"reason": " "})
    waived = client.post(f"/contamination/{finding_id}/waive", data={"reason": "They took it from us."})

    found = session.get_one(ContaminationFinding, finding_id)
    assert (refused.status_code, waived.status_code) == (422, 303)
    assert (found.waived_by, found.waiver_reason) == (mona.id, "They took it from us.")
    assert "Mona" in client.get("/projects/sums/contamination").text


def test_the_page_of_a_task_tells_its_manager_and_nobody_else(client, session, sums, mona, ed, ada):
    task = a_task(session, sums)
    a_finding(session, task, a_reference_set(session, ada, name="Secret test"))
    url = f"/tasks/{task.id}"
    session.commit()

    assert "Secret test" in client.as_(mona).get(f"{url}/contamination").text
    assert client.as_(ed).get(f"{url}/contamination").status_code == 403
    assert "contamination" not in client.get(url).text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(client, session, sums, mona, ada, queries_made, count):
    reference = a_reference_set(session, ada)
    for _ in range(count):
        a_finding(session, a_task(session, sums), reference)
    session.commit()
    client.as_(mona)
    with queries_made() as made:
        client.get("/projects/sums/contamination")
    assert len(made) == 9
