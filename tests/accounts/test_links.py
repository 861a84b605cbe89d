"""Invitations and resets: bound to an address, once, not for long, and never told apart from nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Membership, OneTimeLink, User, UserSession
from app.accounts.service import accept_invitation, invite, reset_link, reset_password
from app.accounts.states import UserState
from app.core import clock
from app.core.actor import Role
from app.core.audit import Event
from app.core.errors import NotAllowed, NotFound
from app.core.jobs import Job
from app.web.sessions import PLAIN_NAME
from tests.accounts.doors import OTHER, PASSWORD, give_password, hashed, knock, session_cookie, told
from tests.accounts.racing import PEOPLE, at_once
from tests.accounts.test_setting_up import GONE, age
from tests.applications import an_app
from tests.client import Client

ZOE = {"name": "Zoe", "password": PASSWORD}


@pytest.fixture
def invited(session, mona, sums, app_settings):
    """The path of Mona's invitation for Zoe, as annotator and reviewer."""
    return invite(
        session,
        "zoe@example.org",
        project_id=sums.id,
        roles=[Role.ANNOTATOR, Role.REVIEWER],
        actor=mona.actor,
        settings=app_settings,
        now=clock.now(),
    )


@pytest.fixture
def reset(session, ed, ada):
    """The path of a reset link for Ed, who has a password."""
    give_password(session, ed)
    return reset_link(session, session.get_one(User, ed.id), actor=ada.actor, now=clock.now())


