"""The chain of the audit log: gap-free, keyed, and broken by any change; admins are told, once."""

import os
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from app.accounts.models import Notification
from app.admin.jobs import seal_audit, verify_audit, wish_daily_verification
from app.config import ROOT
from app.core import audit, clock
from app.core.audit import Event, EventSeal
from app.core.ids import new_id
from app.core.jobs import Job, JobRun, JobState
from app.core.keys import load_or_create_key
from app.worker import Worker
from tests.cast import NOW


@pytest.fixture
def run(database, app_settings):
    return JobRun(new_id(), {}, None, database, app_settings, lambda _done, _total, _message: None)


@pytest.fixture
def chained(session, run, ada, sums):
    """Seven sealed events."""
    for number in range(7):
        audit.record(
            session,
            f"thing.act{number}",
            actor=ada.actor,
            at=NOW,
            kind="thing",
            object_id=new_id(),
            project_id=sums.id,
            moved=("old", "new"),
            reason="Because.",
            count=number,
        )
    session.commit()
    seal_audit(run)
    places = session.scalars(select(EventSeal.event_id).order_by(EventSeal.seq)).all()
    session.commit()
    return places


def test_every_event_gets_a_place_without_gaps(session, run, chained):
    audit.record(session, "thing.later", actor=None, at=NOW, kind="thing")
    session.commit()
    seal_audit(run)
    seal_audit(run)
    assert session.scalars(select(EventSeal.seq).order_by(EventSeal.seq)).all() == list(range(1, 9))
    assert session.scalars(select(EventSeal.event_id)).all().count(chained[0]) == 1
    found = verify_audit(run)
    assert (found["sealed"], found["unsealed"], found["first_bad_seq"]) == (8, 0, None)


def test_an_event_of_a_change_that_was_rolled_back_never_was(session, run, chained):
    audit.record(session, "thing.never", actor=None, at=NOW, kind="thing")
    session.rollback()
    seal_audit(run)
    assert verify_audit(run)["sealed"] == 7


TAMPERED: dict[str, Any] = {
    "verb": {"verb": "thing.other"},
    "actor": {"actor_id": None},
    "time": {"at": clock.now()},
    "object": {"object_id": None},
    "project": {"project_id": None},
    "state": {"to_state": "newer"},
    "from": {"from_state": None},
    "reason": {"reason": "Because!"},
    "detail": {"detail": {"count": 99}},
    "kind": {"object_kind": "other"},
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_event_is_named(session, run, chained, what):
    session.execute(update(Event).where(Event.id == chained[3]).values(TAMPERED[what]))
    session.commit()
    assert verify_audit(run)["first_bad_seq"] == 4


@pytest.mark.parametrize(("place", "first_bad"), [(0, 1), (3, 4), (5, 6)])
def test_a_removed_event_is_missed(session, run, chained, place, first_bad):
    session.execute(delete(EventSeal).where(EventSeal.event_id == chained[place]))
    session.execute(delete(Event).where(Event.id == chained[place]))
    session.commit()
    assert verify_audit(run)["first_bad_seq"] == first_bad


def test_events_that_changed_places_are_noticed(session, run, chained):
    session.execute(text("UPDATE event_seals SET seq = 100 WHERE seq = 3"))
    session.execute(text("UPDATE event_seals SET seq = 3 WHERE seq = 4"))
    session.execute(text("UPDATE event_seals SET seq = 4 WHERE seq = 100"))
    session.commit()
    assert verify_audit(run)["first_bad_seq"] == 3


def test_an_event_put_in_without_the_key_is_noticed(session, run, chained):
    audit.record(session, "thing.forged", actor=None, at=NOW, kind="thing")
    session.flush()
    audit.seal(session, b"another key of thirty-two bytes!")
    session.commit()
    assert verify_audit(run)["first_bad_seq"] == 8


def test_the_last_events_cut_off_show_in_the_head(session, run, chained):
    before = verify_audit(run)
    session.execute(delete(EventSeal).where(EventSeal.event_id == chained[6]))
    session.execute(delete(Event).where(Event.id == chained[6]))
    session.commit()
    after = verify_audit(run)
    assert (before["sealed"], after["sealed"], before["head"] == after["head"]) == (7, 6, False)


def test_admins_are_told_once_where_the_chain_breaks(session, run, chained, ada):
    session.execute(update(Event).where(Event.id == chained[3]).values(verb="thing.other"))
    session.commit()
    for _ in range(2):
        verify_audit(run)
    news = session.scalars(select(Notification)).one()
    assert (news.user_id, news.sentence, news.path) == (
        ada.id,
        "The audit log does not hold: event 4 was changed, removed or put in.",
        "/admin/audit",
    )


def test_the_whole_chain_is_checked_once_a_day(session, database, app_settings, run, chained):
    for _ in range(3):
        wish_daily_verification(run)
    Worker(database, app_settings).run_all()
    wish_daily_verification(run)
    session.expire_all()
    job = session.scalars(select(Job)).one()
    assert (job.kind, job.state, (job.result or {})["sealed"]) == ("audit.verify", JobState.DONE, 7)


def test_the_command_line_names_the_first_bad_event(session, database, app_settings, chained):
    url = database.engine.url.render_as_string(hide_password=False)
    place = {"WORKINGS_DATA_DIR": str(app_settings.data_dir), "WORKINGS_DATABASE_URL": url}

    def verify():
        command = [sys.executable, "-m", "app.cli", "audit", "verify"]
        done = subprocess.run(command, env=os.environ | place, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.partition(" head ")[0], done.stderr

    assert verify() == (0, "7 events sealed, 0 not yet;", "")
    session.execute(update(Event).where(Event.id == chained[1]).values(reason=None))
    session.commit()
    assert verify() == (1, "2 events sealed, 0 not yet;", "Error: Event 2 was changed, removed or put in.\n")


def test_the_key_is_made_once_and_is_its_users_alone(app_settings):
    key = load_or_create_key(app_settings.data_dir, "audit")
    path = app_settings.data_dir / "keys" / "audit.key"
    assert (len(key), load_or_create_key(app_settings.data_dir, "audit"), oct(path.stat().st_mode)[-3:]) == (
        32,
        key,
        "600",
    )
