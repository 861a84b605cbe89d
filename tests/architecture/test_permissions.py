"""The permission matrix, asked: each cell against the same world, and no route without a row."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.accounts.schemas import SCOPES
from app.config import Settings
from app.core import clock
from app.main import create_app
from app.web.csrf import UNPROVEN
from tests.architecture.bodies import BODIES, filled
from tests.architecture.permission_matrix import NO_SCOPE, PEOPLE, Row, read_rows, route_of, routes_of
from tests.architecture.rewinding import Asker

ROWS = read_rows()
API = [row for row in ROWS if row.scope is not None]
ASK_FOR_THE_PASSWORD = {
    "POST /account/tokens",
    "POST /admin/users",
    "POST /admin/users/{eve}/reset",
    "POST /admin/users/{eve}/disable",
    "POST /admin/users/{eve}/make-admin",
    "POST /admin/audit.csv",
    "POST /admin/references",
    "POST /admin/references/{reference_set}/remove",
    "POST /admin/recipients",
    "POST /admin/recipients/{recipient}",
    "POST /admin/recipients/{recipient}/close",
    "POST /admin/recipients/{recipient}/reopen",
    "POST /api/v1/recipients",
    "PUT /api/v1/recipients/{recipient}",
    "POST /api/v1/recipients/{recipient}/close",
    "POST /api/v1/recipients/{recipient}/reopen",
    "POST /api/v1/reference-sets",
    "DELETE /api/v1/reference-sets/{reference_set}",
    "POST /projects/{sums}/people",
    "POST /projects/{sums}/people/{eve}",
    "POST /api/v1/projects/{sums}/members",
    "PUT /api/v1/projects/{sums}/members/{eve}",
    "DELETE /api/v1/projects/{sums}/members/{eve}",
    "POST /datasets/{dataset}/snapshots",
    "POST /api/v1/datasets/{dataset}/snapshots",
    "POST /snapshots/{snapshot}/exports",
    "POST /api/v1/snapshots/{snapshot}/exports",
}
"""What wants the password once more when it was given longer than ten minutes ago; no token has one to give."""


def key_of(row: Row) -> str:
    return row.key


def is_for_people(row: Row) -> bool:
    """Tell whether the row sends nobody away to sign in."""
    return row.people["nobody"] == (303 if row.method == "GET" else 401)


def ask(asker: Asker, row: Row, **by: Any) -> Any:
    things = asker.world.things
    return asker.ask(row.method, filled(row.path, things), **by, **filled(dict(BODIES.get(row.key, {})), things))


def tokens_of(asker: Asker, row: Row) -> dict[str, str]:
    """Make the tokens of the row's columns."""
    owner = row.token_owner
    if row.scope == NO_SCOPE:
        without: list[str] = []
        only = list(SCOPES)
    else:
        without, only = [scope for scope in SCOPES if scope != row.scope], [str(row.scope)]
    return {
        "without": asker.token(owner, without),
        "with": asker.token(owner, only),
        "reading": asker.token(owner, [scope for scope in SCOPES if scope.endswith(":read")]),
        "elsewhere": asker.token(owner, list(SCOPES), elsewhere=True),
    }


def test_every_route_has_a_row_and_every_row_a_route(tmp_path: Path) -> None:
    routes = routes_of(create_app(Settings(data_dir=tmp_path)))
    answered = {row.key: route_of(row, routes) for row in ROWS}

    assert {key for key, route in answered.items() if route is None} == set()
    assert set(routes) - set(answered.values()) == set()
    assert len(answered) == len(ROWS)


def test_every_row_of_the_api_says_what_tokens_get_and_no_page_does() -> None:
    assert [row.key for row in ROWS if (row.scope is None) == row.path.startswith("/api/v1")] == []


def test_every_body_belongs_to_a_row() -> None:
    assert set(BODIES) - {row.key for row in ROWS} == set()


@pytest.mark.parametrize("row", ROWS, ids=key_of)
def test_each_of_the_cast_gets_what_the_row_says(asker: Asker, row: Row) -> None:
    answers = {name: ask(asker, row, cookie=asker.world.cookies.get(name)).status_code for name in PEOPLE}

    assert answers == row.people


@pytest.mark.parametrize("row", API, ids=key_of)
def test_a_token_gets_what_the_row_says(asker: Asker, row: Row) -> None:
    answers = {kind: ask(asker, row, bearer=token).status_code for kind, token in tokens_of(asker, row).items()}

    assert answers == row.tokens


@pytest.mark.parametrize("row", ROWS, ids=key_of)
def test_who_was_shut_out_and_whose_session_ran_out_are_nobody(asker: Asker, row: Row) -> None:
    shut = {name: ask(asker, row, cookie=asker.world.cookies[name]).status_code for name in ("gone", "late", "idle")}

    assert shut == dict.fromkeys(shut, row.people["nobody"])


@pytest.mark.parametrize("row", [row for row in API if row.key != "POST /api/v1/session"], ids=key_of)
def test_a_token_that_is_over_is_refused(asker: Asker, row: Row) -> None:
    ended = clock.now() - timedelta(minutes=1)
    over = [
        asker.token(row.token_owner, list(SCOPES), expires_at=ended),
        asker.token(row.token_owner, list(SCOPES), revoked_at=ended),
        asker.token("gone", list(SCOPES)),
    ]

    assert [ask(asker, row, bearer=token).status_code for token in over] == [401] * 3


@pytest.mark.parametrize("row", [row for row in ROWS if row.method != "GET"], ids=key_of)
def test_a_cookie_alone_changes_nothing(asker: Asker, row: Row) -> None:
    answer = ask(asker, row, cookie=asker.world.cookies[row.let_in], proves_origin=False)

    assert answer.status_code == (204 if row.path in UNPROVEN else 403)


@pytest.mark.parametrize("row", [row for row in ROWS if row.method != "GET"], ids=key_of)
def test_what_weighs_most_wants_the_password_once_more(asker: Asker, row: Row) -> None:
    person = row.let_in
    answer = ask(asker, row, cookie=asker.world.cookies[f"{person}_long_ago"])
    if row.scope is None:
        was_asked = answer.headers.get("location", "").startswith("/step-up")
    else:
        was_asked = answer.status_code == 403 and answer.json()["code"] == "step_up_needed"

    assert was_asked == (row.key in ASK_FOR_THE_PASSWORD)
    assert was_asked or answer.status_code == row.people[person]


@pytest.mark.parametrize("row", [row for row in ROWS if row.scope is None and is_for_people(row)], ids=key_of)
def test_a_token_opens_no_page(asker: Asker, row: Row) -> None:
    answers = [ask(asker, row, bearer=asker.token(name, list(SCOPES))).status_code for name in ("mona", "ada")]

    assert answers == [row.people["nobody"]] * 2
