"""What was withdrawn or rightly challenged after it was frozen: numbered lines, and not in any later snapshot."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.errors import Conflict
from app.datasets.models import Challenge, Correction, Dataset, Snapshot, SnapshotItem
from app.datasets.queries.corrections import last_number, lists_of, withdrawn_beyond
from app.datasets.queries.counting import count_selected
from app.datasets.schemas import Rule
from app.datasets.service import challenge, decide, freeze, note_corrections
from app.datasets.states import ChallengeState, LeftOut, SnapshotState
from app.submissions.models import Submission
from app.worker import Worker
from tests.factories.frozen import (
    SLIP,
    a_second_revision,
    challenged,
    corrections,
    noted,
    some_approved,
    sustained,
    taken_back,
)
from tests.factories.judged import a_snapshot

COUNT = 4


@pytest.fixture
def works(session, sums, ed, rae):
    return some_approved(session, sums, ed, rae, COUNT)


@pytest.fixture
def snapshot(session, database, app_settings, mona, sums, works):
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def frozen_again(session, database, settings, snapshot, mona):
    """Freeze the dataset of a snapshot once more; return the new one and its members."""
    dataset = session.get_one(Dataset, snapshot.dataset_id)
    later = clock.now() + timedelta(minutes=1)
    found = freeze(session, dataset, note="", actor=mona.actor, now=later)
    session.commit()
    Worker(database, settings).run_all()
    session.refresh(found)
    members = set(session.scalars(select(SnapshotItem.submission_id).where(SnapshotItem.snapshot_id == found.id)))
    session.commit()
    return found, members


def test_what_is_withdrawn_gets_a_tombstone_in_every_snapshot_that_holds_it(
    session, database, app_settings, mona, sums, ed, works, snapshot
):
    second = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    taken_back(session, ed, works[2])

    told = noted(database, app_settings)

    assert told == {"snapshots": 2, "noted": 2}
    assert corrections(session, snapshot) == corrections(session, second) == [(1, works[2], "withdrawn")]
    stored = session.scalars(select(Correction).where(Correction.snapshot_id == snapshot.id)).one()
    item = session.scalars(select(SnapshotItem).where(SnapshotItem.submission_id == works[2])).first()
    withdrawn_at = session.scalar(select(Submission.decided_at).where(Submission.id == works[2]))
    assert (stored.row_sha256, stored.effective_at) == (item.row_sha256, withdrawn_at)


def test_noting_again_adds_nothing_and_later_withdrawals_get_the_next_numbers(
    session, database, app_settings, ed, works, snapshot
):
    taken_back(session, ed, works[3])
    noted(database, app_settings)
    taken_back(session, ed, works[0], works[1])

    told = [noted(database, app_settings), noted(database, app_settings)]

    assert told == [{"snapshots": 1, "noted": 2}, {"snapshots": 0, "noted": 0}]
    assert [line[:2] for line in corrections(session, snapshot)] == [(1, works[3]), (2, works[0]), (3, works[1])]


def test_a_job_that_is_killed_between_two_transactions_is_taken_up_where_it_was(
    session, database, app_settings, ed, works, snapshot
):
    taken_back(session, ed, *works[:3])
    with database.change() as own:
        first = note_corrections(own, snapshot.id, now=clock.now(), at_most=2)

    told = noted(database, app_settings)

    assert (first, told["noted"]) == (2, 1)
    assert [line[0] for line in corrections(session, snapshot)] == [1, 2, 3]


def test_a_snapshot_that_is_not_ready_waits_and_nothing_is_missed_when_it_is(
    session, database, app_settings, ed, works, snapshot
):
    session.execute(update(Snapshot).values(state=SnapshotState.FREEZING))
    taken_back(session, ed, works[0])

    before = noted(database, app_settings)
    session.execute(update(Snapshot).values(state=SnapshotState.READY))
    session.commit()

    assert (before["noted"], noted(database, app_settings)["noted"]) == (0, 1)


def test_what_is_withdrawn_is_in_no_later_snapshot_and_the_old_one_stays_as_it_was(
    session, database, app_settings, mona, ed, works, snapshot
):
    before = (snapshot.items, snapshot.manifest_sha256)
    taken_back(session, ed, works[1])

    _, members = frozen_again(session, database, app_settings, snapshot, mona)

    assert members == {*works} - {works[1]}
    old = session.get_one(Snapshot, snapshot.id)
    assert (old.items, old.manifest_sha256) == before
    held = select(SnapshotItem.submission_id).where(SnapshotItem.snapshot_id == snapshot.id)
    assert set(session.scalars(held)) == {*works}


def test_withdrawn_rows_are_counted_at_once_whether_noted_or_not(session, database, app_settings, ed, works, snapshot):
    taken_back(session, ed, works[0], works[1])
    unnoted = withdrawn_beyond(session, snapshot.id, 0)
    session.commit()
    noted(database, app_settings)

    beyond = [withdrawn_beyond(session, snapshot.id, n) for n in (0, 1, 2)]

    assert (unnoted, beyond, last_number(session, snapshot.id)) == (2, [2, 1, 0], 2)


def test_a_sustained_challenge_keeps_the_row_out_of_later_snapshots_with_its_reason_and_lists_an_erratum(
    session, database, app_settings, mona, sums, works, snapshot
):
    sustained(session, snapshot, works[1], mona)
    noted(database, app_settings)

    later, members = frozen_again(session, database, app_settings, snapshot, mona)
    counted = count_selected(session, sums.id, Rule(), now=clock.now() + timedelta(minutes=1))

    assert corrections(session, snapshot) == [(1, works[1], "superseded")]
    assert (members, later.left_out) == ({*works} - {works[1]}, {LeftOut.SUPERSEDED.value: 1})
    assert counted.left_out == {LeftOut.SUPERSEDED.value: 1}
    assert session.scalar(select(Correction.reason)) == SLIP


def test_a_later_revision_of_what_was_rightly_challenged_comes_in_again(
    session, database, app_settings, mona, works, snapshot
):
    sustained(session, snapshot, works[1], mona)
    a_second_revision(session, works[1])

    later, members = frozen_again(session, database, app_settings, snapshot, mona)
    noted(database, app_settings)

    assert (members, later.left_out) == ({*works}, {})
    assert (len(corrections(session, snapshot)), corrections(session, later)) == (1, [])


def test_a_dismissed_challenge_changes_nothing(session, database, app_settings, mona, ed, works, snapshot):
    found = challenged(session, snapshot, works[0], mona)
    decide(session, found, is_sustained=False, reason="It divides by two.", actor=mona.actor, now=clock.now())
    session.commit()

    told = noted(database, app_settings)
    _, members = frozen_again(session, database, app_settings, snapshot, mona)

    assert (told["noted"], members) == (0, {*works})
    assert found.state is ChallengeState.DISMISSED


def test_a_row_is_challenged_once_at_a_time_and_not_when_it_was_found_wrong(session, mona, works, snapshot):
    item = session.scalars(select(SnapshotItem).where(SnapshotItem.submission_id == works[0])).one()
    found = challenge(session, snapshot, item, SLIP, actor=mona.actor, now=clock.now())
    with pytest.raises(Conflict, match="challenged this row already"), session.begin_nested():
        challenge(session, snapshot, item, SLIP, actor=mona.actor, now=clock.now())
    decide(session, found, is_sustained=True, reason=SLIP, actor=mona.actor, now=clock.now())

    with pytest.raises(Conflict, match="found to be wrong already"):
        challenge(session, snapshot, item, SLIP, actor=mona.actor, now=clock.now())
    with pytest.raises(Conflict, match="decided already"):
        decide(session, found, is_sustained=False, reason="No.", actor=mona.actor, now=clock.now())
    assert session.scalar(select(Challenge.state)) is ChallengeState.SUSTAINED


def test_a_list_up_to_the_same_number_has_the_same_bytes_whatever_came_later(
    session, database, app_settings, mona, ed, works, snapshot
):
    taken_back(session, ed, works[0])
    noted(database, app_settings)
    first = lists_of(session, _with_dataset(session, snapshot), up_to=1)
    session.commit()
    sustained(session, snapshot, works[1], mona)
    taken_back(session, ed, works[2])
    noted(database, app_settings)

    again = lists_of(session, _with_dataset(session, snapshot), up_to=1)
    now = lists_of(session, _with_dataset(session, snapshot), up_to=3)

    assert again == first
    assert {path: data.count(b'"row_sha256"') for path, data in now.items()} == {
        "tombstones.json": 2,
        "errata.json": 1,
    }


def _with_dataset(session, snapshot):
    found = session.get_one(Snapshot, snapshot.id)
    session.refresh(found, ["dataset"])
    return found
