"""The whole of judging by API token: queue, open, save, decide, undo; who may, with which scope, on whose work."""

import pytest
from sqlalchemy import select

from app.accounts.models import Membership
from app.core.actor import Role
from app.reviews.models import Review, StepLabel
from app.submissions.models import Submission
from app.submissions.states import SubmissionState
from tests.cast import NOW
from tests.factories.reviewing import WHY, decided, handed_in, opened
from tests.factories.work import revision_of, some_content


@pytest.fixture
def work(session, sums, ed):
    return handed_in(session, sums, ed)


def test_a_token_drives_the_loop_from_the_queue_to_the_next_work(client, session, sums, ed, rae, work):
    second = handed_in(session, sums, ed)
    ids = [work.id, second.id]
    client.with_token(rae, "reviews:read", "reviews:write")
    rows = client.get("/api/v1/reviews/queue").json()
    opened_as = client.post(f"/api/v1/work/{ids[0]}/review").json()
    state = client.get(opened_as["review"])
    labels = {step["id"]: {"value": "good"} for step in state.json()["steps"]}
    saved = client.put(
        f"{opened_as['review']}/review-draft",
        json={"labels": labels, "rubric_scores": {"correct": 3}, "seconds": 120},
        headers={"If-Match": state.headers["etag"]},
    )
    told = client.post(
        f"{opened_as['review']}/decide",
        json={"verdict": "approve", "sha256": state.json()["revision"]["sha256"], "verification_method": "re_derived"},
    )

    assert [row["submission_id"] for row in rows["items"]] == [str(one) for one in ids]
    assert (rows["waiting"], opened_as["is_new"], saved.json()["save_n"], saved.headers["etag"]) == (2, True, 1, '"1"')
    assert {key: told.json()[key] for key in ("verdict", "state", "review_level", "next_url")} == {
        "verdict": "approve",
        "state": "approved",
        "review_level": 1,
        "next_url": f"/work/{ids[1]}/review",
    }
    assert len(session.scalars(select(StepLabel)).all()) == 3


def test_labels_issues_and_verdict_go_in_one_request(client, session, rae, work):
    review_id = client.as_(rae).post(f"/api/v1/work/{work.id}/review").json()["review_id"]
    sha256 = client.get(f"/api/v1/reviews/{review_id}").json()["revision"]["sha256"]
    body = {
        "verdict": "return",
        "sha256": sha256,
        "draft": {"labels": {"s2": {"value": "bad", "error_type": "logic_leap"}}},
        "issues": [{"anchor": "step", "step_id": "s2", "severity": "major", "body": "Why odd?"}],
    }
    told = client.post(f"/api/v1/reviews/{review_id}/decide", json=body)

    assert (told.status_code, told.json()["state"]) == (200, "returned")


def test_the_second_decision_gets_409_with_what_counted_and_is_stored(client, session, rae, ron, work):
    slow, sha256 = opened(session, ron, work).id, revision_of(session, work).sha256
    decided(session, rae, work, "approve")
    body = {"verdict": "reject", "sha256": sha256, "reason": WHY}

    answer = client.as_(ron).post(f"/api/v1/reviews/{slow}/decide", json=body)

    assert (answer.status_code, answer.json()["code"], answer.json()["counted"]) == (409, "overtaken", "approve")
    assert (session.get_one(Review, slow).state, session.get_one(Review, slow).reason) == ("overtaken", WHY)
    assert str(rae.id) not in answer.text


def test_saving_needs_the_number_it_is_based_on(client, session, rae, work):
    review_id = opened(session, rae, work).id
    url = f"/api/v1/reviews/{review_id}/review-draft"
    client.as_(rae)
    codes = [
        client.put(url, json={}).status_code,
        client.put(url, json={}, headers={"If-Match": '"3"'}).status_code,
        client.put(url, json={}, headers={"If-Match": "today"}).status_code,
        client.put(url, json={"labels": {"s1": {"value": "great"}}}, headers={"If-Match": '"0"'}).status_code,
        client.put(url, json={"state": "decided"}, headers={"If-Match": '"0"'}).status_code,
        client.put(url, json={}, headers={"If-Match": '"0"'}).status_code,
    ]

    assert codes == [428, 412, 422, 422, 422, 200]


@pytest.mark.parametrize("person", ["ed", "eve", "ron", "mona", "max_", "ada"])
def test_a_review_exists_for_who_writes_it_alone(client, session, rae, work, person, request):
    review_id = opened(session, rae, work).id
    client.as_(request.getfixturevalue(person))
    url = f"/api/v1/reviews/{review_id}"
    codes = [client.get(path).status_code for path in (url, f"/reviews/{review_id}", f"/reviews/{review_id}/edit")]
    codes.append(client.put(f"{url}/review-draft", json={}, headers={"If-Match": '"0"'}).status_code)
    for verb, body in (
        ("decide", {"verdict": "return", "sha256": "0" * 64}),
        ("undo", {}),
        ("reveal", {}),
        ("leave", {}),
        ("threads", {"anchor": "whole", "severity": "minor", "body": "Hm."}),
    ):
        codes.append(client.post(f"{url}/{verb}", json=body).status_code)

    assert codes == [404] * 9


