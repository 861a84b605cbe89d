"""What every answer carries: pages, JSON, redirects, errors, static files, downloads; and what none does."""

import re

import pytest
from sqlalchemy import select, text

from app.accounts.models import User
from app.web.headers import CSP_DATA, CSP_FILE
from app.web.static import STATIC
from tests.applications import an_app
from tests.client import Client
from tests.web.routes import routes_of

COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "origin-agent-cluster": "?1",
}
PAGE = (
    "default-src 'none'; script-src 'nonce-N'; style-src 'self' 'nonce-N'; style-src-attr 'none'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "frame-src 'none'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; "
    "report-uri /csp-report"
)
_NONCE = re.compile(r"'nonce-([\w-]{22})'")


def faults_of(answer, path):
    """Say what is missing from an answer."""
    missing = [
        f"{name}: {answer.headers.get(name)}" for name, value in COMMON.items() if answer.headers.get(name) != value
    ]
    policy = answer.headers.get("content-security-policy", "")
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    if is_page:
        nonces = set(_NONCE.findall(policy))
        in_page = set(re.findall('nonce="([^"]+)"', answer.text))
        if len(nonces) != 1 or policy.replace(*nonces, "N") != PAGE:
            missing.append(f"policy: {policy}")
        if in_page != (nonces if answer.text.startswith("<!doctype") else set()):
            missing.append(f"nonces: {in_page}")
    elif policy not in {CSP_DATA, CSP_FILE}:
        missing.append(f"policy: {policy}")
    if not path.startswith("/static/") and answer.headers.get("cache-control") != "no-store":
        missing.append(f"cache-control: {answer.headers.get('cache-control')}")
    if "=()" not in answer.headers.get("permissions-policy", ""):
        missing.append("permissions-policy")
    if {"server", "strict-transport-security", "access-control-allow-origin"} & set(answer.headers):
        missing.append(f"too much: {dict(answer.headers)}")
    return missing


@pytest.mark.parametrize("who", ["nobody", "ed", "mona", "ada"])
def test_every_route_answers_with_all_headers_to_whoever_asks(request, client, who, sums):
    client.as_(None if who == "nobody" else request.getfixturevalue(who))
    faults, statuses = {}, set()
    for route in routes_of(client.app):
        if "sign-out" in route.path or "/sessions" in route.path or route.path.endswith("/session"):
            continue
        answer = client.request(route.method, route.path, **({} if route.is_safe else {"json": {}}))
        statuses.add(answer.status_code)
        found = faults_of(answer, route.path)
        if found:
            faults[f"{route.method} {route.path} {answer.status_code}"] = found
    assert faults == {}
    assert statuses >= {200, 303, 404}
    assert 500 not in statuses


def test_a_nonce_is_new_for_each_answer(client):
    policies = [client.get("/setup").headers["content-security-policy"] for _ in range(3)]
    assert len({nonce for policy in policies for nonce in _NONCE.findall(policy)}) == 3


@pytest.mark.parametrize(
    ("status", "method", "path", "options"),
    [
        (303, "GET", "/account", {}),
        (404, "GET", "/nothing/here", {}),
        (404, "GET", "/api/v1/nothing", {}),
        (401, "GET", "/api/v1/projects", {}),
        (405, "DELETE", "/account", {}),
        (405, "TRACE", "/", {}),
        (405, "PROPFIND", "/api/v1/projects", {}),
        (413, "POST", "/sign-in", {"content": b"x" * ((1 << 20) + 1)}),
        (413, "POST", "/api/v1/session", {"content": b"x" * ((1 << 20) + 1)}),
        (422, "POST", "/api/v1/session", {"json": {}}),
        (422, "POST", "/sign-in", {"data": {"email": "x"}}),
        (403, "POST", "/sign-in", {"headers": {"sec-fetch-site": "cross-site"}}),
        (404, "GET", "/static/dist/nothing.js", {}),
        (400, "POST", "/sign-in", {"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=a"}}),
    ],
)
def test_errors_carry_the_same_headers(client, status, method, path, options):
    answer = client.request(method, path, **options)
    assert (answer.status_code, faults_of(answer, path)) == (status, [])


@pytest.fixture
def broken(client, database, session, ed):
    """An installation whose tables have gone."""
    client.as_(ed)
    session.commit()
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE notifications RENAME TO notifications_gone"))
    yield client
    session.rollback()
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE notifications_gone RENAME TO notifications"))


@pytest.mark.parametrize("path", ["/notifications", "/api/v1/notifications"])
def test_a_fault_of_ours_says_an_id_and_nothing_of_its_insides(broken, caplog, path):
    answer = broken._http.get(path)
    assert answer.status_code in {500, 503}
    assert faults_of(answer, path) == []
    for word in ("notifications_", "SELECT", "sqlalchemy", "Traceback", "/app/"):
        assert word not in answer.text


def test_behind_tls_browsers_are_told_to_stay_there(session, database, app_settings):
    settings = app_settings.model_copy(update={"public_url": "https://workings.example.org"})
    with Client(an_app(settings, database), session) as client:
        for path in ("/setup", "/api/v1/projects", "/nothing", "/static/nothing"):
            assert client.get(path).headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


def test_built_files_are_kept_for_a_year_and_carry_no_page_policy(client):
    name = next(path.name for path in sorted((STATIC / "dist").iterdir()) if path.suffix == ".css")
    answer = client.get(f"/static/dist/{name}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert (answer.headers["content-type"], answer.headers["content-security-policy"]) == (
        "text/css; charset=utf-8",
        CSP_DATA,
    )
    assert faults_of(answer, "/static/") == []


def test_no_page_names_another_origin(client, ada, sums):
    client.as_(ada)
    elsewhere: dict[str, list[str]] = {}
    for route in routes_of(client.app):
        if not route.is_safe or route.is_api:
            continue
        page = client.get(route.path)
        if page.headers.get("content-type", "").startswith("text/html"):
            named = re.findall(r'(?:src|href|action|poster)="((?:https?:)?//[^"]*)"', page.text)
            elsewhere |= {route.path: named} if named else {}
    assert elsewhere == {}


def test_a_download_is_attached_and_of_no_kind_that_a_browser_runs(client, ada):
    answer = client.as_(ada).post("/admin/audit.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="workings-audit-\d{8}-\d{4}\.csv"', answer.headers["content-disposition"]
    )
    assert faults_of(answer, "/admin/audit.csv") == []


def test_what_only_members_may_know_is_told_to_nobody_else(client, session, cast):
    for path in ("/docs", "/redoc", "/openapi.json", "/metrics"):
        assert client.get(path).status_code == 404
    assert client.get("/api/v1/openapi.json").status_code == 401
    assert client.get("/api").status_code == 303
    assert session.scalars(select(User.name).where(User.name == "Ed")).all() == ["Ed"]
