import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from app.core import audit
from app.datasets.models import Dataset, Snapshot, SnapshotItem
from app.datasets.states import SnapshotState, Tier
from app.exports.models import Export
from app.exports.states import ExportState
from app.insights.pages.overview import as_csv, headline
from app.insights.queries.asks import asks_of
from app.insights.queries.lately import lately
from app.insights.queries.people import people_of
from app.insights.queries.way import way_of
from app.insights.schemas import Figure, Share
from app.projects.models import Project
from app.projects.queries import members_of
from app.projects.states import ProjectState
from app.submissions.models import WorkSpan
from app.submissions.states import SubmissionState
from tests.cast import NOW
from tests.factories.reviewing import decided
from tests.factories.work import a_submission, a_task, revision_of

S = SubmissionState


def some_work(session, place, author, state, *, age=timedelta(0), count=1, **facts) -> list[Any]:
    made = []
    for _ in range(count):
        work = a_submission(session, author=author, task=a_task(session, place), state=state)
        work.created_at = work.updated_at = NOW - age
        work.submitted_at = None if state is S.DRAFT else NOW - age
        work.decided_at = NOW - age if state in {S.APPROVED, S.RETURNED, S.REJECTED} else None
        for name, value in facts.items():
            setattr(work, name, value)
        made.append(work)
    session.flush()
    return made


def the_way(session, place):
    return way_of(session, session.get_one(Project, place.id), now=NOW)


def test_every_piece_stands_at_its_stage(session, ed, eve, sums, others):
    a_task(session, sums)
    some_work(session, sums, ed, S.DRAFT, count=2)
    some_work(session, sums, eve, S.RETURNED, times_returned=1)
    some_work(session, sums, ed, S.SUBMITTED, count=3)
    some_work(session, sums, ed, S.IN_REVIEW)
    some_work(session, sums, eve, S.ESCALATED)
    some_work(session, sums, ed, S.APPROVED, count=4)
    some_work(session, sums, ed, S.REJECTED)
    some_work(session, others, ed, S.APPROVED, count=2)
    way = the_way(session, sums)
    assert {stage.key: stage.count for stage in way.stages} == {
        "open": 14,
        "drafted": 3,
        "submitted": 3,
        "in_review": 2,
        "approved": 4,
        "in_snapshot": 0,
        "exported": 0,
    }
    assert (way.waiting, way.escalated, way.returned) == (5, 1, 1)
    assert way.first_time == Share(4, 6)


def test_ages_fall_into_their_bars_and_what_is_past_the_limit_is_late(session, ed, sums):
    for hours in (0, 2, 8, 20, 40, 49, 100, 200, 400, 900):
        some_work(session, sums, ed, S.IN_REVIEW, age=timedelta(hours=hours))
    way = the_way(session, sums)
    stage = next(one for one in way.stages if one.key == "in_review")
    assert list(stage.ages) == [1] * 10
    assert (stage.late, stage.note, way.late) == (5, "5 past 48 h", 5)
    assert way.oldest_waiting == NOW - timedelta(hours=900)


def test_notes_say_oldest_and_median(session, ed, sums):
    a_task(session, sums, opened_at=NOW - timedelta(days=84))
    for hours in (1, 5, 30):
        some_work(session, sums, ed, S.SUBMITTED, age=timedelta(hours=hours))
    notes = {stage.key: stage.note for stage in the_way(session, sums).stages}
    assert (notes["open"], notes["submitted"]) == ("oldest 84 d", "median 5 h")


def a_snapshot(session, place, works, mona, *, n=1) -> Snapshot:
    dataset = Dataset(project_id=place.id, name=f"D{n}", rule={}, created_by=mona.id, created_at=NOW, updated_at=NOW)
    session.add(dataset)
    session.flush()
    snapshot = Snapshot(
        dataset_id=dataset.id,
        project_id=place.id,
        n=n,
        state=SnapshotState.READY,
        rule={},
        created_by=mona.id,
        cut_at=NOW,
        ready_at=NOW - timedelta(days=n),
    )
    session.add(snapshot)
    session.flush()
    for position, work in enumerate(works, 1):
        item = SnapshotItem(
            snapshot_id=snapshot.id,
            position=position,
            submission_id=work.id,
            revision_id=revision_of(session, work).id,
            task_id=work.task_id,
            task_version=1,
            state="approved",
            tier=Tier.A,
        )
        session.add(item)
    session.flush()
    return snapshot


