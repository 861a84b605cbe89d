"""Who sees work: drafts nobody but their author, handed-in work those who judge or run, hidden parts nobody."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.assignments.access import visible_assignments
from app.assignments.models import Assignment
from app.assignments.policy import can_view_assignment
from app.submissions.access import visible_submissions
from app.submissions.models import Submission
from app.submissions.policy import can_view_submission
from app.submissions.states import SubmissionState
from tests.factories.work import a_submission, a_task, some_content

EVERYBODY_ELSE = ["eve", "rae", "ron", "mona", "max_", "ada"]
GETS = ["", "/history", "/saves/1", "/conflicts", "/revisions/1"]
POSTS = {
    "/submit": {"n": 1, "sha256": "0" * 64},
    "/heartbeat": {},
    "/aside/skip": {"reason": "I would like to see it."},
    "/give-up": {"reason": "I would like to see it."},
    "/release": {},
    "/resume": {},
    "/undo": {},
    "/withdraw": {"reason": "I would like to see it."},
}
PAGES = ["", "/review-and-submit", "/history", "/submitted"]
FORMS = ["/submit", "/skip", "/broken", "/outside-field", "/give-up", "/withdraw", "/release", "/resume", "/undo"]
RUNS = {"ed", "mona", "ada"}
JUDGES = RUNS | {"rae", "ron"}


@pytest.fixture
def draft(session, sums, ed):
    return a_submission(session, author=ed, task=a_task(session, sums)).id


@pytest.mark.parametrize("who", EVERYBODY_ELSE)
def test_a_draft_does_not_exist_for_anybody_but_its_author(request, client, draft, who):
    client.as_(request.getfixturevalue(who))
    body = {"content": some_content().model_dump(mode="json"), "client_mutation_id": "mutation-1", "fencing": 1}

    answers = {path: client.get(f"/api/v1/work/{draft}{path}").status_code for path in GETS}
    answers |= {path: client.post(f"/api/v1/work/{draft}{path}", json=sent).status_code for path, sent in POSTS.items()}
    answers["/draft"] = client.put(f"/api/v1/work/{draft}/draft", json=body, headers={"If-Match": '"1"'}).status_code
    answers |= {f"page {path}": client.get(f"/work/{draft}{path}").status_code for path in PAGES}
    answers |= {f"form {path}": client.post(f"/work/{draft}{path}").status_code for path in FORMS}

    assert set(answers.values()) == {404}


def test_a_draft_does_not_exist_for_who_is_signed_out(client, draft):
    assert client.as_(None).get(f"/api/v1/work/{draft}").status_code == 401
    assert client.get(f"/work/{draft}").headers["location"] == f"/sign-in?next=/work/{draft}"


@pytest.mark.parametrize(
    ("state", "seen_by"),
    [(state, JUDGES) for state in ("submitted", "in_review", "escalated", "returned", "approved", "rejected")]
    + [(state, RUNS) for state in ("quarantined", "withdrawn")],
)
def test_what_was_handed_in_is_seen_by_who_judges_or_runs(request, client, session, cast, state, seen_by):
    sums = request.getfixturevalue("sums")
    work = a_submission(session, author=cast["Ed"], task=a_task(session, sums), state=SubmissionState(state)).id
    everybody = ["ed", *EVERYBODY_ELSE]

    answers = {
        who: client.as_(request.getfixturevalue(who)).get(f"/api/v1/work/{work}/revisions/1").status_code
        for who in everybody
    }

    assert answers == {who: 200 if who in seen_by else 404 for who in everybody}


@pytest.mark.parametrize("who", ["rae", "mona", "ada"])
def test_the_draft_behind_returned_work_is_its_authors_alone(request, client, session, sums, ed, who):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=SubmissionState.RETURNED).id
    client.as_(request.getfixturevalue(who))

    history = client.get(f"/api/v1/work/{work}/history").json()

    assert ([one["n"] for one in history["revisions"]], history["saves"], history["conflicts"]) == ([1], [], [])
    assert client.get(f"/api/v1/work/{work}/saves/1").status_code == 404
    assert client.get(f"/api/v1/work/{work}").status_code == 404


def test_a_reviewer_reads_without_confidence_and_times_a_manager_with_them(client, session, sums, ed, rae, mona):
    steps = [{"id": "s1", "type": "work", "body": "b", "seconds": 77}]
    content = some_content(confidence=4, steps=steps)
    work = a_submission(
        session, author=ed, task=a_task(session, sums), state=SubmissionState.SUBMITTED, content=content
    ).id

    blind = client.as_(rae).get(f"/api/v1/work/{work}/revisions/1").json()["content"]
    times = [client.get(f"/api/v1/work/{work}/history").json()["revisions"][0]["active_seconds"]]
    full = client.as_(mona).get(f"/api/v1/work/{work}/revisions/1").json()["content"]
    times.append(client.get(f"/api/v1/work/{work}/history").json()["revisions"][0]["active_seconds"])

    assert (blind["confidence"], "seconds" in blind["steps"][0], times) == (None, False, [None, 0])
    assert (full["confidence"], full["steps"][0]["seconds"]) == (4, 77)


def test_a_reviewers_history_page_names_nobody(client, session, sums, ed, rae):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=SubmissionState.SUBMITTED).id

    page = client.as_(rae).get(f"/work/{work}/history")

    assert page.status_code == 200
    assert ">Ed<" not in page.text
    assert "Saves of the draft" not in page.text


@pytest.fixture
def hidden(session, sums, ed, eve):
    """Ed's draft on a task full of things he may not see, and Eve's work on the same task."""
    task = a_task(
        session,
        sums,
        submissions_needed=2,
        answer_spec={"kind": "text", "answer": "canary-answer", "tests": "canary-tests"},
        reference="canary-reference",
        source="canary-source",
        external_id="canary-external-id",
        family="canary-family",
    )
    others = some_content(answer={"text": "canary-of-eve"})
    a_submission(session, author=eve, task=task, state=SubmissionState.APPROVED, content=others)
    return a_submission(session, author=ed, task=task).id


@pytest.mark.parametrize(
    "path",
    ["/api/v1/work/{}", "/api/v1/work/{}/history", "/work/{}", "/work/{}/review-and-submit", "/work/{}/history"],
)
def test_an_author_never_gets_the_answer_the_reference_or_others_work(client, ed, hidden, path):
    answer = client.as_(ed).get(path.format(hidden))

    assert answer.status_code == 200
    assert "canary" not in answer.text


def test_the_state_of_the_editor_holds_only_what_its_model_says(client, ed, hidden):
    state = client.as_(ed).get(f"/api/v1/work/{hidden}").json()

    assert sorted(state["task"]) == [
        "activity",
        "answer_expected",
        "assumptions",
        "attachments",
        "difficulty",
        "domain",
        "id",
        "is_workable",
        "language",
        "name",
        "number",
        "skill",
        "starter_code",
        "statement",
        "title",
        "unit_expected",
        "version",
    ]
    assert "canary" not in json.dumps(state)


def test_somebody_removed_from_the_project_has_no_work_there_any_more(client, session, sums, ed, draft):
    from app.accounts.models import Membership  # noqa: PLC0415 - only here

    client.as_(ed)
    for row in session.scalars(select(Membership).where(Membership.user_id == ed.id)):
        session.delete(row)

    assert client.get(f"/api/v1/work/{draft}").status_code == 404


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_query_and_the_rule_agree_on_what_is_visible(session, cast, sums, others, data):
    with session.begin_nested() as savepoint:
        places = {"sums": sums, "others": others}
        for _ in range(data.draw(st.integers(1, 4))):
            author = cast[data.draw(st.sampled_from(sorted(cast)))]
            place = places[data.draw(st.sampled_from(sorted(places)))]
            state = data.draw(st.sampled_from(sorted(SubmissionState)))
            a_submission(session, author=author, task=a_task(session, place), state=SubmissionState(state))
        everything = session.scalars(select(Submission)).all()
        leases = session.scalars(select(Assignment)).all()
        for person in cast.values():
            visible = set(session.scalars(visible_submissions(person.actor)))
            assert visible == {one for one in everything if can_view_submission(person.actor, one)}
            held = set(session.scalars(visible_assignments(person.actor)))
            assert held == {one for one in leases if can_view_assignment(person.actor, one)}
        savepoint.rollback()
