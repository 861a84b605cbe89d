"""Issues and their talk: who sees, answers and closes them, who is told, where they hang on later revisions."""

import pytest
from sqlalchemy import select

from app.accounts.models import Membership, Notification
from app.core.actor import Role
from app.projects.models import Project
from app.reviews.models import Thread
from app.reviews.queries.judged import unanswered
from app.submissions.models import Submission
from tests.cast import NOW
from tests.factories.reviewing import ISSUE, decided, handed_in, handed_in_again, opened
from tests.factories.work import STEPS, some_content

SPAN = {
    "anchor": "span",
    "step_id": "s2",
    "quote": "$m$ is odd",
    "severity": "blocker",
    "body": "Why is it odd?",
}


@pytest.fixture
def work(session, sums, ed):
    return handed_in(session, sums, ed)


@pytest.fixture
def returned(session, rae, work):
    """Ed's work, returned by Rae with a blocker on a span, a major and a minor issue."""
    minor = {"anchor": "whole", "severity": "minor", "body": "Write in full sentences."}
    decided(session, rae, work, "return", issues=[SPAN, ISSUE, minor])
    return {one.severity: one.id for one in session.scalars(select(Thread))}


def test_an_issue_is_invisible_to_the_author_until_the_decision(client, session, rae, ed, work):
    work_id = work.id
    review_id = opened(session, rae, work).id
    thread = client.as_(rae).post(f"/api/v1/reviews/{review_id}/threads", json=SPAN).json()
    before = client.as_(ed).get(f"/api/v1/work/{work_id}/threads").json()
    refused = client.post(f"/api/v1/threads/{thread['id']}/comments", json={"body": "What?"})

    assert (before, refused.status_code) == ({"items": [], "unanswered": 0}, 404)


def test_an_unpublished_issue_can_be_rewritten_and_removed_by_its_writer_alone(client, session, rae, ron, work):
    review_id = opened(session, rae, work).id
    thread_id = client.as_(rae).post(f"/api/v1/reviews/{review_id}/threads", json=SPAN).json()["id"]
    changed = client.patch(f"/api/v1/threads/{thread_id}", json={"severity": "minor", "body": "Say why it is odd."})
    by_another = client.as_(ron).delete(f"/api/v1/threads/{thread_id}").status_code
    removed = client.as_(rae).delete(f"/api/v1/threads/{thread_id}").status_code

    assert (changed.json()["severity"], changed.json()["comments"][0]["body"]) == ("minor", "Say why it is odd.")
    assert (by_another, removed, session.scalars(select(Thread)).all()) == (404, 204, [])


def test_a_published_issue_is_not_rewritten(client, rae, returned):
    url = f"/api/v1/threads/{returned['major']}"
    client.as_(rae)
    codes = [client.patch(url, json={"severity": "minor", "body": "Never mind."}).status_code]
    codes.append(client.delete(url).status_code)

    assert codes == [403, 403]


def test_what_weighs_is_unanswered_until_the_author_answers_it(client, session, ed, returned, work):
    work_id = work.id
    counts = [len(unanswered(session, work))]
    client.as_(ed)
    client.post(f"/api/v1/threads/{returned['blocker']}/comments", json={"body": "Added.", "answers": True})
    counts.append(client.get(f"/api/v1/work/{work_id}/threads").json()["unanswered"])
    client.post(f"/api/v1/threads/{returned['major']}/state", json={"state": "answered"})
    counts.append(len(unanswered(session, session.get_one(Submission, work_id))))

    assert counts == [2, 1, 0]


@pytest.mark.parametrize("state", ["resolved", "wont_fix", "open"])
def test_the_author_marks_answered_and_nothing_else(client, ed, returned, state):
    answer = client.as_(ed).post(f"/api/v1/threads/{returned['minor']}/state", json={"state": state})

    assert answer.status_code == 403


def test_the_opener_resolves_and_reopens(client, session, rae, returned):
    url = f"/api/v1/threads/{returned['blocker']}/state"
    states = [client.as_(rae).post(url, json={"state": state}).json()["state"] for state in ("resolved", "open")]

    assert states == ["resolved", "open"]
    assert session.get_one(Thread, returned["blocker"]).closed_at is None


