"""A blind project keeps its names: nothing of the author reaches a reviewer before the verdict, nor the other way."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.core.clock import now
from app.projects.models import Project
from app.reviews.models import Review, Thread
from app.submissions.models import Revision, Submission
from tests.cast import NOW
from tests.factories.reviewing import ISSUE, decided, handed_in, handed_in_again, opened
from tests.factories.work import STEPS, revision_of, some_content

AUTHOR_NAME, AUTHOR_EMAIL = "Eduardina Canary", "canary-author@example.org"
REVIEWER_NAME, REVIEWER_EMAIL = "Raphaela Canary", "canary-reviewer@example.org"


@pytest.fixture
def named(session, ed, rae):
    session.get_one(User, ed.id).name = AUTHOR_NAME
    session.get_one(User, ed.id).email = AUTHOR_EMAIL
    session.get_one(User, rae.id).name = REVIEWER_NAME
    session.get_one(User, rae.id).email = REVIEWER_EMAIL
    session.flush()


@pytest.fixture
def work(session, sums, ed, named):
    steps = [step | {"seconds": 987_123 + n} for n, step in enumerate(STEPS)]
    submission = handed_in(session, sums, ed, content=some_content(steps=steps))
    revision_of(session, submission).active_seconds = 876_543
    session.flush()
    return submission


def secrets_of(author):
    return [AUTHOR_NAME, AUTHOR_EMAIL, str(author.id), author.id.hex, "987123", "987124", "987125", "876543"]


def test_no_answer_to_a_reviewer_before_the_verdict_holds_anything_of_the_author(client, session, ed, rae, ron, work):
    work_id = work.id
    first_sha = revision_of(session, work).sha256
    review_id = opened(session, rae, work).id
    client.as_(rae)
    answers = [
        client.get("/reviews"),
        client.get("/api/v1/reviews/queue"),
        client.post(f"/api/v1/work/{work_id}/review"),
        client.get(f"/reviews/{review_id}"),
        client.get(f"/api/v1/reviews/{review_id}"),
        client.get(f"/reviews/{review_id}/edit"),
        client.put(f"/api/v1/reviews/{review_id}/review-draft", json={}, headers={"If-Match": '"0"'}),
        client.post(f"/api/v1/reviews/{review_id}/threads", json=ISSUE),
        client.get(f"/api/v1/work/{work_id}/threads"),
        client.get(f"/work/{work_id}/issues"),
        client.post(f"/api/v1/reviews/{review_id}/reveal", json={"own_answer": "7"}),
        client.post(f"/api/v1/reviews/{review_id}/decide", json={"verdict": "return", "sha256": first_sha}),
        client.get(f"/reviews/{review_id}"),
        client.get(f"/api/v1/reviews/{review_id}"),
        client.get(f"/work/{work_id}/issues"),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, *[200] * 4, 201, *[200] * 7]
    leaks = [(n, secret) for n, answer in enumerate(answers) for secret in secrets_of(ed) if secret in answer.text]
    assert leaks == []
    state = answers[4].json()
    assert (state["author"], state["content"]["confidence"]) == (None, None)
    assert {"seconds"} & set(state["content"]["steps"][0]) == set()


def test_the_re_review_is_as_blind_as_the_first(client, session, ed, rae, work):
    work_id = work.id
    decided(session, rae, work, "return")
    client.as_(ed)
    thread_id = session.scalars(select(Thread.id)).one()
    client.post(f"/api/v1/threads/{thread_id}/comments", json={"body": "Done.", "answers": True})
    handed_in_again(session, session.get_one(Submission, work_id), now=NOW)
    session.commit()

    review_id = client.as_(rae).post(f"/api/v1/work/{work_id}/review").json()["review_id"]
    answers = [client.get(f"/api/v1/reviews/{review_id}"), client.get(f"/reviews/{review_id}")]

    assert [secret for answer in answers for secret in secrets_of(ed) if secret in answer.text] == []
    said = answers[0].json()["threads"][0]["comments"]
    assert {one["body"]: one["who"] for one in said} == {ISSUE["body"]: "You", "Done.": "Author"}


def test_the_reviewer_never_appears_before_the_author(client, session, ed, rae, work):
    work_id = work.id
    decided(session, rae, work, "return", draft={"labels": {"s1": {"value": "good", "note": "Fine."}}})
    client.as_(ed)
    thread_id = session.scalars(select(Thread.id)).one()
    answers = [
        client.get(f"/work/{work_id}/verdict"),
        client.get(f"/api/v1/work/{work_id}/verdict"),
        client.get(f"/work/{work_id}/issues"),
        client.get(f"/api/v1/work/{work_id}/threads"),
        client.post(f"/api/v1/threads/{thread_id}/comments", json={"body": "Why?"}),
        client.get(f"/work/{work_id}"),
        client.get(f"/work/{work_id}/history"),
        client.get("/notifications"),
    ]

    secrets = [REVIEWER_NAME, REVIEWER_EMAIL, str(rae.id), rae.id.hex]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 201, 200, 200, 200]
    assert [(n, one) for n, answer in enumerate(answers) for one in secrets if one in answer.text] == []
    assert answers[1].json()["decisions"][0]["who"] == "A reviewer"


def test_a_settled_verdict_shows_author_time_and_confidence_once_it_cannot_be_undone(client, session, ed, rae, work):
    review_id = opened(session, rae, work).id
    decided(session, rae, work, "approve", review=session.get_one(Review, review_id), now=now() - timedelta(hours=1))

    told = client.as_(rae).get(f"/api/v1/reviews/{review_id}").json()["author"]

    assert told == {"name": AUTHOR_NAME, "confidence": 4, "active_seconds": 876_543}


def test_within_the_ten_seconds_nothing_is_shown_yet(client, session, ed, rae, work):
    review_id = opened(session, rae, work).id
    sha256 = revision_of(session, work).sha256
    body = {"verdict": "approve", "sha256": sha256, "verification_method": "executed"}
    decided_answer = client.as_(rae).post(f"/api/v1/reviews/{review_id}/decide", json=body)
    shown = client.get(f"/api/v1/reviews/{review_id}")

    assert (decided_answer.status_code, shown.json()["author"]) == (200, None)
    assert [one for one in secrets_of(ed) if one in decided_answer.text + shown.text] == []


def test_an_open_project_shows_names_on_both_sides(client, session, sums, ed, rae, work):
    work_id = work.id
    session.get_one(Project, sums.id).is_blind = False
    review_id = opened(session, rae, work).id
    before = client.as_(rae).get(f"/api/v1/reviews/{review_id}").json()
    decided(session, rae, session.get_one(Submission, work_id), "return", review=session.get_one(Review, review_id))
    told = client.as_(ed).get(f"/api/v1/work/{work_id}/verdict").json()

    assert (before["author"]["name"], told["decisions"][0]["who"]) == (AUTHOR_NAME, REVIEWER_NAME)


def test_a_second_reviewer_cannot_tell_whether_somebody_has_judged_it(client, session, sums, rae, ron, work):
    project = session.get_one(Project, sums.id)
    project.review_levels, project.level2_share_percent = 2, 100
    minor = ISSUE | {"severity": "minor"}
    decided(session, rae, work, "approve", issues=[minor], draft={"labels": {"s1": {"value": "bad"}}})
    review_id = opened(session, ron, work).id

    state = client.as_(ron).get(f"/api/v1/reviews/{review_id}").json()

    assert [line["kind"] for line in state["history"]] == ["handed_in"]
    assert (state["threads"], state["labels"], state["opinions"]) == ([], {}, [])


def test_escalated_work_shows_the_opinions_without_who_gave_them(client, session, rae, ron, work):
    decided(session, rae, work, "reject", draft={"labels": {"s2": {"value": "bad"}}})
    review_id = opened(session, ron, work).id

    answer = client.as_(ron).get(f"/api/v1/reviews/{review_id}")

    opinion = answer.json()["opinions"][0]
    assert (opinion["name"], opinion["verdict"], opinion["labels"]["s2"]["value"]) == ("First opinion", "reject", "bad")
    assert [one for one in (REVIEWER_NAME, str(rae.id)) if one in answer.text] == []


@pytest.mark.parametrize("path", ["/api/v1/reviews/{}", "/reviews/{}", "/reviews/{}/edit"])
def test_the_reference_is_in_no_answer_before_it_was_asked_for(client, session, rae, work, path):
    review_id = opened(session, rae, work).id
    client.as_(rae)
    before = client.get(path.format(review_id)).text

    assert ("Reduce modulo 2" in before, '"answer_spec"' in before) == (False, False)


def test_looking_at_the_reference_is_recorded_with_the_answer_given_before(client, session, rae, work):
    review_id = opened(session, rae, work).id
    shown = client.as_(rae).post(f"/api/v1/reviews/{review_id}/reveal", json={"own_answer": " 5 "}).json()
    again = client.post(f"/api/v1/reviews/{review_id}/reveal", json={"own_answer": "6"}).json()
    changed = client.put(
        f"/api/v1/reviews/{review_id}/review-draft", json={"own_answer": "6"}, headers={"If-Match": '"0"'}
    )

    review = session.get_one(Review, review_id)
    assert (shown["answer"], shown["finding"], again["own_answer"], again["finding"]) == ("5", "pass", "5", "pass")
    assert (review.own_answer, review.saw_reference_at is not None) == ("5", True)
    assert (changed.status_code, changed.json()["pointer"]) == (422, "/own_answer")


def test_stored_revisions_keep_what_blind_payloads_leave_out(session, rae, work):
    edited = some_content(steps=[step | {"body": step["body"] + " Yes."} for step in STEPS], confidence=None)
    decided(
        session,
        rae,
        work,
        "approve_with_edits",
        verification_method="re_derived",
        edited_content=edited.model_dump(mode="json"),
    )

    document = json.loads(session.scalars(select(Revision.content).where(Revision.n == 2)).one())
    assert (document["confidence"], [step["seconds"] for step in document["steps"]]) == (4, [987123, 987124, 987125])