def test_a_piece_in_two_snapshots_counts_once_and_exports_only_when_ready(session, ed, mona, sums):
    works = some_work(session, sums, ed, S.APPROVED, count=3)
    a_snapshot(session, sums, works[:2], mona, n=1)
    second = a_snapshot(session, sums, works, mona, n=2)
    for state, name in [(ExportState.READY, "sft"), (ExportState.READY, "prm"), (ExportState.FAILED, "chat")]:
        session.add(
            Export(
                snapshot_id=second.id,
                project_id=sums.id,
                format=name,
                options={},
                state=state,
                created_by=mona.id,
                created_at=NOW,
                finished_at=NOW,
            )
        )
    session.flush()
    stages = {stage.key: (stage.count, stage.note) for stage in the_way(session, sums).stages}
    assert stages["in_snapshot"] == (3, "v1, 23 Nov")
    assert stages["exported"] == (3, "2 formats")


def test_the_goal_is_measured_in_tokens_of_the_last_approved_revision(session, ed, sums):
    session.get_one(Project, sums.id).goal_tokens = 1000
    some_work(session, sums, ed, S.APPROVED, count=3)
    some_work(session, sums, ed, S.SUBMITTED)
    way = the_way(session, sums)
    assert way.approved_tokens == 120
    project = session.get_one(Project, sums.id)
    assert headline(project, way) == "12 % of the goal is approved; no review waits longer than 48 hours."


def test_the_headline_says_what_presses_most(session, ed, sums):
    project = session.get_one(Project, sums.id)
    assert headline(project, the_way(session, sums)) == "Nothing is open and nothing waits."
    a_task(session, sums)
    assert headline(project, the_way(session, sums)) == "No review waits; one task is open."
    some_work(session, sums, ed, S.SUBMITTED)
    assert headline(project, the_way(session, sums)) == "One piece waits for review, none longer than 48 hours."
    some_work(session, sums, ed, S.SUBMITTED, age=timedelta(hours=50))
    said = headline(project, the_way(session, sums))
    assert said == "Two pieces wait for review, one of them longer than 48 hours."
    project.state = ProjectState.DRAFT
    assert headline(project, the_way(session, sums)) == "Being set up; nobody is given work yet."


def asked(session, place):
    project = session.get_one(Project, place.id)
    members = members_of(session, project)
    return [one.sentence for one in asks_of(session, project, the_way(session, place), members, now=NOW)]


def test_a_calm_project_with_enough_open_tasks_asks_for_nothing(session, sums):
    for _ in range(5):
        a_task(session, sums)
    assert asked(session, sums) == []


def test_what_wants_a_manager_is_said_with_its_number(session, ed, rae, sums):
    a_task(session, sums)
    some_work(session, sums, ed, S.ESCALATED, age=timedelta(hours=60), count=2)
    session.get_one(Project, sums.id).guideline_n = 2
    session.flush()
    assert asked(session, sums) == [
        "Two pieces wait for review longer than 48 h.",
        "Three tasks are open.",
        "Two annotators have not read version 2 of the guideline.",
    ]


def test_a_paused_and_a_draft_project_ask_to_go_on(session, sums):
    project = session.get_one(Project, sums.id)
    for state, sentence in [
        (ProjectState.PAUSED, "The project is paused."),
        (ProjectState.DRAFT, "The project is a draft."),
    ]:
        project.state = state
        session.flush()
        assert asked(session, sums) == [sentence]


