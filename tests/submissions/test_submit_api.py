"""Handing in over HTTP: receipts, repetitions, blockers, undo, withdrawal; what is stored in one change."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core.audit import Event
from app.core.clock import now
from app.projects.models import Project
from app.projects.states import ProjectState
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState
from app.tasks.models import TaskSlot
from app.tasks.states import SlotState
from tests.factories.work import a_submission, a_task, some_content


@pytest.fixture
def task(session, sums):
    return a_task(session, sums)


@pytest.fixture
def work(session, ed, task):
    """Ed's draft, saved once (number 1), its lease live."""
    submission = a_submission(session, author=ed, task=task)
    session.get_one(Assignment, submission.assignment_id).lease_expires_at = now() + timedelta(hours=24)
    return submission


def submit(client, work_id, *, n=1, sha256=None, key=None):
    sha256 = sha256 or client.get(f"/api/v1/work/{work_id}").json()["draft_sha256"]
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/work/{work_id}/submit", json={"n": n, "sha256": sha256}, headers=headers)


def rewrite(client, work_id, *, base, text, mutation):
    body = {
        "content": some_content(answer={"text": text}).model_dump(mode="json"),
        "client_mutation_id": mutation,
        "fencing": 1,
    }
    return client.put(f"/api/v1/work/{work_id}/draft", json=body, headers={"If-Match": f'"{base}"'}).json()


def test_handing_in_makes_revision_1_with_the_hash_of_the_draft(client, session, ed, work):
    work_id, sha256 = work.id, work.draft_sha256

    answer = submit(client.as_(ed), work_id)

    revision = session.scalars(select(Revision).where(Revision.submission_id == work_id)).one()
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("revision", "sha256", "words", "tokens", "state")} == {
        "revision": 1,
        "sha256": sha256,
        "words": revision.words,
        "tokens": revision.tokens,
        "state": "submitted",
    }
    assert (revision.n, revision.draft_n, revision.sha256, revision.vocabulary, revision.guideline_n) == (
        1,
        1,
        sha256,
        "o200k_base",
        1,
    )
    assert revision.words > 10
    assert revision.tokens > revision.words


def test_handing_in_moves_work_and_lease_and_keeps_the_place_in_one_change(client, session, ed, work, task):
    work_id, assignment_id, task_id = work.id, work.assignment_id, task.id

    submit(client.as_(ed), work_id)

    stored = session.get_one(Submission, work_id)
    assignment = session.get_one(Assignment, assignment_id)
    assert (stored.state, stored.revision_n, stored.submitted_at is not None) == ("submitted", 1, True)
    assert (assignment.state, assignment.lease_expires_at, assignment.hand) == ("submitted", None, None)
    assert session.scalars(select(TaskSlot.state).where(TaskSlot.task_id == task_id)).all() == [SlotState.TAKEN]
    event = session.scalars(select(Event).where(Event.verb == "submission.submit")).one()
    assert (event.object_id, event.from_state, event.to_state) == (work_id, "draft", "submitted")


def test_a_submit_of_another_save_than_the_head_is_refused_with_the_head(client, session, ed, work):
    work_id, old = work.id, work.draft_sha256
    new = rewrite(client.as_(ed), work_id, base=1, text="n = 6", mutation="mutation-1")

    answer = submit(client, work_id, n=1, sha256=old)

    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert (answer.json()["n"], answer.json()["sha256"]) == (2, new["sha256"])
    assert session.scalar(select(func.count()).select_from(Revision)) == 0


def test_a_submit_with_a_wrong_hash_is_refused(client, ed, work):
    assert submit(client.as_(ed), work.id, sha256="0" * 64).status_code == 412


@pytest.mark.parametrize("key", [None, "key-1"])
def test_the_same_submit_twice_gives_the_same_receipt(client, session, ed, work, key):
    work_id, sha256 = work.id, work.draft_sha256
    first = submit(client.as_(ed), work_id, sha256=sha256, key=key)

    again = submit(client, work_id, sha256=sha256, key=key)

    assert (again.status_code, again.json()) == (200, first.json())
    assert session.scalar(select(func.count()).select_from(Revision)) == 1


