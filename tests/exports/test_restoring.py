"""Bringing a native export back: what comes, who may, and that one bad line stops all of it."""

import json
import os
import subprocess
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import User
from app.accounts.states import UserState
from app.core.audit import Event
from app.core.errors import Invalid, NotAllowed, NotFound
from app.exports.service import restore_native
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.submissions.models import Revision, Submission
from app.submissions.states import EditsState
from app.submissions.states import SubmissionState as S
from app.tasks.models import Task, TaskSlot
from app.tasks.states import SlotState, TaskState
from app.text.fingerprints import canonical_json, content_hash
from tests.exports.conftest import a_place
from tests.exports.natives import native_of
from tests.factories.judged import EARLIER, a_review, an_issue
from tests.factories.reviewing import decided, handed_in, handed_in_again
from tests.factories.work import STEPS, a_submission, a_task, some_content
from tests.served import COMMAND

TABLES = (Task, TaskSlot, Submission, Revision, Review, StepLabel, Thread, Comment)
GOOD = {"s1": "good", "s2": "neutral", "s3": "good"}
BETTER = [STEPS[0], {**STEPS[1], "body": "$(m-3)(m+3) = n2^n$, so both factors are even."}, STEPS[2]]


@pytest.fixture
def sent(session, database, app_settings, sums, mona, ed, eve, rae, ron, tmp_path):
    """The folder of a native export of three pieces: returned and edited, approved by two, rejected."""
    begun = EARLIER - timedelta(hours=5)
    long = handed_in(session, sums, ed)
    decided(session, rae, long, "return", now=begun)
    handed_in_again(session, long, now=begun + timedelta(hours=1), content=some_content(steps=BETTER))
    edited = some_content(steps=BETTER, answer={"text": "$n = 5$"}).model_dump(mode="json")
    session.execute(update(Thread).values(state="resolved"))
    decided(
        session,
        rae,
        long,
        "approve_with_edits",
        now=begun + timedelta(hours=2),
        edited_content=edited,
        verification_method="re_derived",
    )
    session.execute(update(Revision).where(Revision.n == 3).values(edits_state="accepted"))
    session.execute(update(Thread).values(published_at=EARLIER, opened_at=EARLIER))
    session.expire_all()
    task = a_task(session, sums, submissions_needed=2)
    plain = a_submission(session, author=eve, task=task, state=S.APPROVED)
    an_issue(session, a_review(session, plain, reviewer=ron, labels=GOOD), step_id="s2", words="Why is m odd?")
    a_submission(session, author=ed, task=task, state=S.REJECTED)
    session.commit()
    session.expunge_all()
    native_of(database, app_settings, "sums", tmp_path / "sent")
    return tmp_path / "sent"


def lines_of(folder):
    return [json.loads(line) for line in (folder / "native/train.jsonl").read_text(encoding="utf-8").splitlines()]


def rewritten(folder, *records):
    path = folder / "native/train.jsonl"
    path.write_text("".join(f"{canonical_json(record)}\n" for record in records), encoding="utf-8")
    return path


def stored(database):
    with database.reading() as session:
        return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) for model in TABLES}


def test_all_of_it_comes_back_into_an_empty_installation(database, elsewhere, app_settings, sent, tmp_path):
    a_place(elsewhere, "sums")

    restored = restore_native(elsewhere, sent, project="sums", email=None)

    with database.reading() as here, elsewhere.reading() as there:
        for columns in (
            (Task.id, Task.number, Task.statement),
            (Submission.id, Submission.state, Submission.revision_n, Submission.times_returned),
            (Revision.submission_id, Revision.n, Revision.sha256, Revision.content),
            (Review.id, Review.verdict, Review.revision_n, Review.decided_at),
            (StepLabel.review_id, StepLabel.step_id, StepLabel.value),
            (Thread.id, Thread.review_id, Thread.step_id, Thread.severity),
            (Comment.id, Comment.body),
        ):
            rows = [sorted(map(str, session.execute(select(*columns)))) for session in (here, there)]
            assert rows[0] == rows[1] != []
    assert (restored.works, restored.tasks, restored.people, restored.faults) == (3, 2, 4, [])
    assert native_of(elsewhere, app_settings, "sums", tmp_path / "again") == (sent / "native/train.jsonl").read_bytes()


