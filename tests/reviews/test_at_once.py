"""Sixteen people at the same moment: one decision counts, the others are kept; capacity and counters stay exact."""

import threading
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts.queries import actor_of_user
from app.core.actor import Role
from app.core.audit import Event
from app.core.errors import Conflict, WorkingsError
from app.projects.models import Project
from app.reviews.access import get_review
from app.reviews.models import Review, StepLabel
from app.reviews.schemas import DecisionIn, ReviewDraftIn
from app.reviews.service.deciding import Decided, decide
from app.reviews.service.drafting import save_review
from app.reviews.service.opening import open_review
from app.reviews.service.undoing import undo_decision
from app.reviews.states import ReviewState
from app.submissions.models import Submission
from app.submissions.states import SubmissionState
from app.tasks.models import TaskSlot
from app.tasks.states import SlotState
from tests.cast import NOW, Person, a_user, add_member
from tests.factories.reviewing import FACTS, decided, handed_in, opened
from tests.factories.work import revision_of

PEOPLE = 16


@pytest.fixture
def crowd(session, sums):
    """Sixteen reviewers of level 2."""
    project = session.get_one(Project, sums.id)
    people = []
    for n in range(PEOPLE):
        user = a_user(session, f"Reviewer{n}", level=2)
        add_member(session, project, user, Role.REVIEWER)
        actor = actor_of_user(session, user.id)
        assert actor is not None
        people.append(Person(user.id, user.name, user.email, actor))
    return people


def at_once(database, jobs):
    """Run each job in a transaction of its own, all starting together; returns results and refusals in order."""
    barrier = threading.Barrier(len(jobs))
    outcomes: list[Any] = [None] * len(jobs)

    def run(n, job):
        barrier.wait()
        try:
            with database.writing() as session:
                outcomes[n] = job(session)
                session.commit()
        except WorkingsError as error:
            outcomes[n] = error

    threads = [threading.Thread(target=run, args=(n, job)) for n, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def a_decision(person, review_id, verdict, sha256):
    body = {"verdict": verdict, "sha256": sha256, "draft": {"labels": {"s1": {"value": "good"}}}} | FACTS[verdict]

    def job(session):
        desk = get_review(session, person.actor, review_id)
        outcome = decide(session, person.actor, desk, DecisionIn.model_validate(body), now=NOW)
        return type(outcome).__name__

    return job


@pytest.mark.parametrize(
    "verdicts", [["approve"], ["return"], ["approve", "return"], ["approve", "escalate", "return"]]
)
def test_of_sixteen_decisions_at_once_exactly_one_takes_effect(database, session, sums, ed, crowd, verdicts):
    work = handed_in(session, sums, ed)
    reviews = [opened(session, person, work).id for person in crowd]
    work_id, slot_id, sha256 = work.id, work.slot_id, revision_of(session, work).sha256
    session.commit()

    outcomes = at_once(
        database,
        [
            a_decision(person, review_id, verdicts[n % len(verdicts)], sha256)
            for n, (person, review_id) in enumerate(zip(crowd, reviews, strict=True))
        ],
    )

    session.expire_all()
    states = Counter(session.scalars(select(Review.state)))
    assert Counter(outcomes) == {"Decided": 1, "Overtaken": PEOPLE - 1}
    assert states == {ReviewState.DECIDED: 1, ReviewState.OVERTAKEN: PEOPLE - 1}
    assert session.scalar(select(func.count()).select_from(StepLabel)) == PEOPLE
    winner = session.scalars(select(Review.verdict).where(Review.state == ReviewState.DECIDED)).one()
    state = session.get_one(Submission, work_id).state
    assert state == {"approve": "approved", "return": "returned", "escalate": "escalated"}[winner or ""]
    slot = session.get_one(TaskSlot, slot_id).state
    assert slot == (SlotState.DONE if state == SubmissionState.APPROVED else SlotState.TAKEN)
    assert session.get_one(Submission, work_id).times_returned == (1 if winner == "return" else 0)
    assert session.scalar(select(func.count()).where(Event.verb == "review.decide")) == 1


def test_of_sixteen_rejections_of_proposed_one_only_one_confirms(database, session, sums, ed, rae, crowd):
    work = handed_in(session, sums, ed)
    decided(session, rae, work, "reject")
    reviews = [opened(session, person, work).id for person in crowd]
    work_id, sha256 = work.id, revision_of(session, work).sha256
    session.commit()

    outcomes = at_once(
        database,
        [a_decision(person, one, "reject", sha256) for person, one in zip(crowd, reviews, strict=True)],
    )

    session.expire_all()
    assert Counter(outcomes) == {"Decided": 1, "Overtaken": PEOPLE - 1}
    assert session.get_one(Submission, work_id).state == SubmissionState.REJECTED


def test_one_person_opening_sixteen_times_at_once_has_one_review(database, session, sums, ed, rae):
    work = handed_in(session, sums, ed)
    work_id = work.id
    session.commit()

    def job(own):
        return open_review(own, rae.actor, work_id, now=NOW)[0].id

    outcomes = at_once(database, [job] * PEOPLE)

    assert set(outcomes) == set(session.scalars(select(Review.id)))
    assert len(set(outcomes)) == 1


def test_of_sixteen_saves_based_on_the_same_number_one_is_stored(database, session, sums, ed, rae):
    work = handed_in(session, sums, ed)
    review_id = opened(session, rae, work).id
    session.commit()

    def job(n):
        def save(own):
            desk = get_review(own, rae.actor, review_id)
            sent = ReviewDraftIn.model_validate({"labels": {"s1": {"value": "good"}}, "reason": f"Window {n}"})
            return save_review(own, desk, sent, base_n=0, now=NOW)

        return save

    outcomes = at_once(database, [job(n) for n in range(PEOPLE)])

    assert Counter(type(one).__name__ for one in outcomes) == {"int": 1, "Stale": PEOPLE - 1}
    assert session.get_one(Review, review_id).save_n == 1


def test_a_decision_is_undone_once_however_often_it_is_asked_for(database, session, sums, ed, rae):
    work = handed_in(session, sums, ed)
    review = opened(session, rae, work)
    review_id, work_id = review.id, work.id
    assert isinstance(decided(session, rae, work, "approve", review=review), Decided)
    session.commit()

    def job(own):
        return undo_decision(own, rae.actor, get_review(own, rae.actor, review_id), now=NOW).id

    outcomes = at_once(database, [job] * PEOPLE)

    refused = [one for one in outcomes if isinstance(one, Conflict)]
    assert len(refused) == PEOPLE - 1
    assert session.get_one(Submission, work_id).state == SubmissionState.IN_REVIEW
    assert Counter(session.scalars(select(Review.state))) == {ReviewState.OPEN: 1, ReviewState.UNDONE: 1}