def test_a_blocker_is_closed_by_level_2_but_by_no_other_reviewer(client, session, rae, ron, eve, sums, returned):
    session.add(Membership(user_id=eve.id, project_id=sums.id, role=Role.REVIEWER, created_at=NOW))
    url = f"/api/v1/threads/{returned['blocker']}/state"
    by_another = client.as_(eve).post(url, json={"state": "resolved"}).status_code
    by_level_2 = client.as_(ron).post(url, json={"state": "resolved"}).status_code

    assert (by_another, by_level_2) == (403, 200)


def test_people_who_have_nothing_to_do_with_it_see_no_issue(client, eve, max_, returned, work):
    work_id = work.id
    codes = [client.as_(one).get(f"/api/v1/work/{work_id}/threads").status_code for one in (eve, max_)]
    codes += [
        client.as_(one).post(f"/api/v1/threads/{returned['major']}/comments", json={"body": "Hi"}).status_code
        for one in (eve, max_)
    ]

    assert codes == [404, 404, 404, 404]


def test_a_reply_tells_the_other_side_once(client, session, ed, rae, returned):
    client.as_(ed).post(f"/api/v1/threads/{returned['major']}/comments", json={"body": "It is parity. @reviewer"})

    news = session.scalars(select(Notification).where(Notification.user_id == rae.id)).all()
    assert [(one.kind, one.sentence) for one in news] == [("mention", "You were mentioned: It is parity.")]


def test_in_a_blind_project_a_name_calls_managers_only(client, session, ed, rae, ron, mona, returned):
    client.as_(ed).post(f"/api/v1/threads/{returned['major']}/comments", json={"body": "@Ron or @Mona, is it so?"})

    told = {one.user_id: one.kind for one in session.scalars(select(Notification)) if one.user_id != ed.id}
    assert told == {mona.id: "mention", rae.id: "reply"}


def test_in_an_open_project_a_name_calls_any_member(client, session, sums, ed, rae, ron, returned):
    session.get_one(Project, sums.id).is_blind = False
    client.as_(ed).post(f"/api/v1/threads/{returned['major']}/comments", json={"body": "What does @Ron say?"})

    assert ron.id in {one.user_id for one in session.scalars(select(Notification))}


def place_of(client, work_id, thread_id):
    items = client.get(f"/api/v1/work/{work_id}/threads").json()["items"]
    one = next(item for item in items if item["id"] == str(thread_id))
    return one["step_n"], one["quote_start"], one["is_lost"]


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        (STEPS, (2, 24, False)),
        ([STEPS[0], STEPS[1] | {"body": "Clearly $m$ is odd."}, STEPS[2]], (2, 8, False)),
        ([{"id": "s0", "type": "plan", "body": "Factor."}, *STEPS], (3, 24, False)),
        ([STEPS[0], STEPS[1] | {"body": "It cannot be even."}, STEPS[2]], (2, None, True)),
        ([STEPS[0]], (None, None, True)),
    ],
)
def test_an_issue_is_hung_on_the_new_revision_by_its_quote(client, session, ed, returned, work, steps, place):
    work_id = work.id
    handed_in_again(session, work, now=NOW, content=some_content(steps=steps))

    assert place_of(client.as_(ed), work_id, returned["blocker"]) == place


def test_a_quote_taken_from_the_set_text_is_kept_without_its_place(client, session, rae, work):
    review_id = opened(session, rae, work).id
    answer = client.as_(rae).post(f"/api/v1/reviews/{review_id}/threads", json=SPAN | {"quote": "m is odd"})

    assert (answer.status_code, answer.json()["quote"], answer.json()["quote_start"]) == (201, "m is odd", None)


@pytest.mark.parametrize(
    "broken",
    [
        {"anchor": "step"},
        {"anchor": "span", "step_id": "s2"},
        {"anchor": "whole", "quote": "x"},
        {"anchor": "answer", "step_id": "s1"},
        {"anchor": "step", "step_id": "s99"},
    ],
)
def test_an_anchor_that_does_not_fit_is_refused(client, session, rae, work, broken):
    review_id = opened(session, rae, work).id
    body = {"severity": "minor", "body": "Look."} | broken

    assert client.as_(rae).post(f"/api/v1/reviews/{review_id}/threads", json=body).status_code == 422