def test_what_came_back_is_settled_and_nothing_of_it_is_handed_out(elsewhere, sent):
    a_place(elsewhere, "sums")
    restore_native(elsewhere, sent, project="sums", email=None)

    with elsewhere.reading() as session:
        places = session.execute(
            select(Task.number, Task.state, Task.submissions_needed, TaskSlot.n, TaskSlot.state)
            .join(TaskSlot, TaskSlot.task_id == Task.id)
            .order_by(Task.number, TaskSlot.n)
        ).all()
        edits = session.execute(select(Revision.n, Revision.edits_state).where(Revision.edited_by.is_not(None))).all()
        event = session.scalars(select(Event).where(Event.verb == "native.restore")).one()
    assert list(map(tuple, places)) == [
        (1, TaskState.FILLED, 1, 1, SlotState.DONE),
        (2, TaskState.FILLED, 1, 1, SlotState.DONE),
        (2, TaskState.FILLED, 1, 2, SlotState.SHUT),
    ]
    assert list(map(tuple, edits)) == [(3, EditsState.ACCEPTED)]
    assert (event.detail["works"], len(event.detail["file_sha256"])) == (3, 64)


def test_people_are_found_by_pseudonym_and_others_get_an_account_that_nobody_enters(database, elsewhere, sent, ed):
    with database.reading() as session:
        pseudonym = session.get_one(User, ed.id).pseudonym
    a_place(elsewhere, "sums")
    with elsewhere.change() as session:
        session.scalars(select(User)).one().pseudonym = pseudonym  # the manager there is Ed

    restore_native(elsewhere, sent, project="sums", email=None)

    with elsewhere.reading() as session:
        known, *others = session.scalars(select(User).order_by(User.state, User.id)).all()
        authors = session.scalars(select(Submission.author_id).order_by(Submission.id)).all()
    assert authors[0] == known.id
    assert {(one.state, one.password_hash, one.email.partition("@")[2]) for one in others} == {
        (UserState.DISABLED, None, "stand-in.invalid")
    }
    assert len(others) == 3


def test_the_same_export_a_second_time_changes_nothing(elsewhere, sent):
    a_place(elsewhere, "sums")
    restore_native(elsewhere, sent, project="sums", email=None)
    before = stored(elsewhere)

    again = restore_native(elsewhere, sent, project="sums", email=None)

    assert [(fault.line, fault.reason) for fault in again.faults if fault.field == "id"] == [
        (line, "This piece of work is here already.") for line in (1, 2, 3)
    ]
    assert stored(elsewhere) == before


def test_a_number_that_the_project_has_already_is_a_fault(elsewhere, sent):
    place = a_place(elsewhere, "sums")
    with elsewhere.change() as session:
        a_task(session, place)

    restored = restore_native(elsewhere, sent, project="sums", email=None)

    assert [(fault.line, fault.field) for fault in restored.faults] == [(1, "task.number")]


def changed(record, pointer, value):
    *way, last = pointer.split(".")
    part = record
    for key in way:
        part = part[int(key)] if key.isdecimal() else part[key]
    part[int(last) if last.isdecimal() else last] = value
    return record


@pytest.mark.parametrize(
    ("pointer", "value", "field"),
    [
        ("format", "workings/2", "format"),
        ("id", "1", "id"),
        ("surprise", 1, "surprise"),
        ("words", "20", "words"),
        ("words", True, "words"),
        ("state", "draft", "state"),
        ("content.answer.text", "n = 6", "content_sha256"),
        ("content.surprise", 1, "content"),
        ("earlier.0.content.answer.text", "n = 6", "content_sha256"),
        ("earlier", [], "earlier"),
        ("tier", "S", "tier"),
        ("submitted_at", "2026-11-23T09:00:00Z", "submitted_at"),
        ("submitted_at", "2026-11-23T09:00:00", "submitted_at"),
        ("reviews.0.verdict", "maybe", "reviews.0.verdict"),
        ("reviews.0.revision", 4, "reviews.0.revision"),
        ("threads.0.review", "01a20cb1-195f-7fb8-ad0f-2adcb794e75a", "threads.0.review"),
        ("threads.0.comments", [], "threads.0.comments"),
        ("task.title", "x" * 201, "task.title"),
        ("task.statement", None, "task.statement"),
        ("task.statement", "\0", "task.statement"),
    ],
)
def test_one_bad_line_is_named_and_stops_all(elsewhere, sent, pointer, value, field):
    a_place(elsewhere, "sums")
    first, *others = lines_of(sent)
    path = sent / "native/train.jsonl"
    lines = [*(canonical_json(other) for other in others), json.dumps(changed(first, pointer, value))]
    path.write_text("\n".join(lines), encoding="utf-8")

    restored = restore_native(elsewhere, path, project="sums", email=None)

    assert [(fault.line, fault.field) for fault in restored.faults] == [(3, field)]
    assert set(stored(elsewhere).values()) == {0}


