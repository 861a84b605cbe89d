"""The audit page: filters, pages, what may be seen; and its file, in which nothing is a formula."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.admin.service.auditing import COLUMNS
from app.core import audit
from app.core.audit import Event
from app.core.ids import new_id
from app.core.jobs import Job, JobState
from tests.cast import NOW

TASK = new_id()


@pytest.fixture
def events(session, ed, mona, max_, sums, others):
    """Five events of three people in two projects on three days."""
    for person, verb, project, days in (
        (ed, "submission.submit", sums, 0),
        (ed, "submission.undo", sums, 1),
        (mona, "task.open", sums, 1),
        (max_, "task.open", others, 2),
        (None, "assignment.expire", None, 2),
    ):
        audit.record(
            session,
            verb,
            actor=person.actor if person else None,
            at=NOW + timedelta(days=days),
            kind="task",
            object_id=TASK if verb == "task.open" else None,
            project_id=project.id if project else None,
        )
    session.commit()


def shown(client, **wanted):
    page = client.get("/admin/audit", params=wanted, headers={"hx-request": "true"})
    assert page.status_code == 200
    return re.findall(r'<th scope="row">([\w.]+)</th>', page.text)


@pytest.mark.parametrize(
    ("wanted", "verbs"),
    [
        ({}, ["assignment.expire", "task.open", "submission.undo", "task.open", "submission.submit"]),
        ({"who": "ED@example.org"}, ["submission.undo", "submission.submit"]),
        ({"who": "nobody@example.org"}, []),
        ({"verb": "submission."}, ["submission.undo", "submission.submit"]),
        ({"verb": "task_open"}, []),
        ({"verb": "%"}, []),
        ({"thing": str(TASK)}, ["task.open", "task.open"]),
        ({"project": "others"}, ["task.open"]),
        ({"project": "nowhere"}, []),
        ({"since": "2026-11-26"}, ["assignment.expire", "task.open"]),
        ({"until": "2026-11-24"}, ["submission.submit"]),
        ({"since": "2026-11-25", "until": "2026-11-25", "who": "ed@example.org"}, ["submission.undo"]),
        ({"since": "2026-11-26", "until": "2026-11-24"}, []),
    ],
)
def test_a_filter_shows_exactly_what_fits(client, ada, events, wanted, verbs):
    assert sorted(shown(client.as_(ada), **wanted)) == sorted(verbs)


@pytest.mark.parametrize("wanted", [{"thing": "nonsense"}, {"since": "yesterday"}, {"verb": "x" * 65}])
def test_a_faulty_filter_says_so(client, ada, events, wanted):
    answer = client.as_(ada).get("/admin/audit", params=wanted)
    assert (answer.status_code, "submission.submit" in answer.text) == (422, False)


def test_a_long_log_goes_on_and_keeps_its_filter(client, session, ada):
    for number in range(60):
        audit.record(session, f"a.{number:02}", actor=None, at=NOW + timedelta(seconds=number), kind="thing")
    audit.record(session, "b.1", actor=None, at=NOW, kind="thing")
    page = client.as_(ada).get("/admin/audit?verb=a.").text
    assert ("a.59" in page, "a.09" in page) == (True, False)
    onward = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = client.get(f"/admin/audit{onward}").text
    assert re.findall(r'<th scope="row">([\w.]+)</th>', rest) == [f"a.{number:02}" for number in range(9, -1, -1)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_log_costs_the_same_queries_however_long(client, session, ada, queries_made, count):
    for number in range(count):
        audit.record(session, f"a.{number}", actor=ada.actor, at=NOW, kind="thing", object_id=new_id())
    client.as_(ada)
    session.commit()
    with queries_made() as statements:
        client.get("/admin/audit")
    assert len(statements) == 10


def test_checking_the_chain_is_wished_once(client, session, ada):
    client.as_(ada)
    for _ in range(2):
        assert client.post("/admin/audit/verify").headers["location"] == "/admin/audit"
    job = session.scalars(select(Job)).one()
    assert (job.kind, job.requested_by) == ("audit.verify", ada.id)
    assert "being checked now" in client.get("/admin/audit").text


def test_a_broken_chain_is_the_headline(client, session, ada):
    client.as_(ada).post("/admin/audit/verify")
    job = session.scalars(select(Job)).one()
    job.state, job.finished_at = JobState.DONE, datetime.now(UTC)
    job.result = {"sealed": 9, "unsealed": 0, "first_bad_seq": 4, "head": "0" * 64}
    assert "The chain does not hold at event 4." in client.get("/admin/audit").text


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.text)))


def test_the_file_holds_what_the_filter_shows_and_is_an_event_itself(client, session, ada, ed, events):
    answer = client.as_(ada).post("/admin/audit.csv", data={"who": "ed@example.org"})
    head, *rows = rows_of(answer)
    assert (answer.status_code, head) == (200, list(COLUMNS))
    assert [(row[2], row[3], row[6]) for row in rows] == [
        ("Ed", "submission.undo", "sums"),
        ("Ed", "submission.submit", "sums"),
    ]
    done = session.scalars(select(Event).where(Event.verb == "audit.export")).one()
    assert (done.actor_id, done.detail) == (ada.id, {"filters": {"who": "ed@example.org"}})


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", '=HYPERLINK("http://x","y")'],
)
def test_nothing_in_the_file_is_a_formula(client, session, ada, text):
    session.get_one(User, ada.id).name = text
    audit.record(session, "a.b", actor=ada.actor, at=NOW, kind="thing", reason=text)
    row = rows_of(client.as_(ada).post("/admin/audit.csv", data={"verb": "a.b"}))[1]
    assert (row[2], row[9]) == (f"'{text}", f"'{text}")


def test_quotes_and_line_ends_stay_in_their_cell(client, session, ada):
    reason = 'He said "no",\nand left; 1,2'
    audit.record(session, "a.b", actor=None, at=NOW, kind="thing", reason=reason)
    [_head, row] = rows_of(client.as_(ada).post("/admin/audit.csv", data={"verb": "a.b"}))
    assert (row[9], len(row)) == (reason, len(COLUMNS))


def test_a_file_longer_than_a_page_is_whole(client, session, ada):
    for number in range(1001):
        audit.record(session, "a.b", actor=None, at=NOW + timedelta(seconds=number), kind="thing", n=number)
    rows = rows_of(client.as_(ada).post("/admin/audit.csv", data={"verb": "a.b"}))
    assert [row[10] for row in rows[1:]] == [f'{{"n": {number}}}' for number in range(1000, -1, -1)]


def test_the_file_needs_a_step_up_and_an_admin(client, session, ada, mona):
    client.as_(ada, stepped_up=False)
    answer = client.post("/admin/audit.csv", headers={"referer": "http://127.0.0.1:8000/admin/audit?verb=a"})
    assert answer.headers["location"] == "/step-up?next=/admin/audit%3Fverb%3Da"
    assert client.as_(mona).post("/admin/audit.csv").status_code == 404
    assert session.scalars(select(Event)).all() == []
