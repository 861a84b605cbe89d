"""Wrong tries cost a growing pause, by account and by network, kept in the database; nobody is ever locked out."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import FailedAttempt, User
from app.accounts.service import Door, prove_by_address, sign_in
from app.accounts.service.throttle import FAILURES_PER_ADDRESS_MAX, note_failure, pause_seconds, require_room
from app.config import Settings
from app.core import clock
from app.core.errors import TooManyRequests
from app.core.jobs import Job
from tests.accounts.doors import DOOR, OTHER, PASSWORD, give_password, knock
from tests.accounts.racing import PEOPLE, at_once
from tests.applications import an_app
from tests.cast import NOW
from tests.client import Client


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (16, 900), (500, 900)]
)
def test_the_pause_doubles_from_the_fifth_failure_to_a_quarter_of_an_hour(failures, seconds):
    assert pause_seconds(failures) == seconds


def later(session, much):
    """Let time pass for the counters."""
    session.commit()
    for one in session.scalars(select(FailedAttempt)):
        one.at -= much
    session.commit()


def test_five_failures_make_even_the_right_password_wait_and_then_it_works(client, session, ed):
    give_password(session, ed)
    answers = [knock(client, ed.email, OTHER) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 5
    for one in session.scalars(select(FailedAttempt)):
        one.at = clock.now() + timedelta(seconds=30)  # so that a slow machine does not see the pause end
    refused = knock(client, ed.email)
    assert (refused.status_code, "Too many tries." in refused.text) == (429, True)
    assert int(refused.headers["retry-after"]) in range(1, 33)
    later(session, timedelta(minutes=1))
    assert knock(client, ed.email).status_code == 303


def test_who_has_come_in_begins_with_a_clean_sheet(client, session, ed):
    give_password(session, ed)
    for _ in range(3):
        knock(client, ed.email, OTHER)
    knock(client, ed.email)
    door = Door(client.app.state.keys["subjects"], "testclient")
    left = session.scalars(select(FailedAttempt.subject)).all()
    assert left == [door.network] * 3


def test_a_pause_of_one_account_keeps_nobody_else_out_and_no_session_from_working(client, session, ed, eve):
    give_password(session, ed)
    give_password(session, eve)
    client.as_(ed)
    at = clock.now() + timedelta(seconds=30)
    subject = Door(client.app.state.keys["subjects"], "x").subject("account", ed.email)
    session.add_all(FailedAttempt(subject=subject, at=at) for _ in range(9))
    assert client.get("/account").status_code == 200
    assert client.post("/step-up", data={"password": PASSWORD}).status_code == 303
    assert knock(client, ed.email).status_code == 429
    assert knock(client.as_(None), eve.email).status_code == 303


def test_unknown_addresses_are_paused_like_known_ones(client, session):
    for _ in range(5):
        knock(client, "nobody@example.org", OTHER)
    session.execute(update(FailedAttempt).values(at=clock.now() + timedelta(seconds=30)))
    answer = knock(client, "NOBODY@example.org", OTHER)
    assert answer.status_code == 429


def test_thirty_failures_from_one_network_close_the_door_for_it_alone(session, database, ed):
    give_password(session, ed)
    for number in range(FAILURES_PER_ADDRESS_MAX):
        note_failure(session, f"account {number}", DOOR.network, now=NOW)
    session.commit()
    with pytest.raises(TooManyRequests) as refused:
        prove_by_address(database, ed.email, PASSWORD, door=DOOR, now=NOW + timedelta(minutes=5))
    assert refused.value.retry_after_seconds == 601
    elsewhere = Door(DOOR.key, "192.0.2.7")
    assert prove_by_address(database, ed.email, PASSWORD, door=elsewhere, now=NOW).fits
    require_room(session, DOOR, now=NOW + timedelta(minutes=15))


def test_guesses_sent_side_by_side_do_not_slip_past_the_pause(database, session, ed):
    give_password(session, ed)
    session.commit()
    proof = prove_by_address(database, ed.email, OTHER, door=DOOR, now=NOW)
    results = at_once(database, [lambda session: sign_in(session, ed.email, proof, door=DOOR, now=NOW)] * PEOPLE)
    assert sum(isinstance(result, TooManyRequests) for result in results) == PEOPLE - 5
    counted = session.scalars(select(FailedAttempt).where(FailedAttempt.subject == DOOR.subject("account", ed.email)))
    assert len(counted.all()) == 5


def test_wrong_step_ups_are_counted_apart_from_the_door(client, session, ed):
    give_password(session, ed)
    client.as_(ed)
    assert [client.post("/step-up", data={"password": OTHER}).status_code for _ in range(5)] == [422] * 5
    session.execute(update(FailedAttempt).values(at=clock.now() + timedelta(seconds=30)))
    refused = client.post("/step-up", data={"password": PASSWORD})
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
    assert knock(client.as_(None), ed.email).status_code == 303


def test_one_address_gets_five_reset_letters_in_a_quarter_of_an_hour(session, database, ed, app_settings):
    settings = app_settings.model_copy(update={"smtp_host": "127.0.0.1", "mail_from": "w@example.org"})
    with Client(an_app(settings, database), session) as client:
        answers = [client.post("/password", data={"email": ed.email}) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(session.scalars(select(Job)).all()) == 5
    assert session.get_one(User, ed.id).state == "active"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "counted"),
    [
        ([], "192.0.2.7", "127.0.0.1"),
        (["127.0.0.1"], None, "127.0.0.1"),
        (["127.0.0.1"], "192.0.2.7", "192.0.2.7"),
        (["127.0.0.1"], "6.6.6.6, 192.0.2.7", "192.0.2.7"),
        (["127.0.0.0/8", "10.0.0.0/8"], "6.6.6.6, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        (["127.0.0.1"], "nonsense", "127.0.0.1"),
        (["127.0.0.1"], "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (["127.0.0.1"], "::ffff:192.0.2.7", "192.0.2.7"),
    ],
)
def test_a_failure_is_counted_by_the_network_that_trusted_proxies_name(
    session, database, tmp_path, trusted, forwarded, counted
):
    settings = Settings(data_dir=tmp_path / "data", trusted_proxies=trusted)
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    with Client(an_app(settings, database), session, peer="127.0.0.1") as client:
        client.post("/sign-in", data={"email": "x@example.org", "password": OTHER}, headers=headers)
        door = Door(client.app.state.keys["subjects"], counted)
    assert door.network in session.scalars(select(FailedAttempt.subject)).all()
