"""What is handed in is signed in the background, and work that is like it is found: in its project and beyond."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.db import Database
from app.core.jobs import Job
from app.reviews.access import get_review
from app.reviews.models import Review
from app.reviews.service.undoing import undo_decision
from app.similarity.models import LikeWork, WorkSignature
from app.similarity.queries import CANDIDATES_MAX, contents_of, likes_of, words_of
from app.similarity.service.signing import sign_revision
from app.submissions.service.handing_in import SIGN_JOB
from app.submissions.states import SubmissionState as S
from app.text.minhash import SIGNED_BY, Likeness, sign
from app.worker import Worker
from tests.cast import NOW
from tests.factories.reviewing import decided, handed_in_again
from tests.factories.work import a_submission, a_task, revision_of, some_content


def work_of(session, project, person, *, task=None, say=None, state=S.SUBMITTED, **facts):
    """Store handed-in work whose one step says `say`; return its revision."""
    content = some_content(steps=[{"id": "s1", "type": "work", "body": say}]) if say else None
    task = task or a_task(session, project, **facts)
    return revision_of(session, a_submission(session, author=person, task=task, state=state, content=content)).id


@pytest.fixture
def signed(session, database: Database):
    """Sign revisions as the worker does, once what was stored is there for everybody."""

    def all_of(*revision_ids):
        session.commit()
        return [sign_revision(database, revision_id) for revision_id in revision_ids]

    return all_of


def pairs(session):
    rows = session.scalars(select(LikeWork)).all()
    return {
        frozenset({row.left_id, row.right_id}): (row.likeness, row.exact_percent, row.alike_percent) for row in rows
    }


def test_the_signature_of_the_words_of_a_work_is_stored(session, signed, sums, ed):
    revision_id = work_of(session, sums, ed)

    assert signed(revision_id) == [0]

    row = session.get_one(WorkSignature, revision_id)
    bands = tuple(getattr(row, f"band_{n:02}") for n in range(1, 15))
    words = words_of(contents_of(session, [revision_id])[revision_id])
    assert words.split("\n\n")[2:] == ["Hence $n = 5$.", "n = 5", ""]
    assert (row.version, bands) == (SIGNED_BY, sign(words))


def test_the_same_words_in_another_task_are_found_once_whoever_looks_first(session, signed, sums, ed, eve):
    one, other = work_of(session, sums, ed), work_of(session, sums, eve)

    assert signed(one, other, one) == [0, 1, 1]

    assert pairs(session) == {frozenset({one, other}): (Likeness.DUPLICATE, 100, 100)}
    assert [like.submission.author_id for like in likes_of(session, one)] == [eve.id]
    assert [like.submission.author_id for like in likes_of(session, other)] == [ed.id]


def test_the_same_problem_with_new_numbers_is_named_as_that(session, signed, sums, ed, eve):
    say = "The train passes {} m in {} s, so it goes {} m/s; over {} m it takes {} s more than {}."
    one = work_of(session, sums, ed, say=say.format(300, 20, 15, 90, 6, 0))
    other = work_of(session, sums, eve, say=say.format(512, 32, 16, 48, 3, 1))

    signed(one, other)

    assert [like.likeness for like in likes_of(session, one)] == [Likeness.NEW_NUMBERS]


def test_two_people_with_the_same_words_on_one_task_are_found(session, signed, sums, ed, eve):
    task = a_task(session, sums, submissions_needed=2)
    one, other = work_of(session, sums, ed, task=task), work_of(session, sums, eve, task=task)

    signed(one, other)

    assert [like.submission.task_id for like in likes_of(session, one)] == [task.id]


def test_variants_of_one_family_are_meant_to_be_alike(session, signed, sums, others, ed, eve, max_):
    one = work_of(session, sums, ed, family="trains")
    variant = work_of(session, sums, eve, family="trains")
    outside = work_of(session, sums, eve, family="ships")
    elsewhere = work_of(session, others, max_, family="trains")

    signed(variant, outside, elsewhere, one)

    assert set(pairs(session)) == {
        frozenset({outside, variant}), frozenset({elsewhere, variant}), frozenset({elsewhere, outside}),
        frozenset({one, outside}), frozenset({one, elsewhere}),
    }  # fmt: skip


def test_a_work_is_not_like_its_own_earlier_version(session, signed, sums, ed, rae):
    submission = a_submission(session, author=ed, task=a_task(session, sums), state=S.SUBMITTED)
    first = revision_of(session, submission).id
    decided(session, rae, submission, "return")
    handed_in_again(session, submission, now=NOW)
    second = revision_of(session, submission).id

    assert signed(first, second) == [0, 0]


def test_only_the_last_version_of_another_work_counts_and_none_that_was_withdrawn(session, signed, sums, ed, eve, rae):
    submission = a_submission(session, author=ed, task=a_task(session, sums), state=S.SUBMITTED)
    old = revision_of(session, submission).id
    like_old = work_of(session, sums, eve)
    signed(old, like_old)
    decided(session, rae, submission, "return")
    handed_in_again(session, submission, now=NOW, content=some_content(steps=[]))
    withdrawn = a_submission(session, author=eve, task=a_task(session, sums), state=S.SUBMITTED)
    signed(revision_of(session, withdrawn).id)
    assert len(likes_of(session, like_old)) == 1
    withdrawn.state = S.WITHDRAWN
    session.flush()

    assert likes_of(session, like_old) == []
    assert signed(work_of(session, sums, eve)) == [1]


def test_many_that_meet_by_a_common_text_are_not_all_compared_and_ones_own_project_comes_first(
    session, signed, sums, others, ed, max_
):
    near = work_of(session, sums, ed, say="Nothing to do.")
    far = [work_of(session, others, max_, say="Nothing to do.") for _ in range(CANDIDATES_MAX + 5)]
    signed(near, *far)

    last = work_of(session, sums, ed, say="Nothing to do.")

    assert signed(last) == [CANDIDATES_MAX]
    assert frozenset({near, last}) in pairs(session)


def test_signing_what_is_gone_or_says_nothing_does_nothing(session, signed, sums, ed):
    silent = a_submission(
        session,
        author=ed,
        task=a_task(session, sums),
        state=S.SUBMITTED,
        content=some_content(steps=[], answer={"text": "…"}),
    )
    revision_id = revision_of(session, silent).id

    assert signed(revision_id, silent.id) == [0, 0]

    assert session.scalar(select(func.count()).select_from(WorkSignature)) == 0


def test_of_two_that_are_signed_at_once_one_finds_the_other(session, signed, database, sums, ed, eve):
    ids = [work_of(session, sums, person) for person in (ed, eve)]
    session.commit()
    start = threading.Barrier(2)

    def race(revision_id):
        start.wait()
        sign_revision(database, revision_id)

    threads = [threading.Thread(target=race, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(pairs(session)) == {frozenset(ids)}


def test_edits_of_a_reviewer_are_signed_too_and_forgotten_when_they_are_taken_back(session, signed, sums, ed, eve, rae):
    like = work_of(session, sums, eve)
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.SUBMITTED)
    edited = some_content(answer={"text": "n = 5, nothing else"}).model_dump(mode="json")
    decided(session, rae, work, "approve_with_edits", verification_method="re_derived", edited_content=edited)
    revision_id = revision_of(session, work).id
    asked = session.scalars(select(Job.payload).where(Job.kind == SIGN_JOB)).all()
    assert asked == [{"revision_id": str(revision_id)}]
    assert signed(like, revision_id) == [0, 1]
    review_id = session.scalars(select(Review.id)).one()

    undo_decision(session, rae.actor, get_review(session, rae.actor, review_id), now=NOW + timedelta(seconds=9))

    assert session.scalars(select(WorkSignature.revision_id)).all() == [like]
    assert session.scalars(select(LikeWork)).all() == []


def test_handing_in_asks_for_it_in_the_same_transaction_and_the_worker_does_it(
    client, session, database, app_settings, sums, ed, eve
):
    like = work_of(session, sums, eve)
    draft = a_submission(session, author=ed, task=a_task(session, sums))
    body = {"n": 1, "sha256": draft.draft_sha256}
    session.commit()
    sign_revision(database, like)

    assert client.as_(ed).post(f"/api/v1/work/{draft.id}/submit", json=body).status_code == 200
    Worker(database, app_settings).run_all()

    session.expire_all()
    assert [one.submission.author_id for one in likes_of(session, like)] == [ed.id]
    assert session.scalars(select(Job.result).where(Job.kind == SIGN_JOB)).all() == [{"alike": 1}]
