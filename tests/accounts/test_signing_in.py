"""The door: who comes in, with which session, and what everybody else is told."""

import argon2
import pytest
from sqlalchemy import select

from app.accounts.models import FailedAttempt, User, UserSession
from app.accounts.queries import sha256
from app.accounts.service import hash_password, prove_by_address, sign_in
from app.accounts.states import UserState
from app.core.audit import Event
from app.web.csrf import token_for
from app.web.sessions import HTTPS_NAME, PLAIN_NAME
from tests.accounts.doors import DOOR, OTHER, PASSWORD, give_password, hashed, knock, session_cookie, told
from tests.applications import an_app
from tests.cast import NOW
from tests.client import Client

WRONG = "not the one you are looking for"


@pytest.fixture
def hashes_compared(monkeypatch):
    """How often a password was compared with a hash, which is what takes the time."""
    compared: list[str] = []
    verify = argon2.PasswordHasher.verify

    def noted(self, stored, password):
        compared.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", noted)
    return compared


def test_the_right_password_lets_in_with_a_session_of_which_only_the_hash_is_stored(client, session, ed):
    give_password(session, ed)
    answer = knock(client, "Ed@Example.org")
    secret = session_cookie(answer)
    assert (answer.status_code, answer.headers["location"], len(secret)) == (303, "/", 43)
    assert session.scalars(select(UserSession.secret_sha256)).all() == [sha256(secret)]
    assert client.get("/account").status_code == 200


def test_the_cookie_is_for_this_site_only_and_out_of_reach_of_scripts(client, session, ed):
    give_password(session, ed)
    attributes = sorted(part.strip() for part in knock(client, ed.email).headers["set-cookie"].split(";")[1:])
    assert attributes == ["HttpOnly", "Path=/", "SameSite=lax"]


def test_behind_tls_the_cookie_is_host_bound_and_secure(session, ed, database, app_settings):
    give_password(session, ed)
    settings = app_settings.model_copy(update={"public_url": "https://workings.example.org"})
    with Client(an_app(settings, database), session) as client:
        cookie = knock(client, ed.email).headers["set-cookie"]
    name, *attributes = [part.strip() for part in cookie.split(";")]
    assert name.partition("=")[0] == HTTPS_NAME
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=lax", "Secure"]


def test_signing_in_gives_a_new_session_and_ends_the_one_the_browser_had(client, session, ed, eve):
    give_password(session, eve)
    client.as_(ed)
    before = client.secret
    knock(client, eve.email)
    after = client.secret
    assert after != before
    held = {one.secret_sha256: (one.user_id, one.ended_at is None) for one in session.scalars(select(UserSession))}
    assert held == {sha256(before): (ed.id, False), sha256(after): (eve.id, True)}


def test_a_session_id_from_outside_is_never_taken_over(client, session, ed):
    give_password(session, ed)
    planted = "A" * 43
    answer = client.as_(None).post(
        "/sign-in",
        data={"email": ed.email, "password": PASSWORD, "csrf_token": token_for(planted)},
        headers={"cookie": f"{PLAIN_NAME}={planted}"},
    )
    assert (answer.status_code, session_cookie(answer) == planted) == (303, False)
    assert session.scalars(select(UserSession.secret_sha256)).all() == [sha256(session_cookie(answer))]


@pytest.mark.parametrize("case", ["unknown", "wrong password", "disabled", "no password yet"])
def test_everybody_who_may_not_in_gets_the_same_answer_for_the_same_work(
    client, session, ed, eve, hashes_compared, queries_made, case
):
    give_password(session, ed)
    give_password(session, eve)
    session.get_one(User, eve.id).state = UserState.DISABLED
    email, password = {
        "unknown": ("none@example.org", WRONG),
        "wrong password": ("ed@example.org", WRONG),
        "disabled": ("eve@example.org", PASSWORD),
        "no password yet": ("rae@example.org", WRONG),
    }[case]
    expected = knock(client, "zoe@example.org", WRONG)
    hashes_compared.clear()
    with queries_made() as statements:
        answer = knock(client, email, password)
    with queries_made() as statements_of_nobody:
        knock(client, "zora@example.org", WRONG)
    assert answer.status_code == 422
    assert told(answer) == told(expected).replace("zoe@example.org", email)
    assert not session_cookie(answer)
    assert (len(hashes_compared), len(statements)) == (2, len(statements_of_nobody))


