"""News: one's own only, newest first, seen when opened; and the page between us and a link that leads elsewhere."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Notification
from app.accounts.service import notify
from app.accounts.states import NotificationKind
from tests.accounts.racing import PEOPLE, at_once
from tests.cast import NOW


def tell(session, person, sentence="Your work came back.", path="/work/1", *, minutes=0, **facts):
    moment = NOW + timedelta(minutes=minutes)
    notify(session, person.id, NotificationKind.RETURNED, sentence, path, now=moment, **facts)
    session.flush()


def test_news_is_listed_newest_first_and_counted(client, session, ed, eve):
    tell(session, ed, "First.")
    tell(session, ed, "Second.", minutes=1)
    tell(session, eve, "For Eve alone.", minutes=2)
    page = client.as_(ed).get("/notifications").text
    assert "2 pieces of news" in page
    assert page.index("Second.") < page.index("First.")
    assert "For Eve alone." not in page
    listed = client.get("/api/v1/notifications").json()
    assert [(one["sentence"], one["read_at"]) for one in listed] == [("Second.", None), ("First.", None)]


def test_opening_news_leads_there_and_counts_as_seen(client, session, ed):
    tell(session, ed, path="/work/1?n=2")
    news = session.scalars(select(Notification.id)).one()
    answer = client.as_(ed).post(f"/notifications/{news}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/work/1?n=2")
    assert session.scalars(select(Notification.read_at.is_not(None))).all() == [True]


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_news_never_leads_elsewhere(client, session, ed, path):
    tell(session, ed, path=path)
    news = session.scalars(select(Notification.id)).one()
    assert client.as_(ed).post(f"/notifications/{news}").headers["location"] == "/"


def test_looking_at_news_changes_nothing(client, session, ed):
    tell(session, ed)
    client.as_(ed).get("/notifications")
    assert session.scalars(select(Notification.read_at)).all() == [None]


@pytest.mark.parametrize("act", ["", "/read"])
def test_the_news_of_somebody_else_does_not_exist(client, session, ed, eve, act):
    tell(session, ed)
    news = session.scalars(select(Notification.id)).one()
    assert client.as_(eve).post(f"/notifications/{news}{act}").status_code == 404
    assert session.scalars(select(Notification.read_at)).all() == [None]


def test_one_or_all_pieces_are_marked_as_seen(client, session, ed, eve):
    for number in range(3):
        tell(session, ed, f"News {number}.", minutes=number)
    tell(session, eve)
    session.commit()
    first = session.scalars(select(Notification.id).where(Notification.sentence == "News 0.")).one()
    client.as_(ed).post(f"/notifications/{first}/read")
    assert "2 pieces of news" in client.get("/notifications").text
    client.post("/notifications")
    assert "No news you have not seen" in client.get("/notifications").text
    assert len(session.scalars(select(Notification).where(Notification.read_at.is_(None))).all()) == 1


def test_a_long_list_goes_on_with_older_news(client, session, ed):
    for number in range(51):
        tell(session, ed, f"News number {number}.", minutes=number)
    page = client.as_(ed).get("/notifications").text
    assert ("News number 50." in page, "News number 0." in page) == (True, False)
    older = page.split('rel="next" href="')[1].split('"')[0]
    assert "News number 0." in client.get(f"/notifications{older}").text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_queries_however_long(client, session, ed, queries_made, count):
    for number in range(count):
        tell(session, ed, minutes=number)
    client.as_(ed)
    session.commit()
    with queries_made() as statements:
        client.get("/notifications")
    assert len(statements) == 4


def test_the_same_news_is_told_once_even_by_sixteen_at_once(database, session, ed):
    session.commit()

    def telling(session):
        notify(session, ed.id, NotificationKind.LEASE_ENDING, "Soon.", "/work", now=NOW, dedup_key="lease:1")

    at_once(database, [telling] * PEOPLE)
    assert len(session.scalars(select(Notification)).all()) == 1


@pytest.mark.parametrize("to", ["https://example.org/a?b=c", "http://example.org", "mailto:zoe@example.org"])
def test_a_link_elsewhere_is_shown_before_it_is_followed(client, ed, to):
    page = client.as_(ed).get("/leave", params={"to": to})
    assert page.status_code == 200
    assert f'href="{to}" rel="noopener noreferrer nofollow ugc"' in page.text


@pytest.mark.parametrize(
    "to",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/projects",
        "https:",
        "https:///x",
        "mailto:",
        "https://ok.example\\@evil.example",
        "https://evil.example/\u202e",
        "http://[::1",
        "",
    ],
)
def test_what_is_no_address_to_go_to_is_not_offered(client, ed, to):
    answer = client.as_(ed).get("/leave", params={"to": to})
    assert (answer.status_code, "Go there" in answer.text) == (404, False)


def test_the_page_between_is_for_members_only(client):
    assert client.get("/leave?to=https://example.org").headers["location"].startswith("/sign-in?next=/leave")
