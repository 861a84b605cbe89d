"""One's own account: profile, and what stands on the page about sessions and tokens."""

import pytest
from sqlalchemy import select

from app.accounts.models import User, UserSession
from app.accounts.service import create_token
from app.core import clock
from app.core.audit import Event


def test_a_profile_is_changed_and_kept(client, session, ed):
    answer = client.as_(ed).post("/account", data={"name": "  Edwin   Brook ", "locale": "zh"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    user = session.get_one(User, ed.id)
    assert (user.name, user.locale, user.mail_notifications) == ("Edwin Brook", "zh", False)
    assert session.scalars(select(Event.verb)).all() == ["user.change_profile"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "Give a name."),
        ({"name": "E\u202ed"}, "A name cannot hold invisible characters. Type it instead of pasting it."),
        ({"name": "x" * 81}, "At most 80 characters."),
        ({"name": "Ed", "locale": "de"}, "String should match pattern"),
        ({"name": "Ed", "is_admin": "true"}, "Please correct what is marked."),
        ({"name": "Ed", "level": "2"}, "Please correct what is marked."),
    ],
)
def test_a_faulty_profile_changes_nothing_and_says_why(client, session, ed, fields, sentence):
    answer = client.as_(ed).post("/account", data=fields)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    user = session.get_one(User, ed.id)
    assert (user.name, user.is_admin, user.level) == ("Ed", False, 1)


def test_the_page_shows_browsers_as_what_they_are_text(client, session, ed):
    client.as_(ed)
    session.flush()
    session.scalars(select(UserSession)).one().user_agent = "<script>alert(1)</script>"
    page = client.get("/account").text
    assert ("<script>alert(1)" in page, "&lt;script&gt;alert(1)" in page) == (False, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_queries_however_many_tokens_and_sessions(client, session, ed, queries_made, count):
    for number in range(count):
        create_token(session, ed.actor, name=f"Token {number}", scopes=[], days=1, now=clock.now())
        client.as_(ed)
    session.commit()
    with queries_made() as statements:
        page = client.get("/account").text
    assert page.count("Token ") == 2 * count
    assert len(statements) == 6


def test_nobody_else_sees_it(client, cast):
    assert client.as_(None).get("/account").headers["location"] == "/sign-in?next=/account"
