"""Saving over HTTP: numbers, conditions, repetitions, conflicts; what comes too late is kept."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.accounts.states import UserState
from app.assignments.models import Assignment
from app.assignments.service.ending import release
from app.core.clock import now
from app.submissions.models import DraftConflict, DraftSave, Submission
from app.submissions.states import SubmissionState
from app.tasks.models import Task
from app.text.fingerprints import canonical_json
from tests.factories.work import STEPS, a_submission, a_task, some_content

EMPTY = {"steps": [], "answer": {"text": ""}}


@pytest.fixture
def work(session, sums, ed):
    """Ed's draft, saved once (number 1), its lease live."""
    submission = a_submission(session, author=ed, task=a_task(session, sums))
    session.get_one(Assignment, submission.assignment_id).lease_expires_at = now() + timedelta(hours=24)
    return submission.id


def content_with(text):
    return some_content(answer={"text": text}).model_dump(mode="json")


def put(client, work, *, base, text="n = 5, again", mutation="mutation-1", fencing=1, content=None):
    body = {"content": content or content_with(text), "client_mutation_id": mutation, "fencing": fencing}
    headers = {} if base is None else {"If-Match": f'"{base}"'}
    return client.put(f"/api/v1/work/{work}/draft", json=body, headers=headers)


def head(session, work):
    return session.execute(select(Submission.draft_n, Submission.draft_sha256).where(Submission.id == work)).one()


def test_a_save_gets_the_next_number_and_the_hash_of_the_canonical_document(client, session, ed, work):
    content = content_with("n = 5, again")

    answer = put(client.as_(ed), work, base=1, content=content)

    sha256 = hashlib.sha256(canonical_json(content).encode()).hexdigest()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert {key: answer.json()[key] for key in ("n", "sha256", "tokens", "findings")} == {
        "n": 2,
        "sha256": sha256,
        "tokens": None,
        "findings": [],
    }
    assert tuple(head(session, work)) == (2, sha256)


def test_the_first_save_is_based_on_number_0(client, session, sums, ed):
    a_task(session, sums)
    work = client.as_(ed).post("/api/v1/projects/sums/next").json()["submission_id"]

    assert put(client, work, base=0).json()["n"] == 1


@pytest.mark.parametrize("header", ['"1"', "1", 'W/"1"'])
def test_the_number_may_be_written_as_an_etag_or_bare(client, ed, work, header):
    body = {"content": content_with("x"), "client_mutation_id": "mutation-1", "fencing": 1}

    answer = client.as_(ed).put(f"/api/v1/work/{work}/draft", json=body, headers={"If-Match": header})

    assert answer.status_code == 200


def test_without_a_base_nothing_is_saved(client, session, ed, work):
    answer = put(client.as_(ed), work, base=None)

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_needed")
    assert head(session, work).draft_n == 1


@pytest.mark.parametrize("header", ['"one"', "*", '"-1"', '""', '"99999999999999"'])
def test_a_base_that_is_no_number_is_refused(client, ed, work, header):
    body = {"content": content_with("x"), "client_mutation_id": "mutation-1", "fencing": 1}

    answer = client.as_(ed).put(f"/api/v1/work/{work}/draft", json=body, headers={"If-Match": header})

    assert (answer.status_code, answer.json()["pointer"]) == (422, "If-Match")


def test_a_stale_save_gets_the_head_and_its_text_is_kept(client, session, ed, work):
    first = put(client.as_(ed), work, base=1, text="from one tab").json()

    answer = put(client, work, base=1, text="from the other tab", mutation="mutation-2")

    kept = session.scalars(select(DraftConflict).where(DraftConflict.submission_id == work)).one()
    assert (answer.status_code, answer.json()["code"], answer.headers["etag"]) == (412, "stale", '"2"')
    assert answer.json()["head"]["n"] == 2
    assert answer.json()["head"]["sha256"] == first["sha256"]
    assert answer.json()["head"]["content"]["answer"]["text"] == "from one tab"
    assert answer.json()["conflict_id"] == str(kept.id)
    assert (kept.base_n, kept.head_n, '"from the other tab"' in kept.content) == (1, 2, True)
    assert head(session, work).draft_n == 2


def test_the_same_mutation_twice_is_applied_once(client, session, ed, work):
    first = put(client.as_(ed), work, base=1)

    again = put(client, work, base=1)

    assert (again.status_code, again.json()["n"], again.json()["sha256"]) == (200, 2, first.json()["sha256"])
    assert again.json()["saved_at"] == first.json()["saved_at"]
    assert session.scalar(select(func.count()).where(DraftSave.submission_id == work)) == 2


def test_a_repetition_is_acknowledged_even_after_the_head_has_moved_on(client, ed, work):
    put(client.as_(ed), work, base=1, mutation="mutation-1", text="one")
    put(client, work, base=2, mutation="mutation-2", text="two")

    again = put(client, work, base=1, mutation="mutation-1", text="one")

    assert (again.status_code, again.json()["n"]) == (200, 2)


