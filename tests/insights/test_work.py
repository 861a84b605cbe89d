from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core.clock import now
from app.insights.queries.mywork import history_of, hours_of, in_hands
from app.insights.queries.offers import offers_for
from app.insights.schemas import Share
from app.projects.models import GuidelineAcknowledgement, Project
from app.projects.states import ProjectState
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.states import AnchorKind, ErrorType, ReviewState, Severity, StepVerdict, ThreadState, Verdict
from app.submissions.models import WorkSpan
from app.submissions.states import SubmissionState
from tests.cast import NOW
from tests.factories.work import a_submission, a_task, revision_of

S = SubmissionState


def a_review(session, work, reviewer, verdict, *, reason="", error: ErrorType | None = None) -> Review:
    review = Review(
        project_id=work.project_id,
        submission_id=work.id,
        revision_id=revision_of(session, work).id,
        revision_n=1,
        reviewer_id=reviewer.id,
        state=ReviewState.DECIDED,
        verdict=verdict,
        reason=reason,
        opened_at=NOW,
        last_seen_at=NOW,
        decided_at=NOW,
        seconds=600,
    )
    session.add(review)
    session.flush()
    if error is not None:
        session.add(StepLabel(review_id=review.id, step_id="s2", value=StepVerdict.BAD, error_type=error))
    session.flush()
    return review


def an_issue(session, work, review, text, severity, *, published=True, state=ThreadState.OPEN) -> None:
    thread = Thread(
        submission_id=work.id,
        review_id=review.id,
        revision_n=1,
        anchor=AnchorKind.STEP,
        step_id="s2",
        severity=severity,
        state=state,
        published_at=NOW if published else None,
        opened_by=review.reviewer_id,
        opened_at=NOW,
    )
    session.add(thread)
    session.flush()
    session.add(Comment(thread_id=thread.id, author_id=review.reviewer_id, body=text, created_at=NOW))
    session.flush()


def returned_work(session, ed, rae, place) -> Any:
    work = a_submission(session, author=ed, task=a_task(session, place), state=S.RETURNED, times_returned=1)
    review = a_review(session, work, rae, Verdict.RETURN, reason="See the issues.", error=ErrorType.MISSING_CASE)
    an_issue(session, work, review, "A comma is missing. Truly.", Severity.MINOR)
    an_issue(session, work, review, "The other case is not spoken of. Close it.", Severity.MAJOR)
    an_issue(session, work, review, "Settled long ago.", Severity.BLOCKER, state=ThreadState.RESOLVED)
    an_issue(session, work, review, "Not told yet.", Severity.BLOCKER, published=False)
    return work


def test_returned_work_comes_first_with_the_heaviest_open_issue(session, ed, rae, sums):
    a_submission(session, author=ed, task=a_task(session, sums)).updated_at = NOW + timedelta(hours=1)
    returned_work(session, ed, rae, sums)
    first, second = in_hands(session, ed.actor)
    assert (first.state, first.quote) == ("returned", "The other case is not spoken of.")
    assert list(first.issues) == [("major", 1), ("minor", 1)]
    assert (second.state, second.steps, second.lease_until) == ("draft", 3, NOW + timedelta(hours=24))
    assert second.words > 10


def test_without_open_issues_the_reason_of_the_decision_is_quoted(session, ed, rae, sums):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.RETURNED)
    a_review(session, work, rae, Verdict.RETURN, reason="Units are missing. Add them.")
    assert [piece.quote for piece in in_hands(session, ed.actor)] == ["Units are missing."]


def test_what_was_skipped_is_only_read_and_not_listed_before_anything_was_written(session, ed, sums):
    works = [a_submission(session, author=ed, task=a_task(session, sums)) for _ in range(2)]
    for work, saves in zip(works, (0, 2), strict=True):
        lease = session.get_one(Assignment, work.assignment_id)
        lease.state, lease.lease_expires_at, lease.hand, work.draft_n = AssignmentState.SKIPPED, None, None, saves
    session.flush()
    assert [(piece.submission_id, piece.is_skipped) for piece in in_hands(session, ed.actor)] == [(works[1].id, True)]


def test_nobody_elses_work_is_ones_own(session, ed, eve, sums):
    a_submission(session, author=eve, task=a_task(session, sums))
    assert in_hands(session, ed.actor) == []


def test_history_sums_up_what_became_of_the_work(session, ed, rae, sums):
    for number in range(3):
        work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
        work.updated_at = NOW + timedelta(minutes=number)
        a_review(session, work, rae, Verdict.APPROVE, reason=f"Good {number}. Really.", error=ErrorType.UNIT)
    returned_work(session, ed, rae, sums)
    a_submission(session, author=ed, task=a_task(session, sums), state=S.REJECTED)
    history = history_of(session, ed.actor)
    assert history.counts == {"approved": 3, "returned": 1, "rejected": 1}
    assert history.first_time == Share(3, 5)
    assert history.reasons == [("unit", 3), ("missing case", 1)]
    assert [(piece.state, piece.quote) for piece in history.last_three][:2] == [
        ("approved", "Good 2."),
        ("approved", "Good 1."),
    ]


def test_time_is_split_into_writing_revising_and_judging(session, ed, eve, rae, sums):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.RETURNED)
    for start, seconds, user in [(-3, 100, ed), (2, 40, ed), (2, 999, eve), (-24 * 40, 7, ed)]:
        at = NOW + timedelta(hours=start)
        session.add(
            WorkSpan(submission_id=work.id, user_id=user.id, started_at=at, last_beat_at=at, active_seconds=seconds)
        )
    a_review(session, work, rae, Verdict.RETURN)
    hours = hours_of(session, ed.actor, since=NOW - timedelta(days=23))
    assert (hours.writing, hours.revising, hours.judging, hours.together) == (100, 40, 0, 140)
    assert hours_of(session, rae.actor, since=NOW - timedelta(days=23)).judging == 600


