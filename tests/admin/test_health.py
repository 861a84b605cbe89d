"""Health, readiness, and the reports of browsers: what machines and admins ask."""

import json
import logging

import pytest
from sqlalchemy import select

from app import migrating
from app.admin.service import Check, health, ready
from app.admin.service.health import sandbox_checks
from app.config import Settings
from app.core import clock
from app.core.audit import Event
from app.core.db import open_database
from app.core.jobs import Job, JobState
from app.core.keys import load_or_create_key
from app.sandbox.isolation import Isolation, probe
from app.sandbox.sandbox import Sandbox
from tests.applications import an_app
from tests.client import Client
from tests.conftest import ON_POSTGRESQL

NO_TLS = "Without TLS anybody on the way can read passwords: put it behind https."


@pytest.fixture
def migrated(tmp_path):
    """An SQLite installation made by the migrations themselves."""
    settings = Settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir(mode=0o700)
    database = open_database(settings.database_url)
    migrating.upgrade(settings, database)
    yield settings, database
    database.engine.dispose()


def troubles(settings, database):
    return {check.name: check.sentence for check in health(settings, database) if not check.ok}


def test_a_fresh_installation_is_well_and_ready(migrated):
    assert (troubles(*migrated), ready(*migrated)) == ({}, True)


def test_the_sandbox_is_told_with_the_languages_that_have_proved_to_work(migrated):
    found = {check.name: check.sentence for check in health(*migrated)}
    installed = {check.name: check.sentence for check in health(*migrated, proves_languages=False)}
    details = probe().details
    assert found["Sandbox"] == installed["Sandbox"]
    assert found["Sandbox"].startswith(f"On: bubblewrap {details['bwrap']}, ")
    with Sandbox() as sandbox:
        assert found["Languages"].startswith(f"Python 3 {sandbox.languages()['python']}, ")
    assert installed["Languages"].startswith("Python 3, ")


def test_where_programs_cannot_be_isolated_the_reason_is_told():
    why = Isolation(is_available=False, reason="This machine does not let programs be isolated. Really.")
    told = f"Off: programs are kept and read, never run. {why.reason} See docs/how-to/sandbox.md."
    assert list(sandbox_checks(why, proves_languages=True)) == [Check("Sandbox", ok=True, sentence=told)]


def test_it_is_alive_without_a_database_and_ready_only_with_its_tables(client):
    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "alive")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready")


def test_readiness_is_told_to_whoever_asks(migrated):
    settings, database = migrated
    with database.writing() as session, Client(an_app(settings, database), session) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.text, "set-cookie" in answer.headers) == (200, "ready", False)


def test_a_folder_that_cannot_be_written_is_not_ready(migrated):
    settings, database = migrated
    gone = settings.model_copy(update={"data_dir": settings.data_dir / "nothing"})
    assert ready(gone, database) is False
    assert troubles(gone, database) == {"Storage": "The data folder cannot be written (No such file or directory)."}


def test_a_database_that_is_away_is_said_and_the_rest_is_looked_at(migrated, tmp_path):
    settings, _database = migrated
    away = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    found = {check.name: check for check in health(settings, away)}
    away.engine.dispose()
    assert (found["Database"].ok, ready(settings, away)) == (False, False)
    assert found["Storage"].ok is True


@pytest.mark.parametrize(
    ("changed", "name", "sentence"),
    [
        (
            {"public_url": "http://workings.example.org"},
            "Address",
            f"People come by http://workings.example.org. {NO_TLS}",
        ),
        (
            {"public_url": "http://127.evil.example"},
            "Address",
            f"People come by http://127.evil.example. {NO_TLS}",
        ),
        (
            {"trusted_proxies": ["0.0.0.0/0"]},
            "Proxies",
            "Believed: 0.0.0.0/0. That is everybody, so anybody can pretend to be anywhere: name the proxies.",
        ),
    ],
)
def test_an_unsafe_setting_is_named_with_what_to_do(migrated, changed, name, sentence):
    settings, database = migrated
    assert troubles(settings.model_copy(update=changed), database) == {name: sentence}


def test_loose_keys_and_folders_are_named(migrated):
    settings, database = migrated
    load_or_create_key(settings.data_dir, "audit")
    (settings.data_dir / "keys" / "audit.key").chmod(0o644)
    settings.data_dir.chmod(0o755)
    assert troubles(settings, database) == {
        "Keys": "Others can read audit.key: chmod 600.",
        "Data folder": "Others on this machine can look in: chmod 700.",
    }


def test_dead_jobs_and_a_broken_chain_are_named(migrated):
    settings, database = migrated
    now = clock.now()
    with database.change() as session:
        facts = {"payload": {}, "run_at": now, "created_at": now, "finished_at": now}
        session.add(Job(kind="mail.send", state=JobState.DEAD, **facts))
        result = {"sealed": 0, "unsealed": 0, "first_bad_seq": 3, "head": ""}
        session.add(Job(kind="audit.verify", state=JobState.DONE, result=result, **facts))
    assert troubles(settings, database) == {
        "Audit log": "0 events sealed, 0 waiting. The chain does not hold at event 3.",
        "Jobs": "0 waiting, 0 running, 1 dead. Look at their errors on the page of jobs.",
    }


def test_the_page_says_what_the_doctor_says(client, database, app_settings, ada):
    page = client.as_(ada).get("/admin/health")
    checks = health(app_settings, database)
    assert page.status_code == 200
    assert [check.name for check in checks if f'<th scope="row">{check.name}</th>' not in page.text] == []
    assert ("PostgreSQL" in page.text) is ON_POSTGRESQL


def test_a_report_of_a_browser_is_logged_short_and_changes_nothing(client, session, ed, caplog):
    client.as_(ed)
    report = json.dumps({"csp-report": {"blocked-uri": "x\r\ninjected" + "y" * 5000}})
    with caplog.at_level(logging.WARNING, logger="app.admin.pages.probes"):
        for headers in ({}, {"sec-fetch-site": "cross-site"}, {"content-type": "application/csp-report"}):
            answer = client.post("/csp-report", content=report + "\r\n\x1b[31m", headers=headers)
            assert (answer.status_code, answer.text) == (204, "")
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 3
    assert all(len(line) < 320 and line.isprintable() for line in lines)
    assert session.scalars(select(Event)).all() == []


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"{" * 2000])
def test_any_report_is_taken(client, raw):
    assert client.post("/csp-report", content=raw).status_code == 204


def test_a_huge_report_is_not(client):
    assert client.post("/csp-report", content=b"x" * ((1 << 20) + 1)).status_code == 413


def test_the_api_is_described_to_members(client, ed):
    page = client.as_(ed).get("/api").text
    described = client.get("/api/v1/openapi.json").json()["paths"]
    assert all(path in page for path in described)
    assert [path for path in described if not path.startswith("/api/v1/")] == []
