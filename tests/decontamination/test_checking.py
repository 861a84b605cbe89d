"""What is checked when: all that is there when a set comes, all that comes in later, all that is edited."""

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.audit import Event
from app.core.errors import Conflict
from app.core.jobs import enqueue
from app.decontamination.jobs import CHECK_NEW_JOB
from app.decontamination.models import ContaminationCheck, ContaminationFinding, ReferenceSet
from app.decontamination.service.waiving import unwaive, waive
from app.decontamination.states import Consequence, Likeness, Part
from app.submissions.states import SubmissionState as S
from app.tasks.models import Task, TaskVersion
from tests.decontamination.conftest import APPLES, SHORT, SOLVED
from tests.factories.work import a_submission, a_task, revision_of, some_content

REASON = "The benchmark took it from us, with our leave."


def findings(session):
    query = select(ContaminationFinding).order_by(ContaminationFinding.part, ContaminationFinding.version)
    return [(one.part, one.likeness, one.consequence, one.text_number) for one in session.scalars(query)]


def check_new(session, work_off):
    enqueue(session, CHECK_NEW_JOB, {}, now=clock.now())
    work_off()


def a_solution(session, ed, sums, body, **facts):
    task = a_task(session, sums, **facts)
    content = some_content(steps=[{"id": "s1", "type": "work", "body": body}], answer={"text": ""})
    return a_submission(session, author=ed, task=task, state=S.SUBMITTED, content=content)


def test_a_new_set_is_held_against_statements_references_and_solutions(session, load_set, sums, ed):
    a_solution(session, ed, sums, SOLVED, statement=APPLES, reference="What is 9 plus 8 in base 7?")
    load_set([{"text": APPLES}, {"text": SHORT}, {"text": SOLVED}])

    assert findings(session) == [
        (Part.REFERENCE, Likeness.NUMBERS, Consequence.REVIEW, 2),
        (Part.SOLUTION, Likeness.EXACT, Consequence.BLOCK, 3),
        (Part.STATEMENT, Likeness.EXACT, Consequence.BLOCK, 1),
    ]


def test_a_finding_says_where_it_is_and_quotes_our_own_text(session, load_set, sums, ed):
    submission = a_solution(session, ed, sums, f"{'Well then. ' * 30}{SOLVED.upper()}")
    ids = (sums.id, submission.task_id, submission.id, revision_of(session, submission).id)
    reference = load_set([{"text": SOLVED}])

    (found,) = session.scalars(select(ContaminationFinding)).all()
    assert (found.project_id, found.task_id, found.submission_id, found.piece_id) == ids
    assert (found.reference_set_id, found.likeness, found.n, found.coverage) == (reference.id, Likeness.LARGE, 13, 23)
    assert found.matched == SOLVED.upper().removesuffix(".")


def test_what_comes_in_later_is_checked_and_nothing_twice(session, load_set, work_off, sums, ed):
    load_set([{"text": APPLES}, {"text": SOLVED}])
    a_solution(session, ed, sums, SOLVED, statement=APPLES, updated_at=clock.now())
    check_new(session, work_off)
    assert len(findings(session)) == 2
    before = {one.piece_id: one.checked_at for one in session.scalars(select(ContaminationCheck))}

    check_new(session, work_off)
    session.expire_all()
    assert {one.piece_id: one.checked_at for one in session.scalars(select(ContaminationCheck))} == before


def test_a_task_that_is_edited_is_checked_again(session, load_set, work_off, sums):
    task_id = a_task(session, sums, statement=APPLES).id
    load_set([{"text": APPLES}])
    assert len(findings(session)) == 1

    task = session.get_one(Task, task_id)
    task.statement, task.updated_at = "Something of our own, at last.", clock.now()
    check_new(session, work_off)
    session.expire_all()
    assert findings(session) == []


def test_an_older_wording_keeps_its_finding(session, load_set, work_off, sums):
    task_id = a_task(session, sums, statement=APPLES).id
    load_set([{"text": APPLES}])
    task = session.get_one(Task, task_id)
    session.add(TaskVersion(task_id=task_id, version=1, content={"statement": APPLES}, replaced_at=clock.now()))
    task.statement, task.version, task.updated_at = "Something of our own.", 2, clock.now()
    check_new(session, work_off)
    assert [(one.version, one.likeness) for one in session.scalars(select(ContaminationFinding))] == [
        (1, Likeness.EXACT)
    ]


def test_a_second_set_is_held_against_what_was_checked_before(session, load_set, sums):
    a_task(session, sums, statement=APPLES)
    load_set([{"text": SHORT}])
    assert findings(session) == []
    load_set([{"text": APPLES}], name="Second")
    assert findings(session) == [(Part.STATEMENT, Likeness.EXACT, Consequence.BLOCK, 1)]


def test_a_waiver_stays_while_the_text_does_and_is_told(session, load_set, sums, mona):
    a_task(session, sums, statement=APPLES)
    load_set([{"text": APPLES}])
    found = session.scalars(select(ContaminationFinding)).one()
    waive(session, found, reason=REASON, actor=mona.actor, now=clock.now())
    with pytest.raises(Conflict):
        waive(session, found, reason=REASON, actor=mona.actor, now=clock.now())
    session.commit()
    load_set([{"text": SHORT}], name="Second")  # everything is looked at anew

    session.expire_all()
    kept = session.scalars(select(ContaminationFinding)).one()
    assert (kept.waived_by, kept.waiver_reason) == (mona.id, REASON)
    event = session.scalars(select(Event).where(Event.verb == "contamination.waive")).one()
    assert (event.actor_id, event.reason, event.object_id) == (mona.id, REASON, kept.id)


def test_a_waiver_can_be_taken_back(session, load_set, sums, mona):
    a_task(session, sums, statement=APPLES)
    load_set([{"text": APPLES}])
    found = session.scalars(select(ContaminationFinding)).one()
    waive(session, found, reason=REASON, actor=mona.actor, now=clock.now())
    unwaive(session, found, actor=mona.actor, now=clock.now())
    assert (found.waived_by, found.waived_at, found.waiver_reason) == (None, None, "")
    with pytest.raises(Conflict):
        unwaive(session, found, actor=mona.actor, now=clock.now())


def test_without_a_set_nothing_is_noted(session, work_off, sums):
    a_task(session, sums)
    check_new(session, work_off)
    assert session.scalars(select(ContaminationCheck)).all() == []
    assert session.scalars(select(ReferenceSet)).all() == []
