"""Records: lines of canonical JSON, the same from both databases, made of content that is what was handed in."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.ids import new_id
from app.core.jobs import Job, JobState
from app.datasets.models import SnapshotItem
from app.datasets.queries.records import read_page
from app.datasets.states import SnapshotState
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState as S
from app.tasks.models import Task, TaskVersion
from app.text.fingerprints import canonical_json
from tests.cast import NOW
from tests.factories.judged import a_review, a_snapshot, an_issue
from tests.factories.machine import a_test_run, a_verifier_run
from tests.factories.work import STEPS, a_submission, a_task, some_content

ODD = {"z": 1e-7, "a": [1e22, 0.1, -0.0, 5, True, None], "é": '\u2028\x7f\x1f"\\/😀', "A": {"b": 2, "B": 1}}
"""Numbers and signs that writers of JSON spell in different ways."""


def approved(session, sums, ed, rae, **facts):
    work = a_submission(session, author=ed, task=a_task(session, sums, **facts), state=S.APPROVED)
    review = a_review(session, work, reviewer=rae, labels={"s1": "good"})
    an_issue(session, review, step_id="s2", words="Why is m odd?")
    return work


def test_a_line_is_the_canonical_json_of_its_record(session, database, app_settings, sums, mona, ed, rae):
    approved(session, sums, ed, rae, answer_spec=ODD, assumptions=["n > 0", "é"])
    reworded = approved(session, sums, ed, rae).task_id
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    session.add(TaskVersion(task_id=reworded, version=1, content={"answer_spec": ODD}, replaced_at=NOW))
    session.execute(update(Task).where(Task.id == reworded).values(version=2))

    new, old = read_page(session, snapshot.id, after=0)

    assert [item.line.decode() for item in (new, old)] == [canonical_json(item.record) for item in (new, old)]
    assert new.record["task"]["answer_spec"] == old.record["task"]["answer_spec"] == ODD
    assert (new.record["task"]["assumptions"], old.record["task"]["assumptions"]) == (["n > 0", "é"], None)
    assert new.record["content"] == some_content().model_dump(mode="json")


def test_a_page_takes_as_many_queries_however_long_it_is(
    session, database, app_settings, sums, mona, ed, rae, queries_made
):
    made = []
    for works in (1, 4):
        for _ in range(works):
            approved(session, sums, ed, rae)
        snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
        with queries_made() as statements:
            read_page(session, snapshot.id, after=0)
        made.append(len(statements))

    assert made == [9, 9]


@pytest.mark.parametrize(
    "changed",
    [lambda text: json.dumps(json.loads(text)), lambda text: text + "\n", lambda text: text[:-1], lambda _text: ""],
    ids=["other spaces", "a line end", "cut off", "nothing"],
)
def test_content_that_is_not_as_it_was_handed_in_is_not_frozen(
    session, database, app_settings, sums, mona, ed, rae, changed
):
    work_id = approved(session, sums, ed, rae).id
    text = session.scalars(select(Revision.content)).one()
    session.execute(update(Revision).values(content=changed(text)))

    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    job = session.scalars(select(Job).where(Job.kind == "datasets.freeze")).one()
    said = f"Item 1 ({work_id}) is not what was handed in; restore the database from a backup."
    assert (job.state, job.last_error) == (JobState.DEAD, said)
    assert (snapshot.state, snapshot.message) == (SnapshotState.FAILED, said)
    assert session.scalars(select(SnapshotItem.row_sha256)).all() == [None]


def test_a_record_holds_the_machines_last_word_and_only_the_runs_that_a_step_cites(
    session, database, app_settings, sums, mona, ed, rae
):
    cited, other = new_id(), new_id()
    steps = [STEPS[0] | {"runs": [str(cited)]}, *STEPS[1:]]
    work = a_submission(
        session, author=ed, task=a_task(session, sums), state=S.APPROVED, content=some_content(steps=steps)
    )
    a_review(session, work, reviewer=rae, labels={})
    a_verifier_run(session, work, "undecided")
    a_verifier_run(session, work, "pass", now=NOW + timedelta(seconds=1))
    a_verifier_run(session, work, "error", now=NOW + timedelta(seconds=2))
    for run_id in (cited, other):
        a_test_run(session, work, [{"name": "small", "verdict": "passed"}], id=run_id, stdout="5\n", purpose="tests")

    work_id = work.id
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    a_verifier_run(session, session.get_one(Submission, work_id), "fail", now=NOW + timedelta(seconds=3))

    (item,) = read_page(session, snapshot.id, after=0)
    assert (item.record["tier"], item.record["check"]["finding"]) == ("A", "pass")
    assert [(run["id"], run["stdout"]) for run in item.record["runs"]] == [(str(cited), "5\n")]
    assert item.is_canonical()