def test_the_same_stale_save_twice_is_kept_once(client, session, ed, work):
    put(client.as_(ed), work, base=1)
    first = put(client, work, base=1, text="late", mutation="mutation-2")

    second = put(client, work, base=1, text="late", mutation="mutation-2")

    assert first.json()["conflict_id"] == second.json()["conflict_id"]
    assert session.scalar(select(func.count()).select_from(DraftConflict)) == 1


def test_the_same_text_makes_no_new_number(client, session, ed, work):
    first = put(client.as_(ed), work, base=1).json()

    answer = put(client, work, base=2, mutation="mutation-2")

    assert (answer.status_code, answer.json()["n"], answer.json()["sha256"]) == (200, 2, first["sha256"])
    assert head(session, work).draft_n == 2


def test_an_editor_never_conflicts_with_a_text_that_is_the_head_already(client, session, ed, work):
    put(client.as_(ed), work, base=1)

    answer = put(client, work, base=1, mutation="mutation-2")

    assert (answer.status_code, answer.json()["n"]) == (200, 2)
    assert session.scalar(select(func.count()).select_from(DraftConflict)) == 0


@pytest.mark.parametrize("fencing", [0, 2])
def test_another_fencing_number_is_a_lost_lease_and_the_text_is_kept(client, session, ed, work, fencing):
    answer = put(client.as_(ed), work, base=1, fencing=fencing)

    assert (answer.status_code, answer.json()["code"]) == (409, "lease_lost")
    assert session.scalar(select(DraftConflict.base_n)) == 1
    assert head(session, work).draft_n == 1


def test_after_giving_back_the_text_is_kept_beside_the_draft(client, session, ed, work):
    assignment = session.get_one(Assignment, session.get_one(Submission, work).assignment_id)
    release(session, ed.actor, assignment, now=now())

    answer = put(client.as_(ed), work, base=1)

    assert (answer.status_code, answer.json()["code"]) == (409, "lease_lost")
    assert session.scalar(select(func.count()).select_from(DraftConflict)) == 1


@pytest.mark.parametrize("state", ["submitted", "in_review", "escalated", "approved", "rejected"])
def test_after_handing_in_the_text_is_kept_beside_the_draft(client, session, sums, ed, state):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=SubmissionState(state)).id

    answer = put(client.as_(ed), work, base=1)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_submitted")
    assert session.scalar(select(func.count()).select_from(DraftConflict)) == 1
    assert head(session, work).draft_n == 1


def test_returned_work_is_saved_without_a_lease(client, session, sums, ed):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=SubmissionState.RETURNED).id

    answer = put(client.as_(ed), work, base=1)

    assert (answer.status_code, answer.json()["n"], answer.json()["lease_expires_at"]) == (200, 2, None)


def test_a_save_renews_the_lease_only_when_that_gains_more_than_a_minute(client, session, ed, work):
    assignment_id = session.get_one(Submission, work).assignment_id
    session.get_one(Assignment, assignment_id).lease_expires_at = before = now() + timedelta(hours=23, minutes=59.5)
    client.as_(ed)

    kept = put(client, work, base=1, text="one", mutation="mutation-1").json()["lease_expires_at"]
    session.get_one(Assignment, assignment_id).lease_expires_at = now() + timedelta(hours=2)
    renewed = put(client, work, base=2, text="two", mutation="mutation-2").json()["lease_expires_at"]

    assert kept.startswith(before.isoformat()[:19])
    assert renewed > (now() + timedelta(hours=23, minutes=59)).isoformat()


def test_the_last_fifty_saves_are_kept(client, session, ed, work):
    client.as_(ed)
    for n in range(1, 61):
        assert put(client, work, base=n, text=f"text {n}", mutation=f"mutation-{n}").status_code == 200

    listed = client.get(f"/api/v1/work/{work}/history").json()["saves"]
    assert [save["n"] for save in listed] == list(range(61, 11, -1))
    assert session.scalar(select(func.min(DraftSave.n)).where(DraftSave.submission_id == work)) <= 12


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", None),
        (b'{"content": {}, "client_mutation_id": "mutation-1", "fencing": 1, "state": "approved"}', "/state"),
        (b'{"content": {"steps": 1}, "client_mutation_id": "mutation-1", "fencing": 1}', "/content/steps"),
        (b'{"content": {}, "client_mutation_id": "x", "fencing": 1}', "/client_mutation_id"),
        (b'{"content": {}, "content": {}, "client_mutation_id": "mutation-1", "fencing": 1}', "/content"),
        (
            b'{"content": {"answer": {"text": "\\u0000"}}, "client_mutation_id": "mutation-1", "fencing": 1}',
            "/content/answer/text",
        ),
        (
            b'{"content": {"answer": {"text": "\\ud800"}}, "client_mutation_id": "mutation-1", "fencing": 1}',
            "/content/answer/text",
        ),
        (b'{"content": {}, "client_mutation_id": "mutation-1", "fencing": "1"}', "/fencing"),
        (
            b'{"content": {"program": {"source": "x"}}, "client_mutation_id": "mutation-1", "fencing": 1}',
            "/content/program",
        ),
    ],
)
def test_a_body_that_is_not_a_draft_is_refused_with_a_pointer(client, session, ed, work, body, pointer):
    headers = {"If-Match": '"1"', "content-type": "application/json"}

    answer = client.as_(ed).put(f"/api/v1/work/{work}/draft", content=body, headers=headers)

    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert head(session, work).draft_n == 1


