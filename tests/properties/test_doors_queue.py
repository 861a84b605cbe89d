"""The review queue lists exactly the work that the rule lets somebody open, in random worlds."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.projects.models import Project
from app.projects.states import ProjectState
from app.reviews.policy import can_review_submission
from app.reviews.queries.judged import ties_of
from app.reviews.queries.queue import reviewed_projects, waiting_ids
from app.reviews.states import RESERVED_HOURS, ReviewState, Verdict
from app.submissions.models import Submission
from app.submissions.states import SubmissionState
from tests.cast import NOW, Person, Place
from tests.factories.judged import a_review
from tests.factories.work import a_submission, a_task

WAITS = [SubmissionState.SUBMITTED, SubmissionState.IN_REVIEW, SubmissionState.ESCALATED]
MOMENTS = [NOW - timedelta(hours=RESERVED_HOURS + hours) for hours in (-1, 1)]


def a_piece(session: Session, draw: Any, people: list[Person], place: Place) -> None:
    """Draw one piece of work: whose, on whose task, waiting or not, returned before by whom, judged by whom."""
    task = a_task(session, place, submissions_needed=2)
    author = draw(st.sampled_from(people))
    if draw(st.booleans()):
        task.author_id = draw(st.sampled_from(people)).id
    state = draw(st.sampled_from([*WAITS, *WAITS, *SubmissionState]))
    work = a_submission(session, author=author, task=task, state=state)
    others = [person for person in people if person.id != author.id]
    if draw(st.booleans()):
        a_submission(session, author=draw(st.sampled_from(others)), task=task)
    work.review_level = draw(st.integers(1, 2))
    if work.submitted_at is not None:
        work.submitted_at = draw(st.sampled_from(MOMENTS))
    if work.revision_n and draw(st.booleans()):
        facts: dict[str, Any] = {"state": draw(st.sampled_from([ReviewState.DECIDED, ReviewState.UNDONE]))}
        facts["verdict"] = draw(st.sampled_from([Verdict.APPROVE, Verdict.APPROVE_WITH_EDITS, Verdict.ESCALATE]))
        a_review(session, work, reviewer=draw(st.sampled_from(others)), labels={}, **facts)
    if draw(st.booleans()):
        work.last_reviewer_id = draw(st.sampled_from(others)).id
    session.flush()  # the queue asks the database


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_queue_holds_what_the_rule_lets_somebody_open(session, cast, sums, others, data):
    people, places = list(cast.values()), [sums, others]
    savepoint = session.begin_nested()
    try:
        for place in places:
            session.get_one(Project, place.id).state = data.draw(st.sampled_from(ProjectState))
        for _ in range(data.draw(st.integers(1, 5))):
            a_piece(session, data.draw, people, data.draw(st.sampled_from(places)))
        person = data.draw(st.sampled_from(people))
        roles = {place.id: data.draw(st.frozensets(st.sampled_from(Role), min_size=1)) for place in places}
        actor = Actor(person.id, person.name, roles=roles, level=data.draw(st.integers(1, 2)))

        chosen = [found[0] for found in reviewed_projects(session, actor)]
        waiting = waiting_ids(session, actor, chosen, now=NOW)
        may_open = {
            work.id
            for work in session.scalars(select(Submission))
            if can_review_submission(
                actor,
                work,
                session.get_one(Project, work.project_id),
                ties_of(session, actor, work, now=NOW),
            )
        }

        assert (set(waiting), len(waiting)) == (may_open, len(may_open))
    finally:
        savepoint.rollback()  # also when Hypothesis ends an example in the middle of a draw
