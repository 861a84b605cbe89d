"""Pages and JSON of tasks as people of the cast meet them."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.config import Settings
from app.submissions.models import Submission
from app.tasks.models import Attachment, Task, TaskImport, TaskSlot
from app.tasks.states import ImportState, SlotState, TaskState
from app.worker import Worker
from tests.factories.work import a_submission, a_task

SECRETS = {"reference", "answer_spec", "source", "licence", "external_id", "family", "priority"}
ROWS = [
    {"question": "Ann has 3 pears and buys 4. How many?", "answer": "She has 3+4 = <<3+4=7>>7.\n#### 7"},
    {"question": "A rope of 9 m is cut in 3. How long is each?", "answer": "Each is 9/3 = <<9/3=3>>3 m.\n#### 3"},
]


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def an_image(tmp_path, name="p.png", size=(3, 2)):
    path = tmp_path / name
    Image.new("RGB", size, "red").save(path)
    return path.read_bytes()


@pytest.mark.parametrize("page", ["/tasks", "/tasks/new", "/tasks/import"])
def test_the_pages_of_tasks_are_the_managers(client, mona, ed, rae, max_, sums, page):
    url = f"/projects/{sums.slug}{page}"
    found = [client.as_(one).get(url).status_code for one in (mona, ed, rae, max_)]
    assert found == [200, 403, 403, 404]


def test_ed_is_told_the_question_and_nothing_else(client, session, ed, sums):
    task = a_task(session, sums, reference="SECRET working", answer_spec={"kind": "text", "answer": "SECRET"})
    task_id = task.id
    shown = client.as_(ed).get(f"/api/v1/tasks/{task_id}")
    page = client.as_(ed).get(f"/tasks/{task_id}")
    assert (shown.status_code, SECRETS & set(shown.json())) == (200, set())
    assert (page.status_code, "SECRET" in page.text) == (200, False)


def test_a_task_that_was_never_opened_does_not_exist_for_ed(client, session, ed, sums):
    task_id = a_task(session, sums, state=TaskState.READY).id
    assert client.as_(ed).get(f"/tasks/{task_id}").status_code == 404


def test_a_task_is_written_shown_and_opened_by_form(client, session, mona, sums):
    form = {"activity": "solve", "statement": "What is $2+2$?", "source": "Mona", "licence": "CC0", "as_state": "open"}
    made = client.as_(mona).post(f"/projects/{sums.slug}/tasks/new", data=form)
    task = session.scalars(select(Task)).one()
    task_id = task.id
    assert (made.status_code, task.state, task.number) == (303, TaskState.OPEN, 1)
    assert session.scalars(select(TaskSlot.state)).all() == [SlotState.FREE]
    assert client.as_(mona).get(made.headers["location"]).status_code == 200
    assert client.as_(mona).get(f"/tasks/{task_id}/edit").status_code == 200


def test_a_refused_form_keeps_what_was_typed(client, session, mona, sums):
    form = {"activity": "solve", "statement": "Typed at length", "as_state": "ready"}
    answer = client.as_(mona).post(f"/projects/{sums.slug}/tasks/new", data=form)
    assert (answer.status_code, "Typed at length" in answer.text) == (422, True)
    assert session.scalar(select(func.count()).select_from(Task)) == 0


def test_many_are_halted_at_once_and_a_reason_is_needed(client, session, mona, sums):
    for _ in range(3):
        a_task(session, sums)
    url = f"/projects/{sums.slug}/tasks/bulk"
    client.as_(mona).post(url, data={"action": "halt", "all_matching": "true"})
    assert set(session.scalars(select(Task.state))) == {TaskState.OPEN}
    client.as_(mona).post(url, data={"action": "halt", "all_matching": "true", "reason": "A typo in all"})
    assert set(session.scalars(select(Task.state))) == {TaskState.HALTED}
    assert set(session.scalars(select(TaskSlot.state))) == {SlotState.SHUT}


def test_a_file_goes_through_the_four_steps(client, session, database, app_settings: Settings, mona, sums):
    upload = {"file": ("pears.jsonl", jsonl(ROWS), "application/octet-stream")}
    taken = client.as_(mona).post(f"/projects/{sums.slug}/imports", files=upload)
    assert taken.status_code == 303
    page = taken.headers["location"]
    assert client.as_(mona).get(page).status_code == 200
    plan = {"adapter": "gsm8k", "existing": "refuse", "open_at_once": "true"}
    assert client.as_(mona).post(f"{page}/check", data=plan).status_code == 303
    assert client.as_(mona).get(page).status_code == 200
    worker = Worker(database, app_settings)
    worker.run_all()
    assert client.as_(mona).get(page).status_code == 200
    assert session.scalar(select(func.count()).select_from(Task)) == 0
    client.as_(mona).post(f"{page}/start", data={})
    worker.run_all()
    session.expire_all()
    assert session.scalars(select(TaskImport.state)).all() == [ImportState.DONE]
    assert session.scalars(select(Task.statement).order_by(Task.number)).all() == [row["question"] for row in ROWS]
    assert session.scalar(select(func.count()).select_from(TaskSlot)) == 2
    assert client.as_(mona).get(page).status_code == 200


def test_an_import_by_api_starts_by_itself_when_clean(client, session, database, app_settings, mona, sums):
    client.with_token(mona, "tasks:read", "tasks:write")
    upload = {"file": ("pears.jsonl", jsonl(ROWS), "application/octet-stream")}
    made = client.post(f"/api/v1/projects/{sums.slug}/imports", files=upload, data={"options": '{"start": true}'})
    assert (made.status_code, made.json()["adapter"]) == (201, "gsm8k")
    Worker(database, app_settings).run_all()
    found = client.get(f"/api/v1/imports/{made.json()['id']}").json()
    assert (found["state"], found["rows_read"], found["rows_created"]) == ("done", 2, 2)


def test_an_image_is_drawn_anew_and_shown_in_a_sandbox(client, session, mona, ed, max_, sums, tmp_path):
    task_id = a_task(session, sums).id
    sent = {"file": ("p.png", an_image(tmp_path) + b"<script>hidden</script>", "image/png")}
    made = client.as_(mona).post(f"/api/v1/tasks/{task_id}/attachments", files=sent, data={"alt": "a square"})
    assert made.status_code == 201, made.text
    url = made.json()["url"]
    assert made.json()["markdown"] == f"![a square]({url})"
    shown = client.as_(ed).get(url)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert b"script" not in shown.content
    assert client.as_(max_).get(url).status_code == 404


def test_an_image_in_eds_work_is_eds_until_it_is_handed_in_and_always_hidden_from_eve(
    client, session, ed, eve, rae, mona, sums, tmp_path
):
    work = a_submission(session, author=ed, task=a_task(session, sums))
    work_id, task_id = work.id, work.task_id
    sent = {"file": ("p.png", an_image(tmp_path), "image/png")}
    url = client.as_(ed).post(f"/api/v1/tasks/{task_id}/attachments", files=sent).json()["url"]
    drafted = [client.as_(one).get(url).status_code for one in (ed, eve, rae, mona)]
    picture = session.get_one(Attachment, UUID(url.rpartition("/")[2]))
    session.get_one(Submission, work_id).submitted_at = picture.created_at + timedelta(seconds=1)
    handed_in = [client.as_(one).get(url).status_code for one in (ed, eve, rae, mona)]
    assert (drafted, handed_in) == ([200, 404, 404, 404], [200, 404, 200, 200])
    assert session.get_one(Attachment, UUID(url.rpartition("/")[2])).owner_id == ed.id


@pytest.mark.parametrize(
    ("name", "data"),
    [("p.jpg", None), ("p.svg", b"<svg/>"), ("p.png", b"\x89PNG\r\n\x1a\nbroken"), ("p.gif", b"GIF89a")],
)
def test_what_is_no_image_is_refused(client, session, mona, sums, tmp_path, name, data):
    task_id = a_task(session, sums).id
    sent = {"file": (name, data or an_image(tmp_path), "image/png")}
    assert client.as_(mona).post(f"/api/v1/tasks/{task_id}/attachments", files=sent).status_code == 422
    assert session.scalar(select(func.count()).select_from(Attachment)) == 0
