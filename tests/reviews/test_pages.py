"""The pages of reviews work as plain forms: queue, workbench, decision, edits, the author's verdict and issues."""

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.reviews.models import Review, StepLabel, Thread
from app.reviews.states import ReviewState
from app.submissions.models import Submission
from app.submissions.states import SubmissionState
from tests.factories.reviewing import decided, handed_in, opened
from tests.factories.work import revision_of


@pytest.fixture
def work(session, sums, ed):
    return handed_in(session, sums, ed)


def test_the_queue_lists_what_waits_and_opens_it(client, session, rae, work):
    work_id = work.id
    page = client.as_(rae).get("/reviews")
    answer = client.post(f"/work/{work_id}/review")

    review = session.scalars(select(Review)).one()
    assert (page.status_code, answer.status_code, answer.headers["location"]) == (200, 303, f"/reviews/{review.id}")
    assert "One piece of work waits for you." in page.text
    assert f"/work/{work_id}/review" in page.text


def test_the_queue_of_somebody_who_reviews_nowhere_says_so(client, ed, work):
    page = client.as_(ed).get("/reviews")

    assert "You review in no project." in page.text


def test_an_htmx_request_gets_the_queue_and_an_address_without_what_was_left_alone(client, rae, work):
    page = client.as_(rae).get("/reviews?activity=solve&domain=&level=", headers={"HX-Request": "true"})

    assert page.text.lstrip().startswith('<div class="stack stack--wide" id="queue">')
    assert page.headers["hx-push-url"] == "/reviews?activity=solve"


def test_the_workbench_is_a_page_whose_form_decides_without_script(client, session, rae, work):
    work_id = work.id
    review = opened(session, rae, work)
    review_id, sha256 = review.id, revision_of(session, work).sha256
    page = client.as_(rae).get(f"/reviews/{review_id}")

    answer = client.post(
        f"/reviews/{review_id}/decide",
        data={
            "verdict": "approve",
            "sha256": sha256,
            "verification_method": "re_derived",
            "verification_note": "",
            "reason": "",
            "v-s1": "good",
            "v-s2": "unsure",
            "score-correct": "3",
        },
    )

    labels = session.scalars(select(StepLabel).order_by(StepLabel.step_id)).all()
    assert page.status_code == 200
    assert 'id="review-state"' in page.text
    assert (answer.status_code, answer.headers["location"]) == (303, f"/reviews/{review_id}")
    assert session.get_one(Submission, work_id).state == SubmissionState.APPROVED
    assert [(label.step_id, label.value) for label in labels] == [("s1", "good"), ("s2", "unsure")]
    assert session.get_one(Review, review_id).rubric_scores == {"correct": 3}


def test_a_refused_decision_keeps_what_was_chosen_and_says_what_is_missing(client, session, rae, work):
    review = opened(session, rae, work)
    review_id, sha256 = review.id, revision_of(session, work).sha256

    page = client.as_(rae).post(
        f"/reviews/{review_id}/decide",
        data={"verdict": "reject", "sha256": sha256, "reason": "No.", "v-s1": "bad", "verification_note": "Ran it"},
    )

    assert page.status_code == 422
    assert "Say why, in at least 20 characters." in page.text
    assert "Ran it</textarea>" in page.text
    assert session.scalars(select(StepLabel.value)).all() == ["bad"]
    assert session.get_one(Review, review_id).state == ReviewState.OPEN


def test_an_issue_is_written_with_a_form_and_removed_with_another(client, session, rae, work):
    review_id = opened(session, rae, work).id
    answer = client.as_(rae).post(
        f"/reviews/{review_id}/threads",
        data={"where": "step:s2", "quote": "$m$ is odd", "severity": "blocker", "body": "Why odd?"},
    )
    thread = session.scalars(select(Thread)).one()
    facts, thread_id = (thread.anchor, thread.step_id, thread.quote_start, thread.severity), thread.id
    page = client.get(f"/reviews/{review_id}")
    dropped = client.post(f"/threads/{thread_id}/drop", data={"review": str(review_id)})

    assert (answer.status_code, facts) == (303, ("span", "s2", 24, "blocker"))
    assert "Why odd?" in page.text
    assert (dropped.headers["location"], session.scalars(select(Thread)).all()) == (f"/reviews/{review_id}#issues", [])


def test_an_issue_without_words_is_refused_and_what_was_typed_stays(client, session, rae, work):
    review_id = opened(session, rae, work).id
    page = client.as_(rae).post(
        f"/reviews/{review_id}/threads", data={"where": "answer", "quote": "", "severity": "minor", "body": " "}
    )

    assert page.status_code == 422
    assert '<option value="answer" selected>' in page.text


def test_the_reference_is_shown_after_the_own_answer(client, session, rae, work):
    review_id = opened(session, rae, work).id
    before = client.as_(rae).get(f"/reviews/{review_id}").text
    client.post(f"/reviews/{review_id}/reveal", data={"own_answer": "5"})
    after = client.get(f"/reviews/{review_id}").text

    assert ("Reduce modulo 2" in before, "Reduce modulo 2" in after, "No machine compared it" in after) == (
        False,
        True,
        False,
    )
    assert "The answer agrees with the expected one." in after


