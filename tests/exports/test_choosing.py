"""The steps before an export: each format's rows beside how they read, who is left out, and that rows are looked at."""

import json
import re

import pytest
from sqlalchemy import select

from app.datasets.models import Snapshot
from app.exports.formats.base import Voice
from app.exports.formats.registry import get_format
from app.exports.models import Export
from app.exports.service import previewing
from app.exports.service.previewing import preview
from app.reviews.states import Verdict
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task, some_content

DEAD_END = {"id": "d", "type": "dead_end", "status": "abandoned", "body": "Modulo 3 says nothing."}
WITH_DEAD_END = [STEPS[0], DEAD_END, *STEPS[1:]]
LABELS = {"s1": "good", "d": "bad", "s2": "neutral", "s3": "good"}


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae) -> Snapshot:
    """Two pieces: one of Ed with every step labelled, one of Eve without any label."""
    labelled = a_submission(
        session, author=ed, task=a_task(session, sums), state=S.APPROVED, content=some_content(steps=WITH_DEAD_END)
    )
    a_review(session, labelled, reviewer=rae, labels=LABELS)
    bare = a_submission(session, author=eve, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, bare, reviewer=rae, labels={})
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def looked_at(session, snapshot, name, **options):
    chosen = get_format(name)
    return preview(session, snapshot, chosen, chosen.options_model.model_validate(options))


@pytest.mark.parametrize("name", ["native", "trl_sft", "trl_stepwise", "prm800k", "openai_chat"])
def test_the_rows_of_the_preview_are_the_lines_of_the_files(
    session, database, app_settings, snapshot, mona, client, name
):
    browser = client.as_(mona)
    shown = looked_at(session, snapshot, name)
    options = get_format(name).options_model().model_dump(mode="json")
    asked = browser.post(f"/snapshots/{snapshot.id}/exports", data={"format": name, **options, "looked": "true"})
    Worker(database, app_settings).run_all()

    path = get_format(name).main_path
    written = browser.post(f"{asked.headers['location']}/files/{path}")

    lines = [line.row for row in shown.rows for line in row.lines if line.path == path]
    assert [json.loads(line) for line in written.text.splitlines()] == lines
    assert sum(line.size_bytes for row in shown.rows for line in row.lines if line.path == path) == len(written.content)


@pytest.mark.parametrize(
    ("name", "options", "steps"),
    [
        ("trl_sft", {}, [(STEPS[0]["body"] + "\n\n" + STEPS[1]["body"] + "\n\n" + STEPS[2]["body"], None)]),
        (
            "trl_stepwise",
            {},
            [(step["body"], label) for step, label in zip(WITH_DEAD_END, ("good", "bad", "good", "good"), strict=True)],
        ),
        ("prm800k", {"render": "full"}, [(step["body"], LABELS[step["id"]]) for step in WITH_DEAD_END]),
        ("native", {}, [(step["body"], LABELS[step["id"]]) for step in WITH_DEAD_END]),
    ],
)
def test_a_row_reads_as_task_reasoning_and_answer(session, snapshot, name, options, steps):
    parts = [part for part, _ in looked_at(session, snapshot, name, **options).rows[0].parts]

    assert parts[0].text == STATEMENT
    assert [(part.text, part.verdict) for part in parts if part.voice is Voice.REASONING] == steps
    assert [part.voice for part in parts[len(steps) + 1 :]] == ([] if name == "trl_stepwise" else [Voice.ANSWER])


def test_think_tags_read_like_a_field_of_its_own(session, snapshot):
    field, tags = (
        looked_at(session, snapshot, "trl_sft", reasoning=where).rows[0].parts for where in ("field", "think_tags")
    )

    assert field == tags


def test_a_dead_end_is_told_beside_its_text(session, snapshot):
    notes = {part.text: note for part, note in looked_at(session, snapshot, "trl_stepwise").rows[0].parts}

    assert notes[DEAD_END["body"]] == "dead end, given up"
    assert notes[STEPS[0]["body"]] == ""


