"""After handing in: a machine looks at the exact revision, once, and what it says is kept for reviewers."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.assignments.models import Assignment
from app.core import clock
from app.core.jobs import Job
from app.runner import Runner
from app.submissions.models import ProgramRun, Revision, VerifierRun
from app.submissions.queries import checks_of_revision
from app.submissions.service.handing_in import CHECK_JOB
from app.submissions.states import Finding, RunPurpose, RunState
from app.tasks.models import Task
from app.tasks.service.rewording import ANSWER_CHANGED, change_task
from app.text.fingerprints import content_hash
from app.worker import Worker
from tests.factories.running import ADDING, RIGHT, WRONG, a_program, a_runner
from tests.factories.work import a_submission, a_task, some_content

INTEGER = {"kind": "integer", "answer": "42"}
BROKEN = {"kind": "program", "cases": [{"stdin": "1 2", "stdout": "3", "is_hiden": True}]}


@pytest.fixture
def runner(database, app_settings):
    return Runner(database, app_settings, name="test:1")


def solved(session, author, project, text, *, spec=INTEGER):
    task = a_task(session, project, answer_spec=spec)
    work = a_submission(session, author=author, task=task, content=some_content(answer={"text": text}))
    session.get_one(Assignment, work.assignment_id).lease_expires_at = clock.now() + timedelta(hours=24)
    return work


def hand_in(client, person, work_id):
    """Hand in as its author; return the revision's id."""
    head = client.as_(person).get(f"/api/v1/work/{work_id}").json()
    body = {"n": head["draft_n"], "sha256": head["draft_sha256"]}
    answer = client.post(f"/api/v1/work/{work_id}/submit", json=body)
    assert answer.status_code == 200, answer.text


def checked(session):
    return session.scalars(select(VerifierRun).order_by(VerifierRun.created_at)).all()


@pytest.mark.parametrize(("text", "finding"), [("42", Finding.PASS), ("41", Finding.FAIL), ("?", Finding.UNDECIDED)])
def test_an_answer_is_held_against_its_task(client, session, sums, ed, runner, text, finding):
    hand_in(client, ed, solved(session, ed, sums, text).id)
    session.commit()

    assert runner.run_all() == 1

    revision = session.scalars(select(Revision)).one()
    run = checked(session)[0]
    assert (run.finding, run.revision_id, run.content_sha256, run.spec_sha256, run.verifier, run.asked_by) == (
        finding,
        revision.id,
        revision.sha256,
        content_hash(INTEGER),
        "integer",
        None,
    )


def test_work_is_checked_anew_when_the_answer_of_its_task_is_changed(
    client, database, session, sums, ed, mona, runner, app_settings
):
    work = solved(session, ed, sums, "42")
    task_id = work.task_id
    hand_in(client, ed, work.id)
    session.commit()
    runner.run_all()
    task = session.get_one(Task, task_id)
    change_task(session, task, {"answer_spec": INTEGER | {"answer": "43"}}, actor=mona.actor, now=clock.now())
    session.commit()

    assert Worker(database, app_settings).run_all() == 2  # the other looks for work that is like it
    assert runner.run_all() == 1

    session.expire_all()
    assert [run.finding for run in checked(session)] == [Finding.PASS, Finding.FAIL]
    assert checked(session)[1].spec_sha256 == content_hash(INTEGER | {"answer": "43"})


def test_a_task_that_nobody_has_seen_asks_for_no_check_of_work(session, sums, mona):
    task = a_task(session, sums, answer_spec=INTEGER)
    task.opened_at = None
    change_task(session, task, {"answer_spec": INTEGER | {"answer": "43"}}, actor=mona.actor, now=clock.now())
    session.flush()
    assert session.scalars(select(Job).where(Job.kind == ANSWER_CHANGED)).all() == []


@pytest.mark.parametrize("spec", [{}, {"kind": "none"}, {"kind": "rubric"}, {"kind": "program"}])
def test_what_no_machine_can_check_asks_for_no_check(client, session, sums, ed, spec):
    hand_in(client, ed, solved(session, ed, sums, "42", spec=spec).id)

    assert session.scalars(select(Job).where(Job.kind == CHECK_JOB)).all() == []


@pytest.mark.parametrize(
    ("source", "finding", "verdict", "message"),
    [
        (RIGHT, Finding.PASS, "passed", "2 of 2 tests passed."),
        (WRONG, Finding.FAIL, "wrong", "0 of 2 tests passed."),
        ("print(1", Finding.FAIL, "runtime_error", "0 of 2 tests passed."),
    ],
)
def test_a_program_is_run_against_all_tests(client, session, sums, ed, runner, source, finding, verdict, message):
    hand_in(client, ed, a_program(session, ed, sums, source=source).id)
    session.commit()

    runner.run_all()

    said, run = checked(session)[0], session.scalars(select(ProgramRun)).one()
    assert (said.finding, said.method, said.program_run_id, said.reason) == (finding, "tests", run.id, message)
    assert (run.purpose, run.state, run.verdict, run.revision_id) == (
        RunPurpose.HAND_IN,
        RunState.DONE,
        verdict,
        said.revision_id,
    )
    assert [(test["name"], test["is_hidden"]) for test in run.results] == [("small", False), ("canary-name", True)]


def test_tests_that_do_not_work_say_nothing_about_the_program(client, session, sums, ed, runner):
    hand_in(client, ed, a_program(session, ed, sums, spec=BROKEN).id)
    session.commit()

    runner.run_all()

    assert (checked(session)[0].finding, session.scalars(select(ProgramRun.state)).one()) == (
        Finding.ERROR,
        RunState.FAILED,
    )


