"""What becomes of an open review whose reviewer was removed from the project or shut out."""

import pytest
from sqlalchemy import delete, func, select, update

from app.accounts.models import Membership, User
from app.accounts.states import UserState
from app.core import jobs
from app.core.actor import Role
from app.core.audit import Event
from app.reviews.models import Review
from app.reviews.service.releasing import release_former
from app.reviews.states import ReviewState
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.cast import NOW
from tests.factories.reviewing import handed_in, opened


@pytest.fixture
def work(session, sums, ed):
    return handed_in(session, sums, ed)


def remove(session, person):
    session.execute(delete(Membership).where(Membership.user_id == person.id, Membership.role == Role.REVIEWER))


def disable(session, person):
    session.execute(update(User).where(User.id == person.id).values(state=UserState.DISABLED))


@pytest.mark.parametrize("leaves", [remove, disable])
def test_the_work_of_a_reviewer_who_has_left_waits_for_the_next_one(session, database, app_settings, rae, work, leaves):
    review = opened(session, rae, work)
    leaves(session, rae)

    jobs.enqueue(session, "reviews.release", {}, now=NOW)
    session.commit()
    Worker(database, app_settings).run_all()

    session.expire_all()
    assert (review.state, work.state) == (ReviewState.DROPPED, S.SUBMITTED)
    told = session.scalars(select(Event).where(Event.verb == "review.release")).one()
    assert (told.object_id, told.from_state, told.to_state) == (review.id, "open", "dropped")


def test_what_others_have_open_stays_theirs(session, rae, ron, work):
    left, kept = opened(session, rae, work), opened(session, ron, work)
    remove(session, rae)

    assert release_former(session, now=NOW) == 1

    session.expire_all()
    assert (left.state, kept.state, work.state) == (ReviewState.DROPPED, ReviewState.OPEN, S.IN_REVIEW)


def test_nothing_is_done_to_reviews_of_those_who_are_there(session, rae, work):
    opened(session, rae, work)

    assert release_former(session, now=NOW) == 0
    assert session.scalar(select(func.count()).where(Review.state == ReviewState.OPEN)) == 1


def test_who_comes_back_goes_on_from_what_was_written(session, sums, rae, work):
    review = opened(session, rae, work)
    review.reason = "A beginning"
    remove(session, rae)
    release_former(session, now=NOW)
    session.add(Membership(project_id=sums.id, user_id=rae.id, role=Role.REVIEWER, created_at=NOW))

    assert opened(session, rae, work).reason == "A beginning"
