"""Let go or shut out: the next request is denied, leases go back to the queue, and what was written stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.assignments.jobs import expire_leases
from app.assignments.models import Assignment
from app.core import clock
from app.core.audit import Event
from app.core.ids import new_id
from app.core.jobs import JobRun
from app.submissions.models import DraftSave
from app.tasks.models import TaskSlot
from app.tasks.states import SlotState
from tests.factories.work import a_submission, a_task, some_content

WAYS = ["removed by token", "no annotator any more", "disabled"]


def send_away(how, client, cast):
    ed, members = cast["Ed"], "/api/v1/projects/sums/members"
    match how:
        case "removed by token":
            client.with_token(cast["Mona"], "projects:write").delete(f"{members}/{ed.id}")
        case "no annotator any more":
            client.as_(cast["Mona"]).put(f"{members}/{ed.id}", json={"roles": ["reviewer"]})
        case "disabled":
            client.as_(cast["Ada"]).post(f"/admin/users/{ed.id}/disable")


def bring_back(how, client, cast):
    ed, members = cast["Ed"], "/api/v1/projects/sums/members"
    match how:
        case "removed by token":
            again = {"email": ed.email, "roles": ["annotator"]}
            client.with_token(cast["Mona"], "projects:write").post(members, json=again)
        case "no annotator any more":
            client.as_(cast["Mona"]).put(f"{members}/{ed.id}", json={"roles": ["annotator"]})
        case "disabled":
            client.as_(cast["Ada"]).post(f"/admin/users/{ed.id}/enable")


@pytest.fixture
def run(database, app_settings):
    return JobRun(new_id(), {}, None, database, app_settings, lambda _done, _total, _message: None)


@pytest.fixture
def held(session, sums, ed):
    """Ed's draft, leased for two more hours."""
    submission = a_submission(session, author=ed, task=a_task(session, sums))
    session.get_one(Assignment, submission.assignment_id).lease_expires_at = clock.now() + timedelta(hours=2)
    session.flush()
    return submission.id, submission.assignment_id


def save(client, work):
    body = {"content": some_content().model_dump(mode="json"), "client_mutation_id": "mutation-9", "fencing": 1}
    return client.put(f"/api/v1/work/{work}/draft", json=body, headers={"If-Match": '"1"'})


@pytest.mark.parametrize("how", WAYS)
def test_who_has_left_saves_nothing_more_though_the_lease_has_not_run_out(client, session, cast, ed, held, how):
    work, assignment = held
    send_away(how, client, cast)
    client.with_token(ed, "work:read", "work:write")
    assert save(client, work).status_code in {401, 403, 404}
    assert client.post(f"/api/v1/work/{work}/submit", json={"n": 1, "sha256": "0" * 64}).status_code in {401, 403, 404}
    assert session.scalars(select(DraftSave.n)).all() == [1]
    if how != "no annotator any more":
        assert client.get(f"/api/v1/assignments/{assignment}").status_code in {401, 404}


@pytest.mark.parametrize("how", WAYS)
def test_their_leases_go_back_to_the_queue_and_their_text_stays(client, session, run, cast, ed, eve, held, how):
    assignment = held[1]
    send_away(how, client, cast)
    assert expire_leases(run) == {"expired": 0, "released": 1, "warned": 0}
    assert expire_leases(run) == {"expired": 0, "released": 0, "warned": 0}
    lease = session.get_one(Assignment, assignment)
    assert (lease.state, lease.lease_expires_at, lease.hand) == ("released", None, None)
    assert session.scalars(select(TaskSlot.state)).all() == [SlotState.FREE]
    assert session.scalars(select(DraftSave.n)).all() == [1]
    event = session.scalars(select(Event).where(Event.verb == "assignment.release")).one()
    assert (event.actor_id, event.object_id, event.from_state, event.to_state) == (
        None,
        assignment,
        "active",
        "released",
    )
    client.with_token(eve, "work:write")
    assert client.post("/api/v1/projects/sums/next").status_code in {200, 201}


@pytest.mark.parametrize("how", WAYS)
def test_who_comes_back_resumes_where_they_were(client, session, run, cast, ed, held, how):
    work, _ = held
    send_away(how, client, cast)
    expire_leases(run)
    bring_back(how, client, cast)
    client.as_(ed)
    assert client.post(f"/api/v1/work/{work}/resume").status_code == 200
    assert client.get(f"/api/v1/work/{work}").json()["draft_n"] == 1


def test_the_leases_of_those_who_stay_are_left_alone(session, run, eve, held, sums):
    a_submission(session, author=eve, task=a_task(session, sums))
    for lease in session.scalars(select(Assignment)):
        lease.lease_expires_at = clock.now() + timedelta(hours=2)
    session.commit()
    assert expire_leases(run)["released"] == 0
