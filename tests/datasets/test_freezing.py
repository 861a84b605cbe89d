"""Freezing: members fixed at one moment, hashed, and never different afterwards."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.errors import Invalid
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.queries.counting import count_selected
from app.datasets.queries.hashing import row_sha256
from app.datasets.queries.records import read_page
from app.datasets.schemas import Rule
from app.datasets.states import SnapshotState, Tier
from app.reviews.models import Review
from app.submissions.models import Revision, Submission, VerifierRun
from app.submissions.states import SubmissionState as S
from app.tasks.access import get_task
from app.tasks.models import Task, TaskVersion
from app.tasks.schemas import BulkAction, BulkIn, TaskIn
from app.tasks.service.bulk import change_many
from app.tasks.service.writing import edit_task
from tests.cast import NOW
from tests.factories.judged import a_review, a_snapshot, an_issue
from tests.factories.machine import a_verifier_run
from tests.factories.work import a_submission, a_task, some_content

GOOD = {"s1": "good", "s2": "neutral", "s3": "good"}


def approved(session, author, reviewer, project, **facts):
    submission = a_submission(session, author=author, task=a_task(session, project, **facts), state=S.APPROVED)
    a_review(session, submission, reviewer=reviewer, labels=GOOD)
    return submission


def test_only_approved_work_is_in_and_its_row_is_hashed(session, database, app_settings, sums, mona, ed, eve, rae):
    mine = approved(session, ed, rae, sums).id
    for state in (S.DRAFT, S.SUBMITTED, S.IN_REVIEW, S.RETURNED, S.ESCALATED, S.REJECTED, S.QUARANTINED):
        a_submission(session, author=eve, task=a_task(session, sums), state=state)

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    items = session.scalars(select(SnapshotItem)).all()
    assert (snapshot.state, snapshot.n, snapshot.items) == (SnapshotState.READY, 1, 1)
    assert [(item.submission_id, item.tier, item.position) for item in items] == [(mine, Tier.B, 1)]
    assert [item.row_sha256 for item in items] == [
        row_sha256(found) for found in read_page(session, snapshot.id, after=0)
    ]
    assert len(snapshot.manifest_sha256 or "") == 64


def test_a_decision_that_can_still_be_undone_is_not_frozen(session, database, app_settings, sums, mona, ed, eve, rae):
    firm = approved(session, ed, rae, sums)
    fresh = approved(session, eve, rae, sums)
    firm.decided_at, fresh.decided_at = clock.now() - timedelta(minutes=1), clock.now()
    expected = firm.id
    session.flush()

    a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    assert session.scalars(select(SnapshotItem.submission_id)).all() == [expected]


def test_an_empty_selection_is_refused(session, database, app_settings, sums, mona):
    with pytest.raises(Invalid):
        a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def test_what_happens_later_does_not_change_the_records(session, database, app_settings, sums, mona, ed, rae, ron):
    submission_id = approved(session, ed, rae, sums).id
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    before = [item.record for item in read_page(session, snapshot.id, after=0)]

    submission = session.get_one(Submission, submission_id)
    a_review(session, submission, reviewer=ron, labels={"s1": "bad"}, level=2)
    task = submission.task_id
    row = session.get_one(Task, task)
    old = {"statement": row.statement, **{k: v for k, v in before[0]["task"].items() if k not in {"id", "number"}}}
    session.add(TaskVersion(task_id=row.id, version=1, content=old, replaced_at=NOW))
    row.statement, row.version = "Changed.", 2
    session.commit()

    assert [item.record for item in read_page(session, snapshot.id, after=0)] == before


def relabelled_in_bulk(session, task, mona):
    wanted = BulkIn(action=BulkAction.LABEL, ids=[task.id], difficulty=5, family="squares")
    change_many(session, task.project, wanted, actor=mona.actor, now=NOW)


def reworded_by_hand(session, task, mona):
    wanted = TaskIn(statement="Changed.", source="Elsewhere", licence="CC0", external_id="sums-1")
    edit_task(session, task, wanted, actor=mona.actor, now=NOW)


@pytest.mark.parametrize("change", [relabelled_in_bulk, reworded_by_hand])
def test_a_task_that_is_changed_later_stays_in_the_snapshot_as_it_was(
    session, database, app_settings, sums, mona, ed, rae, change
):
    approved(session, ed, rae, sums, domain="Number theory", difficulty=2)
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    before = read_page(session, snapshot.id, after=0)

    change(session, get_task(session, mona.actor, UUID(before[0].record["task"]["id"]), lock=True), mona)
    session.commit()

    after = read_page(session, snapshot.id, after=0)
    assert [item.record for item in after] == [item.record for item in before]
    assert [row_sha256(item) for item in after] == [item.row_sha256 for item in after]


def test_a_label_that_is_set_again_makes_no_version(session, sums, mona):
    task_id = a_task(session, sums, difficulty=5, family="squares").id

    relabelled_in_bulk(session, get_task(session, mona.actor, task_id, lock=True), mona)

    assert session.scalars(select(TaskVersion)).all() == []
    assert session.scalar(select(Task.version)) == 1


def test_two_snapshots_of_the_same_work_have_the_same_hash(session, database, app_settings, sums, mona, ed, rae):
    approved(session, ed, rae, sums)

    first = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    second = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    assert first.manifest_sha256 == second.manifest_sha256


def test_a_record_holds_labels_and_issues_under_pseudonyms(session, database, app_settings, sums, mona, ed, rae):
    submission = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    review = a_review(session, submission, reviewer=rae, labels=GOOD)
    an_issue(session, review, step_id="s2", words="Why is m odd?")

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    record = read_page(session, snapshot.id, after=0)[0].record

    assert record["content"] == some_content().model_dump(mode="json")
    assert [(label["step"], label["value"]) for label in record["reviews"][0]["labels"]] == sorted(GOOD.items())
    assert record["threads"][0]["comments"][0]["body"] == "Why is m odd?"
    text = str(record)
    assert not any(word in text for word in ("Ed", "Rae", "example.org", str(ed.id), str(rae.id)))


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ({}, 2),
        ({"domains": ["Geometry"]}, 1),
        ({"difficulties": [5]}, 1),
        ({"tiers": ["A"]}, 0),
        ({"skills": ["x"]}, 0),
    ],
)
def test_a_rule_selects_by_labels(session, sums, ed, rae, rule, count):
    approved(session, ed, rae, sums, domain="Geometry", difficulty=2)
    approved(session, ed, rae, sums, domain="Number theory", difficulty=5)

    assert count_selected(session, sums.id, Rule.model_validate(rule), now=NOW).items == count


def test_work_of_another_project_is_never_selected(session, sums, others, ed, rae):
    approved(session, ed, rae, sums)

    assert count_selected(session, others.id, Rule(), now=NOW).items == 0


@pytest.mark.parametrize("kept", [Revision, Submission, Task, Review, VerifierRun, Snapshot])
def test_what_a_member_points_at_cannot_go(session, database, app_settings, sums, mona, ed, rae, kept):
    a_verifier_run(session, approved(session, ed, rae, sums))
    a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    with pytest.raises(IntegrityError):
        session.execute(delete(kept))
