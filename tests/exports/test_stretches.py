"""Stretches of a snapshot: wherever they are cut, every item is rendered once and no task is divided."""

from itertools import pairwise
from typing import ClassVar

import pytest
from sqlalchemy import select, update

from app.core.jobs import JobRefused
from app.datasets.models import SnapshotItem
from app.datasets.queries.records import end_of_task
from app.exports.formats.base import FileOf, Format
from app.exports.formats.columns import Column
from app.exports.formats.native import Native
from app.exports.service.rendering import Plan, render
from app.submissions.states import SubmissionState as S
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task

ITEMS = 7


class WholeTasks(Format):
    """A row a task, with how many of its items were there."""

    name = "whole_tasks"
    columns: ClassVar[dict[str, Column]] = {}
    files = (FileOf("whole/train.jsonl", "whole"),)
    is_by_task = True

    def rows_of_task(self, records, options):
        """Count the items."""
        del options
        rows = [("whole/train.jsonl", {"task": records[0]["task"]["number"], "items": len(records)})]
        return rows, {}


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae):
    """Seven works on four tasks: two each of three, one of the last."""
    for task in [a_task(session, sums, submissions_needed=2) for _ in range(4)]:
        for author in (ed, eve)[: 2 if task.number < 4 else 1]:
            a_review(
                session, a_submission(session, author=author, task=task, state=S.APPROVED), reviewer=rae, labels={}
            )
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    session.commit()
    return snapshot


def a_plan(snapshot, chosen):
    return Plan(snapshot.id, snapshot.items, snapshot.manifest_sha256, chosen, chosen.options_model())


def in_stretches(database, plan, step):
    cuts = [*range(0, ITEMS, step), ITEMS]
    return [group for after, last in pairwise(cuts) for group in render(database, plan, after, last)]


def test_the_end_of_a_task_is_found_from_any_of_its_items(database, snapshot):
    with database.reading() as session:
        ends = [end_of_task(session, snapshot.id, position) for position in range(ITEMS + 3)]
        tasks = session.scalars(select(SnapshotItem.task_id).order_by(SnapshotItem.position)).all()

    last = {task: position for position, task in enumerate(tasks, start=1)}
    assert ends == [0, *(last[task] for task in tasks), ITEMS + 1, ITEMS + 2]
    assert len(last) == 4


@pytest.mark.parametrize("step", range(1, ITEMS + 1))
def test_no_task_is_divided_wherever_stretches_end(database, snapshot, step):
    plan = a_plan(snapshot, WholeTasks())

    groups = in_stretches(database, plan, step)

    assert groups == list(render(database, plan, 0, ITEMS))
    assert sorted(group.items for group in groups) == [1, 2, 2, 2]
    assert sum(b'"items":2' in line for group in groups for _, line in group.lines) == 3


@pytest.mark.parametrize("step", [1, 3])
def test_items_that_stand_alone_are_rendered_once_each(database, snapshot, step):
    groups = in_stretches(database, a_plan(snapshot, Native()), step)

    assert [(group.position, group.items) for group in groups] == [(n, 1) for n in range(1, ITEMS + 1)]


def test_an_item_that_is_not_what_was_frozen_is_refused(session, database, snapshot):
    session.execute(update(SnapshotItem).where(SnapshotItem.position == 5).values(row_sha256="0" * 64))
    session.commit()
    plan = a_plan(snapshot, WholeTasks())

    assert [group.items for group in render(database, a_plan(snapshot, Native()), 0, 4)] == [1] * 4
    with pytest.raises(JobRefused, match=r"^Item 5 .* is not what was frozen; the database was changed\.$"):
        list(render(database, plan, 0, ITEMS))