def test_a_key_used_for_another_version_is_refused(client, ed, work):
    work_id, sha256 = work.id, work.draft_sha256
    submit(client.as_(ed), work_id, sha256=sha256, key="key-1")

    answer = submit(client, work_id, n=2, sha256="1" * 64, key="key-1")

    assert (answer.status_code, answer.json()["pointer"]) == (422, "Idempotency-Key")


def test_another_version_after_handing_in_is_told_that_it_is_handed_in(client, ed, work):
    work_id = work.id
    submit(client.as_(ed), work_id)

    answer = submit(client, work_id, n=2, sha256="1" * 64)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_submitted")


def test_an_empty_answer_stops_handing_in_with_the_findings(client, session, ed, work):
    work_id = work.id
    rewrite(client.as_(ed), work_id, base=1, text="", mutation="mutation-1")

    answer = submit(client, work_id, n=2)

    assert (answer.status_code, answer.json()["code"]) == (422, "not_ready")
    assert [(one["severity"], one["where"]) for one in answer.json()["findings"] if one["severity"] == "blocker"] == [
        ("blocker", "answer")
    ]
    assert session.get_one(Submission, work_id).state == SubmissionState.DRAFT


def test_a_program_task_without_source_stops_handing_in(client, session, sums, ed):
    task = a_task(session, sums, activity="program")
    work_id = a_submission(session, author=ed, task=task, content=some_content(answer={"text": ""})).id

    answer = submit(client.as_(ed), work_id)

    assert (answer.status_code, answer.json()["code"]) == (422, "not_ready")
    assert "program" in [one["where"] for one in answer.json()["findings"] if one["severity"] == "blocker"]


def test_handing_in_without_a_live_lease_is_a_lost_lease(client, session, ed, work):
    work_id = work.id
    client.as_(ed).post(f"/api/v1/work/{work_id}/release")

    answer = submit(client, work_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "lease_lost")


def test_after_resuming_it_can_be_handed_in(client, ed, work):
    work_id = work.id
    client.as_(ed).post(f"/api/v1/work/{work_id}/release")

    resumed = client.post(f"/api/v1/work/{work_id}/resume")

    assert (resumed.status_code, resumed.json()["fencing"]) == (200, 2)
    assert submit(client, work_id).status_code == 200


def test_nothing_is_handed_in_to_a_closed_project(client, session, sums, ed, work):
    work_id = work.id
    session.get_one(Project, sums.id).state = ProjectState.CLOSED

    assert (submit(client.as_(ed), work_id).json()["code"]) == "conflict"


def test_returned_work_comes_back_as_the_next_revision(client, session, sums, ed):
    work_id = a_submission(session, author=ed, task=a_task(session, sums), state=SubmissionState.RETURNED).id
    rewrite(client.as_(ed), work_id, base=1, text="n = 5, proved", mutation="mutation-1")

    answer = submit(client, work_id, n=2)

    stored = session.get_one(Submission, work_id)
    assert (answer.json()["revision"], stored.state, stored.revision_n) == (2, "submitted", 2)
    assert session.scalars(select(Revision.n).order_by(Revision.n)).all() == [1, 2]


def test_a_hand_in_that_nobody_opened_can_be_taken_back(client, session, ed, work):
    work_id, assignment_id = work.id, work.assignment_id
    submit(client.as_(ed), work_id)

    answer = client.post(f"/api/v1/work/{work_id}/undo")

    assignment = session.get_one(Assignment, assignment_id)
    assert (answer.status_code, answer.json()["state"]) == (200, "draft")
    assert (assignment.state, assignment.fencing, assignment.hand) == (AssignmentState.ACTIVE, 2, 1)
    assert session.scalars(select(Revision.n)).all() == [1]


