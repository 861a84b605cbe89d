"""Sixteen clients that start at the same moment: no double assignment, no lost update, overlap exact."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts import queries
from app.assignments.models import Assignment
from app.assignments.service.claiming import claim_next, resume
from app.assignments.service.ending import put_aside, release
from app.assignments.service.expiring import expire_due
from app.assignments.service.leases import NothingLeft
from app.assignments.states import AssignmentState, ReportKind
from app.core.actor import Role
from app.core.errors import WorkingsError
from app.projects.models import Project
from app.submissions.models import DraftConflict, DraftSave, Revision, Submission
from app.submissions.service import beginning, handing_in
from app.submissions.service.drafting import Refused, Saved, save_draft
from app.submissions.states import SubmissionState
from app.tasks.models import Task, TaskSlot
from app.tasks.states import SlotState, TaskState
from tests.cast import NOW, Person, a_user, add_member
from tests.factories.work import a_submission, a_task, some_content

CLIENTS = 16


@pytest.fixture
def crowd(session, sums):
    """Sixteen annotators of the project."""
    project = session.get_one(Project, sums.id)
    people = []
    for number in range(CLIENTS):
        user = a_user(session, f"Solver{number}")
        add_member(session, project, user, Role.ANNOTATOR)
        actor = queries.actor_of_user(session, user.id)
        assert actor is not None
        people.append(Person(user.id, user.name, user.email, actor))
    return people


def all_at_once(database, works):
    """Run each function of a session in its own thread and transaction from one starting shot; results in order.

    An error that a person would be told is a result like any other.
    """
    barrier = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(place, work):
        with database.writing() as session:
            barrier.wait()
            try:
                results[place] = work(session)
                session.commit()
            except WorkingsError as error:
                results[place] = error
            except Exception as error:
                results[place] = error
                raise

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def claiming(person, sums):
    return lambda session: claim_next(session, person.actor, session.get_one(Project, sums.id), now=NOW)


@pytest.mark.parametrize(("tasks", "places"), [(4, 3), (16, 1), (1, 16), (5, 2)])
def test_sixteen_claims_fill_exactly_the_places_there_are(database, session, sums, crowd, tasks, places):
    for _ in range(tasks):
        a_task(session, sums, submissions_needed=places)
    session.commit()

    results = all_at_once(database, [claiming(person, sums) for person in crowd])

    lent = [result for result in results if not isinstance(result, Exception)]
    assert len(lent) == min(CLIENTS, tasks * places)
    assert {type(result) for result in results if isinstance(result, Exception)} <= {NothingLeft}
    assert len({lease.slot_id for lease in lent}) == len(lent)
    assert max(Counter(lease.task_id for lease in lent).values()) <= places
    taken = session.scalar(select(func.count()).where(TaskSlot.state == SlotState.TAKEN))
    active = session.scalar(select(func.count()).where(Assignment.state == AssignmentState.ACTIVE))
    assert (taken, active) == (len(lent), len(lent))


def test_thirty_two_places_for_sixteen_people_never_look_empty(database, session, sums, crowd):
    for _ in range(32):
        a_task(session, sums)
    session.commit()

    results = all_at_once(database, [claiming(person, sums) for person in crowd for _ in range(2)])

    assert [result for result in results if isinstance(result, Exception)] == []
    assert len({lease.task_id for lease in results}) == 32


def test_one_person_in_sixteen_windows_holds_three_tasks(database, session, sums, ed):
    for _ in range(20):
        a_task(session, sums)
    session.commit()

    results = all_at_once(database, [claiming(ed, sums)] * CLIENTS)

    lent = [result for result in results if not isinstance(result, Exception)]
    assert len(lent) == 3
    assert {result.reason for result in results if isinstance(result, NothingLeft)} == {"three_held"}
    assert len(results) == len(lent) + sum(isinstance(result, NothingLeft) for result in results)
    assert session.scalar(select(func.count()).where(TaskSlot.state == SlotState.TAKEN)) == 3


def test_an_expired_lease_is_ended_once_however_many_notice(database, session, sums, crowd, ed):
    a_task(session, sums)
    claim_next(session, ed.actor, session.get_one(Project, sums.id), now=NOW)
    session.commit()
    later = NOW + timedelta(days=2)

    def take(person):
        return lambda session: claim_next(session, person.actor, session.get_one(Project, sums.id), now=later)

    works = [take(person) for person in crowd[:8]] + [lambda session: expire_due(session, now=later)] * 8
    results = all_at_once(database, works)

    lent = [result for result in results[:8] if not isinstance(result, Exception)]
    states = sorted(session.scalars(select(Assignment.state)).all())
    assert len(lent) <= 1
    assert states in (["active", "expired"], ["expired"])
    free = session.scalar(select(func.count()).where(TaskSlot.state == SlotState.FREE))
    assert free == 1 - len(lent)


def test_sixteen_resumptions_of_one_task_take_one_place(database, session, sums, ed):
    a_task(session, sums, submissions_needed=3)
    lease = claim_next(session, ed.actor, session.get_one(Project, sums.id), now=NOW)
    release(session, ed.actor, session.get_one(Assignment, lease.assignment_id), now=NOW)
    session.commit()

    def again(session):
        assignment = session.get_one(Assignment, lease.assignment_id)
        return resume(session, ed.actor, assignment, session.get_one(Project, sums.id), now=NOW)

    results = all_at_once(database, [again] * CLIENTS)

    assert [result.fencing for result in results if not isinstance(result, Exception)] == [2]
    assert session.scalar(select(func.count()).where(TaskSlot.state == SlotState.TAKEN)) == 1


def test_two_people_who_find_a_task_broken_at_once_halt_it_once(database, session, sums, crowd):
    task_id = a_task(session, sums, submissions_needed=CLIENTS).id
    leases = [claim_next(session, one.actor, session.get_one(Project, sums.id), now=NOW) for one in crowd]
    session.commit()

    def report(person, lease):
        def work(session):
            assignment = session.get_one(Assignment, lease.assignment_id)
            return put_aside(session, person.actor, assignment, ReportKind.BROKEN, "No question.", now=NOW)

        return work

    pairs = zip(crowd, leases, strict=True)
    results = all_at_once(database, [report(person, lease) for person, lease in pairs])

    assert results.count(True) == 1
    assert session.get_one(Task, task_id, populate_existing=True).state == TaskState.HALTED
    assert session.scalars(select(TaskSlot.state).distinct()).all() == [SlotState.SHUT]


def saving(ed, work, number, base):
    def save(session):
        return save_draft(
            session,
            ed.actor,
            work,
            base_n=base,
            content=some_content(answer={"text": f"answer {number}"}),
            client_mutation_id=f"mutation-{number}",
            fencing=1,
            now=NOW,
        )

    return save


def test_of_sixteen_saves_on_one_base_one_wins_and_the_others_are_kept(database, session, sums, ed):
    work = a_submission(session, author=ed, task=a_task(session, sums)).id
    session.commit()

    results = all_at_once(database, [saving(ed, work, number, 1) for number in range(CLIENTS)])

    saved = [result for result in results if isinstance(result, Saved)]
    refused = [result for result in results if isinstance(result, Refused)]
    assert (len(saved), len(refused), saved[0].n) == (1, CLIENTS - 1, 2)
    assert {result.head.n for result in refused} == {2}
    kept = session.scalar(select(func.count()).where(DraftConflict.submission_id == work))
    texts = session.scalars(select(DraftSave.content).where(DraftSave.n == 2)).all()
    texts += session.scalars(select(DraftConflict.content)).all()
    assert kept == CLIENTS - 1
    assert sorted(text.split('"text":"')[1].split('"')[0] for text in texts) == sorted(
        f"answer {number}" for number in range(CLIENTS)
    )


def test_the_same_mutation_sixteen_times_at_once_is_applied_once(database, session, sums, ed):
    work = a_submission(session, author=ed, task=a_task(session, sums)).id
    session.commit()

    results = all_at_once(database, [saving(ed, work, 7, 1)] * CLIENTS)

    assert {(type(result), result.n) for result in results} == {(Saved, 2)}
    assert session.scalar(select(func.count()).select_from(DraftConflict)) == 0
    assert session.scalars(select(DraftSave.n).order_by(DraftSave.n)).all() == [1, 2]


def test_sixteen_submits_make_one_revision_and_one_receipt(database, session, sums, ed):
    submission = a_submission(session, author=ed, task=a_task(session, sums))
    work, sha256 = submission.id, submission.draft_sha256 or ""
    session.commit()

    def submit(session):
        return handing_in.submit(session, ed.actor, work, n=1, sha256=sha256, idempotency_key="key-1", now=NOW)

    results = all_at_once(database, [submit] * CLIENTS)

    assert {type(result).__name__ for result in results} == {"Receipt"}
    assert sorted(result.is_new for result in results) == [False] * (CLIENTS - 1) + [True]
    assert session.scalars(select(Revision.n)).all() == [1]


def test_a_save_and_a_submit_at_once_lose_no_text(database, session, sums, ed):
    for _ in range(6):
        submission = a_submission(session, author=ed, task=a_task(session, sums, submissions_needed=1))
        work, sha256 = submission.id, submission.draft_sha256 or ""
        session.commit()

        def submit(session, work=work, sha256=sha256):
            return handing_in.submit(session, ed.actor, work, n=1, sha256=sha256, idempotency_key=None, now=NOW)

        receipt, saved = all_at_once(database, [submit, saving(ed, work, 1, 1)])

        state = session.scalar(select(Submission.state).where(Submission.id == work))
        if isinstance(saved, Saved):
            assert (saved.n, receipt.code, state) == (2, "stale", SubmissionState.DRAFT)
        else:
            assert (saved.code, receipt.revision, state) == ("already_submitted", 1, SubmissionState.SUBMITTED)
            assert session.scalar(select(func.count()).where(DraftConflict.submission_id == work)) == 1


def test_everybody_through_the_whole_cycle_at_once(database, session, sums, crowd):
    for _ in range(CLIENTS):
        a_task(session, sums, submissions_needed=2)
    session.commit()

    def cycle(person):
        def work(session):
            project = session.get_one(Project, sums.id)
            submission = beginning.take_next(session, person.actor, project, now=NOW)
            saved = save_draft(
                session,
                person.actor,
                submission,
                base_n=0,
                content=some_content(),
                client_mutation_id="mutation-1",
                fencing=1,
                now=NOW,
            )
            assert isinstance(saved, Saved)
            receipt = handing_in.submit(
                session, person.actor, submission, n=1, sha256=saved.sha256, idempotency_key=None, now=NOW
            )
            return receipt.revision

        return work

    results = all_at_once(database, [cycle(person) for person in crowd] * 2)

    assert results == [1] * (2 * CLIENTS)
    per_task = session.execute(select(Submission.task_id, func.count()).group_by(Submission.task_id)).all()
    assert sorted(row[1] for row in per_task) == [2] * CLIENTS
