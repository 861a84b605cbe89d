"""Pages, API and command of corrections: challenge a row, decide, take the signed lists."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.cli import main
from app.core.audit import Event
from app.core.signing import Signature, check_signature
from app.datasets.models import Challenge, Dataset
from app.datasets.states import ChallengeState
from tests.factories.frozen import SLIP, challenged, noted, some_approved, sustained, taken_back
from tests.factories.judged import a_snapshot


@pytest.fixture
def works(session, sums, ed, rae):
    return some_approved(session, sums, ed, rae, 2)


@pytest.fixture
def snapshot(session, database, app_settings, mona, sums, works):
    return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)


def row_url(snapshot, work_id):
    return f"/snapshots/{snapshot.id}/rows/{work_id}"


@pytest.mark.parametrize("who", ["ed", "rae", "mona"])
def test_whoever_sees_the_work_finds_where_it_is_frozen_and_challenges_it(
    client, session, request, works, snapshot, who
):
    person = request.getfixturevalue(who)
    browser = client.as_(person)

    frozen = browser.get(f"/work/{works[0]}/frozen")
    empty = browser.post(f"{row_url(snapshot, works[0])}/challenge", data={"reason": "No."})
    sent = browser.post(f"{row_url(snapshot, works[0])}/challenge", data={"reason": SLIP})

    assert (frozen.status_code, f"{row_url(snapshot, works[0])}/challenge" in frozen.text) == (200, True)
    assert (empty.status_code, 'id="f-reason-e"' in empty.text) == (422, True)
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        row_url(snapshot, works[0]) if who == "mona" else f"/work/{works[0]}/frozen",
    )
    found = session.scalars(select(Challenge)).one()
    assert (found.challenged_by, found.reason, found.state) == (person.id, SLIP, ChallengeState.OPEN)


def test_a_manager_decides_on_the_page_of_the_row_with_a_reason(client, session, mona, sums, rae, works, snapshot):
    found = challenged(session, snapshot, works[1], rae).id
    browser = client.as_(mona)

    listed = browser.get(f"/projects/{sums.slug}/challenges")
    asked = browser.get(row_url(snapshot, works[1]))
    refused = browser.post(f"/challenges/{found}/decide", data={"is_sustained": "true", "reason": ""})
    decided = browser.post(f"/challenges/{found}/decide", data={"is_sustained": "true", "reason": SLIP})
    again = browser.post(f"/challenges/{found}/decide", data={"is_sustained": "false", "reason": SLIP})

    assert row_url(snapshot, works[1]) in listed.text
    assert f"/challenges/{found}/decide" in asked.text
    assert (refused.status_code, decided.status_code, again.status_code) == (422, 303, 409)
    session.expire_all()
    assert session.get_one(Challenge, found).state is ChallengeState.SUSTAINED


def test_who_wrote_the_work_does_not_decide_of_it_even_as_a_manager(
    client, session, database, app_settings, sums, mona, rae
):
    (own,) = some_approved(session, sums, mona, rae, 1)
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    found = challenged(session, snapshot, own, rae).id

    answer = client.as_(mona).post(f"/api/v1/challenges/{found}/decide", json={"is_sustained": False, "reason": SLIP})

    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "You wrote this work; another manager has to decide.",
    )


def test_corrections_are_listed_by_api_from_a_number_on(
    client, session, database, app_settings, mona, ed, works, snapshot
):
    taken_back(session, ed, works[0])
    noted(database, app_settings)
    sustained(session, snapshot, works[1], mona)
    noted(database, app_settings)
    browser = client.as_(mona)

    all_of_them, later = (
        browser.get(f"/api/v1/snapshots/{snapshot.id}/corrections{query}").json() for query in ("", "?behind=1")
    )

    assert [(one["n"], one["kind"], one["submission_id"]) for one in all_of_them] == [
        (1, "withdrawn", str(works[0])),
        (2, "superseded", str(works[1])),
    ]
    assert later == all_of_them[1:]


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_a_list_is_signed_holds_what_is_withdrawn_this_moment_and_who_took_it_is_kept(
    client, session, mona, ed, works, snapshot, prefix
):
    taken_back(session, ed, works[0])
    browser, base = client.as_(mona), f"{prefix}/snapshots/{snapshot.id}/corrections"

    told, signature = (browser.post(f"{base}/tombstones.json{ending}") for ending in ("", ".sig"))

    assert check_signature(Signature.read(signature.content), told.content)
    found = json.loads(told.content)
    assert (found["up_to"], [item["id"] for item in found["items"]]) == (1, [str(works[0])])
    assert told.headers["content-disposition"] == 'attachment; filename="tombstones.json"'
    taken = session.scalars(select(Event).where(Event.verb == "corrections.download")).all()
    assert {event.detail["path"] for event in taken} == {"tombstones.json", "tombstones.json.sig"}


def test_there_is_no_other_list(client, mona, snapshot):
    assert client.as_(mona).post(f"/api/v1/snapshots/{snapshot.id}/corrections/all.json").status_code == 404


def test_the_page_of_corrections_says_what_became_of_rows_and_what_is_being_listed(
    client, session, database, app_settings, mona, ed, works, snapshot
):
    sustained(session, snapshot, works[1], mona)
    noted(database, app_settings)
    taken_back(session, ed, works[0])

    page = client.as_(mona).get(f"/snapshots/{snapshot.id}/corrections").text
    row = client.as_(mona).get(row_url(snapshot, works[1])).text

    assert (f"Found to be wrong: {SLIP}" in page, "Being listed: 1 row." in page) == (True, True)
    assert "Found to be wrong on " in row


def test_the_command_writes_lists_that_verify(
    session, database, app_settings, monkeypatch, tmp_path, ed, works, snapshot
):
    taken_back(session, ed, works[0])
    name = session.get_one(Dataset, snapshot.dataset_id).name
    session.commit()
    # Whose connections are the test's to close.
    monkeypatch.setattr("app.datasets.commands.open_installation", lambda: (app_settings, database))

    written = CliRunner().invoke(main, ["corrections", f"{name}@1", "--out", str(tmp_path / "lists")])
    verified = CliRunner().invoke(main, ["verify", str(tmp_path / "lists")])
    unknown = CliRunner().invoke(main, ["corrections", "Nothing@1", "--out", str(tmp_path / "none")])

    assert [line.split()[1] for line in written.output.splitlines()] == [
        "tombstones.json",
        "tombstones.json.sig",
        "errata.json",
        "errata.json.sig",
    ]
    assert (written.exit_code, verified.exit_code, unknown.exit_code) == (0, 0, 1)
    assert "There is no snapshot “Nothing@1”." in unknown.output
