"""API tokens: shown once, kept as a hash, within their scopes, project and time; out of reach of accounts."""

import re
import zlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import ApiToken, User
from app.accounts.queries import held_token, sha256
from app.accounts.schemas import SCOPES
from app.accounts.service import create_token, revoke_token
from app.core import clock
from app.core.audit import Event
from app.core.errors import Invalid, NotAllowed
from app.projects.models import Project
from tests.accounts.doors import give_password
from tests.cast import NOW, a_project

FORM = {"name": "My script", "scopes": ["projects:read"], "days": "30"}


def make(client, **fields):
    page = client.post("/account/tokens", data=FORM | fields)
    found = re.search(r'id="new-token">(wk_[^<]+)<', page.text)
    return page.status_code, found.group(1) if found else ""


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def test_a_token_is_shown_once_and_only_its_hash_is_stored(client, session, ed):
    status, token = make(client.as_(ed))
    stored = session.scalars(select(ApiToken)).one()
    assert (status, stored.secret_sha256, stored.name, stored.scopes) == (
        200,
        sha256(token),
        "My script",
        ["projects:read"],
    )
    row = stored.id
    page = client.get("/account").text
    assert ("My script" in page, token in page, token.rsplit("_", 1)[1][:20] in page) == (True, False, False)
    event = session.scalars(select(Event).where(Event.verb == "token.create")).one()
    assert (event.actor_id, event.object_id, event.detail) == (ed.id, row, {"scopes": ["projects:read"]})


def test_a_token_names_its_row_and_carries_a_checksum_that_scanners_can_check(session, ed):
    token = create_token(session, ed.actor, name="x", scopes=["work:read"], days=1, now=NOW)
    body, checksum = token[:-8], token[-8:]
    assert re.fullmatch(r"wk_[0-9a-f]{32}_[\w-]{43}", body)
    assert checksum == f"{zlib.crc32(body.encode()):08x}"
    assert session.scalars(select(ApiToken.id)).one().hex == body.split("_")[1]


def test_a_token_acts_as_its_owner_within_its_scopes(client, ed, sums):
    _, token = make(client.as_(ed))
    client.as_(None)
    assert client.get("/api/v1/projects/sums", headers=bearer(token)).json()["slug"] == "sums"
    assert client.get("/api/v1/projects/others", headers=bearer(token)).status_code == 404
    refused = client.get("/api/v1/assignments", headers=bearer(token))
    assert (refused.status_code, refused.json()["message"]) == (
        403,
        "This token does not have the scope work:read.",
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/session"),
        ("GET", "/account"),
        ("POST", "/account/tokens"),
        ("POST", "/account/password"),
        ("POST", "/account/sessions/end"),
        ("GET", "/admin/users"),
        ("POST", "/admin/users"),
        ("GET", "/"),
        ("GET", "/projects/sums"),
    ],
)
def test_no_token_reaches_pages_accounts_sessions_or_tokens(client, ada, sums, method, path):
    client.with_token(ada, *SCOPES)
    answer = client.request(method, path)
    assert answer.status_code in {303, 401, 403}
    assert answer.headers.get("location", "/sign-in").startswith("/sign-in")


def test_the_token_of_an_admin_administers_nothing(client, session, ada, database, sums):
    token = create_token(session, ada.actor, name="x", scopes=[], days=1, now=clock.now())
    session.commit()
    held = held_token(session, token, now=clock.now())
    assert held is not None
    assert (held.actor.is_admin, held.actor.scopes) == (False, frozenset(SCOPES))
    assert client.as_(None).get("/api/v1/projects/sums", headers=bearer(token)).status_code == 404


def test_a_token_bound_to_a_project_knows_no_other(client, session, mona, sums):
    a_project(session, "second", session.get_one(User, mona.id))
    session.commit()
    _, token = make(client.as_(mona), project_id=str(sums.id))
    client.as_(None)
    listed = client.get("/api/v1/projects", headers=bearer(token)).json()["items"]
    assert [one["slug"] for one in listed] == ["sums"]
    assert client.get("/api/v1/projects/second", headers=bearer(token)).status_code == 404
    assert session.scalars(select(Project.slug).order_by(Project.slug)).all() == ["others", "second", "sums"]


