"""Handing out: who gets which task, in which order, and why there is nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts.models import Notification
from app.assignments.models import Assignment
from app.assignments.queries import why_nothing
from app.assignments.service.claiming import claim_next, resume
from app.assignments.service.ending import release
from app.assignments.service.expiring import expire_due, warn_of_ending
from app.assignments.service.insiders import note_insider
from app.assignments.service.leases import NothingLeft
from app.assignments.states import AssignmentState, NoWork
from app.core.errors import Conflict
from app.projects.models import Project
from app.projects.states import ProjectState
from app.submissions.states import SubmissionState
from app.tasks.models import TaskSlot
from app.tasks.states import SlotState, TaskState
from tests.cast import NOW
from tests.factories.work import a_submission, a_task


@pytest.fixture
def project(session, sums):
    return session.get_one(Project, sums.id)


def slots_of(session, task):
    return session.scalars(select(TaskSlot.state).where(TaskSlot.task_id == task.id).order_by(TaskSlot.n)).all()


def test_the_first_task_by_priority_is_lent_for_the_hours_of_the_project(session, project, sums, ed):
    a_task(session, sums)
    urgent = a_task(session, sums, priority=9)

    lease = claim_next(session, ed.actor, project, now=NOW)

    assert (lease.task_id, lease.fencing, lease.expires_at) == (urgent.id, 1, NOW + timedelta(hours=24))
    assert slots_of(session, urgent) == [SlotState.TAKEN]


def test_first_places_go_out_before_second_places(session, project, sums, ed, eve):
    first = a_task(session, sums, submissions_needed=2)
    second = a_task(session, sums)

    lent = [claim_next(session, who.actor, project, now=NOW).task_id for who in (ed, ed, eve)]

    assert lent == [first.id, second.id, first.id]


def test_nobody_gets_a_task_they_wrote(session, project, sums, ed):
    a_task(session, sums, author_id=ed.id)
    other = a_task(session, sums)

    assert claim_next(session, ed.actor, project, now=NOW).task_id == other.id


def test_nobody_gets_a_task_on_which_they_have_judged_work(session, project, sums, ed, eve):
    known = a_task(session, sums, submissions_needed=2)
    note_insider(session, known.id, ed.id)
    note_insider(session, known.id, ed.id)

    with pytest.raises(NothingLeft) as nothing:
        claim_next(session, ed.actor, project, now=NOW)

    assert nothing.value.reason == NoWork.ALL_DONE_BY_YOU
    assert claim_next(session, eve.actor, project, now=NOW).task_id == known.id


def test_nobody_gets_a_task_twice_even_after_giving_it_back(session, project, sums, ed):
    a_task(session, sums, submissions_needed=3)
    lease = claim_next(session, ed.actor, project, now=NOW)
    release(session, ed.actor, session.get_one(Assignment, lease.assignment_id), now=NOW)

    with pytest.raises(NothingLeft) as nothing:
        claim_next(session, ed.actor, project, now=NOW)

    assert nothing.value.reason == NoWork.ALL_DONE_BY_YOU


def test_three_leases_are_all_that_one_person_holds(session, project, sums, ed):
    for _ in range(4):
        a_task(session, sums)
    for _ in range(3):
        claim_next(session, ed.actor, project, now=NOW)

    with pytest.raises(NothingLeft) as nothing:
        claim_next(session, ed.actor, project, now=NOW)

    assert nothing.value.reason == NoWork.THREE_HELD
    hands = session.scalars(select(Assignment.hand).where(Assignment.user_id == ed.id).order_by(Assignment.hand))
    assert hands.all() == [1, 2, 3]


def test_returned_work_does_not_count_as_held(session, project, sums, ed):
    for state in (SubmissionState.RETURNED, SubmissionState.RETURNED, SubmissionState.SUBMITTED):
        a_submission(session, author=ed, task=a_task(session, sums), state=state)
    task = a_task(session, sums)

    assert claim_next(session, ed.actor, project, now=NOW).task_id == task.id


def test_a_lease_that_ran_out_makes_room_for_the_next_claim_of_its_holder(session, project, sums, ed):
    for _ in range(4):
        a_task(session, sums)
    for _ in range(3):
        claim_next(session, ed.actor, project, now=NOW)

    lease = claim_next(session, ed.actor, project, now=NOW + timedelta(hours=25))

    assert lease.expires_at == NOW + timedelta(hours=49)


def test_a_lease_of_somebody_else_that_ran_out_is_ended_when_nothing_else_is_free(session, project, sums, ed, eve):
    task = a_task(session, sums)
    old = claim_next(session, ed.actor, project, now=NOW)

    new = claim_next(session, eve.actor, project, now=NOW + timedelta(hours=24))

    assert (new.task_id, new.slot_id) == (task.id, old.slot_id)
    assert session.get_one(Assignment, old.assignment_id).state == AssignmentState.EXPIRED


def test_only_the_field_asked_for_is_lent(session, project, sums, ed):
    a_task(session, sums, domain="Geometry")
    theory = a_task(session, sums, domain="Number theory")

    assert claim_next(session, ed.actor, project, now=NOW, domain="Number theory").task_id == theory.id
    with pytest.raises(NothingLeft) as nothing:
        claim_next(session, ed.actor, project, now=NOW, domain="Number theory")
    assert nothing.value.reason == NoWork.NONE_IN_FIELD


@pytest.mark.parametrize("state", [TaskState.READY, TaskState.HALTED, TaskState.CLOSED, TaskState.ARCHIVED])
def test_a_task_that_is_not_open_is_not_lent(session, project, sums, ed, state):
    a_task(session, sums, state=state)

    with pytest.raises(NothingLeft) as nothing:
        claim_next(session, ed.actor, project, now=NOW)

    assert nothing.value.reason == NoWork.QUOTA_MET


def test_a_task_of_another_project_is_never_lent(session, project, others, ed):
    a_task(session, others)

    with pytest.raises(NothingLeft):
        claim_next(session, ed.actor, project, now=NOW)


def test_claiming_costs_four_statements_however_many_tasks_there_are(session, project, sums, ed, queries_made):
    counts = []
    for _ in range(2):
        for _ in range(20):
            a_task(session, sums)
        with queries_made() as statements:
            claim_next(session, ed.actor, project, now=NOW)
            session.flush()  # the audit event goes out with the commit
        counts.append(len(statements))

    assert counts == [4, 4]


@pytest.mark.parametrize(
    ("change", "acknowledged", "reason"),
    [
        ({}, True, NoWork.QUOTA_MET),
        ({}, False, NoWork.GUIDELINE),
        ({"state": ProjectState.PAUSED}, True, NoWork.PAUSED),
        ({"state": ProjectState.CLOSED}, True, NoWork.CLOSED),
    ],
)
def test_the_page_says_why_there_is_nothing(session, project, ed, change, acknowledged, reason):
    for name, value in change.items():
        setattr(project, name, value)

    nothing = why_nothing(session, ed.actor, project, acknowledged=acknowledged, signed=True)

    assert nothing is not None
    assert nothing.reason == reason


def test_a_reviewer_is_told_that_they_are_no_annotator(session, project, rae):
    nothing = why_nothing(session, rae.actor, project, acknowledged=True, signed=True)

    assert nothing is not None
    assert nothing.reason == NoWork.NOT_ANNOTATOR


def test_there_is_no_reason_when_a_task_is_free(session, project, sums, ed):
    a_task(session, sums)

    assert why_nothing(session, ed.actor, project, acknowledged=True, signed=True) is None


def test_all_taken_is_told_apart_from_quota_met(session, project, sums, ed, eve):
    a_task(session, sums)
    claim_next(session, eve.actor, project, now=NOW)

    nothing = why_nothing(session, ed.actor, project, acknowledged=True, signed=True)

    assert nothing is not None
    assert nothing.reason == NoWork.ALL_TAKEN


class TestExpiry:
    def test_a_lease_that_ran_out_gives_its_place_back(self, session, project, sums, ed):
        task = a_task(session, sums)
        lease = claim_next(session, ed.actor, project, now=NOW)

        assert expire_due(session, now=NOW + timedelta(hours=24)) == 1

        assignment = session.get_one(Assignment, lease.assignment_id, populate_existing=True)
        assert (assignment.state, assignment.lease_expires_at, assignment.hand, assignment.ended_at) == (
            AssignmentState.EXPIRED,
            None,
            None,
            NOW + timedelta(hours=24),
        )
        assert slots_of(session, task) == [SlotState.FREE]

    def test_a_lease_that_still_runs_is_left_alone(self, session, project, sums, ed):
        task = a_task(session, sums)
        claim_next(session, ed.actor, project, now=NOW)

        assert expire_due(session, now=NOW + timedelta(hours=23, minutes=59)) == 0
        assert slots_of(session, task) == [SlotState.TAKEN]

    def test_the_place_of_a_halted_task_stays_shut(self, session, project, sums, ed):
        task = a_task(session, sums)
        claim_next(session, ed.actor, project, now=NOW)
        task.state = TaskState.HALTED
        session.flush()  # the service reads the row

        expire_due(session, now=NOW + timedelta(hours=25))

        assert slots_of(session, task) == [SlotState.SHUT]

    def test_the_holder_is_warned_once_at_75_and_once_at_95_percent(self, session, project, sums, ed):
        a_task(session, sums)
        claim_next(session, ed.actor, project, now=NOW)

        warned = [
            warn_of_ending(session, now=NOW + timedelta(hours=hours)) for hours in (17.9, 18, 18.1, 22.7, 22.8, 23)
        ]

        assert warned == [0, 1, 0, 0, 1, 0]
        told = session.scalars(
            select(Notification.sentence).where(Notification.user_id == ed.id).order_by(Notification.created_at)
        ).all()
        assert [sentence.split(";")[0] for sentence in told] == [
            "Your lease on task 1 ends in 6 h 0 min",
            "Your lease on task 1 ends in 1 h 12 min",
        ]


class TestResume:
    def test_an_expired_task_comes_back_with_a_higher_fencing_number(self, session, project, sums, ed):
        a_task(session, sums)
        old = claim_next(session, ed.actor, project, now=NOW)
        later = NOW + timedelta(hours=30)
        expire_due(session, now=later)

        lease = resume(session, ed.actor, session.get_one(Assignment, old.assignment_id), project, now=later)

        assert (lease.slot_id, lease.fencing, lease.expires_at) == (old.slot_id, 2, later + timedelta(hours=24))

    def test_another_free_place_of_the_task_does_as_well(self, session, project, sums, ed, eve):
        task = a_task(session, sums, submissions_needed=2)
        old = claim_next(session, ed.actor, project, now=NOW)
        release(session, ed.actor, session.get_one(Assignment, old.assignment_id), now=NOW)
        claim_next(session, eve.actor, project, now=NOW)

        lease = resume(session, ed.actor, session.get_one(Assignment, old.assignment_id), project, now=NOW)

        assert lease.slot_id != old.slot_id
        assert slots_of(session, task) == [SlotState.TAKEN, SlotState.TAKEN]

    def test_without_a_free_place_the_text_stays_and_the_sentence_says_so(self, session, project, sums, ed, eve):
        a_task(session, sums)
        old = claim_next(session, ed.actor, project, now=NOW)
        release(session, ed.actor, session.get_one(Assignment, old.assignment_id), now=NOW)
        claim_next(session, eve.actor, project, now=NOW)

        with pytest.raises(Conflict, match="Your text is kept"):
            resume(session, ed.actor, session.get_one(Assignment, old.assignment_id), project, now=NOW)

    def test_a_fourth_lease_is_refused(self, session, project, sums, ed):
        for _ in range(4):
            a_task(session, sums)
        old = claim_next(session, ed.actor, project, now=NOW)
        release(session, ed.actor, session.get_one(Assignment, old.assignment_id), now=NOW)
        for _ in range(3):
            claim_next(session, ed.actor, project, now=NOW)

        with pytest.raises(NothingLeft):
            resume(session, ed.actor, session.get_one(Assignment, old.assignment_id), project, now=NOW)


def test_work_in_a_paused_project_can_be_resumed_but_not_in_a_closed_one(session, project, sums, ed):
    a_task(session, sums)
    old = claim_next(session, ed.actor, project, now=NOW)
    release(session, ed.actor, session.get_one(Assignment, old.assignment_id), now=NOW)
    project.state = ProjectState.CLOSED
    with pytest.raises(Conflict, match="closed"):
        resume(session, ed.actor, session.get_one(Assignment, old.assignment_id), project, now=NOW)
    project.state = ProjectState.PAUSED

    resume(session, ed.actor, session.get_one(Assignment, old.assignment_id), project, now=NOW)

    active = select(func.count()).where(Assignment.state == AssignmentState.ACTIVE)
    assert session.scalar(active) == 1
