"""Hidden tests stay hidden: no payload for an author holds their names, inputs, outputs, times or expectations."""

import re

import pytest
from sqlalchemy import select

from app.core import clock
from app.runner import Runner
from app.sandbox.job import Result, Status
from app.sandbox.judging.verdict import TESTS_BROKEN, UNAVAILABLE, TestResult, Verdict
from app.submissions.access import get_submission
from app.submissions.models import ProgramRun, VerifierRun
from app.submissions.schemas import RunIn
from app.submissions.service.executing import values_of_verdict
from app.submissions.service.running import ask_for_run
from tests.factories.running import ADDING, RIGHT, WRONG, a_program, a_runner

NOSY = "import sys\nline = input()\nprint(line, file=sys.stderr)\nprint('saw ' + line)\n"
CANARIES = ("canary", "770077", "880088", "1650165", "110011")
"""What is hidden in ADDING, and what a wrong program makes of it."""
CALLING = {
    "kind": "program",
    "language": "python",
    "entry_point": "add",
    "tests": "assert add(770077, 880088) == 1650165, 'canary'\n",
    "cases": [{"name": "small", "args": [1, 2], "expected": 3}],
}
WRONG_CALL = "def add(a, b):\n    return b - a\n"


def told_in(text):
    """List what is hidden and stands in a text; the digits of an id or a hash say nothing."""
    return [word for word in CANARIES if re.search(f"(?<![0-9a-f]){word}(?![0-9a-f])", text)]


@pytest.fixture
def runner(database, app_settings):
    return Runner(database, app_settings, name="test:1")


def ask_for_tests(session, person, work, source):
    """Ask for all tests of a program."""
    wish = RunIn(purpose="tests", language="python", source=source)
    submission = get_submission(session, person.actor, work.id)
    return ask_for_run(session, person.actor, submission, wish, now=clock.now()).id


def test_of_a_hidden_test_its_author_sees_a_number_and_a_word(client, session, sums, ed, runner):
    a_runner(session)
    work = a_program(session, ed, sums, source=WRONG)
    work_id, run_id = work.id, ask_for_tests(session, ed, work, WRONG)
    session.commit()
    runner.run_all()

    shown = client.as_(ed).get(f"/api/v1/work/{work_id}/runs/{run_id}").json()

    public, hidden = shown["tests"]
    assert hidden == {
        "name": "hidden 1",
        "is_hidden": True,
        "verdict": "wrong",
        "cpu_ms": None,
        "wall_ms": None,
        "memory_bytes": None,
        "stdin": None,
        "stdout": None,
        "expected": None,
        "reason": None,
    }
    assert {key: public[key] for key in ("name", "is_hidden", "verdict", "stdin", "stdout", "expected")} == {
        "name": "small",
        "is_hidden": False,
        "verdict": "wrong",
        "stdin": "1 2\n",
        "stdout": "-1\n",
        "expected": "3\n",
    }
    assert (shown["verdict"], shown["message"], shown["passed"], shown["total"]) == (
        "wrong",
        "0 of 2 tests passed.",
        0,
        2,
    )
    assert (shown["cpu_ms"], shown["wall_ms"]) == (public["cpu_ms"], public["wall_ms"])


@pytest.mark.parametrize(
    ("spec", "source"), [(ADDING, WRONG), (ADDING, RIGHT), (ADDING, NOSY), (ADDING, "x ="), (CALLING, WRONG_CALL)]
)
def test_nothing_that_is_hidden_reaches_the_author_or_the_table_of_runs(
    client, session, sums, ed, runner, spec, source
):
    a_runner(session)
    work = a_program(session, ed, sums, source=source, spec=spec)
    work_id, run_id = work.id, ask_for_tests(session, ed, work, source)
    session.commit()
    runner.run_all()
    client.as_(ed)

    head = client.get(f"/api/v1/work/{work_id}").json()
    handed_in = {"n": head["draft_n"], "sha256": head["draft_sha256"]}
    for answer in (
        client.get(f"/api/v1/work/{work_id}"),
        client.get(f"/api/v1/work/{work_id}/runs"),
        client.get(f"/api/v1/work/{work_id}/runs/{run_id}", params={"wait": 1}),
        client.get(f"/work/{work_id}"),
        client.get(f"/work/{work_id}/review-and-submit"),
        client.post(f"/api/v1/work/{work_id}/check", json={"text": "3"}),
        client.post(f"/api/v1/work/{work_id}/told"),
        client.post(f"/api/v1/work/{work_id}/submit", json=handed_in),
        client.get(f"/work/{work_id}/submitted"),
        client.get(f"/api/v1/work/{work_id}/history"),
    ):
        assert told_in(answer.text) == []
    stored = str(session.execute(select(ProgramRun.stdout, ProgramRun.stderr, ProgramRun.message)).all())
    assert told_in(stored) == []


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(
            UNAVAILABLE, compile=Result(Status.INTERNAL_ERROR, note="It could not be started: canary"), note="canary"
        ),
        Verdict(TESTS_BROKEN, note="The checker failed. canary"),
        Verdict("wrong", [TestResult("small", True, "wrong", stdin="canary", stdout="canary", reason="canary")]),
    ],
)
def test_what_is_noted_of_tests_is_never_stored_with_a_run(verdict):
    assert "canary" not in str(values_of_verdict(verdict))