def test_who_is_left_out_is_counted_with_the_reason(session, snapshot):
    found = looked_at(session, snapshot, "trl_stepwise")

    assert (found.looked_at, found.items, found.makes, found.is_whole) == (2, 2, 1, True)
    assert dict(found.reasons) == {"no step labels": 1}
    assert [(one.reason, one.piece.state) for one in found.left_out] == [("no step labels", "approved")]


def test_twenty_rows_are_kept_and_the_counts_go_further(session, snapshot, monkeypatch):
    monkeypatch.setattr(previewing, "PREVIEW_ROWS", 1)

    found = looked_at(session, snapshot, "trl_sft")

    assert (len(found.rows), found.makes) == (1, 2)


def test_the_page_shows_the_row_the_reason_and_the_options(client, snapshot, mona):
    page = client.as_(mona).get(f"/snapshots/{snapshot.id}/export?format=trl_stepwise&neutral=drop")

    assert page.status_code == 200
    assert "1 makes a row · <b>1 left out: no step labels</b>" in page.text
    assert '<span class="tok-k">&#34;completions&#34;</span>' in page.text
    assert re.search(r'<option value="drop" selected>Neutral steps are left out</option>', page.text)
    assert STEPS[1]["body"] not in page.text  # the neutral step


def test_a_row_is_left_out_of_later_snapshots_from_its_preview_with_a_reason(client, snapshot, mona):
    browser = client.as_(mona)
    page = browser.get(f"/snapshots/{snapshot.id}/export?format=native&row=2")
    row = re.search(rf"/snapshots/{snapshot.id}/rows/([0-9a-f-]+)/challenge\">Leave it out, with a reason<", page.text)
    assert row is not None
    assert browser.get(f"/snapshots/{snapshot.id}/rows/{row[1]}/challenge").status_code == 200

    reason = {"reason": "The second step divides by zero."}
    left = browser.post(f"/snapshots/{snapshot.id}/rows/{row[1]}/challenge", data=reason)

    assert (left.status_code, left.headers["location"]) == (303, f"/snapshots/{snapshot.id}/rows/{row[1]}")


def test_files_are_written_once_every_row_was_shown(client, session, snapshot, mona):
    browser = client.as_(mona)
    first = browser.get(f"/snapshots/{snapshot.id}/export?format=trl_sft")
    (onward,) = re.findall(r'class="btn btn--primary" href="([^"]+)"', first.text)
    last = browser.get(onward.replace("&amp;", "&"))

    assert ("1 of 2 rows looked at" in first.text, "Write the files</button>" in first.text) == (True, False)
    assert "2 of 2 rows looked at" in last.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', last.text.split('id="rows"')[1]))
    browser.post(f"/snapshots/{snapshot.id}/exports", data=fields)
    export = session.scalars(select(Export)).one()
    assert export.preview_seen_at is not None
    assert export.options == get_format("trl_sft").options_model().model_dump(mode="json")


def test_other_options_begin_the_looking_anew(client, snapshot, mona):
    page = client.as_(mona).get(f"/snapshots/{snapshot.id}/export?format=trl_sft&render=full")

    assert "1 of 2 rows looked at" in page.text


def test_htmx_gets_the_rows_and_for_another_format_its_options_too(client, snapshot, mona):
    browser = client.as_(mona)
    address = f"/snapshots/{snapshot.id}/export?format=trl_stepwise"
    option = browser.get(address, headers={"hx-request": "true", "hx-trigger": "options"})
    other = browser.get(address, headers={"hx-request": "true", "hx-trigger": "formats"})

    swapped = [sorted(re.findall(r'\bid="(rows|options|format-chosen)"', answer.text)) for answer in (option, other)]
    assert swapped == [["rows"], ["format-chosen", "options", "rows"]]
    assert "<html" not in option.text


def test_options_that_are_none_of_the_format_are_told_beside_the_field(client, snapshot, mona):
    page = client.as_(mona).get(f"/snapshots/{snapshot.id}/export?format=trl_sft&reasoning=aloud")

    assert page.status_code == 422
    assert 'id="f-reasoning-e"' in page.text


