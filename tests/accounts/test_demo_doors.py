""" "Enter as …" exists in the demo alone, and there for this very machine alone."""

import pytest
from sqlalchemy import select

from app.accounts.models import User, UserSession
from app.accounts.states import UserState
from app.config import Settings
from app.core.audit import Event
from app.core.errors import SetupFault
from app.main import create_app
from tests.applications import an_app
from tests.client import Client


@pytest.fixture
def demo(session, database, tmp_path):
    settings = Settings(data_dir=tmp_path / "data", demo=True)
    with Client(an_app(settings, database), session, peer="127.0.0.1") as client:
        yield client


def test_a_visitor_enters_as_one_of_the_cast(demo, session, ed):
    assert 'action="/enter/Ed"' in demo.get("/sign-in").text
    assert "The demo, as Ed" in demo.get("/enter/ed").text
    assert session.scalars(select(UserSession)).all() == []
    answer = demo.post("/enter/ed")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert demo.get("/api/v1/session").json()["user"]["id"] == str(ed.id)
    assert session.scalars(select(Event.verb)).all() == ["session.start"]


def test_who_has_no_password_to_give_once_more_enters_once_more(demo, session, ed):
    demo.post("/enter/ed")
    page = demo.get("/step-up?next=/account").text
    again = demo.post("/enter/ed", data={"next": "/account"})
    elsewhere = demo.post("/enter/ed", data={"next": "//example.org"})

    assert ('action="/enter/ed"' in page, 'value="/account"' in page, 'type="password"' in page) == (True, True, False)
    assert [one.headers["location"] for one in (again, elsewhere)] == ["/account", "/"]


def test_entering_as_another_ends_the_first_session(demo, session, ed, eve):
    demo.post("/enter/ed")
    demo.post("/enter/eve")
    held = session.execute(select(UserSession.user_id, UserSession.ended_at.is_(None))).all()
    assert {row[0]: bool(row[1]) for row in held} == {ed.id: False, eve.id: True}


@pytest.mark.parametrize("name", ["nobody", "zoe", "ed@example.org", "ED "])
def test_nobody_but_the_cast_has_a_door(demo, cast, name):
    assert [demo.get(f"/enter/{name}").status_code, demo.post(f"/enter/{name}").status_code] == [404, 404]


def test_a_disabled_member_of_the_cast_has_none(demo, session, ed):
    session.get_one(User, ed.id).state = UserState.DISABLED
    assert demo.post("/enter/ed").status_code == 404


def test_without_the_demo_there_is_no_such_address(session, database, app_settings, ed):
    with Client(an_app(app_settings, database), session, peer="127.0.0.1") as client:
        answers = [client.get("/enter/ed").status_code, client.post("/enter/ed").status_code]
        page = client.get("/sign-in").text
    assert (answers, "Enter as" in page) == ([404, 404], False)


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.7", {}),
        ("testclient", {}),
        ("127.0.0.1", {"host": "evil.example:8000"}),
        ("127.0.0.1", {"host": "127.0.0.1.evil.example"}),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.7"}),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1, 192.0.2.7"}),
        ("127.0.0.1", {"x-forwarded-for": "192.0.2.7, 127.0.0.1"}),
        ("::ffff:192.0.2.7", {}),
    ],
)
def test_the_doors_are_shut_to_whoever_is_not_on_this_machine(session, database, tmp_path, ed, peer, headers):
    settings = Settings(data_dir=tmp_path / "data", demo=True)
    with Client(an_app(settings, database), session, peer=peer) as client:
        answers = [client.get("/enter/ed", headers=headers).status_code]
        answers += [client.post("/enter/ed", headers=headers | {"sec-fetch-site": "same-origin"}).status_code]
        page = client.get("/sign-in", headers=headers).text
    assert (answers, "Enter as" in page) == ([404, 404], False)
    assert session.scalars(select(UserSession)).all() == []


@pytest.mark.parametrize(("peer", "host"), [("::1", "[::1]:8000"), ("127.0.0.2", "localhost:8000")])
def test_they_are_open_by_every_name_of_this_machine(session, database, tmp_path, ed, peer, host):
    settings = Settings(data_dir=tmp_path / "data", demo=True)
    with Client(an_app(settings, database), session, peer=peer) as client:
        assert client.get("/enter/ed", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "https://workings.example.org",
        "http://192.0.2.7:8000",
        "http://127.evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "http://0.0.0.0:8000",
    ],
)
def test_the_demo_refuses_to_start_under_any_other_address(database, tmp_path, address):
    settings = Settings(data_dir=tmp_path / "data", demo=True, public_url=address)
    with pytest.raises(SetupFault):
        create_app(settings, database)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:9", "http://127.8.8.8"])
def test_it_starts_under_every_address_of_this_machine(database, tmp_path, address):
    settings = Settings(data_dir=tmp_path / "data", demo=True, public_url=address)
    assert create_app(settings, database).state.settings.demo is True
