"""A snapshot for training leaves out what is contaminated, counts it, and is not exported when it turns out later."""

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.errors import Conflict
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.schemas import DatasetIn
from app.datasets.service import create_dataset, freeze
from app.datasets.states import LeftOut, SnapshotState
from app.decontamination.models import ContaminationFinding, SnapshotContamination
from app.decontamination.queries.findings import snapshot_rows
from app.decontamination.service.waiving import waive
from app.exports.service import ask
from app.projects.models import Project
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.decontamination.conftest import APPLES, SHORT, SOLVED
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task, some_content

REASON = "The test quotes us; they have agreed to drop it."


@pytest.fixture
def approve(session, sums, ed, rae):
    """`approve(statement, body)` stores approved work and returns its id."""

    def make(statement, body="An idea that nobody had."):
        content = some_content(steps=[{"id": "s1", "type": "work", "body": body}], answer={"text": "72"})
        task = a_task(session, sums, statement=statement, reference="")
        submission = a_submission(session, author=ed, task=task, state=S.APPROVED, content=content)
        a_review(session, submission, reviewer=rae, labels={"s1": "good"})
        return submission.id

    return make


def members(session, snapshot):
    query = select(SnapshotItem.position, SnapshotItem.submission_id).where(SnapshotItem.snapshot_id == snapshot.id)
    return {row[0]: row[1] for row in session.execute(query.order_by(SnapshotItem.position))}


def counts(session, snapshot):
    rows = snapshot_rows(session, snapshot.id)
    return [(one.item.name, one.item.texts_touched, one.item.found, one.item.blocked, one.item.waived) for one in rows]


def test_what_is_blocked_is_left_out_with_its_reason_and_the_rest_counted(
    session, database, app_settings, sums, mona, approve, load_set
):
    ours, theirs = approve("A question of our own making, at last."), approve(APPLES)
    solved, renumbered = approve("Another question of ours.", SOLVED), approve("What is 3 plus 4 in base 5?")
    session.commit()
    load_set([{"text": APPLES}, {"text": SHORT}, {"text": SOLVED}])
    load_set([{"text": "Nothing that anybody here ever wrote."}], name="Clean test")

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    assert members(session, snapshot) == {1: ours, 2: renumbered}
    assert (snapshot.items, snapshot.left_out) == (2, {LeftOut.CONTAMINATED: 2})
    assert counts(session, snapshot) == [("Clean test", 0, 0, 0, 0), ("Word problems", 2, 3, 2, 0)]
    assert [one.is_reported for one in snapshot_rows(session, snapshot.id)] == [False, True]
    assert {theirs, solved} & set(members(session, snapshot).values()) == set()


def test_what_was_never_checked_is_checked_while_freezing(
    session, database, app_settings, sums, mona, approve, load_set
):
    load_set([{"text": APPLES}])
    ours = approve("A question of our own making, at last.")
    approve(APPLES)  # older than what the worker looks for by itself

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    assert members(session, snapshot) == {1: ours}


def test_a_waived_finding_keeps_its_piece_and_is_counted(
    session, database, app_settings, sums, mona, approve, load_set
):
    stays = approve(APPLES)
    session.commit()
    load_set([{"text": APPLES}])
    found = session.scalars(select(ContaminationFinding)).one()
    waive(session, found, reason=REASON, actor=mona.actor, now=clock.now())

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    assert members(session, snapshot) == {1: stays}
    assert (snapshot.left_out, counts(session, snapshot)) == ({}, [("Word problems", 1, 1, 0, 1)])


def test_a_snapshot_that_turns_out_contaminated_is_not_exported_until_it_is_waived(
    session, database, app_settings, sums, mona, approve, load_set
):
    approve(APPLES)
    snapshot_id = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id).id
    load_set([{"text": APPLES}])
    snapshot = session.get_one(Snapshot, snapshot_id)

    with pytest.raises(Conflict) as refused:
        ask(session, snapshot, "trl_sft", {}, actor=mona.actor, now=clock.now())
    assert refused.value.sentence.startswith("1 of its pieces have been found in a reference set since it was frozen.")
    assert snapshot.items == 1  # it stays what it was

    found = session.scalars(select(ContaminationFinding)).one()
    waive(session, found, reason=REASON, actor=mona.actor, now=clock.now())
    assert ask(session, snapshot, "trl_sft", {}, actor=mona.actor, now=clock.now()).snapshot_id == snapshot_id


def test_without_reference_sets_nothing_is_said_of_a_snapshot(session, database, app_settings, sums, mona, approve):
    approve(APPLES)
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    assert (snapshot.left_out, snapshot_rows(session, snapshot.id)) == ({}, [])
    assert session.scalar(select(func.count()).select_from(SnapshotContamination)) == 0


def test_a_held_out_snapshot_keeps_its_members_and_tells(
    session, database, app_settings, sums, mona, approve, load_set
):
    approve(APPLES)
    session.commit()
    load_set([{"text": APPLES}])

    project = session.get_one(Project, sums.id)
    wanted = DatasetIn.model_validate({"name": "Held out", "use": "evaluation", "rule": {}})
    dataset = create_dataset(session, project, wanted, actor=mona.actor, now=clock.now())
    snapshot_id = freeze(session, dataset, note="", actor=mona.actor, now=clock.now()).id
    session.commit()
    Worker(database, app_settings).run_all()
    session.expire_all()
    snapshot = session.get_one(Snapshot, snapshot_id)

    assert snapshot.state is SnapshotState.READY
    assert (snapshot.items, counts(session, snapshot)) == (1, [("Word problems", 1, 1, 1, 0)])


def test_the_page_of_a_snapshot_says_what_it_shares_with_each_set(
    client, session, database, app_settings, sums, mona, approve, load_set
):
    approve("A question of our own making, at last.")
    approve(APPLES)
    session.commit()
    reference_id = load_set([{"text": APPLES}, {"text": SHORT}]).id

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    row = client.as_(mona).get(f"/snapshots/{snapshot.id}").text.partition("Contamination by reference set")[2]

    cells = [cell.partition("<")[0] for cell in row.partition("</tr>")[2].partition("</tr>")[0].split('<td class="n">')]
    assert f"/projects/sums/contamination?reference={reference_id}" in row
    assert cells[1:] == ["1", "1", "0", "1 of 2, 50.0 %"]
