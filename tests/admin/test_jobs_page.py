"""Background jobs: listed, stopped, tried again; as JSON for who asked, who runs the project, and admins."""

import re

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.audit import Event
from app.core.jobs import Job, JobState

STATES = list(JobState)


def a_job(session, state=JobState.QUEUED, **facts):
    values = {"kind": "exports.write_files", "payload": {}, "run_at": clock.now(), "created_at": clock.now()}
    job = Job(state=state, **(values | facts))
    session.add(job)
    session.flush()
    return job.id


@pytest.mark.parametrize("state", [None, *STATES])
def test_jobs_are_listed_by_state(client, session, ada, state):
    for one in STATES:
        a_job(session, one, kind=f"kind.{one}")
    wanted = {"state": state.value} if state else {}
    page = client.as_(ada).get("/admin/jobs", params=wanted, headers={"hx-request": "true"}).text
    found = re.findall(r'<th scope="row">kind\.(\w+)</th>', page)
    assert sorted(found) == sorted([state.value] if state else STATES)


def test_what_went_wrong_is_shown_as_text(client, session, ada):
    a_job(session, JobState.DEAD, last_error="<script>alert(1)</script>")
    page = client.as_(ada).get("/admin/jobs").text
    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


def test_a_dead_job_is_tried_again_with_all_its_tries(client, session, ada):
    job_id = a_job(session, JobState.DEAD, attempts=5, finished_at=clock.now(), last_error="No.")
    assert client.as_(ada).post(f"/admin/jobs/{job_id}/retry").headers["location"] == "/admin/jobs"
    job = session.get_one(Job, job_id)
    assert (job.state, job.attempts, job.finished_at) == (JobState.QUEUED, 0, None)
    event = session.scalars(select(Event)).one()
    assert (event.verb, event.actor_id, event.object_id) == ("job.retry", ada.id, job_id)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.DONE, JobState.CANCELLED])
def test_no_other_job_is_tried_again(client, session, ada, state):
    job_id = a_job(session, state)
    assert client.as_(ada).post(f"/admin/jobs/{job_id}/retry").status_code == 409
    assert (session.get_one(Job, job_id).state, session.scalars(select(Event)).all()) == (state, [])


@pytest.mark.parametrize(
    ("state", "after", "asked"),
    [(JobState.QUEUED, JobState.CANCELLED, False), (JobState.RUNNING, JobState.RUNNING, True)],
)
def test_a_waiting_job_stops_at_once_and_a_running_one_at_its_next_step(client, session, ada, state, after, asked):
    job_id = a_job(session, state)
    assert client.as_(ada).post(f"/admin/jobs/{job_id}/cancel").status_code == 303
    job = session.get_one(Job, job_id)
    assert (job.state, job.cancel_asked) == (after, asked)
    assert session.scalars(select(Event.verb)).all() == ["job.cancel"]


@pytest.mark.parametrize("state", [JobState.DONE, JobState.CANCELLED, JobState.DEAD])
def test_what_has_ended_is_not_stopped(client, session, ada, state):
    job_id = a_job(session, state)
    assert client.as_(ada).post(f"/admin/jobs/{job_id}/cancel").status_code == 409
    assert session.get_one(Job, job_id).state is state


@pytest.mark.parametrize("act", ["delete", "RETRY", "retry2"])
def test_there_are_no_other_acts(client, session, ada, act):
    assert client.as_(ada).post(f"/admin/jobs/{a_job(session)}/{act}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_queries_however_long(client, session, ada, mona, sums, queries_made, count):
    for _ in range(count):
        a_job(session, requested_by=mona.id, project_id=sums.id)
    client.as_(ada)
    session.commit()
    with queries_made() as statements:
        client.get("/admin/jobs")
    assert len(statements) == 5


@pytest.mark.parametrize(
    ("who", "status"), [("ed", 200), ("mona", 200), ("ada", 200), ("eve", 404), ("rae", 404), ("max_", 404)]
)
def test_a_job_is_told_to_who_asked_to_who_runs_its_project_and_to_admins(
    request, client, session, sums, ed, who, status
):
    job_id = a_job(session, requested_by=ed.id, project_id=sums.id, progress_done=3, progress_total=9)
    client.as_(request.getfixturevalue(who))
    answer = client.get(f"/api/v1/jobs/{job_id}")
    assert answer.status_code == status
    if status == 200:
        told = answer.json()
        assert (told["state"], told["progress_done"], told["progress_total"], told["error"]) == ("queued", 3, 9, None)
    assert client.post(f"/api/v1/jobs/{job_id}/cancel").status_code == status


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("The snapshot holds nothing.", "The snapshot holds nothing."),
        ("Traceback (most recent call last):\n  File …", "It failed for a reason of ours"),
        (None, "It failed for a reason of ours"),
    ],
)
def test_a_trace_stays_with_the_admins(client, session, ed, error, told):
    job_id = a_job(session, JobState.DEAD, requested_by=ed.id, last_error=error)
    answer = client.as_(ed).get(f"/api/v1/jobs/{job_id}")
    assert answer.json()["error"].startswith(told)
    assert "Traceback" not in answer.text
