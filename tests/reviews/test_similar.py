"""Work that is like the one under review: reviewers are told how like and where, authors nothing at all."""

import pytest

from app.reviews.access import get_review
from app.reviews.schemas.similar import Place
from app.reviews.service.similar import view_similar
from app.similarity.service.signing import sign_revision
from app.submissions.states import SubmissionState as S
from app.text.minhash import Likeness
from tests.factories.reviewing import opened
from tests.factories.work import a_submission, a_task, revision_of, some_content

TRAIN = "The train passes {} m in {} s, so it goes {} m/s; over {} m it takes {} s more than {}."


@pytest.fixture
def written(session, database, sums, ed):
    """Store handed-in work and sign it, as the worker does."""

    def write(say="", *, person=ed, place=sums, task=None, state=S.SUBMITTED):
        content = some_content(steps=[{"id": "s1", "type": "work", "body": say}]) if say else None
        task = task or a_task(session, place)
        work = a_submission(session, author=person, task=task, state=state, content=content)
        revision_id = revision_of(session, work).id
        session.commit()
        sign_revision(database, revision_id)
        return work

    return write


def similar(session, person, work):
    return view_similar(session, person.actor, get_review(session, person.actor, opened(session, person, work).id))


def test_the_same_words_on_another_task_are_told_with_the_way_there(session, sums, eve, rae, written):
    other, work = written(person=eve), written()

    (one,) = similar(session, rae, work)

    assert (one.place, one.likeness, one.percent, one.task_number, one.code) == (
        Place.PROJECT,
        Likeness.DUPLICATE,
        100,
        1,
        None,
    )
    assert (one.url, one.sentence) == (f"/work/{other.id}/history", "Same words on another task")


def test_two_people_on_one_task_and_new_numbers_have_words_of_their_own(session, sums, ed, eve, rae, written):
    task = a_task(session, sums, submissions_needed=2)
    work = written(TRAIN.format(300, 20, 15, 90, 6, 0), task=task)
    written(TRAIN.format(300, 20, 15, 90, 6, 0), task=task, person=eve)
    written(TRAIN.format(512, 32, 16, 48, 3, 1), person=eve)

    told = [(one.sentence, one.percent) for one in similar(session, rae, work)]

    assert told == [("Two people, same words", 100), ("Same words, new numbers on another task", 100)]


def test_of_work_in_another_project_nothing_is_told_but_how_like_it_is_and_its_hash(
    session, sums, others, max_, rae, written
):
    other, work = written(person=max_, place=others), written()

    (one,) = similar(session, rae, work)

    assert one.model_dump(mode="json") == {
        "place": "elsewhere",
        "likeness": "duplicate",
        "sentence": "Same words in another project",
        "percent": 100,
        "task_number": None,
        "url": None,
        "code": revision_of(session, other).sha256[:12],
    }


def test_work_that_a_reviewer_may_not_open_has_no_link(session, sums, eve, rae, written):
    other, work = written(person=eve), written()
    other.state = S.QUARANTINED
    session.flush()

    assert [one.url for one in similar(session, rae, work)] == [None]


def test_the_workbench_shows_it_among_the_checks(client, session, sums, eve, rae, written):
    other, work = written(person=eve), written()
    review_id, address = opened(session, rae, work).id, f"/work/{other.id}/history"
    session.commit()

    page = client.as_(rae).get(f"/reviews/{review_id}")
    state = client.get(f"/api/v1/reviews/{review_id}").json()

    assert f'<a href="{address}">the answer to task 1</a>' in page.text
    assert [(one["sentence"], one["url"]) for one in state["similar"]] == [("Same words on another task", address)]
    assert client.get(address).status_code == 200


def test_no_answer_to_the_author_holds_anything_of_it(client, session, sums, ed, eve, rae, written):
    other, work = written(person=eve), written()
    opened(session, rae, work)
    work_id, other_id = work.id, other.id
    secrets = [str(other_id), other_id.hex, "same words", "similar", "duplicate", "likeness"]
    session.commit()

    for address in (
        f"/work/{work_id}",
        f"/work/{work_id}/history",
        f"/work/{work_id}/issues",
        f"/api/v1/work/{work_id}",
        f"/api/v1/work/{work_id}/history",
        f"/api/v1/work/{work_id}/threads",
        "/work",
        "/",
    ):
        answer = client.as_(ed).get(address)
        assert answer.status_code in {200, 303}, address
        assert [secret for secret in secrets if secret in answer.text.lower()] == [], address
    assert client.get(f"/work/{other_id}/history").status_code == 404
