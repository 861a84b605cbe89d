"""The accounts of the installation: found, invited, changed, helped; by admins in person, with a fresh password."""

import re

import pytest
from sqlalchemy import select

from app.accounts.models import OneTimeLink, User
from app.accounts.states import UserState
from app.core.audit import Event
from tests.accounts.doors import OTHER, give_password, knock
from tests.cast import NOW

PAGES = ["", "/health", "/users", "/audit", "/jobs"]
ACTS = ["disable", "enable", "make-admin", "no-admin", "level-1", "level-2", "sign-out", "reset"]


def state_of(session, person):
    user = session.get_one(User, person.id)
    return user.state, user.is_admin, user.level


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_exist_for_admins_alone(client, cast, page):
    assert client.as_(cast["Ada"]).get(f"/admin{page}").status_code == (200 if page else 303)
    for name in ("Ed", "Rae", "Mona", "Max"):
        assert client.as_(cast[name]).get(f"/admin{page}").status_code == 404
    assert client.as_(None).get(f"/admin{page}").headers["location"] == f"/sign-in?next=/admin{page}"


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["mona", "ed"])
def test_nobody_else_acts_on_an_account(request, client, session, eve, who, act):
    before = state_of(session, eve)
    assert client.as_(request.getfixturevalue(who)).post(f"/admin/users/{eve.id}/{act}").status_code == 404
    assert (state_of(session, eve), session.scalars(select(Event)).all()) == (before, [])


@pytest.mark.parametrize("act", ACTS)
def test_every_act_needs_the_password_given_shortly_before(client, session, ada, eve, act):
    client.as_(ada, stepped_up=False)
    page = f"http://127.0.0.1:8000/admin/users/{eve.id}"
    answer = client.post(f"/admin/users/{eve.id}/{act}", headers={"referer": page})
    assert answer.headers["location"] == f"/step-up?next=/admin/users/{eve.id}"
    assert session.scalars(select(Event)).all() == []


@pytest.mark.parametrize(
    ("act", "after", "verb", "said"),
    [
        ("disable", (UserState.DISABLED, False, 1), "user.disable", "Eve is shut out"),
        ("make-admin", (UserState.ACTIVE, True, 1), "user.set_admin", "Eve is an admin now"),
        ("level-2", (UserState.ACTIVE, False, 2), "user.set_level", "Eve may decide reviews of levels 1 and 2"),
        ("sign-out", (UserState.ACTIVE, False, 1), "session.end_all", "Eve is signed out everywhere"),
    ],
)
def test_an_admin_changes_an_account_and_is_told_what_happened(client, session, ada, eve, act, after, verb, said):
    answer = client.as_(ada).post(f"/admin/users/{eve.id}/{act}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/users/{eve.id}")
    assert state_of(session, eve) == after
    event = session.scalars(select(Event)).one()
    assert (event.verb, event.actor_id, event.object_id) == (verb, ada.id, eve.id)
    assert said in client.get(f"/admin/users/{eve.id}").text


def test_a_name_is_no_format_string(client, session, ada, eve):
    session.get_one(User, eve.id).name = "{0.__class__} <b>%s"
    assert client.as_(ada).post(f"/admin/users/{eve.id}/level-2").status_code == 303
    assert "{0.__class__} &lt;b&gt;%s may decide" in client.get(f"/admin/users/{eve.id}").text


def test_the_last_admin_is_told_why_not(client, session, ada):
    answer = client.as_(ada).post(f"/admin/users/{ada.id}/no-admin")
    assert (answer.status_code, "This is the last admin" in answer.text) == (409, True)
    assert state_of(session, ada) == (UserState.ACTIVE, True, 1)


def test_nobody_disables_themselves_from_the_page(client, session, ada):
    assert client.as_(ada).post(f"/admin/users/{ada.id}/disable").status_code == 403
    assert state_of(session, ada) == (UserState.ACTIVE, True, 1)