def test_after_taking_back_the_same_text_can_be_handed_in_again(client, session, ed, work):
    work_id = work.id
    submit(client.as_(ed), work_id)
    client.post(f"/api/v1/work/{work_id}/undo")

    answer = submit(client, work_id)

    assert (answer.status_code, answer.json()["revision"]) == (200, 2)
    assert session.scalars(select(Revision.n).order_by(Revision.n)).all() == [1, 2]


def test_taking_back_work_that_was_returned_before_makes_it_returned_again(client, session, sums, ed):
    work_id = a_submission(
        session, author=ed, task=a_task(session, sums), state=SubmissionState.RETURNED, times_returned=1
    ).id
    submit(client.as_(ed), work_id, sha256=session.get_one(Submission, work_id).draft_sha256)
    client.post(f"/api/v1/work/{work_id}/undo")

    assert session.get_one(Submission, work_id).state == SubmissionState.RETURNED


@pytest.mark.parametrize("state", ["in_review", "approved"])
def test_what_a_reviewer_has_opened_cannot_be_taken_back(client, session, sums, ed, state):
    work_id = a_submission(session, author=ed, task=a_task(session, sums), state=SubmissionState(state)).id

    assert client.as_(ed).post(f"/api/v1/work/{work_id}/undo").status_code == 403


def test_taking_back_while_three_are_held_is_refused(client, session, sums, ed, work):
    work_id = work.id
    submit(client.as_(ed), work_id)
    for _ in range(3):
        a_task(session, sums)
        client.post("/api/v1/projects/sums/next")

    assert client.post(f"/api/v1/work/{work_id}/undo").json()["code"] == "conflict"
    assert session.get_one(Submission, work_id).state == SubmissionState.SUBMITTED


@pytest.mark.parametrize(
    ("state", "slot"),
    [
        ("draft", SlotState.FREE),
        ("submitted", SlotState.FREE),
        ("returned", SlotState.FREE),
        ("approved", SlotState.FREE),
    ],
)
def test_withdrawn_work_is_gone_for_good_and_its_place_is_offered_again(client, session, sums, ed, state, slot):
    task_id = (task := a_task(session, sums)).id
    work_id = a_submission(session, author=ed, task=task, state=SubmissionState(state)).id

    answer = client.as_(ed).post(f"/api/v1/work/{work_id}/withdraw", json={"reason": "It is not mine to give."})

    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert session.scalars(select(TaskSlot.state).where(TaskSlot.task_id == task_id)).all() == [slot]
    assert client.post(f"/api/v1/work/{work_id}/resume").status_code == 409


def test_submitting_costs_six_statements_besides_who_asks(client, session, ed, work, queries_made):
    work_id, sha256 = work.id, work.draft_sha256
    session.commit()
    client.as_(ed)

    with queries_made() as statements:
        assert submit(client, work_id, sha256=sha256).status_code == 200

    own = [one for one in statements if "user_sessions" not in one]
    # read all, move the work, store the revision, ask for its check, move the lease, write the event
    assert len(own) == 6


def test_the_whole_cycle_by_token(client, session, sums, ed):
    a_task(session, sums)
    client.with_token(ed, "work:read", "work:write")
    taken = client.post("/api/v1/projects/sums/next")
    work_id = taken.json()["submission_id"]
    saved = rewrite(client, work_id, base=0, text="n = 5", mutation="mutation-1")

    receipt = submit(client, work_id, n=saved["n"], sha256=saved["sha256"], key="key-1")

    assert (taken.status_code, taken.headers["location"]) == (201, f"/api/v1/work/{work_id}")
    assert (receipt.status_code, receipt.json()["revision"]) == (200, 1)


def test_a_token_without_the_scope_does_nothing(client, session, sums, ed):
    a_task(session, sums)

    answer = client.with_token(ed, "work:read").post("/api/v1/projects/sums/next")

    assert answer.status_code == 403
