"""Freezing while people approve, undo, withdraw and freeze too: one cut, numbered without gaps, of whole work."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.errors import Conflict
from app.datasets.models import Dataset, Snapshot, SnapshotItem, SnapshotReview
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset, freeze
from app.projects.models import Project
from app.reviews.access import get_review
from app.reviews.models import Review
from app.reviews.service.undoing import undo_decision
from app.submissions.models import Submission
from app.submissions.service.ending import withdraw
from app.submissions.states import SubmissionState
from tests.accounts.racing import PEOPLE, at_once
from tests.cast import NOW
from tests.factories.reviewing import decided, handed_in, opened

SOON, LATER = NOW + timedelta(seconds=9), NOW + timedelta(minutes=5)


@pytest.fixture
def dataset_id(session, mona, sums):
    project = session.get_one(Project, sums.id)
    return create_dataset(session, project, DatasetIn(name="All"), actor=mona.actor, now=NOW).id


def approved(session, place, author, reviewer, *, now=NOW):
    work = handed_in(session, place, author)
    decided(session, reviewer, work, "approve", now=now)
    return work.id


def freezing(mona, dataset_id, now=LATER):
    def work(session):
        snapshot = freeze(session, session.get_one(Dataset, dataset_id), note="", actor=mona.actor, now=now)
        return snapshot.n, snapshot.items

    return work


def approving(reviewer, review_id, now=LATER):
    def work(session):
        review = session.get_one(Review, review_id)
        return decided(
            session, reviewer, session.get_one(Submission, review.submission_id), "approve", review=review, now=now
        )

    return work


def members(session):
    rows = session.execute(select(SnapshotItem.snapshot_id, SnapshotItem.position, SnapshotItem.submission_id)).all()
    return {snapshot: {row[2] for row in rows if row[0] == snapshot} for snapshot in {row[0] for row in rows}}


def test_sixteen_freezes_at_once_get_different_numbers_and_the_same_members(
    database, session, mona, sums, ed, rae, dataset_id
):
    works = {approved(session, sums, ed, rae) for _ in range(5)}
    session.commit()

    outcomes = at_once(database, [freezing(mona, dataset_id)] * PEOPLE)

    frozen = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} <= {Conflict}
    assert sorted(n for n, _ in frozen) == [*range(1, len(frozen) + 1)]
    assert list(members(session).values()) == [works] * len(frozen)


def test_what_is_approved_at_this_moment_is_not_in_the_cut(database, session, mona, sums, ed, rae, dataset_id):
    works = {approved(session, sums, ed, rae) for _ in range(3)}
    reviews = [opened(session, rae, handed_in(session, sums, ed)).id for _ in range(PEOPLE - 1)]
    session.commit()

    outcomes = at_once(database, [freezing(mona, dataset_id), *(approving(rae, one) for one in reviews)])

    assert outcomes[0] == (1, 3)
    assert list(members(session).values()) == [works]
    states = session.scalars(select(Submission.state)).all()
    assert states == [SubmissionState.APPROVED] * (PEOPLE - 1 + 3)


def test_work_that_is_withdrawn_at_this_moment_is_in_whole_or_not_at_all(
    database, session, mona, sums, ed, rae, dataset_id
):
    works = [approved(session, sums, ed, rae) for _ in range(PEOPLE - 1)]
    session.commit()

    def withdrawing(work_id):
        return lambda own: withdraw(own, ed.actor, own.get_one(Submission, work_id), "It holds a slip.", now=LATER)

    at_once(database, [freezing(mona, dataset_id), *(withdrawing(one) for one in works[:-1])])

    snapshot = session.scalars(select(Snapshot)).one()
    items = session.execute(select(SnapshotItem.position, SnapshotItem.submission_id, SnapshotItem.state)).all()
    judged = select(Review.submission_id).join(SnapshotReview, SnapshotReview.review_id == Review.id)
    assert [item.position for item in items] == [*range(1, snapshot.items + 1)]
    assert {item.state for item in items} == {"approved"}
    assert works[-1] in {item.submission_id for item in items}
    assert sorted(session.scalars(judged)) == sorted(item.submission_id for item in items)


def test_what_is_being_undone_is_not_in_the_cut(database, session, mona, sums, ed, rae, dataset_id):
    approved(session, sums, ed, rae)
    reviews = []
    for _ in range(PEOPLE - 1):
        work = handed_in(session, sums, ed)
        reviews.append(opened(session, rae, work).id)
        decided(session, rae, work, "approve", now=SOON)
    session.commit()

    def undoing(review_id):
        return lambda own: undo_decision(own, rae.actor, get_review(own, rae.actor, review_id), now=SOON)

    at_once(database, [freezing(mona, dataset_id, SOON + timedelta(seconds=9)), *(undoing(one) for one in reviews)])

    query = select(Submission.state).join(SnapshotItem, SnapshotItem.submission_id == Submission.id)
    assert session.scalars(query).all() == [SubmissionState.APPROVED]