def test_open_work_is_counted_by_field_and_level_without_ones_own(session, ed, eve, sums):
    for domain, difficulty in [("Geometry", 2), ("Geometry", 2), ("Geometry", 5), ("Number theory", None), (None, 1)]:
        a_task(session, sums, domain=domain, difficulty=difficulty, submissions_needed=2)
    a_task(session, sums, domain="Geometry", author_id=ed.id)
    a_submission(session, author=ed, task=a_task(session, sums, domain="Geometry", submissions_needed=2))
    offer = offers_for(session, ed.actor)[0]
    assert [(one.name, one.tasks, list(one.levels)) for one in offer.fields] == [
        ("Geometry", 3, [0, 2, 0, 0, 1]),
        ("No field given", 1, [1, 0, 0, 0, 0]),
        ("Number theory", 1, [0, 0, 0, 0, 0]),
    ]
    assert (offer.reason, offer.tasks) == (None, 5)
    assert offers_for(session, eve.actor)[0].tasks == 7


def why(session, person) -> list[str | None]:
    return [offer.reason for offer in offers_for(session, person.actor)]


def test_why_there_is_nothing_is_said(session, ed, eve, sums):
    project = session.get_one(Project, sums.id)
    assert why(session, ed) == ["Every task has the work it needs; new ones appear here when a manager opens them."]
    a_submission(session, author=eve, task=a_task(session, sums))
    assert why(session, ed) == ["Every open task is in somebody's hands now; one comes back when a lease ends."]
    a_task(session, sums, author_id=ed.id)
    assert why(session, ed) == ["What is still free you have written, worked on or judged; it needs somebody else."]
    a_task(session, sums)
    assert why(session, ed) == [None]
    project.state = ProjectState.PAUSED
    session.flush()
    assert why(session, ed) == ["The project is paused: drafts can be finished, but nothing new is handed out."]


def test_an_unread_guideline_leads_to_it(session, ed, sums):
    a_task(session, sums)
    session.execute(delete(GuidelineAcknowledgement).where(GuidelineAcknowledgement.user_id == ed.id))
    offer = offers_for(session, ed.actor)[0]
    assert (list(offer.fields), offer.reason_path) == ([], "/projects/sums/guidelines")
    assert offer.reason == "Read version 1 of the guideline and acknowledge it first."


def test_three_held_tasks_are_said_while_the_open_work_stays_visible(session, ed, sums):
    for hand in (1, 2, 3):
        work = a_submission(session, author=ed, task=a_task(session, sums))
        session.get_one(Assignment, work.assignment_id).hand = hand
    a_task(session, sums)
    session.flush()
    offer = offers_for(session, ed.actor)[0]
    assert offer.tasks == 1
    assert offer.reason == "You hold three tasks: hand one in, give it back or skip it, and the next one is yours."


def test_the_page_greets_with_what_waits(client, ed, rae, session, sums):
    returned_work(session, ed, rae, sums)
    a_submission(session, author=ed, task=a_task(session, sums))
    a_task(session, sums, domain="Geometry")
    page = client.as_(ed).get("/work").text
    assert "One piece came back. One draft is open." in page
    assert "The other case is not spoken of." in page
    assert "Next task" in page
    assert 'name="domain" value="Geometry"' in page
    assert "Rae" not in page


def test_the_page_is_calm_when_there_is_nothing(client, ed, mona, sums):
    page = client.as_(ed).get("/work").text
    assert "Nothing waits for you, and nothing is open just now." in page
    assert "Next task" not in page
    assert "You annotate in no project." in client.as_(mona).get("/work").text


@pytest.mark.parametrize("state", ["approved", "draft", "in_review"])
def test_all_pieces_of_a_state_are_listed(client, ed, eve, session, sums, state):
    mine = a_submission(session, author=ed, task=a_task(session, sums), state=S(state)).id
    others = a_submission(session, author=eve, task=a_task(session, sums), state=S(state)).id
    page = client.as_(ed).get(f"/work?state={state}").text
    assert f"/work/{mine}" in page
    assert f"/work/{others}" not in page
    assert client.get("/work?state=nonsense").status_code == 422


def test_many_pieces_come_in_pages(client, ed, session, sums):
    for number in range(52):
        a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED).updated_at = NOW + timedelta(
            seconds=number % 7
        )
    first = client.as_(ed).get("/work?state=approved").text
    cursor = first.split("cursor=")[1].split('"')[0]
    second = client.get(f"/work?state=approved&cursor={cursor}").text
    assert (first.count("work__title"), second.count("work__title")) == (50, 2)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_my_work_costs_the_same_however_much_it_is(client, ed, rae, session, sums, queries_made, count):
    for _ in range(count):
        returned_work(session, ed, rae, sums)
        a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
        a_submission(session, author=ed, task=a_task(session, sums))
    for number in range(count + 1):
        a_task(session, sums, domain=f"Field {number}")
    client.as_(ed).get("/work")
    with queries_made() as statements:
        page = client.get("/work")
    assert page.text.count('<li class="work">') == 2 * count
    # who asks and their news 2, in hands 4, offers 3, history 5, hours 2
    assert len(statements) == 16


def test_the_clock_of_the_page_is_the_servers(client, ed, sums):
    assert f"{now():%A, %-d %B}" in client.as_(ed).get("/work").text