def test_an_invitation_says_who_invites_to_what_and_makes_the_account(client, session, sums, invited):
    page = client.get(invited).text
    assert "You are invited to Sums." in page
    assert "By Mona, as annotator and reviewer." in page
    answer = client.post(invited, data=ZOE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    user = session.scalars(select(User).where(User.name == "Zoe")).one()
    roles = session.scalars(select(Membership.role).where(Membership.user_id == user.id)).all()
    assert (user.email, user.is_admin, sorted(roles)) == ("zoe@example.org", False, [Role.ANNOTATOR, Role.REVIEWER])
    assert client.get("/projects/sums").status_code == 200


def test_an_invitation_works_once(client, session, invited):
    client.post(invited, data=ZOE)
    again = client.as_(None).post(invited, data=ZOE | {"password": OTHER})
    assert (again.status_code, GONE in again.text, session_cookie(again)) == (404, True, "")
    assert client.get(invited).status_code == 404


@pytest.mark.parametrize(("days", "status"), [(6.9, 303), (7.1, 404)])
def test_an_invitation_works_for_seven_days(client, session, invited, days, status):
    age(session, timedelta(days=days))
    assert client.post(invited, data=ZOE).status_code == status


def test_an_invitation_is_not_for_somebody_else_who_is_signed_in(client, session, eve, invited):
    client.as_(eve)
    page = client.get(invited).text
    assert ("You are signed in as eve@example.org." in page, "Join</button>" in page) == (True, False)
    refused = client.post(f"{invited}/join")
    assert (refused.status_code, "This invitation is for another address." in refused.text) == (403, True)
    assert session.scalars(select(OneTimeLink.used_at)).all() == [None]


def test_who_has_an_account_signs_in_and_joins_under_a_new_session_id(client, session, mona, max_, sums, app_settings):
    give_password(session, max_)
    path = invite(
        session,
        "MAX@example.org",
        project_id=sums.id,
        roles=[Role.REVIEWER],
        actor=mona.actor,
        settings=app_settings,
        now=clock.now(),
    )
    assert f'href="/sign-in?next={path}"' in client.get(path).text
    assert client.post(path, data=ZOE).status_code == 422
    assert knock(client, max_.email, next=str(path)).headers["location"] == path
    before = client.secret
    assert client.post(f"{path}/join").headers["location"] == "/"
    assert client.secret != before
    assert client.get("/projects/sums").status_code == 200
    stolen = client.as_(None).get("/account", headers={"cookie": f"{PLAIN_NAME}={before}"})
    assert stolen.status_code == 303


def test_an_invitation_of_somebody_who_may_invite_no_more_is_void(client, session, mona, invited):
    session.get_one(User, mona.id).state = UserState.DISABLED
    assert client.post(invited, data=ZOE).status_code == 404
    assert session.scalars(select(User).where(User.name == "Zoe")).all() == []


def test_an_invitation_that_was_taken_back_opens_nothing(client, session, mona, sums, invited):
    link = session.scalars(select(OneTimeLink)).one()
    assert client.as_(mona).post(f"/projects/sums/invitations/{link.id}/revoke").status_code == 303
    assert client.as_(None).post(invited, data=ZOE).status_code == 404


@pytest.mark.parametrize("who", ["ed", "rae", "max_"])
def test_only_who_manages_a_project_invites_into_it(request, session, who, sums, app_settings):
    actor = request.getfixturevalue(who).actor
    facts = {"project_id": sums.id, "roles": [Role.ANNOTATOR], "settings": app_settings, "now": clock.now()}
    with pytest.raises(NotAllowed):
        invite(session, "x@example.org", actor=actor, **facts)
    with pytest.raises(NotAllowed):
        invite(session, "x@example.org", actor=actor, **(facts | {"project_id": None, "roles": ()}))


def test_of_sixteen_with_one_invitation_one_gets_the_account(database, session, invited):
    session.commit()
    secret, password = invited.removeprefix("/invitations/"), hashed(PASSWORD)

    def accept(number):
        return lambda session: accept_invitation(session, secret, f"Zoe {number}", password, now=clock.now()).name

    results = at_once(database, [accept(number) for number in range(PEOPLE)])
    names = [result for result in results if isinstance(result, str)]
    assert (len(names), session.scalars(select(User.name).where(User.name.like("Zoe%"))).all()) == (1, names)


def test_a_reset_link_sets_a_password_once_and_ends_every_session(client, session, ed, reset):
    client.as_(ed).get("/")
    before = client.secret
    assert client.as_(None).get(reset).status_code == 200
    answer = client.post(reset, data={"password": OTHER})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/api/v1/session").json()["user"]["name"] == "Ed"
    assert client.as_(None).get("/account", headers={"cookie": f"{PLAIN_NAME}={before}"}).status_code == 303
    assert [client.post(reset, data={"password": PASSWORD}).status_code, client.get(reset).status_code] == [404, 404]
    assert [knock(client, ed.email, word).status_code for word in (PASSWORD, OTHER)] == [422, 303]
    assert "user.reset_password" in session.scalars(select(Event.verb)).all()


@pytest.mark.parametrize(("minutes", "status"), [(29, 303), (31, 404)])
def test_a_reset_link_works_for_thirty_minutes(client, session, reset, minutes, status):
    age(session, timedelta(minutes=minutes))
    assert client.post(reset, data={"password": OTHER}).status_code == status


def test_a_reset_link_used_by_somebody_else_who_is_signed_in_makes_them_its_owner(client, session, ed, eve, reset):
    client.as_(eve).get("/")
    assert client.post(reset, data={"password": OTHER}).status_code == 303
    assert client.get("/api/v1/session").json()["user"]["id"] == str(ed.id)
    held = session.execute(select(UserSession.user_id, UserSession.ended_at.is_(None))).all()
    assert {row[0]: bool(row[1]) for row in held} == {eve.id: False, ed.id: True}
    assert session.get_one(User, eve.id).password_hash is None


def test_a_newer_reset_link_kills_the_older_one(client, session, ed, ada, reset):
    newer = reset_link(session, session.get_one(User, ed.id), actor=ada.actor, now=clock.now())
    assert client.post(reset, data={"password": OTHER}).status_code == 404
    assert client.post(newer, data={"password": OTHER}).status_code == 303


def test_a_reset_link_of_a_disabled_account_opens_nothing(client, session, ed, reset):
    session.get_one(User, ed.id).state = UserState.DISABLED
    assert [client.get(reset).status_code, client.post(reset, data={"password": OTHER}).status_code] == [404, 404]


def test_of_sixteen_with_one_reset_link_one_sets_the_password(database, session, reset):
    session.commit()
    secret, words = reset.removeprefix("/password/"), [hashed(PASSWORD), hashed(OTHER)]

    def choose(number):
        return lambda session: reset_password(session, secret, words[number % 2], now=clock.now()).id

    results = at_once(database, [choose(number) for number in range(PEOPLE)])
    assert sum(isinstance(result, NotFound) for result in results) == PEOPLE - 1
    done = session.scalars(select(Event).where(Event.verb == "user.reset_password")).all()
    assert len(done) == 1


@pytest.mark.parametrize("sends_mail", [False, True])
def test_who_asks_for_a_reset_learns_nothing_about_who_is_here(
    session, database, ed, eve, app_settings, queries_made, sends_mail
):
    session.get_one(User, eve.id).state = UserState.DISABLED
    settings = app_settings
    if sends_mail:
        settings = app_settings.model_copy(update={"smtp_host": "127.0.0.1", "mail_from": "w@example.org"})
    session.commit()
    seen = []
    with Client(an_app(settings, database), session) as client:
        for email in ("ed@example.org", "nobody@example.org", "eve@example.org"):
            with queries_made() as statements:
                answer = client.post("/password", data={"email": email})
            kinds = [statement.split(None, 2)[:2] for statement in statements]
            seen.append((answer.status_code, told(answer), kinds))
    assert seen == [seen[0]] * 3
    assert len(session.scalars(select(Job).where(Job.kind == "mail.send")).all()) == (3 if sends_mail else 0)
    assert session.scalars(select(OneTimeLink)).all() == []


def test_a_link_that_never_was_answers_like_one_that_is_over(client, session, invited, reset):
    client.post(invited, data=ZOE)
    client.as_(None).post(reset, data={"password": OTHER})
    client.as_(None)
    for path, fields in ((invited, ZOE), (reset, {"password": OTHER})):
        never = path.rpartition("/")[0] + "/" + "n" * 43
        gets = [client.get(one) for one in (path, never)]
        posts = [client.post(one, data=fields) for one in (path, never)]
        assert [answer.status_code for answer in (*gets, *posts)] == [404] * 4
        assert told(gets[0]) == told(gets[1])
        assert told(posts[0]) == told(posts[1])


def test_wrong_links_are_counted_together_whatever_they_are_for(client, session):
    answers = [
        client.post(f"/{kind}/{'n' * 43}", data=ZOE) for kind in ("invitations", "password", "setup") for _ in range(10)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert client.post(f"/invitations/{'n' * 43}", data=ZOE).status_code == 429


def test_links_are_shown_under_the_public_address_whatever_the_host_says(client, ada):
    answer = client.as_(ada).post(
        "/admin/users", data={"email": "zoe@example.org"}, headers={"host": "evil.example", "origin": "null"}
    )
    assert (answer.status_code, "http://127.0.0.1:8000/invitations/" in answer.text) == (200, True)
    assert "evil.example" not in answer.text
