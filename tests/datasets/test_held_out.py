"""Held-out snapshots: a canary, and none of their tasks, families or near-duplicates in what is trained on."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.errors import Conflict, Invalid
from app.datasets.jobs import Likeness
from app.datasets.models import Dataset, Snapshot, SnapshotItem, SnapshotLeftOut, SnapshotReview
from app.datasets.queries.counting import count_selected
from app.datasets.queries.held_out import HeldOut, held_out_since
from app.datasets.schemas import DatasetIn, Rule
from app.datasets.service import change_dataset, create_dataset, freeze
from app.datasets.states import DatasetUse, LeftOut, Split
from app.exports.service import ask
from app.projects.models import Project
from app.reviews.models import Review
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.factories.judged import a_review, likening
from tests.factories.work import a_submission, a_task


def approved(session, author, reviewer, project, **facts):
    work = a_submission(session, author=author, task=a_task(session, project, **facts), state=S.APPROVED)
    a_review(session, work, reviewer=reviewer, labels={"s1": "good"})
    return work.id


class Freezing:
    """Defines datasets and freezes them as the worker does."""

    def __init__(self, session, database, settings, mona, project):
        self.session, self.mona, self.project_id = session, mona, project.id
        self.liken = lambda likeness: likening(database, settings, likeness)
        self.worker = self.liken(Likeness())

    def define(self, use="training", **rule):
        project = self.session.get_one(Project, self.project_id)
        facts = {"name": f"{use} {rule}", "use": use, "rule": rule}
        return create_dataset(self.session, project, DatasetIn.model_validate(facts), actor=self.mona.actor, now=NOW).id

    def freeze(self, dataset_id):
        dataset = self.session.get_one(Dataset, dataset_id)
        snapshot = freeze(self.session, dataset, note="", actor=self.mona.actor, now=clock.now())
        self.session.commit()
        self.worker.run_all()
        self.session.refresh(snapshot)
        self.session.commit()
        return snapshot

    def members(self, snapshot):
        query = select(SnapshotItem.submission_id).where(SnapshotItem.snapshot_id == snapshot.id)
        found = set(self.session.scalars(query))
        self.session.commit()
        return found


@pytest.fixture
def freezer(session, database, app_settings, mona, sums):
    return Freezing(session, database, app_settings, mona, sums)


def test_a_held_out_snapshot_has_a_canary_that_its_versions_share_and_all_is_for_testing(
    session, freezer, sums, ed, rae
):
    approved(session, ed, rae, sums)
    dataset = freezer.define("evaluation")

    first, second = freezer.freeze(dataset), freezer.freeze(dataset)
    other = freezer.freeze(freezer.define("evaluation", domains=[], skills=[], tiers=["B"]))

    assert str(UUID(first.canary)) == first.canary
    assert first.manifest["canary"] == first.canary == second.canary
    assert first.manifest_sha256 == second.manifest_sha256
    assert other.canary != first.canary
    assert set(session.scalars(select(SnapshotItem.split))) == {Split.TEST}


def test_a_training_snapshot_leaves_out_the_tasks_and_families_that_are_held_out(session, freezer, sums, ed, eve, rae):
    task = a_task(session, sums, domain="Algebra", family="squares", submissions_needed=2)
    for author in (ed, eve):
        work = a_submission(session, author=author, task=task, state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={})
    approved(session, ed, rae, sums, domain="Geometry", family="squares")
    free = approved(session, ed, rae, sums, domain="Geometry", family="cubes")
    freezer.freeze(freezer.define("evaluation", domains=["Algebra"]))

    training = freezer.freeze(freezer.define())

    expected = {LeftOut.FAMILY: 1, LeftOut.TASK: 2}
    assert freezer.members(training) == {free}
    assert (training.left_out, training.canary) == (expected, None)
    counted = count_selected(session, sums.id, Rule(), now=NOW)
    assert (counted.selected, counted.items, counted.left_out) == (4, 1, expected)
    evaluating = count_selected(session, sums.id, Rule(), now=NOW, use=DatasetUse.EVALUATION)
    assert (evaluating.items, evaluating.left_out) == (4, {})


def test_a_training_snapshot_of_nothing_but_held_out_tasks_is_refused_and_says_so(session, freezer, sums, ed, rae):
    approved(session, ed, rae, sums)
    freezer.freeze(freezer.define("evaluation"))
    training = freezer.define()

    with pytest.raises(Invalid) as refused:
        freezer.freeze(training)
    assert refused.value.sentence == "All that this rule selects is left out (1: its task is held out)."


def test_an_older_training_snapshot_whose_tasks_were_held_out_since_is_not_exported(
    session, freezer, sums, mona, ed, rae
):
    approved(session, ed, rae, sums, domain="Algebra", family="squares")
    approved(session, ed, rae, sums, domain="Geometry", family="squares")
    approved(session, ed, rae, sums, domain="Geometry")
    training = freezer.freeze(freezer.define())
    assert held_out_since(session, training) == []
    session.commit()
    held = freezer.freeze(freezer.define("evaluation", domains=["Algebra"]))
    name = "evaluation {'domains': ['Algebra']}"

    assert held_out_since(session, training) == [HeldOut(held.id, name, 1, 2)]
    assert held_out_since(session, held) == []
    with pytest.raises(Conflict) as refused:
        ask(session, training, "trl_sft", {}, actor=mona.actor, now=NOW)
    assert refused.value.sentence == (
        f"Some of it has been held out since it was frozen: snapshot 1 of “{name}” has 2 tasks of this snapshot or of"
        " the same families. Freeze the dataset again; the new snapshot leaves them out."
    )


def test_a_held_out_snapshot_goes_into_no_format_for_training(session, freezer, sums, mona, ed, rae):
    approved(session, ed, rae, sums)
    held = freezer.freeze(freezer.define("evaluation"))

    with pytest.raises(Conflict) as refused:
        ask(session, held, "trl_sft", {}, actor=mona.actor, now=NOW)
    assert refused.value.sentence.startswith("This snapshot is held out, and trl_sft is no format for that; choose one")
    assert ask(session, held, "native", {}, actor=mona.actor, now=NOW).format == "native"


def test_what_a_dataset_is_for_stays_once_it_was_frozen(session, freezer, sums, mona, ed, rae):
    approved(session, ed, rae, sums)
    dataset_id = freezer.define()
    dataset = session.get_one(Dataset, dataset_id)
    change_dataset(session, dataset, DatasetIn(name="Held", use=DatasetUse.EVALUATION), actor=mona.actor, now=NOW)
    assert dataset.splitting["test"] == 100
    freezer.freeze(dataset_id)

    with pytest.raises(Invalid) as refused:
        change_dataset(session, session.get_one(Dataset, dataset_id), DatasetIn(name="T"), actor=mona.actor, now=NOW)
    assert refused.value.fields == {"use": "It has snapshots for evaluation, which stay that; define another dataset."}


def test_near_duplicates_of_what_is_held_out_are_left_out_and_the_gaps_close(session, freezer, sums, ed, rae):
    approved(session, ed, rae, sums, domain="Algebra")
    works = [approved(session, ed, rae, sums, domain="Geometry") for _ in range(6)]
    held = freezer.freeze(freezer.define("evaluation", domains=["Algebra"]))
    asked = []

    def like_held_out(run, snapshot_id, held_out):
        asked.append(list(held_out))
        with run.database.reading() as own:
            left = len(own.scalars(select(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot_id)).all())
        return (2, 3, 6) if left == len(works) else ()

    freezer.worker = freezer.liken(Likeness(like_held_out))
    training = freezer.freeze(freezer.define())

    items = session.scalars(select(SnapshotItem).where(SnapshotItem.snapshot_id == training.id)).all()
    assert asked == [[held.id]]
    assert sorted((item.position, item.submission_id) for item in items) == [
        (1, works[0]),
        (2, works[3]),
        (3, works[4]),
    ]
    assert (training.items, training.left_out) == (3, {LeftOut.TASK: 1, LeftOut.LIKE: 3})
    assert (training.manifest["items"], training.manifest["selected"]) == (3, 7)
    cut = session.scalars(select(SnapshotLeftOut.submission_id).where(SnapshotLeftOut.reason == LeftOut.LIKE))
    assert set(cut) == {works[1], works[2], works[5]}
    judged = select(Review.submission_id).join(SnapshotReview, SnapshotReview.review_id == Review.id)
    assert set(session.scalars(judged.where(SnapshotReview.snapshot_id == training.id))) == {
        works[0],
        works[3],
        works[4],
    }
    assert session.get_one(Snapshot, training.id).tokens == 120