def test_the_dummy_hash_is_made_like_a_real_one(full_price, hashes_compared, database, session, ed):
    session.get_one(User, ed.id).password_hash = hash_password(PASSWORD)
    session.commit()
    for email in ("nobody@example.org", ed.email):
        prove_by_address(database, email, WRONG, door=DOOR, now=NOW)
    kinds = {stored.rsplit("$", 2)[0] for stored in hashes_compared}
    assert kinds == {"$argon2id$v=19$m=65536,t=3,p=1"}


def test_a_refusal_is_counted_and_audited_without_the_address(client, session, ed):
    give_password(session, ed)
    knock(client, ed.email, WRONG)
    knock(client, "none@example.org", WRONG)
    events = session.execute(select(Event.verb, Event.actor_id, Event.object_id, Event.detail)).all()
    assert [tuple(event) for event in events] == [
        ("session.refuse", None, ed.id, {}),
        ("session.refuse", None, None, {}),
    ]
    subjects = session.scalars(select(FailedAttempt.subject)).all()
    assert len(subjects) == 4
    assert all(len(subject) == 64 and "example" not in subject for subject in subjects)


def test_the_password_is_never_sent_back(client, session, ed):
    give_password(session, ed)
    page = knock(client, ed.email, WRONG).text
    assert (WRONG in page, ed.email in page) == (False, True)


def test_a_password_changed_while_it_was_compared_lets_nobody_in(session, database, ed):
    give_password(session, ed)
    session.commit()
    proof = prove_by_address(database, ed.email, PASSWORD, door=DOOR, now=NOW)
    session.get_one(User, ed.id).password_hash = hashed(OTHER)
    session.flush()
    assert sign_in(session, ed.email, proof, door=DOOR, now=NOW) is None


def test_an_older_hash_is_renewed_when_its_password_is_given(full_price, session, database, ed):
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    session.get_one(User, ed.id).password_hash = old
    session.commit()
    proof = prove_by_address(database, ed.email, PASSWORD, door=DOOR, now=NOW)
    assert sign_in(session, ed.email, proof, door=DOOR, now=NOW) is not None
    stored = session.get_one(User, ed.id).password_hash
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=1$")


def test_who_is_in_already_is_led_on(client, ed):
    answer = client.as_(ed).get("/sign-in?next=/projects")
    assert (answer.status_code, answer.headers["location"]) == (303, "/projects")


def test_when_nobody_is_here_the_door_leads_to_the_set_up(client):
    answer = client.get("/sign-in")
    assert (answer.status_code, answer.headers["location"]) == (303, "/setup")


def test_a_page_that_needs_somebody_leads_to_the_door_and_back(client, session, ed):
    give_password(session, ed)
    asked = client.get("/projects/sums?tab=1")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=/projects/sums%3Ftab%3D1")
    assert knock(client, ed.email, next="/projects/sums?tab=1").headers["location"] == "/projects/sums?tab=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\/evil.example",
        "javascript:alert(1)",
        "/\t/evil.example/",
        "/\n/evil.example/",
        "evil.example",
        " /projects",
        "",
    ],
)
def test_next_never_leads_elsewhere(client, session, ed, elsewhere):
    give_password(session, ed)
    answers = [
        knock(client, ed.email, next=elsewhere),
        client.get("/sign-in", params={"next": elsewhere}),
        client.post("/step-up", data={"password": PASSWORD, "next": elsewhere}),
    ]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, "/")] * 3


def test_programs_sign_in_in_place_and_get_the_token_of_the_new_session(client, session, ed):
    give_password(session, ed)
    wrong = client.post("/api/v1/session", json={"email": ed.email, "password": WRONG})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "not_signed_in")
    assert client.post("/api/v1/session", json={"email": ed.email, "password": PASSWORD}).status_code == 204
    told_of = client.get("/api/v1/session").json()
    assert told_of == {
        "csrf_token": token_for(client.secret),
        "user": {"id": str(ed.id), "name": "Ed", "email": "ed@example.org", "is_admin": False},
    }