def test_why_a_machine_runs_nothing_is_told():
    refused = Result(Status.UNAVAILABLE, note="Rust is not installed here.")

    assert values_of_verdict(Verdict(UNAVAILABLE, compile=refused, note=refused.note))["message"] == refused.note


def test_news_of_a_wrong_program_hold_nothing_that_is_hidden(client, session, sums, ed, rae, runner):
    a_runner(session)
    work = a_program(session, ed, sums, source=WRONG)
    work_id, address = work.id, f"/api/v1/work/{work.id}"
    head = client.as_(ed).get(address).json()
    client.post(f"{address}/submit", json={"n": head["draft_n"], "sha256": head["draft_sha256"]})
    runner.run_all()
    review = client.as_(rae).post(f"{address}/review").json()["review_id"]
    issue = {"anchor": "answer", "severity": "major", "body": "It fails on some inputs."}
    client.post(f"/api/v1/reviews/{review}/threads", json=issue)
    sha256 = client.get(f"/api/v1/reviews/{review}").json()["revision"]["sha256"]
    returned = client.post(f"/api/v1/reviews/{review}/decide", json={"verdict": "return", "sha256": sha256})
    assert returned.status_code == 200, returned.text

    client.as_(ed)
    for path in ("/notifications", f"/work/{work_id}", f"/work/{work_id}/history", f"/work/{work_id}/issues", address):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert told_in(answer.text) == [], path


def test_runs_of_the_server_are_not_among_those_of_the_author(client, session, sums, ed, runner):
    a_runner(session)
    work_id = a_program(session, ed, sums).id
    head = client.as_(ed).get(f"/api/v1/work/{work_id}").json()
    client.post(f"/api/v1/work/{work_id}/submit", json={"n": head["draft_n"], "sha256": head["draft_sha256"]})
    runner.run_all()

    run_id = session.scalars(select(VerifierRun.program_run_id)).one()

    assert client.get(f"/api/v1/work/{work_id}/runs").json() == {"items": []}
    assert client.get(f"/api/v1/work/{work_id}/runs/{run_id}").status_code == 404


def test_the_editor_is_told_of_public_tests_and_how_many_there_are(client, session, sums, ed):
    a_runner(session, languages=("python", "rust", "fortran"))
    work_id = a_program(session, ed, sums).id

    checks = client.as_(ed).get(f"/api/v1/work/{work_id}").json()["checks"]

    assert checks == {
        "runs_on": True,
        "why_off": None,
        "languages": [["python", "Python"], ["rust", "Rust"]],
        "public_tests": [{"name": "small", "stdin": "1 2\n", "expected": "3\n"}],
        "test_count": 2,
        "hidden_count": 1,
        "tells_check": True,
        "answer_kind_title": "",
        "told": {"is_told": False, "finding": None, "sentence": "", "is_due": False, "left": 0},
    }


def test_public_tests_that_call_a_function_are_shown_as_calls(client, session, sums, ed):
    cases = [
        {"args": [1, [2]], "kwargs": {"k": "x"}, "expected": {"a": 1}},
        {"name": "refused", "args": [], "raises": "ValueError"},
    ]
    spec = {"kind": "program", "entry_point": "f", "cases": cases}
    work_id = a_program(session, ed, sums, spec=spec).id

    tests = client.as_(ed).get(f"/api/v1/work/{work_id}").json()["checks"]["public_tests"]

    assert tests == [
        {"name": "case 1", "stdin": "1, [2], k='x'", "expected": "{'a': 1}"},
        {"name": "refused", "stdin": "", "expected": "raises ValueError"},
    ]