def test_a_reset_link_is_shown_this_once_and_works(client, session, ada, ed):
    give_password(session, ed)
    page = client.as_(ada).post(f"/admin/users/{ed.id}/reset")
    found = re.search(r"http://127\.0\.0\.1:8000(/password/[\w-]{43})", page.text)
    assert (page.status_code, found is not None) == (200, True)
    path = found[1] if found else ""
    assert path not in client.get(f"/admin/users/{ed.id}").text
    assert client.as_(None).post(path, data={"password": OTHER}).status_code == 303
    assert knock(client, ed.email, OTHER).status_code == 303


def test_a_disabled_account_gets_no_reset_link(client, session, ada, ed):
    session.get_one(User, ed.id).state = UserState.DISABLED
    assert client.as_(ada).post(f"/admin/users/{ed.id}/reset").status_code == 422
    assert session.scalars(select(OneTimeLink)).all() == []


def test_an_invitation_into_the_installation_is_listed_and_taken_back(client, session, ada):
    client.as_(ada).post("/admin/users", data={"email": "zoe@example.org"})
    link = session.scalars(select(OneTimeLink.id)).one()
    assert "zoe@example.org" in client.get("/admin/users").text
    assert client.post(f"/admin/invitations/{link}/revoke").status_code == 303
    assert "zoe@example.org" not in client.get("/admin/users").text
    assert sorted(session.scalars(select(Event.verb))) == ["link.revoke", "member.invite"]


@pytest.mark.parametrize("email", ["zoe", "zoe@", "zоe@example.org", "x" * 250 + "@example.org"])
def test_a_faulty_address_invites_nobody_and_is_kept_in_the_form(client, session, ada, email):
    answer = client.as_(ada).post("/admin/users", data={"email": email})
    assert (answer.status_code, f'value="{email}"' in answer.text) == (422, True)
    assert session.scalars(select(OneTimeLink)).all() == []


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("", ["Ada", "Ed", "Eve", "Max", "Mona", "Rae", "Ron"]),
        ("E", ["Ed", "Eve", "Rae"]),
        ("mona@", ["Mona"]),
        ("MONA@EXAMPLE", ["Mona"]),
        ("example.org", []),
        ("%", []),
        ("_d", []),
        ("\\", []),
    ],
)
def test_people_are_found_by_part_of_their_name_or_the_start_of_their_address(client, ada, search, names):
    page = client.as_(ada).get("/admin/users", params={"search": search}, headers={"hx-request": "true"})
    assert re.findall(r'<a href="/admin/users/[^"]+"><bdi>(\w+)</bdi>', page.text) == names


def test_a_long_list_goes_on(client, session, ada):
    for number in range(50):
        email = f"p{number:02}@example.org"
        session.add(User(email=email, email_key=email, name=f"Person {number:02}", created_at=NOW))
    page = client.as_(ada).get("/admin/users").text
    assert ("Person 44" in page, "Person 45" in page) == (True, False)
    onward = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = client.get(f"/admin/users{onward}").text
    assert re.findall(r"<bdi>(\w+(?: \d+)?)</bdi></a>", rest) == [*(f"Person {n}" for n in range(45, 50)), "Rae", "Ron"]


def test_the_page_of_a_person_tells_projects_sessions_and_tokens(client, session, ada, mona, sums):
    session.get_one(User, mona.id).name = "Mona <i>"
    client.with_token(mona, "tasks:read")
    client.as_(mona).get("/")
    page = client.as_(ada).get(f"/admin/users/{mona.id}").text
    assert ("Mona &lt;i&gt;" in page, "Sums" in page, "tasks:read" in page) == (True, True, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_person_costs_the_same_queries_however_much(client, session, ada, ed, queries_made, count):
    for _ in range(count):
        client.with_token(ed, "tasks:read")
        client.as_(ed)
    client.as_(ada)
    session.commit()
    with queries_made() as statements:
        client.get(f"/admin/users/{ed.id}")
    assert len(statements) == 6