def test_people_are_listed_with_their_week(session, ed, eve, sums):
    works = some_work(session, sums, ed, S.APPROVED, count=2)
    some_work(session, sums, ed, S.RETURNED, times_returned=1)
    some_work(session, sums, ed, S.SUBMITTED, age=timedelta(days=8))
    session.add(WorkSpan(submission_id=works[0].id, user_id=ed.id, started_at=NOW, last_beat_at=NOW, active_seconds=90))
    session.flush()
    project = session.get_one(Project, sums.id)
    rows = people_of(session, project, members_of(session, project), now=NOW)
    first = rows[0]
    assert (first.name, first.pieces, first.first_time, first.active_seconds) == ("Ed", 3, Share(2, 3), 90)
    assert [(row.name, row.first_time) for row in rows[1:]] == [
        ("Eve", Share(0, 0)),
        ("Mona", None),
        ("Rae", None),
        ("Ron", None),
    ]


def test_lately_tells_the_last_seven_events_of_this_project_only(session, ed, mona, sums, others):
    work = some_work(session, sums, ed, S.SUBMITTED)[0]
    for minutes in range(9):
        audit.record(
            session,
            "submission.submit",
            actor=ed.id,
            at=NOW - timedelta(minutes=minutes),
            kind="submission",
            object_id=work.id,
            project_id=sums.id,
        )
    audit.record(session, "project.change", actor=None, at=NOW, kind="project", project_id=others.id)
    session.flush()
    deeds = lately(session, session.get_one(Project, sums.id))
    assert [(one.who, one.did) for one in deeds] == [("Ed", "handed in task 1")] * 7


def test_lately_says_which_verdict_it_was_and_on_which_task(session, ed, rae, sums):
    work = some_work(session, sums, ed, S.SUBMITTED)[0]
    decided(session, rae, work, "return", now=NOW + timedelta(minutes=1))
    session.flush()
    deeds = lately(session, session.get_one(Project, sums.id))
    assert [(one.who, one.did) for one in deeds][:1] == [("Rae", "returned task 1")]
    assert "began to review task 1" in [one.did for one in deeds]


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed():
    text = as_csv([Figure("=HYPERLINK(1): handed in", 1, 2, 0.5, None, "pieces")], NOW)
    assert list(csv.reader(io.StringIO(text)))[1] == [
        "'=HYPERLINK(1): handed in",
        "1",
        "pieces",
        "2",
        "0.5",
        "",
        "2026-11-24T09:00:00+00:00",
    ]


def test_all_figures_are_downloaded_with_what_they_rest_on(client, mona, ed, session, sums):
    some_work(session, sums, ed, S.APPROVED, count=3)
    answer = client.as_(mona).get("/projects/sums/figures.csv")
    rows = {row["figure"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert answer.headers["content-type"].startswith("text/csv")
    assert (rows["Approved"]["value"], rows["Right the first time"]["value"]) == ("3", "100")
    assert (rows["Right the first time"]["n"], rows["Right the first time"]["low_95"]) == ("3", "44")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_overview_costs_the_same_however_much_there_is(client, mona, ed, session, sums, queries_made, count):
    for state in (S.DRAFT, S.SUBMITTED, S.IN_REVIEW, S.APPROVED, S.RETURNED):
        for work in some_work(session, sums, ed, state, count=count):
            audit.record(
                session,
                "submission.submit",
                actor=ed.id,
                at=NOW,
                kind="submission",
                object_id=work.id,
                project_id=sums.id,
            )
    client.as_(mona).get("/projects/sums")
    with queries_made() as statements:
        page = client.get("/projects/sums")
    assert page.status_code == 200
    # who asks, their news, project, tabs, members, the way 9, asks 1, people 3, lately 1 (names and tasks: 3)
    assert len(statements) == (21 if count else 20)


def test_members_see_what_concerns_them_and_strangers_nothing(client, ed, rae, ada, max_, session, sums):
    session.get_one(Project, sums.id).purpose = "Sums for everybody"
    a_task(session, sums)
    pages = {one.name: client.as_(one).get("/projects/sums") for one in (ed, rae, ada, max_)}
    assert {name: page.status_code for name, page in pages.items()} == {"Ed": 200, "Rae": 200, "Ada": 200, "Max": 404}
    assert "Next task" in pages["Ed"].text
    assert "The way of the work" not in pages["Ed"].text
    assert "Open the queue" in pages["Rae"].text
    assert "The way of the work" in pages["Ada"].text
    assert [client.as_(one).get("/projects/sums/figures.csv").status_code for one in (ed, rae, max_)] == [403, 403, 404]