def test_a_check_that_comes_twice_is_made_once(client, session, sums, ed, runner):
    hand_in(client, ed, solved(session, ed, sums, "42").id)
    session.commit()
    runner.run_all()
    session.execute(update(Job).values(state="queued"))
    session.commit()

    assert runner.run_all() == 1
    assert len(checked(session)) == 1


def test_a_check_that_was_cut_off_goes_on_with_its_run(client, session, sums, ed, runner):
    work = a_program(session, ed, sums)
    work_id = work.id
    hand_in(client, ed, work_id)
    job = session.scalars(select(Job).where(Job.kind == CHECK_JOB)).one()
    begun = ProgramRun(
        submission_id=work_id,
        revision_id=UUID(job.payload["revision_id"]),
        purpose=RunPurpose.HAND_IN,
        state=RunState.RUNNING,
        language="python",
        source=RIGHT,
        source_sha256="0" * 64,
        results=[],
        job_id=job.id,
        requested_at=clock.now(),
    )
    session.add(begun)
    session.commit()

    runner.run_all()

    session.expire_all()
    assert session.scalars(select(ProgramRun.state)).all() == [RunState.DONE]


def test_another_specification_is_another_check(client, session, sums, ed, runner):
    hand_in(client, ed, solved(session, ed, sums, "42").id)
    session.commit()
    runner.run_all()
    session.execute(update(Task).values(answer_spec=INTEGER | {"answer": "43"}))
    session.execute(update(Job).values(state="queued"))
    session.commit()

    runner.run_all()

    assert [run.finding for run in checked(session)] == [Finding.PASS, Finding.FAIL]


def test_a_revision_shows_its_newest_word_and_its_runs(client, session, sums, ed, runner):
    hand_in(client, ed, a_program(session, ed, sums, source=WRONG).id)
    hand_in(client, ed, a_program(session, ed, sums).id)
    session.commit()
    runner.run_all()

    revisions = session.scalars(select(Revision).order_by(Revision.submitted_at)).all()
    found = [checks_of_revision(session, revision.id) for revision in revisions]

    assert [checks.verdict.finding for checks in found if checks.verdict is not None] == [Finding.FAIL, Finding.PASS]
    assert [[run.revision_id for run in checks.runs] for checks in found] == [[revision.id] for revision in revisions]


def test_a_program_that_failed_its_tests_wants_a_reason_and_one_that_was_not_run_does_not(
    client, session, sums, ed, runner
):
    a_runner(session)
    work_id = a_program(session, ed, sums, source=WRONG).id
    client.as_(ed)
    before = rules(client, work_id)
    wish = {"purpose": "tests", "language": "python", "source": WRONG}
    client.post(f"/api/v1/work/{work_id}/runs", json=wish)
    runner.run_all()

    head = client.get(f"/api/v1/work/{work_id}").json()
    refused = client.post(f"/api/v1/work/{work_id}/submit", json={"n": head["draft_n"], "sha256": head["draft_sha256"]})
    explained = client.post(
        f"/work/{work_id}/reasons", data={"n": "1", "waiver_key": "tests_failed", "reason": "The tests want a minus."}
    )

    assert [("tests_not_run" in before), ("tests_failed" in before)] == [True, False]
    assert (refused.status_code, refused.json()["message"]) == (422, "0 of 2 tests passed")
    assert explained.status_code == 303
    hand_in(client, ed, work_id)


def rules(client, work_id):
    return [finding["rule"] for finding in client.get(f"/api/v1/work/{work_id}").json()["findings"]]


def test_the_tests_of_another_source_or_other_tests_do_not_count(client, session, sums, ed, runner):
    a_runner(session)
    work_id = a_program(session, ed, sums, source=RIGHT).id
    client.as_(ed)
    for source in (WRONG, RIGHT):
        client.post(f"/api/v1/work/{work_id}/runs", json={"purpose": "tests", "language": "python", "source": source})
    runner.run_all()
    passed = rules(client, work_id)
    session.execute(update(Task).values(answer_spec=ADDING | {"match": {"how": "tokens"}}))

    assert [rule for rule in passed if rule.startswith("tests")] == []
    assert "tests_not_run" in rules(client, work_id)


def test_a_step_may_cite_only_runs_of_its_own_work(client, session, sums, ed):
    a_runner(session)
    work, other = a_program(session, ed, sums), a_program(session, ed, sums)
    work_id, other_id = work.id, other.id
    wish = {"purpose": "custom", "language": "python", "source": RIGHT}
    own = client.as_(ed).post(f"/api/v1/work/{work_id}/runs", json=wish).json()["id"]
    foreign = client.post(f"/api/v1/work/{other_id}/runs", json=wish).json()["id"]
    content = client.get(f"/api/v1/work/{work_id}").json()["content"]
    content["steps"][0]["runs"], content["steps"][1]["runs"] = [own], [own, foreign]
    body = {"content": content, "client_mutation_id": "mutation-1", "fencing": 1}
    client.put(f"/api/v1/work/{work_id}/draft", json=body, headers={"If-Match": '"1"'})

    findings = client.get(f"/api/v1/work/{work_id}").json()["findings"]
    hand_in(client, ed, work_id)

    said = [(one["step_id"], one["waiver_key"]) for one in findings if one["rule"] == "run_unknown"]
    assert said == [("s2", "run_unknown:s2")]
    stored = session.scalars(select(Revision.findings)).one()
    assert [one["step_id"] for one in stored if one["rule"] == "run_unknown"] == ["s2"]
