"""Near-duplicates in a snapshot: clusters, their representatives, and what is like held-out work."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, update

from app.core.ids import new_id
from app.core.jobs import JobRun
from app.datasets.models import SnapshotItem
from app.datasets.service.likeness import assign_clusters, like_held_out
from app.similarity.models import WorkSignature
from app.similarity.service.signing import sign_revision
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.factories.judged import a_review, a_snapshot
from tests.factories.machine import a_verifier_run
from tests.factories.work import a_submission, a_task, revision_of, some_content

ONE = "Reduce modulo three: the square of a number is nought or one, so the sum of two squares is never three."
OTHER = "Draw the height on the hypotenuse. Both small triangles are similar to the whole, by their angles."


@pytest.fixture
def run(database, app_settings):
    told = []
    made = JobRun(new_id(), {}, None, database, app_settings, lambda *facts: told.append(facts))
    yield made
    assert told


@pytest.fixture
def frozen(session, database, app_settings, mona, sums):
    """Freeze all approved work of the project, then forget what the job itself has found alike."""

    def freeze(**rule):
        snapshot_id = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id, **rule).id
        session.execute(
            update(SnapshotItem)
            .where(SnapshotItem.snapshot_id == snapshot_id)
            .values(cluster=None, is_representative=True)
        )
        session.commit()
        return snapshot_id

    return freeze


@pytest.fixture
def approved(session, sums, ed, rae):
    def made(say, *, person=ed, method="read_only", confirmed=False, after=0, **facts):
        content = some_content(steps=[{"id": "s1", "type": "work", "body": say}], answer={"text": ""})
        task = facts.pop("task", None) or a_task(session, sums, **facts)
        work = a_submission(session, author=person, task=task, state=S.APPROVED, content=content)
        revision_of(session, work).submitted_at = NOW + timedelta(hours=after)
        a_review(session, work, reviewer=rae, labels={}, verification_method=method)
        if confirmed:
            a_verifier_run(session, work, "pass")
        return work

    return made


def clusters(session, snapshot_id):
    session.expire_all()
    query = select(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot_id).order_by(SnapshotItem.position)
    return [(item.position, item.cluster, item.is_representative) for item in session.scalars(query)]


def test_near_duplicates_get_the_position_of_the_first_and_one_represents_them(session, run, frozen, approved):
    for say in (ONE, OTHER, ONE + " End.", "Something quite different about primes.", OTHER, ONE):
        approved(say)
    snapshot_id = frozen()

    for _ in range(2):  # the second time changes nothing
        assign_clusters(run, snapshot_id)
        session.commit()
        assert clusters(session, snapshot_id) == [
            (1, 1, True),
            (2, 2, True),
            (3, 1, False),
            (4, None, True),
            (5, 2, False),
            (6, 1, False),
        ]
        session.commit()  # lets go of SQLite's write lock


@pytest.mark.parametrize(
    ("first", "second", "third", "best"),
    [
        ({}, {}, {}, 1),
        ({"after": 2}, {"after": 1}, {"after": 3}, 2),
        ({}, {"after": 5, "confirmed": True}, {"after": 4, "confirmed": True}, 3),
        ({"confirmed": True}, {"after": 9, "confirmed": True, "method": "re_derived"}, {}, 2),
    ],
)
def test_the_representative_is_the_best_by_tier_then_confirmed_then_first_handed_in(
    session, run, frozen, approved, first, second, third, best
):
    for facts in (first, second, third):
        approved(ONE, **facts)
    snapshot_id = frozen()

    assign_clusters(run, snapshot_id)

    session.commit()
    assert clusters(session, snapshot_id) == [(n, 1, n == best) for n in (1, 2, 3)]


def test_signatures_that_are_missing_are_stored_and_old_ones_renewed(session, database, run, frozen, approved):
    known = revision_of(session, approved(ONE)).id
    approved(ONE)
    old = revision_of(session, approved(ONE)).id
    snapshot_id = frozen()
    session.execute(delete(WorkSignature))
    session.commit()
    for revision_id in (known, old):
        sign_revision(database, revision_id)
    session.execute(update(WorkSignature).where(WorkSignature.revision_id == old).values(version=0, band_01=7))
    session.commit()

    assign_clusters(run, snapshot_id)

    session.commit()
    assert clusters(session, snapshot_id) == [(1, 1, True), (2, 1, False), (3, 1, False)]
    kept = select(func.count(), func.min(WorkSignature.version), func.count(WorkSignature.band_01.distinct()))
    assert tuple(session.execute(kept).one()) == (3, 1, 1)


def test_work_without_any_words_is_like_nobody(session, run, frozen, approved):
    for say in ("…", "…"):
        approved(say)
    snapshot_id = frozen()

    assign_clusters(run, snapshot_id)

    session.commit()
    assert clusters(session, snapshot_id) == [(1, None, True), (2, None, True)]


def test_members_that_are_like_held_out_work_are_told_and_those_that_are_like_them(session, run, frozen, approved):
    held = [approved(ONE, domain="Geometry")]
    near = ONE + " And this is all of it."
    approved(OTHER, domain="Number theory")
    approved(near, domain="Number theory")
    approved(near + " Nothing more.", domain="Number theory")
    approved("Something quite different about primes.", domain="Number theory")
    held_id, snapshot_id = frozen(domains=["Geometry"]), frozen(domains=["Number theory"])

    assert held
    assert list(like_held_out(run, snapshot_id, [held_id])) == [2, 3]
    assert list(like_held_out(run, held_id, [])) == []


def test_the_freeze_job_marks_them(session, database, app_settings, mona, sums, approved):
    for say in (ONE, OTHER, ONE):
        approved(say)

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    assert clusters(session, snapshot.id) == [(1, 1, True), (2, None, True), (3, 1, False)]
