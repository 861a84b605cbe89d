"""Places of tasks, and who may see a task."""

import itertools

import pytest
from sqlalchemy import select

from app.core.errors import Conflict, IllegalMove, Invalid
from app.tasks.access import get_task, visible_tasks
from app.tasks.models import Task, TaskSlot, TaskVersion
from app.tasks.policy import can_view_task
from app.tasks.schemas import TaskIn
from app.tasks.service.moving import halt_task, move_task, open_task
from app.tasks.service.slots import free_slot, mark_slot_done, reopen_slot
from app.tasks.service.writing import edit_task
from app.tasks.states import SlotState, TaskState
from tests.cast import NOW
from tests.factories.work import a_task


def places(session, task):
    query = select(TaskSlot.state).where(TaskSlot.task_id == task.id).order_by(TaskSlot.n)
    return list(session.scalars(query))


def take_one(session, task):
    slot = session.scalars(select(TaskSlot).where(TaskSlot.task_id == task.id, TaskSlot.state == "free")).first()
    slot.state = SlotState.TAKEN
    session.flush()  # the verbs read the row
    return slot


def the(session, actor, task, **how):
    return get_task(session, actor, task.id, **how)


def test_opening_makes_the_places_and_halting_shuts_the_free_ones(session, mona, sums):
    task = the(session, mona.actor, a_task(session, sums, state=TaskState.READY, submissions_needed=2))
    open_task(session, task, actor=mona.actor, now=NOW)
    take_one(session, task)
    halt_task(session, task, actor=mona.actor, now=NOW, reason="A typo")
    assert places(session, task) == [SlotState.TAKEN, SlotState.SHUT]
    open_task(session, task, actor=mona.actor, now=NOW)
    assert places(session, task) == [SlotState.TAKEN, SlotState.FREE]


def test_a_place_given_back_while_the_task_is_halted_stays_shut(session, mona, sums):
    task = the(session, mona.actor, a_task(session, sums))
    slot = take_one(session, task)
    halt_task(session, task, actor=mona.actor, now=NOW, reason="A typo")
    free_slot(session, slot.id)
    assert places(session, task) == [SlotState.SHUT]


def test_the_last_approval_fills_the_task_and_taking_it_back_reopens_it(session, mona, sums):
    task = the(session, mona.actor, a_task(session, sums))
    slot = take_one(session, task)
    mark_slot_done(session, slot.id, NOW)
    session.refresh(task)
    assert (task.state, places(session, task)) == (TaskState.FILLED, [SlotState.DONE])
    reopen_slot(session, slot.id, NOW)
    session.refresh(task)
    assert (task.state, places(session, task)) == (TaskState.OPEN, [SlotState.FREE])


def test_a_free_place_cannot_be_filled(session, sums):
    task = a_task(session, sums)
    slot_id = session.scalars(select(TaskSlot.id).where(TaskSlot.task_id == task.id)).one()
    with pytest.raises(Conflict):
        mark_slot_done(session, slot_id, NOW)


def test_a_reason_is_needed_to_halt_and_the_draft_must_be_whole_to_open(session, mona, sums):
    task = the(session, mona.actor, a_task(session, sums))
    with pytest.raises(Invalid):
        move_task(session, task, TaskState.HALTED, actor=mona.actor, now=NOW)
    bare = the(session, mona.actor, a_task(session, sums, state=TaskState.DRAFT, licence=""))
    with pytest.raises(Invalid):
        open_task(session, bare, actor=mona.actor, now=NOW)
    with pytest.raises(IllegalMove):
        move_task(session, bare, TaskState.FILLED, actor=mona.actor, now=NOW)


def test_a_new_wording_of_an_opened_task_keeps_the_old_one(session, mona, sums):
    task = the(session, mona.actor, a_task(session, sums))
    old = task.statement
    data = TaskIn(statement="Another", source="Mona", licence="CC0", submissions_needed=3)
    assert edit_task(session, task, data, actor=mona.actor, now=NOW)
    session.flush()  # the version is read back
    kept = session.scalars(select(TaskVersion).where(TaskVersion.task_id == task.id)).one()
    assert (task.version, kept.version, kept.content["statement"]) == (2, 1, old)
    assert places(session, task) == [SlotState.FREE] * 3


def test_the_query_and_the_rule_agree_on_what_is_visible(session, cast, sums, others):
    for place, state in itertools.product((sums, others), TaskState):
        a_task(session, place, state=state)
    session.flush()  # all of them are read back
    ids = list(session.scalars(select(Task.id)))
    admin = cast["Ada"].actor
    tasks = [get_task(session, admin, task_id) for task_id in ids]
    for person in cast.values():
        seen = set(session.scalars(visible_tasks(person.actor).with_only_columns(Task.id)))
        assert seen == {task.id for task in tasks if can_view_task(person.actor, task)}, person.name
