"""Looking into snapshots: what differs from an older one and why, and why a row is there."""

import pytest

from app.core import clock
from app.core.errors import NotFound
from app.datasets.jobs import Likeness
from app.datasets.models import Dataset, Snapshot
from app.datasets.queries.differing import difference, earlier_snapshot
from app.datasets.queries.lineage import lineage
from app.datasets.schemas import DatasetIn
from app.datasets.schemas.looking import Passed
from app.datasets.service import change_dataset, create_dataset, freeze
from app.projects.models import Project
from app.submissions.models import Submission
from app.submissions.states import SubmissionState as S
from app.tasks.models import Task
from tests.cast import NOW
from tests.factories.judged import a_review, likening
from tests.factories.machine import a_verifier_run
from tests.factories.work import a_submission, a_task


def approved(session, author, reviewer, project, **facts):
    work = a_submission(session, author=author, task=a_task(session, project, **facts), state=S.APPROVED)
    a_review(session, work, reviewer=reviewer, labels={"s1": "good"}, rubric_n=2)
    return work.id


@pytest.fixture
def freezing(session, database, app_settings, mona, sums):
    project = session.get_one(Project, sums.id)
    dataset_id = create_dataset(session, project, DatasetIn(name="All"), actor=mona.actor, now=NOW).id

    def frozen(**rule):
        wanted = DatasetIn.model_validate({"name": "All", "rule": rule})
        dataset = session.get_one(Dataset, dataset_id)
        change_dataset(session, dataset, wanted, actor=mona.actor, now=NOW)
        snapshot_id = freeze(session, dataset, note="", actor=mona.actor, now=clock.now()).id
        session.commit()
        likening(database, app_settings, Likeness()).run_all()
        session.expire_all()
        return session.get_one(Snapshot, snapshot_id)

    return frozen


def test_what_came_what_went_and_what_changed_is_told_with_the_reason(session, freezing, sums, ed, eve, rae, ron):
    stays, judged, withdrawn, moved = (approved(session, ed, rae, sums, domain="Algebra") for _ in range(4))
    older = freezing(domains=["Algebra"])
    session.get_one(Submission, withdrawn).state = S.WITHDRAWN
    task = session.get_one(Task, session.get_one(Submission, moved).task_id)
    task.domain = "Geometry"
    a_verifier_run(session, session.get_one(Submission, judged), "pass")
    a_review(session, session.get_one(Submission, judged), reviewer=ron, labels={}, level=2)
    came = approved(session, eve, rae, sums, domain="Algebra")
    numbers = {one: session.get_one(Task, session.get_one(Submission, one).task_id).number for one in (came, judged)}
    newer = freezing(domains=["Algebra"])

    found = difference(session, earlier_snapshot(session, newer, None), newer)

    assert (found.older, found.newer, found.added, found.changed) == (older.n, newer.n, 1, 1)
    assert found.removed == {"another domain than the rule asks for": 1, "it is withdrawn": 1}
    assert {one.submission_id: one.why for one in found.removed_items} == {
        withdrawn: ["it is withdrawn"],
        moved: ["another domain than the rule asks for"],
    }
    assert found.fields == {"tier": 1, "machine check": 1, "reviews": 1}
    assert [(one.submission_id, one.task_number) for one in found.changed_items] == [(judged, numbers[judged])]
    assert [(one.submission_id, one.task_number) for one in found.added_items] == [(came, numbers[came])]
    assert (found.before.items, found.after.items) == (4, 3)
    assert (found.before.by_tier, found.after.by_tier) == ({"B": 4}, {"A": 1, "B": 2})
    assert (found.before.authors_effective, found.after.authors_effective) == (1.0, 1.8)
    assert stays not in {one.submission_id for one in found.changed_items}


def test_what_was_left_out_is_removed_for_that_reason(session, freezing, sums, ed, eve, rae):
    for author in (ed, ed, ed, eve):
        approved(session, author, rae, sums)
    freezing()

    newer = freezing(author_percent=50)

    found = difference(session, earlier_snapshot(session, newer, 1), newer)
    assert found.removed == {"over its author's share": 2}


def test_the_first_snapshot_differs_from_none(session, freezing, sums, ed, rae):
    approved(session, ed, rae, sums)
    first = freezing()

    with pytest.raises(NotFound):
        earlier_snapshot(session, first, None)


def test_a_row_says_why_it_is_there(session, freezing, sums, ed, eve, rae):
    approved(session, eve, rae, sums)
    mine = approved(session, ed, rae, sums, domain="Algebra", family="squares")
    snapshot = freezing(methods=["re_derived"], tokens_min=1, domains=["Algebra"])

    found = lineage(session, snapshot, mine)

    assert (found.position, found.split.value, found.cluster, found.revision) == (1, "train", None, 1)
    assert (found.task["family"], found.task["version"], found.guideline_version) == ("squares", 1, 1)
    (review,) = found.reviews
    assert (review["verification_method"], review["rubric_version"], review["labels"]) == ("re_derived", 2, 1)
    assert found.passed == [
        Passed(part="state", asked="approved", found="approved"),
        Passed(part="domain", asked="Algebra", found="Algebra"),
        Passed(part="verification method", asked="re derived", found="re_derived"),
        Passed(part="tokens", asked="from 1", found="40"),
    ]


def test_a_row_that_is_not_in_a_snapshot_is_not_found(session, freezing, sums, ed, rae):
    approved(session, ed, rae, sums, domain="Algebra")
    other = approved(session, ed, rae, sums, domain="Geometry")
    snapshot = freezing(domains=["Algebra"])

    with pytest.raises(NotFound):
        lineage(session, snapshot, other)
