"""A blind project in every page and API answer: walk all routes as somebody and search what comes back."""

import re

import pytest

from app.accounts.schemas import SCOPES
from tests.architecture.bodies import BODIES, filled
from tests.architecture.permission_matrix import Row, read_rows
from tests.architecture.rewinding import Asker
from tests.architecture.world import ACTIVE_SECONDS, HIDDEN, STEP_SECONDS, World

ROWS = [row for row in read_rows() if "_secret}" not in row.path]
"""Without what one-time links open: they are for whoever holds them, and tell who made them."""
EFFORT = [str(STEP_SECONDS), str(STEP_SECONDS + 1), str(STEP_SECONDS + 2), str(ACTIVE_SECONDS)]
CONFIDENCE = re.compile(r'"confidence(_words)?":\s*("|[1-5])')
GOLD = [str(value) for value in HIDDEN.values() if isinstance(value, str)] + ["canary-answer"]


SPEAK_OF_PEOPLE = {
    "GET /projects/{sums}",
    "GET /projects/{sums}/figures.csv",
    "GET /projects/{sums}/people",
    "POST /projects/{sums}/people",
    "GET /api/v1/projects/{sums}/members",
    "PUT /api/v1/projects/{sums}/members/{eve}",
    "GET /projects/{sums}/agreement/signatures",
    "GET /api/v1/projects/{sums}/agreement/signatures",
    "GET /tasks/{open_task}/reports",
}
"""Who runs a project has to do with its people, by name; the last: who put a task aside, and so did not solve it."""


def key_of(row: Row) -> str:
    return row.key


def walk(asker: Asker, row: Row, person: str) -> list[str]:
    """Ask a row as somebody in a browser and, where there are tokens, with one; return all that came back."""
    things = asker.world.things
    body = filled(dict(BODIES.get(row.key, {})), things)
    url = filled(row.path, things)
    answers = [asker.ask(row.method, url, cookie=asker.world.cookies[person], **body)]
    if row.scope is not None:
        answers.append(asker.ask(row.method, url, bearer=asker.token(person, list(SCOPES)), **body))
    return [f"{answer.text}\n{dict(answer.headers)}" for answer in answers]


def who_is(world: World, *names: str) -> list[str]:
    """List by what somebody is known: name, address, id in both spellings."""
    people = [world.people[name] for name in names]
    return [fact for one in people for fact in (one.name, one.email, str(one.id), one.id.hex)]


def found_in(told: list[str], words: list[str]) -> list[str]:
    # A number counts where it stands alone: six digits may stand in a random id by chance.
    alone = {word: re.compile(rf"(?<![\w-]){word}(?![\w-])") for word in words if word.isdecimal()}
    return [word for word in words if any(alone[word].search(one) if word in alone else word in one for one in told)]


@pytest.mark.parametrize("row", ROWS, ids=key_of)
def test_rae_is_told_nothing_of_the_author_before_her_verdict_is_final(asker: Asker, row: Row) -> None:
    told = walk(asker, row, "rae")

    assert found_in(told, [*who_is(asker.world, "ed", "eve"), *EFFORT]) == []
    assert [match[0] for one in told for match in CONFIDENCE.finditer(one)] == []


@pytest.mark.parametrize("row", ROWS, ids=key_of)
def test_ed_is_told_neither_who_judged_nor_what_the_answer_is(asker: Asker, row: Row) -> None:
    assert found_in(walk(asker, row, "ed"), [*who_is(asker.world, "rae", "ron", "eve"), *GOLD]) == []


@pytest.mark.parametrize("row", ROWS, ids=key_of)
def test_eve_is_told_nothing_of_eds_work_or_of_the_answer(asker: Asker, row: Row) -> None:
    told = walk(asker, row, "eve")

    assert found_in(told, [*who_is(asker.world, "rae", "ron", "ed"), *GOLD, *EFFORT]) == []


@pytest.mark.parametrize("row", ROWS, ids=key_of)
def test_a_manager_who_reviews_too_meets_names_with_people_and_never_with_their_work(asker: Asker, row: Row) -> None:
    told = walk(asker, row, "both")
    names = [] if row.key in SPEAK_OF_PEOPLE else who_is(asker.world, "ed", "eve")

    assert found_in(told, [*names, *EFFORT]) == []
    assert [match[0] for one in told for match in CONFIDENCE.finditer(one)] == []


def test_what_happened_lately_names_the_author_to_a_manager_unless_she_reviews_too(asker: Asker) -> None:
    who = {}
    for person in ("mona", "both"):
        page = asker.ask("GET", "/projects/sums", cookie=asker.world.cookies[person]).text
        who[person] = re.findall(r"<b>([^<]+)</b> handed in", page)

    assert who == {"mona": ["Eduardina"], "both": ["Somebody"]}


def test_who_has_decided_for_good_is_told_whose_work_it_was(asker: Asker) -> None:
    review = asker.world.things["rons_review"]
    told = asker.ask("GET", f"/api/v1/reviews/{review}", cookie=asker.world.cookies["ron"]).text

    assert found_in([told], ["Eduardina", str(ACTIVE_SECONDS)]) == ["Eduardina", str(ACTIVE_SECONDS)]