def test_two_steps_with_one_id_are_refused(client, ed, work):
    content = {"steps": [STEPS[0], STEPS[0]]}

    answer = put(client.as_(ed), work, base=1, content=content)

    assert (answer.status_code, answer.json()["pointer"]) == (422, "/content")


def test_a_program_in_an_unknown_language_is_refused(client, session, sums, ed):
    work = a_submission(session, author=ed, task=a_task(session, sums, activity="program")).id
    content = EMPTY | {"program": {"language": "cobol", "source": "MOVE 1 TO X."}}

    answer = put(client.as_(ed), work, base=1, content=content)

    assert (answer.status_code, answer.json()["pointer"]) == (422, "/content/program")


def test_a_save_costs_four_statements(client, ed, work, queries_made):
    client.as_(ed)
    put(client, work, base=1, text="warm", mutation="mutation-0")

    with queries_made() as statements:
        put(client, work, base=2, text="measured", mutation="mutation-1")

    own = [statement for statement in statements if "user_sessions" not in statement]
    assert len(own) == 3  # the desk, the compare-and-set, the text; besides the one that knows who asks


def test_the_save_of_a_disabled_person_is_refused(client, session, ed, work):
    client.as_(ed)
    session.get_one(User, ed.id).state = UserState.DISABLED

    assert put(client, work, base=1).status_code == 401


def test_the_state_of_the_page_and_the_api_hold_the_same(client, ed, work):
    state = client.as_(ed).get(f"/api/v1/work/{work}").json()

    assert (state["draft_n"], state["fencing"], state["state"], state["can_edit"]) == (1, 1, "draft", True)
    assert state["content"] == some_content().model_dump(mode="json")
    assert state["urls"]["draft"] == f"/api/v1/work/{work}/draft"
    assert len(state["journal_key"]) == 43


def test_a_token_gets_no_key_for_a_device(client, ed, work):
    state = client.with_token(ed, "work:read").get(f"/api/v1/work/{work}").json()

    assert state["journal_key"] == ""


def test_a_conflict_settled_as_mine_becomes_the_head_and_the_old_head_stays_in_the_history(client, ed, work):
    put(client.as_(ed), work, base=1, text="theirs")
    late = put(client, work, base=1, text="mine", mutation="mutation-2").json()["conflict_id"]

    answer = client.post(f"/api/v1/work/{work}/conflicts/{late}/settle", json={"take": "mine", "base_n": 2})

    assert (answer.status_code, answer.json()["n"]) == (200, 3)
    texts = [client.get(f"/api/v1/work/{work}/saves/{n}").json()["content"]["answer"]["text"] for n in (2, 3)]
    assert texts == ["theirs", "mine"]
    assert [one["settled_at"] is not None for one in client.get(f"/api/v1/work/{work}/conflicts").json()] == [True]


def test_a_conflict_settled_as_theirs_leaves_the_head_and_stays_readable(client, session, ed, work):
    put(client.as_(ed), work, base=1, text="theirs")
    late = put(client, work, base=1, text="mine", mutation="mutation-2").json()["conflict_id"]

    answer = client.post(f"/api/v1/work/{work}/conflicts/{late}/settle", json={"take": "theirs", "base_n": 2})

    kept = client.get(f"/api/v1/work/{work}/conflicts/{late}").json()
    assert (answer.status_code, answer.json()["n"], head(session, work).draft_n) == (200, 2, 2)
    assert kept["content"]["answer"]["text"] == "mine"


def test_a_conflict_is_not_settled_over_a_head_that_was_not_compared(client, ed, work):
    put(client.as_(ed), work, base=1, text="theirs")
    late = put(client, work, base=1, text="mine", mutation="mutation-2").json()["conflict_id"]
    put(client, work, base=2, text="newer", mutation="mutation-3")

    answer = client.post(f"/api/v1/work/{work}/conflicts/{late}/settle", json={"take": "mine", "base_n": 2})

    assert (answer.status_code, answer.json()["head"]["n"]) == (412, 3)
    assert client.get(f"/api/v1/work/{work}/conflicts").json()[0]["settled_at"] is None


def test_a_draft_of_a_changed_task_stays_with_its_text(client, session, ed, work):
    session.get_one(Task, session.get_one(Submission, work).task_id).statement = "Another wording."

    answer = put(client.as_(ed), work, base=1)

    assert answer.status_code == 200
