"""Runs that steps cite, on the pages that show work: its own ones, and of hidden tests the verdicts alone."""

import re
from html import unescape

import pytest

from app.core.ids import new_id
from app.submissions.models import DraftSave, ProgramRun
from app.submissions.service.citing import CitedRun, cited_runs
from app.submissions.service.comparing import compare
from app.submissions.states import RunPurpose, RunState, SubmissionState
from app.tasks.states import Activity
from tests.cast import NOW
from tests.factories.work import STEPS, a_submission, a_task, some_content

RESULTS = [
    {
        "name": "example-5",
        "is_hidden": False,
        "verdict": "passed",
        "cpu_ms": 20,
        "wall_ms": 21,
        "memory_bytes": 11 << 20,
    },
    {"name": "sparse-16", "is_hidden": False, "verdict": "time_limit", "wall_ms": 2000},
    {"name": "canary-1", "is_hidden": True, "verdict": "wrong", "wall_ms": 777_001, "stdout": "canary-output"},
    {"name": "canary-2", "is_hidden": True, "verdict": "passed"},
]


@pytest.fixture
def work(session, sums, ed):
    return a_submission(session, author=ed, task=a_task(session, sums, activity=Activity.PROGRAM))


def a_run(session, work, **facts):
    """Store a finished run that the author asked for; facts override."""
    values = {
        "purpose": RunPurpose.CUSTOM,
        "state": RunState.DONE,
        "language": "python",
        "source": "print(5)",
        "source_sha256": "0" * 64,
        "verdict": "ok",
        "exit_code": 0,
        "stdout": "5\n",
        "wall_milliseconds": 31,
        "memory_bytes": 9 << 20,
        "requested_at": NOW,
        "finished_at": NOW,
    }
    run = ProgramRun(id=new_id(), submission_id=work.id, **(values | facts))
    session.add(run)
    session.flush()  # it is cited at once
    return run


def citing(*runs):
    """Make a document whose second step cites these runs."""
    first, second, third = STEPS
    return some_content(steps=[first, second | {"runs": [str(run.id) for run in runs]}, third])


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, CitedRun(["ended", "0.03 s", "9 MB"], "main.py", "5", is_short=True)),
        (
            {"verdict": "runtime_error", "exit_code": 1, "stdin": "3\n4\n", "stderr": "a\nb\nc\nd\n", "language": "c"},
            CitedRun(
                ["broke off, exit code 1", "0.03 s", "9 MB"],
                "main.c < 2 lines of input",
                "5\na\nb\nc\nd",
                is_short=False,
            ),
        ),
        (
            {"purpose": RunPurpose.TESTS, "verdict": "failed", "results": RESULTS},
            CitedRun(
                ["2/4 tests", "2.02 s", "11 MB"],
                "main.py, all tests",
                "example-5  passed       0.02 s\nsparse-16  out of time  2.00 s\nhidden: 1 passed, 1 wrong",
                is_short=True,
            ),
        ),
        (
            {"verdict": "compile_error", "exit_code": None, "stdout": "", "stderr": "main.rs:1:1: error\n"},
            CitedRun(["does not compile"], "main.py", "main.rs:1:1: error", is_short=True),
        ),
        (
            {"state": RunState.FAILED, "verdict": None, "message": "The runner broke."},
            CitedRun(["could not be run"], "main.py", "The runner broke.", is_short=True),
        ),
    ],
)
def test_a_cited_run_is_told_in_a_few_words(session, work, facts, shown):
    run = a_run(session, work, **facts)

    assert cited_runs(session, work.id, citing(run)) == {run.id: shown}


def test_only_runs_of_the_work_that_its_author_asked_for_are_shown(session, sums, eve, work):
    other = a_submission(session, author=eve, task=a_task(session, sums, activity=Activity.PROGRAM))
    mine, theirs = a_run(session, work), a_run(session, other)
    of_the_server = a_run(session, work, purpose=RunPurpose.HAND_IN)

    assert set(cited_runs(session, work.id, citing(mine, theirs, of_the_server))) == {mine.id}


def test_work_that_cites_nothing_asks_the_database_nothing(session, work, queries_made):
    work_id = work.id
    with queries_made() as statements:
        assert cited_runs(session, work_id, some_content()) == {}
    assert statements == []


@pytest.mark.parametrize("page", ["", "/review-and-submit"])
def test_the_author_sees_what_the_steps_cite(client, session, ed, work, page):
    run = a_run(session, work, purpose=RunPurpose.TESTS, verdict="failed", results=RESULTS)
    cite(session, work, run, ProgramRun(id=new_id()))

    shown = client.as_(ed).get(f"/work/{work.id}{page}").text

    tests = "example-5 passed 0.02 s sparse-16 out of time 2.00 s hidden: 1 passed, 1 wrong"
    assert blocks(shown) == [
        f"Run 2/4 tests 2.02 s 11 MB main.py, all tests {tests}",
        "Run is not among the runs of this work",
    ]
    assert "canary" not in shown


def test_the_history_shows_them_to_reviewers_too(client, session, sums, ed, rae):
    task = a_task(session, sums, activity=Activity.PROGRAM)
    run_id = new_id()
    content = citing(ProgramRun(id=run_id))
    work = a_submission(session, author=ed, task=task, state=SubmissionState.SUBMITTED, content=content)
    run = a_run(session, work)
    run.id = run_id
    session.flush()  # the page reads it

    shown = client.as_(rae).get(f"/work/{work.id}/history").text

    assert blocks(shown) == ["Run ended 0.03 s 9 MB main.py 5"]


def test_a_step_that_cites_another_run_has_changed():
    run = ProgramRun(id=new_id())

    difference = compare(some_content(), citing(run), shows_effort=False)

    assert [(step.change, step.runs) for step in difference.steps] == [
        ("same", []),
        ("changed", [run.id]),
        ("same", []),
    ]


def cite(session, work, *runs):
    """Let the draft cite these runs."""
    save = session.get_one(DraftSave, (work.id, 1))
    save.content = citing(*runs).model_dump_json()
    session.flush()  # the page reads it


def blocks(page):
    """Read the text of each cited run of a page."""
    found = re.findall(r'<div class="run">(.*?)</div>\s*(?=<div class="run">|</div>|\s*</div>)', page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in found]