def test_edits_are_made_with_a_form_and_accepted_by_the_author(client, session, rae, ed, work):
    work_id = work.id
    review = opened(session, rae, work)
    review_id, sha256 = review.id, revision_of(session, work).sha256
    form = client.as_(rae).get(f"/reviews/{review_id}/edit")
    answer = client.post(
        f"/reviews/{review_id}/edit",
        data={
            "sha256": sha256,
            "step-s3": "Hence $n = 5$ alone.",
            "answer": "n = 5",
            "unit": "",
            "verification_method": "re_derived",
        },
    )
    shown = client.as_(ed).get(f"/work/{work_id}/verdict")
    accepted = client.post(f"/work/{work_id}/edits", data={"answer": "accept"})

    work = session.get_one(Submission, work_id)
    assert (form.status_code, answer.status_code, accepted.status_code) == (200, 303, 303)
    assert "<ins> alone</ins>" in shown.text
    assert (work.revision_n, revision_of(session, work).edits_state) == (2, "accepted")


def test_contesting_needs_a_reason(client, session, rae, ed, work):
    work_id = work.id
    review_id = opened(session, rae, work).id
    sha256 = revision_of(session, work).sha256
    client.as_(rae).post(
        f"/reviews/{review_id}/edit",
        data={"sha256": sha256, "answer": "5", "unit": "", "verification_method": "re_derived"},
    )
    refused = client.as_(ed).post(f"/work/{work_id}/edits", data={"answer": "contest", "reason": "no"})
    contested = client.post(
        f"/work/{work_id}/edits", data={"answer": "contest", "reason": "The unit was left out on purpose."}
    )

    assert (refused.status_code, contested.status_code) == (422, 303)
    assert session.get_one(Submission, work_id).state == SubmissionState.ESCALATED


def test_the_author_answers_issues_on_their_page(client, session, rae, ed, work):
    work_id = work.id
    decided(session, rae, work, "return")
    thread_id = session.scalars(select(Thread.id)).one()
    before = client.as_(ed).get(f"/work/{work_id}/issues").text
    client.post(f"/threads/{thread_id}/comments", data={"body": "I added the word.", "answers": "true"})
    after = client.get(f"/work/{work_id}/issues").text

    assert "One issue waits for an answer." in before
    assert "All weighty issues are answered." in after
    assert session.get_one(Thread, thread_id).state == "answered"


def test_undo_leads_back_into_an_open_review(client, session, rae, work):
    review_id = opened(session, rae, work, now=now()).id
    sha256 = revision_of(session, work).sha256
    client.as_(rae).post(
        f"/reviews/{review_id}/decide",
        data={"verdict": "approve", "sha256": sha256, "verification_method": "executed", "v-s1": "good"},
    )
    shown = client.get(f"/reviews/{review_id}").text
    answer = client.post(f"/reviews/{review_id}/undo")
    again = client.get(answer.headers["location"])

    assert f"/reviews/{review_id}/undo" in shown
    assert (answer.status_code, again.status_code) == (303, 200)
    assert 'value="approve" data-key="a">' in again.text


def test_managers_see_who_decided_what(client, session, mona, rae, work):
    decided(session, rae, work, "return")
    waiting = client.as_(mona).get("/projects/sums/reviews").text
    returned = client.get("/projects/sums/reviews?state=returned").text

    assert "Nothing waits for a review." in waiting
    assert ("Ed" in returned, "by Rae" in returned) == (True, True)


def test_a_reviewer_is_led_from_the_tab_to_the_queue(client, rae, work):
    answer = client.as_(rae).get("/projects/sums/reviews")

    assert answer.headers["location"] == "/reviews?project=sums"


def test_the_verdict_page_is_for_the_author_and_managers(client, session, ed, eve, rae, mona, max_, work):
    decided(session, rae, work, "return")
    work_id = work.id
    codes = [client.as_(one).get(f"/work/{work_id}/verdict").status_code for one in (ed, mona, rae, eve, max_)]

    assert codes == [200, 200, 403, 404, 404]


def test_closing_without_a_verdict_lets_the_work_wait_again(client, session, rae, work):
    work_id = work.id
    review_id = opened(session, rae, work).id
    client.as_(rae).post(f"/reviews/{review_id}/leave")

    assert session.get_one(Review, review_id).state == ReviewState.DROPPED
    assert session.get_one(Submission, work_id).state == SubmissionState.SUBMITTED


def test_returned_work_is_handed_in_from_its_issues_once_they_are_answered(client, session, rae, ed, work):
    work_id, sha256 = work.id, work.draft_sha256
    decided(session, rae, work, "return")
    thread_id = session.scalars(select(Thread.id)).one()
    client.as_(ed)
    page = client.get(f"/work/{work_id}/review-and-submit").text
    part = f"/work/{work_id}/issues?n=1&sha256={sha256}"
    before = client.get(part, headers={"HX-Request": "true"}).text
    client.post(f"/threads/{thread_id}/state", data={"state": "answered"})
    after = client.get(part, headers={"HX-Request": "true"}).text
    handed = client.post(f"/work/{work_id}/submit", data={"n": "1", "sha256": sha256})

    submit = f'action="/work/{work_id}/submit"'
    assert (submit in page, f"/work/{work_id}/issues?n=1" in page) == (False, True)
    assert (submit in before, submit in after, handed.status_code) == (False, True, 303)
    assert session.get_one(Submission, work_id).state == SubmissionState.SUBMITTED
