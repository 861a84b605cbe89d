"""What somebody may not know of looks to them like what does not exist, and no list or error tells of it."""

import re
from typing import Any

import pytest

from app.accounts.schemas import SCOPES
from app.core.ids import new_id
from tests.architecture.bodies import BODIES, filled
from tests.architecture.permission_matrix import Row, read_rows
from tests.architecture.rewinding import Asker
from tests.architecture.world import World

ROWS = read_rows()
HIDDEN = [row for row in ROWS if row.people["max"] == 404 and "{" in row.path and not row.path.startswith("/admin")]
OPEN = [row for row in ROWS if row.people["max"] not in {401, 403, 404} and "_secret}" not in row.path]
"""Who holds the secret of a link is told what it is for."""
ABROAD = [row for row in OPEN if row.scope is not None and row.tokens["elsewhere"] not in {401, 403, 404}]
_NAME = re.compile(r"\{(\w+)\}")
_CHANGING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|nonce=\"[^\"]+\"|\d\d:\d\d(:\d\d)?")


def key_of(row: Row) -> str:
    return row.key


def ask(asker: Asker, row: Row, things: dict[str, Any], **by: Any) -> Any:
    body = filled(dict(BODIES.get(row.key, {})), asker.world.things)
    return asker.ask(row.method, filled(row.path, things), **by, **body)


def elsewhere(row: Row, things: dict[str, Any]) -> dict[str, Any]:
    """Put something that does not exist in the place of each thing of a row's path."""
    absent = {name: str(new_id()) if len(str(things[name])) > 30 else "nowhere" for name in _NAME.findall(row.path)}
    return things | absent


def seen_in(answer: Any, *, address: str) -> tuple[int, str]:
    """Leave of an answer what is the same each time."""
    return answer.status_code, _CHANGING.sub("#", answer.text.replace(address, "#"))


def traces_of(world: World) -> list[str]:
    """List what would tell Max of Mona's project: its people, its name, all ids but of recipients."""
    ids = [
        str(thing)
        for name, thing in world.things.items()
        if len(str(thing)) == 36 and name not in {"max", "nobody", "recipient"}
    ]
    people = [fact for name, person in world.people.items() if name != "max" for fact in (person.name, person.email)]
    return [*ids, *people, "Sums", "/sums", '"sums"', "canary-"]


@pytest.mark.parametrize("row", HIDDEN, ids=key_of)
def test_what_max_may_not_know_of_looks_like_what_does_not_exist(asker: Asker, row: Row) -> None:
    things = asker.world.things
    absent = elsewhere(row, things)
    cookie = asker.world.cookies["max"]

    hidden = seen_in(ask(asker, row, things, cookie=cookie), address=filled(row.path, things))
    nothing = seen_in(ask(asker, row, absent, cookie=cookie), address=filled(row.path, absent))

    assert hidden == nothing


@pytest.mark.parametrize("row", OPEN, ids=key_of)
def test_what_max_is_told_holds_nothing_of_monas_project(asker: Asker, row: Row) -> None:
    told = ask(asker, row, asker.world.things, cookie=asker.world.cookies["max"]).text

    assert [trace for trace in traces_of(asker.world) if trace in told] == []


@pytest.mark.parametrize("row", ABROAD, ids=key_of)
def test_a_token_that_is_bound_elsewhere_is_told_nothing_of_this_project(asker: Asker, row: Row) -> None:
    token = asker.token(row.token_owner, list(SCOPES), elsewhere=True)
    told = ask(asker, row, asker.world.things, bearer=token).text

    assert [trace for trace in traces_of(asker.world) if trace in told] == []
