"""What a snapshot is made of: every number counted by hand once, and none that a later change of a task moves."""

import pytest
from sqlalchemy import select

from app.core.ids import new_id
from app.datasets.queries.facts import facts_of, percentiles
from app.decontamination.models import SnapshotContamination
from app.reviews.states import Verdict, VerificationMethod
from app.submissions.states import SubmissionState as S
from app.tasks.models import Task, TaskVersion
from app.tasks.service.rewording import wording_of
from app.tasks.states import Activity, Origin
from tests.cast import NOW
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task, revision_of

ALL_GOOD = {"s1": "good", "s2": "good", "s3": "good"}


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae, ron):
    """Two pieces of Ed on tasks of people, one of Eve on a model's; one of them judged by two who differ in a step."""
    first = a_submission(
        session, author=ed, task=a_task(session, sums, domain="Geometry", licence="CC0-1.0"), state=S.APPROVED
    )
    a_review(session, first, reviewer=rae, labels=ALL_GOOD)
    a_review(session, first, reviewer=ron, labels=ALL_GOOD | {"s2": "bad", "s3": "unsure"}, level=2)
    second = a_submission(session, author=ed, task=a_task(session, sums, difficulty=3), state=S.APPROVED)
    a_review(session, second, reviewer=rae, labels={}, verification_method=VerificationMethod.READ_ONLY)
    model = {"origin": Origin.MODEL, "origin_model": "some-model", "activity": Activity.OPEN}
    third = a_submission(session, author=eve, task=a_task(session, sums, **model), state=S.APPROVED)
    a_review(session, third, reviewer=rae, labels={}, verdict=Verdict.APPROVE_WITH_EDITS)
    revision_of(session, third).edited_by = rae.id
    session.flush()  # the snapshot reads it
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def test_every_number_is_what_was_stored(session, snapshot, ed, eve):
    found = facts_of(session, snapshot.id)

    each = snapshot.tokens // 3  # all three wrote the same, which makes them one cluster
    assert {name: found[name] for name in ("tier", "state", "activity", "difficulty", "origin", "origin_model")} == {
        "tier": {"B": 3},
        "state": {"approved": 3},
        "activity": {"open": 1, "solve": 2},
        "difficulty": {"": 2, "3": 1},
        "origin": {"human": 2, "model": 1},
        "origin_model": {"some-model": 1},
    }
    assert (found["domain"]["Geometry"], found["licence"]["CC0-1.0"]) == (1, 1)
    assert found["origin_tokens"] == {"human": 2 * each, "model": each}
    assert found["people"] == {
        "authors": 2,
        "author_tokens_squared": 5 * each * each,
        "most_of_one_author": 2 * each,
        "reviewers": 2,
        "tasks": 3,
    }
    assert set(found["lengths"].values()) == {each}
    assert found["clusters"] == {"items": 3, "clusters": 1, "not_representative": 2}
    assert found["checks"] == {"": 3}
    assert found["written"]["edited_by_reviewer"] == 1


def test_the_reference_sets_are_told_as_they_were_noted(session, snapshot):
    noted = {"texts": 10, "texts_touched": 2, "found": 3, "blocked": 2, "waived": 1}
    for name in ("gsm8k", "aime"):
        one = {"snapshot_id": snapshot.id, "reference_set_id": new_id(), "name": name, "source": "", "licence": "MIT"}
        session.add(SnapshotContamination(**one, **noted))
    session.flush()  # the counts read it

    told = facts_of(session, snapshot.id)["reference_sets"]

    rest = {"source": "", "licence": "MIT", "texts": 10, "found": 3, "blocked": 2, "waived": 1}
    assert told == [{"name": "aime", **rest}, {"name": "gsm8k", **rest}]


def test_reviews_and_labels_are_counted_by_how_people_differ(session, snapshot):
    found = facts_of(session, snapshot.id)

    assert found["reviews"] == {
        "an_item": {"1": 2, "2": 1},
        "verdicts": {"approve": 3, "approve_with_edits": 1},
        "methods": {"re_derived": 3, "read_only": 1},
        "agreement": [[2, 0, 1]],
    }
    assert found["step_labels"] == {
        "values": {"bad": 1, "good": 4, "unsure": 1},
        "agreement": [[1, 0, 1, 1], [2, 0, 0, 1]],  # s3 was judged by one, the other was unsure
    }


def test_a_new_wording_of_a_task_changes_nothing(session, snapshot, sums):
    before = facts_of(session, snapshot.id)

    _reword(session, sums)

    assert facts_of(session, snapshot.id) == before


def _reword(session, project):
    """Give every task of a project a second wording with other labels, as editing does."""
    for task in session.scalars(select(Task).where(Task.project_id == project.id)):
        session.add(TaskVersion(task_id=task.id, version=1, content=wording_of(task), replaced_at=NOW))
        task.version, task.domain, task.difficulty, task.origin = 2, "Other", 5, Origin.MIXED
        task.licence = "other"
    session.flush()  # the counts read it


@pytest.mark.parametrize(
    ("counts", "median", "p95"), [({5: 1}, 5, 5), ({1: 50, 2: 45, 9: 5}, 1, 2), ({1: 49, 2: 45, 9: 6}, 2, 9)]
)
def test_a_percentile_is_the_least_length_that_so_many_do_not_exceed(counts, median, p95):
    found = percentiles(counts)

    assert (found["p0"], found["p50"], found["p95"], found["p100"]) == (min(counts), median, p95, max(counts))


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_are_as_many_however_much_is_frozen(
    session, database, app_settings, sums, mona, ed, queries_made, count
):
    for _ in range(count):
        a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    with queries_made() as made:
        facts_of(session, snapshot.id)

    assert len(made) == 19