def test_nobody_binds_a_token_to_a_project_of_others(session, ed, others):
    with pytest.raises(NotAllowed):
        create_token(session, ed.actor, name="x", scopes=[], days=1, now=NOW, project_id=others.id)


@pytest.mark.parametrize(("days", "works"), [(0.9, True), (1.1, False)])
def test_a_token_expires(session, ed, days, works):
    token = create_token(session, ed.actor, name="x", scopes=[], days=1, now=NOW)
    session.flush()
    assert (held_token(session, token, now=NOW + timedelta(days=days)) is not None) is works


def test_a_revoked_token_is_dead_at_the_next_request(client, session, ed, eve, sums):
    _, token = make(client.as_(ed))
    row = session.scalars(select(ApiToken.id)).one()
    assert client.as_(eve).post(f"/account/tokens/{row}/revoke").status_code == 404
    assert client.as_(None).get("/api/v1/projects/sums", headers=bearer(token)).status_code == 200
    assert client.as_(ed).post(f"/account/tokens/{row}/revoke").status_code == 303
    refused = client.as_(None).get("/api/v1/projects/sums", headers=bearer(token))
    assert (refused.status_code, refused.json()["message"]) == (401, "This token is unknown, expired or revoked.")


def test_revoking_twice_keeps_the_first_moment(session, ed):
    create_token(session, ed.actor, name="x", scopes=[], days=1, now=NOW)
    session.flush()
    token = session.scalars(select(ApiToken)).one()
    for minutes in (1, 2):
        revoke_token(session, token, actor=ed.actor, now=NOW + timedelta(minutes=minutes))
    assert token.revoked_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer wk_nothing", "Basic ZWQ6eA==", "Token abc", "bearer\tx", "Bearer " + "x" * 5000],
)
def test_what_is_no_token_is_refused_even_beside_a_good_cookie(client, ed, header):
    answer = client.as_(ed).get("/api/v1/projects", headers={"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_a_token_counts_in_the_header_only(client, ed, sums):
    _, token = make(client.as_(ed))
    client.as_(None)
    for address in (f"/api/v1/projects/sums?token={token}", f"/api/v1/projects/sums?access_token={token}"):
        assert client.get(address).status_code == 401
    assert client.get("/api/v1/projects/sums", headers={"cookie": f"workings_session={token}"}).status_code == 401


def test_making_a_token_needs_a_step_up(client, session, ed):
    give_password(session, ed)
    client.as_(ed, stepped_up=False)
    answer = client.post("/account/tokens", data=FORM, headers={"referer": "http://127.0.0.1:8000/account"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/step-up?next=/account")
    assert session.scalars(select(ApiToken)).all() == []


def test_a_token_makes_no_token(session, ed):
    token = create_token(session, ed.actor, name="x", scopes=[], days=1, now=NOW)
    session.flush()
    held = held_token(session, token, now=NOW)
    assert held is not None
    with pytest.raises(NotAllowed):
        create_token(session, held.actor, name="y", scopes=[], days=1, now=NOW)


@pytest.mark.parametrize(
    "fields",
    [{"scopes": ["accounts:write"]}, {"scopes": []}, {"days": "0"}, {"days": "366"}, {"days": "x"}, {"name": ""}],
)
def test_a_faulty_wish_makes_no_token(client, session, ed, fields):
    status, token = make(client.as_(ed), **fields)
    assert (status, token) == (422, "")
    assert session.scalars(select(ApiToken)).all() == []


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_lives_a_year_at_most_also_from_the_command_line(session, ed, days):
    with pytest.raises(Invalid):
        create_token(session, ed.actor, name="x", scopes=[], days=days, now=NOW)


def test_the_use_of_a_token_is_noted_with_changes_at_most_once_a_minute(client, session, mona, sums):
    client.with_token(mona, "projects:read", "projects:write")
    client.get("/api/v1/projects")
    assert session.scalars(select(ApiToken.last_used_at)).all() == [None]
    client.patch("/api/v1/projects/sums", json={"purpose": "Sums."})
    first = session.scalars(select(ApiToken.last_used_at)).one()
    client.patch("/api/v1/projects/sums", json={"purpose": "More sums."})
    session.expire_all()
    assert session.scalars(select(ApiToken.last_used_at)).one() == first