@pytest.mark.parametrize(
    ("person", "code"), [("rae", 201), ("ed", 403), ("eve", 404), ("mona", 403), ("max_", 404), ("ada", 403)]
)
def test_who_may_open_a_review(client, work, person, code, request):
    work_id = work.id
    assert client.as_(request.getfixturevalue(person)).post(f"/api/v1/work/{work_id}/review").status_code == code


def test_own_work_is_refused_everywhere_even_with_every_role(client, session, sums, ed):
    for role in (Role.REVIEWER, Role.MANAGER):
        session.add(Membership(user_id=ed.id, project_id=sums.id, role=role, created_at=NOW))
    work_id = handed_in(session, sums, ed).id
    client.as_(ed)

    assert client.get("/api/v1/reviews/queue").json()["items"] == []
    assert client.post(f"/api/v1/work/{work_id}/review").status_code == 403
    assert client.post(f"/work/{work_id}/review").status_code == 403


def test_a_review_opened_before_somebody_worked_on_the_task_can_decide_no_more(client, session, sums, ed, rae, work):
    review_id, sha256, work_id = opened(session, rae, work).id, revision_of(session, work).sha256, work.id
    session.get_one(Submission, work_id).author_id = rae.id
    body = {"verdict": "approve", "sha256": sha256, "verification_method": "executed"}

    answer = client.as_(rae).post(f"/api/v1/reviews/{review_id}/decide", json=body)

    assert answer.status_code == 403
    assert session.get_one(Submission, work_id).state == SubmissionState.IN_REVIEW


def test_who_loses_the_role_loses_the_review(client, session, rae, work):
    review_id = opened(session, rae, work).id
    session.query(Membership).filter_by(user_id=rae.id).delete()

    assert client.as_(rae).get(f"/api/v1/reviews/{review_id}").status_code == 404


@pytest.mark.parametrize(
    ("method", "url", "scope"),
    [
        ("GET", "/api/v1/reviews/queue", "reviews:read"),
        ("POST", "/api/v1/work/{work}/review", "reviews:write"),
        ("GET", "/api/v1/reviews/{review}", "reviews:read"),
        ("POST", "/api/v1/reviews/{review}/undo", "reviews:write"),
        ("GET", "/api/v1/work/{work}/threads", "work:read"),
    ],
)
def test_a_token_needs_the_scope(client, session, rae, work, method, url, scope):
    path = url.format(work=work.id, review=opened(session, rae, work).id)
    others = {"reviews:read", "reviews:write", "work:read", "work:write", "tasks:write"} - {scope}
    without = client.with_token(rae, *sorted(others)).request(method, path).status_code
    with_it = client.with_token(rae, scope).request(method, path).status_code

    assert (without, with_it in {200, 409}) == (403, True)


def test_the_author_contests_edits_by_api_and_level_2_judges_with_the_reason(client, session, rae, ron, ed, work):
    work_id = work.id
    edited = some_content(answer={"text": "five"}).model_dump(mode="json")
    decided(session, rae, work, "approve_with_edits", verification_method="re_derived", edited_content=edited)
    told = client.as_(ed).get(f"/api/v1/work/{work_id}/verdict").json()["edits"]
    code = client.post(told["contest_url"], json={"reason": "The number stood there on purpose."}).status_code
    review = client.as_(ron).post(f"/api/v1/work/{work_id}/review").json()
    state = client.get(review["review"]).json()

    assert [(one["name"], one["spans"]) for one in told["spans"]] == [
        (
            "Answer",
            [{"kind": "del", "text": "n = 5"}, {"kind": "add", "text": "five"}],
        )
    ]
    assert (code, state["submission_state"], state["level"]) == (204, "escalated", 2)
    assert state["revision"]["contest_reason"] == "The number stood there on purpose."
    assert [one["verdict"] for one in state["opinions"]] == ["approve_with_edits"]


def test_edits_are_answered_once(client, session, rae, ed, work):
    work_id = work.id
    edited = some_content(answer={"text": "five"}).model_dump(mode="json")
    decided(session, rae, work, "approve_with_edits", verification_method="re_derived", edited_content=edited)
    client.as_(ed)
    codes = [client.post(f"/api/v1/work/{work_id}/edits/accept").status_code for _ in range(2)]
    codes.append(
        client.post(f"/api/v1/work/{work_id}/edits/contest", json={"reason": "I have changed my mind now."}).status_code
    )

    assert codes == [204, 409, 409]
    assert session.get_one(Submission, work_id).state == SubmissionState.APPROVED