def test_nobody_has_judged_their_own_work_and_nothing_stands_there_twice(elsewhere, sent):
    a_place(elsewhere, "sums")
    first, second, third = lines_of(sent)
    first["author"] = first["reviews"][0]["reviewer"]
    second["reviews"] = [{**second["reviews"][0], "round": n, "labels": []} for n in (1, 1)]
    third["task"]["statement"] = "Another wording."
    path = rewritten(sent, first, second, third, third)

    restored = restore_native(elsewhere, path, project="sums", email=None)

    assert [(fault.line, fault.field) for fault in restored.faults] == [
        (1, "reviews.0.reviewer"),
        (1, "reviews.1.reviewer"),
        (2, "reviews"),
        (2, "reviews"),
        (3, "task"),
        (4, "id"),
        (4, "author"),
        (4, "task"),
    ]


def test_what_is_no_record_at_all_is_told(elsewhere, tmp_path):
    a_place(elsewhere, "sums")
    path = tmp_path / "train.jsonl"
    told = {}
    for name, data in {
        "empty": b"",
        "text": b"once\n",
        "bytes": b"\xff\n",
        "twice": b'{"a": 1, "a": 2}\n',
        "list": b"[]\n",
    }.items():
        path.write_bytes(data)
        told[name] = [
            (fault.line, fault.field) for fault in restore_native(elsewhere, path, project="sums", email=None).faults
        ]

    assert told == {
        "empty": [(1, "line")],
        "text": [(1, "line")],
        "bytes": [(1, "line")],
        "twice": [(1, "a")],
        "list": [(1, "line")],
    }


def test_a_folder_must_hold_what_its_manifest_says(elsewhere, sent, tmp_path):
    a_place(elsewhere, "sums")
    rewritten(sent, *lines_of(sent)[:2])

    with pytest.raises(Invalid):
        restore_native(elsewhere, sent, project="sums", email=None)
    with pytest.raises(NotFound):
        restore_native(elsewhere, tmp_path, project="sums", email=None)


def test_only_who_manages_the_project_brings_anything_back(database, sent, ed, max_):
    for person, refusal in ((ed, NotAllowed), (max_, NotFound)):
        with pytest.raises(refusal):
            restore_native(database, sent, project="sums", email=person.email)
    with pytest.raises(NotAllowed):
        restore_native(database, sent, project="nowhere", email=None)


def test_the_command_line_checks_stores_and_names_faults(elsewhere, sent, tmp_path):
    a_place(elsewhere, "sums")
    url = elsewhere.engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "WORKINGS_DATA_DIR": str(tmp_path / "data"), "WORKINGS_DATABASE_URL": url}

    def run(*more):
        command = [*COMMAND, "import-native", str(sent), "--project", "sums", *more]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert run("--dry-run") == (0, "3 pieces of work on 2 tasks by or with 4 people can come back\n")
    assert set(stored(elsewhere).values()) == {0}
    assert run() == (0, "3 pieces of work on 2 tasks by or with 4 people came back\n")
    code, said = run("--as", "manager-of-sums@example.org")
    assert (code, said.splitlines()[0]) == (1, "line 1: id: This piece of work is here already.")
    assert said.splitlines()[-1].startswith("Error: Nothing was brought back: ")


def test_the_earlier_versions_are_in_the_record_as_they_were_handed_in(sent):
    record = next(one for one in lines_of(sent) if one["revision"] == 3)

    assert [(one["revision"], one["content_sha256"], one["edited_by"]) for one in record["earlier"]] == [
        (1, content_hash(some_content().model_dump(mode="json")), None),
        (2, content_hash(some_content(steps=BETTER).model_dump(mode="json")), None),
    ]
    assert record["edited_by"] == record["reviews"][1]["reviewer"]
