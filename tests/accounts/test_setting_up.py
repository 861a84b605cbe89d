"""The first admin: by a one-time code, of which one works, for half an hour; of sixteen at once one gets in."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import OneTimeLink, User, UserSession
from app.accounts.queries import sha256
from app.accounts.service import set_up_first_admin, setup_link
from app.accounts.states import LinkPurpose
from app.core import clock
from app.core.audit import Event
from app.core.errors import NotFound
from tests.accounts.doors import PASSWORD, hashed, session_cookie
from tests.accounts.racing import PEOPLE, at_once, together
from tests.client import Client

ME = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}
GONE = "This link was used, has expired or was taken back. Ask for a new one."


@pytest.fixture
def code(session):
    """The path that the server prints while nobody is here."""
    return setup_link(session, now=clock.now())


def age(session, much):
    session.commit()
    for link in session.scalars(select(OneTimeLink)):
        link.created_at, link.expires_at = link.created_at - much, link.expires_at - much
    session.commit()


def test_the_code_makes_the_first_admin_and_lets_them_in(client, session, code):
    assert client.get(code).status_code == 200
    answer = client.post(code, data=ME)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    user = session.scalars(select(User)).one()
    assert (user.name, user.email, user.is_admin, user.level) == ("Ada", "ada@example.org", True, 1)
    assert client.get("/admin/health").status_code == 200
    assert sorted(session.scalars(select(Event.verb))) == ["session.start", "user.set_up"]


def test_the_code_works_once(client, session, code):
    client.post(code, data=ME)
    again = client.as_(None).post(code, data=ME | {"email": "eve@example.org"})
    assert (again.status_code, GONE in again.text, session_cookie(again)) == (404, True, "")
    assert client.get(code).status_code == 404
    assert session.scalars(select(User.email)).all() == ["ada@example.org"]


@pytest.mark.parametrize(("minutes", "status"), [(29, 303), (31, 404)])
def test_the_code_works_for_thirty_minutes(client, session, code, minutes, status):
    age(session, timedelta(minutes=minutes))
    assert client.post(code, data=ME).status_code == status


def test_a_wrong_code_makes_nobody_and_is_counted(client, session, code):
    answers = [client.post(f"/setup/{'x' * 43}", data=ME) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [404] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) in range(1, 901)
    assert session.scalars(select(User)).all() == []
    assert client.post(code, data=ME).status_code == 429


def test_a_newer_code_kills_the_older_one(client, session, code):
    newer = setup_link(session, now=clock.now())
    assert client.post(code, data=ME).status_code == 404
    assert client.post(newer, data=ME).status_code == 303


def test_there_is_no_code_once_somebody_is_here(client, session, code, ed):
    assert setup_link(session, now=clock.now()) is None
    assert client.post(code, data=ME).status_code == 404
    assert client.get("/setup").headers["location"] == "/sign-in"


def test_only_the_hash_of_a_code_is_stored(session, code):
    secret = code.removeprefix("/setup/")
    stored = session.scalars(select(OneTimeLink)).one()
    assert (len(secret), stored.secret_sha256 == secret, stored.purpose) == (43, False, LinkPurpose.SETUP)


def test_a_faulty_form_keeps_the_code_and_all_but_the_password(client, session, code):
    answer = client.post(code, data=ME | {"password": "too short"})
    assert (answer.status_code, "Use at least 15 characters" in answer.text) == (422, True)
    assert ("ada@example.org" in answer.text, "too short" in answer.text) == (True, False)
    assert client.post(code, data=ME).status_code == 303


def test_the_code_is_no_invitation_and_no_reset(client, code):
    secret = code.removeprefix("/setup/")
    for path in (f"/invitations/{secret}", f"/password/{secret}"):
        assert [client.get(path).status_code, client.post(path, data={}).status_code] == [404, 404]


def test_the_code_can_be_typed_instead_of_followed(client, code):
    secret = code.removeprefix("/setup/")
    assert client.get("/setup").status_code == 200
    assert client.get("/setup", params={"code": secret}).headers["location"] == code
    assert client.get("/setup", params={"code": "../sign-in"}).status_code == 422


def test_of_sixteen_with_one_code_one_becomes_admin(database, session, code):
    session.commit()
    secret, password = code.removeprefix("/setup/"), hashed(PASSWORD)

    def make(number):
        return lambda session: (
            set_up_first_admin(
                session, secret, f"p{number}@example.org", f"Person {number}", password, now=clock.now()
            ).name
        )

    results = at_once(database, [make(number) for number in range(PEOPLE)])
    assert sum(isinstance(result, NotFound) for result in results) == PEOPLE - 1
    assert [result for result in results if isinstance(result, str)] == session.scalars(select(User.name)).all()


def test_of_sixteen_with_a_code_each_one_becomes_admin(database, session):
    """Codes that live side by side cannot come from `setup_link`; the race must hold even so."""
    now, codes = clock.now(), [f"{number:x}" * 43 for number in range(PEOPLE)]
    for one in codes:
        times = {"created_at": now, "expires_at": now + timedelta(minutes=30)}
        session.add(OneTimeLink(secret_sha256=sha256(one), purpose=LinkPurpose.SETUP, roles=[], **times))
    session.commit()
    password = hashed(PASSWORD)

    def make(number):
        return lambda session: (
            set_up_first_admin(
                session, codes[number], f"p{number}@example.org", f"Person {number}", password, now=clock.now()
            ).id
        )

    results = at_once(database, [make(number) for number in range(PEOPLE)])
    assert sum(isinstance(result, NotFound) for result in results) == PEOPLE - 1
    assert len(session.scalars(select(User)).all()) == 1


def test_sixteen_browsers_that_post_at_once_make_one_admin_and_one_session(client, session, code):
    session.commit()
    browsers = [Client(client.app, session) for _ in range(PEOPLE)]

    def post(number, browser):
        return lambda: browser._http.post(code, data=ME | {"email": f"p{number}@example.org"})

    answers = together([post(*one) for one in enumerate(browsers)])
    # Whoever finds too many at the door is told to come back (503); nobody else gets in.
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(303), set(statuses) - {303, 404, 503}) == (1, set())
    assert len(session.scalars(select(User)).all()) == 1
    assert len(session.scalars(select(UserSession)).all()) == 1