def test_a_format_without_rows_says_so_and_writes_nothing(
    client, session, database, app_settings, sums, mona, eve, rae
):
    bare = a_submission(session, author=eve, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, bare, reviewer=rae, labels={})
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    page = client.as_(mona).get(f"/snapshots/{snapshot.id}/export?format=prm800k")

    assert "No piece makes a row in this format." in page.text
    assert "There is nothing to write with these options." in page.text


def test_what_people_wrote_stays_text_in_both_columns(client, session, database, app_settings, sums, mona, ed, rae):
    hostile = '</pre></span><script>alert(1)</script>"\\'
    steps = [STEPS[0] | {"body": hostile}, *STEPS[1:]]
    work = a_submission(
        session, author=ed, task=a_task(session, sums), state=S.APPROVED, content=some_content(steps=steps)
    )
    a_review(session, work, reviewer=rae, labels={})
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    page = client.as_(mona).get(f"/snapshots/{snapshot.id}/export")

    assert "<script>alert(1)" not in page.text
    assert "&lt;/pre&gt;&lt;/span&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_however_much_is_frozen(
    client, session, database, app_settings, sums, mona, ed, rae, queries_made, count
):
    for _ in range(count):
        work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={"s1": "good", "s2": "good", "s3": "good"})
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    browser = client.as_(mona)

    browser.get(f"/snapshots/{snapshot.id}")

    with queries_made() as made:
        browser.get(f"/snapshots/{snapshot.id}/export")

    assert len(made) == 17
    with queries_made() as kept:
        browser.get(f"/snapshots/{snapshot.id}/export?row=2")
    assert len(kept) == 8


def test_the_page_that_watches_the_files_is_loaded_anew_when_they_are_there(
    client, database, app_settings, snapshot, mona
):
    browser = client.as_(mona)
    asked = browser.post(f"/snapshots/{snapshot.id}/exports", data={"format": "trl_sft", "looked": "true"})
    watched = [browser.get(asked.headers["location"], headers={"hx-request": "true"})]
    Worker(database, app_settings).run_all()
    watched.append(browser.get(asked.headers["location"], headers={"hx-request": "true"}))

    assert [answer.headers.get("hx-refresh") for answer in watched] == [None, "true"]


def test_an_export_asked_for_by_a_program_is_looked_at_on_its_page(
    client, database, app_settings, session, snapshot, mona
):
    browser = client.as_(mona)
    asked = browser.post(
        f"/snapshots/{snapshot.id}/exports", data={"format": "trl_sft", "render": "clean", "reasoning": "field"}
    )
    Worker(database, app_settings).run_all()
    page = browser.get(asked.headers["location"])
    last = browser.get(f"{asked.headers['location']}?row=2&seen=1")

    assert ("I have looked at the rows" in page.text, "I have looked at the rows" in last.text) == (False, True)


@pytest.mark.parametrize(("count", "is_offered"), [(1, False), (2, True)])
def test_labels_of_one_kind_only_are_told_before_anything_is_written(
    client, session, database, app_settings, sums, mona, ed, eve, rae, count, is_offered
):
    task = a_task(session, sums, submissions_needed=2)
    good = a_submission(session, author=ed, task=task, state=S.APPROVED)
    bad = a_submission(session, author=eve, task=task, state=S.REJECTED, content=some_content(answer={"text": "6"}))
    for work, verdict in [(good, Verdict.APPROVE), (bad, Verdict.REJECT)]:
        a_review(session, work, reviewer=rae, labels={}, verdict=verdict)
    rule = {"states": ["approved", "rejected"][:count]}
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id, **rule)

    page = client.as_(mona).get(f"/snapshots/{snapshot.id}/export?format=trl_kto&seen=3").text

    told = "the split train has no row with the label false" in page
    assert (told, 'name="looked"' in page) == (not is_offered, is_offered)
