"""The machine beside the reviewer: what it shows, what it hides, and what its disagreement asks for."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.errors import Conflict, Invalid
from app.core.jobs import Job, JobState, enqueue_all_behind
from app.reviews.access import get_review
from app.reviews.models import Review
from app.reviews.service.machine import ask_machine, view_machine
from app.reviews.service.opening import reveal
from app.reviews.service.workbench import open_workbench
from app.reviews.states import VerificationMethod
from app.submissions.models import Revision, VerifierRun
from app.submissions.service.handing_in import CHECK_JOB
from app.submissions.states import Finding
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.factories.lane import run_lane
from tests.factories.machine import a_test_run, a_verifier_run
from tests.factories.reviewing import decided, handed_in, opened
from tests.factories.work import a_submission, a_task, some_content

WHY_RIGHT = "The stored answer has a slip in its sign; mine was checked twice."
TESTS = [
    {"name": "small", "is_hidden": False, "verdict": "passed", "cpu_ms": 12, "wall_ms": 20, "memory_bytes": 9_000_000,
     "stdout": "5", "expected": "5", "reason": ""},
    {"name": "large", "is_hidden": True, "verdict": "wrong", "cpu_ms": 30, "wall_ms": 44, "memory_bytes": 9_000_000,
     "stdout": "canary-output", "expected": "canary-expected", "reason": "canary-reason"},
]  # fmt: skip


@pytest.fixture
def work(session, sums, ed):
    return handed_in(session, sums, ed)


@pytest.fixture
def program(session, sums, ed):
    task = a_task(session, sums, answer_spec={"kind": "program", "entry_point": "solve", "tests": "assert solve()"})
    return a_submission(session, author=ed, task=task, state=S.SUBMITTED)


def desk_of(session, person, work):
    return get_review(session, person.actor, opened(session, person, work).id)


def test_the_workbench_tells_what_the_machine_found_but_not_what_was_expected(session, rae, work):
    a_verifier_run(session, work, "undecided", reason="It could not be confirmed.")
    desk = desk_of(session, rae, work)

    before = view_machine(session, desk)
    reveal(session, rae.actor, desk, "5", now=NOW)
    after = view_machine(session, desk)

    assert before is not None
    assert (before.finding, before.reason, before.detail) == (Finding.UNDECIDED, "It could not be confirmed.", "")
    assert after is not None
    assert (after.finding, after.detail, after.is_refused) == (Finding.UNDECIDED, "expected 5", False)


def test_hidden_tests_show_a_word_until_the_reference_was_looked_at(session, rae, program):
    a_verifier_run(session, program, "fail")
    a_test_run(session, program, TESTS)
    desk = desk_of(session, rae, program)

    state = open_workbench(session, rae.actor, desk, now=NOW)

    assert state.machine is not None
    assert state.machine.program is not None
    assert "canary" not in state.model_dump_json()
    assert [(one.name, one.verdict) for one in state.machine.program.tests] == [("small", "passed"), ("large", "wrong")]
    reveal(session, rae.actor, desk, "", now=NOW)
    shown = view_machine(session, desk)
    assert shown is not None
    assert shown.program is not None
    assert shown.program.tests[1].expected == "canary-expected"


def test_the_newest_word_counts_and_a_broken_check_says_nothing(session, rae, work):
    a_verifier_run(session, work, "fail")
    a_verifier_run(session, work, "pass", now=NOW + timedelta(minutes=1))
    a_verifier_run(session, work, "error", now=NOW + timedelta(minutes=2))

    shown = view_machine(session, desk_of(session, rae, work))

    assert shown is not None
    assert (shown.finding, shown.is_refused) == (Finding.PASS, False)


def test_approving_what_the_machine_refuses_asks_for_a_reason(session, rae, work):
    a_verifier_run(session, work, "fail")

    with pytest.raises(Invalid) as refused:
        decided(session, rae, work, "approve", disagreement="Trust me.")

    assert refused.value.pointer == "/disagreement"
    options = open_workbench(session, rae.actor, desk_of(session, rae, work), now=NOW).verdicts
    assert options[0].needs == ["verification_method", "disagreement"]


def test_an_approval_against_the_machine_goes_to_level_2_where_it_counts(session, rae, ron, work):
    a_verifier_run(session, work, "fail")

    decided(session, rae, work, "approve", disagreement=WHY_RIGHT)
    first = work.state
    decided(session, ron, work, "approve", disagreement=WHY_RIGHT)

    kept = session.scalars(select(Review.disagreement).where(Review.reviewer_id == rae.id)).one()
    assert (first, work.state, kept) == (S.ESCALATED, S.APPROVED, WHY_RIGHT)


@pytest.mark.parametrize("finding", ["pass", "undecided", "error"])
def test_a_machine_that_does_not_refuse_asks_for_nothing(session, rae, work, finding):
    a_verifier_run(session, work, finding)

    decided(session, rae, work, "approve")

    assert work.state == S.APPROVED


def test_executed_is_suggested_only_where_the_server_ran_it_and_all_passed(session, rae, work, program):
    for one in (work, program):
        a_verifier_run(session, one, "pass")
    a_test_run(session, program, TESTS[:1])

    suggested = [
        open_workbench(session, rae.actor, desk_of(session, rae, one), now=NOW).suggested_method
        for one in (work, program)
    ]

    assert suggested == [None, VerificationMethod.EXECUTED]


def test_asking_twice_has_it_checked_once(session, rae, work):
    a_verifier_run(session, work, "undecided")
    desk = desk_of(session, rae, work)

    ask_machine(session, rae.actor, desk, now=NOW)
    session.flush()
    ask_machine(session, rae.actor, desk, now=NOW)
    session.flush()

    jobs = session.scalars(select(Job).where(Job.kind == CHECK_JOB)).all()
    shown = view_machine(session, desk)
    assert [job.payload for job in jobs] == [{"revision_id": str(desk.revision.id), "asked_by": str(rae.id)}]
    assert shown is not None
    assert shown.is_pending


def test_the_first_check_is_to_come_as_long_as_its_job_waits_however_long_that_is(session, rae, work):
    desk = desk_of(session, rae, work)
    before = view_machine(session, desk)
    enqueue_all_behind(
        session, [CHECK_JOB], {"revision_id": str(desk.revision.id)}, project_id=None, now=NOW - timedelta(hours=1)
    )
    waiting = view_machine(session, desk)
    ask_machine(session, rae.actor, desk, now=NOW)
    session.flush()
    job = session.scalars(select(Job).where(Job.kind == CHECK_JOB)).one()
    job.state = JobState.DONE
    session.flush()
    after = view_machine(session, desk)

    assert [one is not None and one.is_pending for one in (before, waiting, after)] == [False, True, False]


def test_nothing_is_asked_of_a_machine_that_cannot_judge(session, sums, ed, rae):
    task = a_task(session, sums, answer_spec={})
    desk = desk_of(session, rae, a_submission(session, author=ed, task=task, state=S.SUBMITTED))

    assert view_machine(session, desk) is None
    with pytest.raises(Conflict, match="No machine"):
        ask_machine(session, rae.actor, desk, now=NOW)


def test_asked_again_the_machine_looks_again(session, database, app_settings, rae, work):
    a_verifier_run(session, work, "undecided")
    work_id = work.id
    ask_machine(session, rae.actor, desk_of(session, rae, work), now=clock.now())
    session.commit()

    run_lane(database, app_settings)

    session.expire_all()
    query = select(VerifierRun).where(VerifierRun.submission_id == work_id).order_by(VerifierRun.created_at.desc())
    runs = session.scalars(query).all()
    assert {(run.finding, run.asked_by) for run in runs} == {(Finding.UNDECIDED, None), (Finding.UNDECIDED, rae.id)}


def test_edits_of_a_reviewer_are_checked_too(session, database, app_settings, rae, work):
    edited = some_content(answer={"text": "5"}).model_dump(mode="json")
    decided(session, rae, work, "approve_with_edits", verification_method="re_derived", edited_content=edited)
    work_id = work.id
    session.commit()

    run_lane(database, app_settings)

    session.expire_all()
    (run,) = session.scalars(select(VerifierRun).where(VerifierRun.submission_id == work_id)).all()
    (edited_id,) = session.scalars(select(Revision.id).where(Revision.submission_id == work_id, Revision.n == 2)).all()
    assert (run.revision_id, run.finding) == (edited_id, Finding.PASS)
