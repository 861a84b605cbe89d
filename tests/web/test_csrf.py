"""A change by cookie comes from our own pages or not at all: every unsafe route, each way to come from elsewhere."""

import pytest
from sqlalchemy import func, select

from app.core.audit import Event
from app.web.csrf import FIELD, HEADER, UNPROVEN, token_for
from app.web.sessions import PLAIN_NAME
from tests.applications import an_app
from tests.client import Client
from tests.web.routes import routes_of

REFUSED = "This request did not come from a page of this installation; reload the page and try again."
HOME = "http://127.0.0.1:8000"
GOOD = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def bare(client, session, ada):
    """Ada's browser, which sends what a test says and nothing by itself; returns (send, the good token)."""
    client.as_(ada)
    token = client._http.headers.pop(HEADER)
    client._http.headers.pop("sec-fetch-site")
    session.commit()

    def send(method, path, *, headers, fields=None, **options):
        if path.startswith("/api/"):
            return client._http.request(method, path, headers=headers, **({"json": {}} | options))
        return client._http.request(method, path, headers=headers, data=fields or {"x": "1"}, **options)

    return send, token


def unsafe(client):
    return [route for route in routes_of(client.app) if not route.is_safe and route.path not in UNPROVEN]


CASES = {
    "no token": (GOOD, False),
    "no token, from an address typed in": ({"sec-fetch-site": "none"}, False),
    "another site": ({"sec-fetch-site": "cross-site"}, True),
    "a sister site": ({"sec-fetch-site": "same-site"}, True),
    "another origin": ({"origin": "https://evil.example"}, True),
    "an origin that is hidden": ({"origin": "null"}, True),
    "another port": ({"origin": "http://127.0.0.1:9000"}, True),
    "another scheme": ({"origin": "https://127.0.0.1:8000"}, True),
    "an origin that only begins like ours": ({"origin": f"{HOME}.evil.example"}, True),
    "nothing that says from where": ({}, True),
    "another site that pretends an origin": ({"sec-fetch-site": "cross-site", "origin": HOME}, True),
}


@pytest.mark.parametrize("case", CASES)
def test_no_unsafe_route_takes_a_change_from_elsewhere(client, session, bare, case):
    send, token = bare
    headers, with_token = CASES[case]
    headers |= {HEADER: token} if with_token else {}
    answers = {}
    for route in unsafe(client):
        answer = send(route.method, route.path, headers=headers)
        said = answer.json()["message"] if route.is_api else REFUSED in answer.text
        answers[f"{route.method} {route.path}"] = (answer.status_code, said)
    assert answers == {
        f"{route.method} {route.path}": (403, REFUSED if route.is_api else True) for route in unsafe(client)
    }
    assert session.scalar(select(func.count()).select_from(Event)) == 0


@pytest.mark.parametrize("token", ["", "x", "0" * 64, "é", token_for("another session")])
def test_no_unsafe_route_takes_another_token(client, session, bare, token):
    send, _good = bare
    answers = {
        f"{route.method} {route.path}": send(route.method, route.path, headers={**GOOD, HEADER: token.encode()})
        for route in unsafe(client)
    }
    assert {key: answer.status_code for key, answer in answers.items()} == dict.fromkeys(answers, 403)
    assert session.scalar(select(func.count()).select_from(Event)) == 0


@pytest.mark.parametrize("headers", [GOOD, {"sec-fetch-site": "none"}, {"origin": HOME}])
def test_every_form_passes_with_the_token_of_its_page(client, bare, headers):
    send, token = bare
    stopped = []
    for route in unsafe(client):
        if route.is_api or route.path in {"/sign-out", "/account/sessions/end"}:  # after these there is no session
            continue
        answer = send(route.method, route.path, headers=headers, fields={FIELD: token})
        if REFUSED in answer.text:
            stopped.append(route.path)
    assert stopped == []


def test_a_form_with_the_token_changes_something(client, session, bare):
    send, token = bare
    answer = send("POST", "/account", headers=GOOD, fields={FIELD: token, "name": "Ada Byron"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert session.scalars(select(Event.verb)).all() == ["user.change_profile"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx; x=application/json", ""]
)
def test_json_routes_take_nothing_that_a_foreign_form_could_send(client, bare, kind):
    send, token = bare
    headers = {**GOOD, HEADER: token, "content-type": kind}
    answers = {}
    for route in unsafe(client):
        if route.is_api:
            answer = send(route.method, route.path, headers=headers, json=None, content=b'{"a": 1}')
            answers[f"{route.method} {route.path}"] = answer.status_code
    assert set(answers.values()) <= {403, 415, 422}
    assert {key for key, status in answers.items() if status == 422} == set()


def test_a_program_without_cookies_needs_no_token(client, session, mona):
    client.with_token(mona, "projects:read", "projects:write")
    client._http.headers.pop("sec-fetch-site")
    answer = client.patch("/api/v1/projects/sums", json={"purpose": "Sums."})
    assert answer.status_code == 200


def test_a_bearer_header_does_not_excuse_a_cookie_elsewhere(client, bare):
    send, _token = bare
    answer = send("POST", "/account", headers={"authorization": "Bearer x", "sec-fetch-site": "cross-site"})
    assert answer.status_code == 401


def test_signing_in_from_another_site_is_refused(client, cast):
    client._http.headers.pop("sec-fetch-site")
    fields = {"email": "ed@example.org", "password": "x"}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert client.post("/sign-in", data=fields, headers=headers).status_code == 403
    assert client.post("/sign-in", data=fields, headers={"origin": HOME}).status_code == 422


def test_behind_tls_the_public_origin_counts_and_the_host_does_not(session, database, app_settings, cast):
    settings = app_settings.model_copy(update={"public_url": "https://workings.example.org/"})
    with Client(an_app(settings, database), session) as client:
        client._http.headers.pop("sec-fetch-site")
        client._http.base_url = "https://evil.example"
        seen = [
            client.post("/password", data={"email": "x@example.org"}, headers={"origin": origin}).status_code
            for origin in ("https://workings.example.org", "https://evil.example", "http://workings.example.org")
        ]
    assert seen == [200, 403, 403]


def test_a_name_of_another_machine_that_points_here_is_no_page_of_ours(client, cast):
    """What a page elsewhere does with a name of its own that it lets point at 127.0.0.1."""
    client._http.headers.pop("sec-fetch-site")
    headers = {"host": "evil.example:8000", "origin": "http://evil.example:8000"}
    assert client.post("/password", data={"email": "x@example.org"}, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/", "/account", "/api/v1/session"])
def test_no_other_origin_may_read_anything(client, ed, path):
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    client.as_(ed)
    for method in ("GET", "OPTIONS"):
        answer = client.request(method, path, headers=headers)
        assert [name for name in answer.headers if name.startswith("access-control-")] == []


def test_the_token_proves_the_cookie_without_showing_it(client, ed):
    client.as_(ed)
    token = client.get("/api/v1/session").json()["csrf_token"]
    assert (token, len(token)) == (token_for(client.secret), 64)
    assert client.secret not in client.get("/account").text
    assert PLAIN_NAME not in client.get("/account").text
