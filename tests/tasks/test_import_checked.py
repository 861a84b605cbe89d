"""A file of tasks comes in where only checked tasks open: from the upload to what opens and what is kept back."""

import json
from typing import Any

from sqlalchemy import select

from app.projects.models import Project
from app.tasks.models import Task
from app.tasks.states import TaskState
from app.worker import Worker
from tests.factories.lane import run_lane

GIVEN = {"source": "Written for the tests", "licence": "CC-BY-4.0"}
ADD = "def add(a, b):\n    return a {} b\n"
TESTS = "assert add(2, 3) == 5\n"
ROWS: list[dict[str, Any]] = [
    {"external_id": "good", "statement": "6 · 7?", "answer_kind": "integer", "answer": "42"},
    {"external_id": "accepts", "statement": "Half of 1?", "answer_kind": "rational", "answer": "1/2",
     "wrong_answers": ["0.5", "2", "1", "0.25", "1/3"]},
    {"external_id": "unreadable", "statement": "How many?", "answer_kind": "integer", "answer": "a few"},
    {"external_id": "people", "statement": "Why is the sky blue?", "answer_kind": "rubric"},
    {"external_id": "program", "statement": "Add.", "answer_kind": "program", "tests": TESTS, "entry_point": "add",
     "answer_options": {"reference_program": {"language": "python", "source": ADD.format("+")},
                        "wrong_programs": [{"language": "python", "source": ADD.format("-")}]}},
    {"external_id": "broken", "statement": "Add.", "answer_kind": "program", "tests": TESTS, "entry_point": "add",
     "answer_options": {"reference_program": {"language": "python", "source": ADD.format("-")},
                        "wrong_programs": [{"language": "python", "source": ADD.format("*")}]}},
]  # fmt: skip


def test_what_is_in_order_opens_and_the_rest_waits_with_its_reason(
    client, session, database, app_settings, mona, ed, sums
):
    session.get_one(Project, sums.id).opens_checked_only = True
    session.commit()
    client.with_token(mona, "tasks:read", "tasks:write")
    rows = "".join(json.dumps(GIVEN | row) + "\n" for row in ROWS).encode()
    made = client.post(
        f"/api/v1/projects/{sums.slug}/imports",
        files={"file": ("tasks.jsonl", rows, "application/octet-stream")},
        data={"options": json.dumps({"start": True, "open_at_once": True})},
    )
    assert made.status_code == 201, made.text
    Worker(database, app_settings).run_all()
    found = client.get(f"/api/v1/imports/{made.json()['id']}").json()
    assert (found["state"], found["rows_created"]) == ("done", len(ROWS)), found
    session.expire_all()
    assert set(session.scalars(select(Task.state))) == {TaskState.READY}, "nothing opens before it was checked"

    session.commit()
    run_lane(database, app_settings)

    session.expire_all()
    tasks = {task.external_id: task for task in session.scalars(select(Task))}
    states = {name: task.state.value for name, task in tasks.items()}
    assert states == {
        "good": "open", "people": "open", "program": "open",
        "accepts": "ready", "unreadable": "ready", "broken": "ready",
    }  # fmt: skip
    ids = {name: task.id for name, task in tasks.items()}
    assert len(tasks["good"].answer_spec["wrong"]) == 5, "wrong answers were proposed, and each was refused"
    said = {name: client.get(f"/api/v1/tasks/{ids[name]}/check").json() for name in ("accepts", "unreadable", "broken")}
    assert [one["is_passed"] for one in said.values()] == [False] * 3
    assert "The wrong answer “0.5” is accepted." in said["accepts"]["message"]
    assert "a few" in said["unreadable"]["message"]
    assert "eference" in said["broken"]["message"]
    page = client.as_(mona).get(f"/tasks/{ids['accepts']}").text
    assert "The wrong answer “0.5” is accepted." in page
    assert client.as_(ed).get(f"/tasks/{ids['accepts']}").status_code == 404
