"""The filters of the review queue as the page shows them: links, lists and chips, each with its count where known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.reviews.queries.facets import AGAIN, LATER, NEW, Fact, counted, waits_of
from app.reviews.schemas import QueueQuery
from app.tasks.states import DIFFICULTY_MAX, Activity

HERE = "/reviews"
_WAITS = {AGAIN: {"again": "true"}, NEW: {"resubmission": "false"}, LATER: {"again": "false", "resubmission": "true"}}
WAITS_WORDS = {None: "All", AGAIN: "For me again", NEW: "New", LATER: "Returned by others"}


@dataclass(frozen=True, slots=True)
class Link:
    """A choice that is one press away."""

    words: str
    url: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Chooser:
    """A list to choose from: (value, words, count or None), and what is chosen."""

    name: str
    label: str
    empty: str
    options: Sequence[tuple[str, str, int | None]]
    chosen: str


@dataclass(frozen=True, slots=True)
class Filters:
    """All filters of one address."""

    waits: list[Link]
    choosers: list[Chooser]
    chips: list[tuple[str, str]]
    """words, and the address without it"""
    kept: dict[str, str]
    """what the links have chosen, for the form of the lists"""
    query: dict[str, str]


def filters_of(
    asked: QueueQuery,
    facts: Sequence[Fact] | None,
    *,
    projects: Sequence[tuple[str, str]],
    domains: Sequence[str],
    shows_levels: bool,
) -> Filters:
    """Lay out the filters; `facts` is None where the queue is too long to be counted."""
    query = address_query(asked)
    choosers = [
        _chooser("project", "Project", "All projects", list(projects), asked, facts),
        _chooser(
            "activity", "Kind of work", "All kinds", [(str(one), one.capitalize()) for one in Activity], asked, facts
        ),
        _chooser("domain", "Field", "All fields", [(word, word) for word in domains], asked, facts),
        _chooser("difficulty", "Difficulty", "Any difficulty", _numbers("Difficulty", DIFFICULTY_MAX), asked, facts),
        _chooser("level", "Level of review", "Both levels", _numbers("Level", 2), asked, facts),
    ]
    hidden = {"project": len(projects) < 2, "level": not shows_levels}  # noqa: PLR2004 - one is no choice
    choosers = [one for one in choosers if not hidden.get(one.name) and (one.options or one.chosen)]
    chips = [(_words_of(one), _url(query, {one.name: None})) for one in choosers if one.chosen]
    kept = {name: value for name, value in query.items() if name in {"again", "resubmission"}}
    return Filters(_links(asked, facts, query), choosers, chips, kept, query)


def address_query(asked: QueueQuery) -> dict[str, str]:
    """Write the filters as they stand in an address."""
    given = asked.model_dump(mode="json", exclude_none=True, exclude={"cursor"})
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}


def _numbers(word: str, last: int) -> list[tuple[str, str]]:
    return [(str(n), f"{word} {n}") for n in range(1, last + 1)]


def _links(asked: QueueQuery, facts: Sequence[Fact] | None, query: dict[str, str]) -> list[Link]:
    counts = counted(facts, asked, "waits") if facts is not None else None
    chosen = waits_of(asked)
    links = []
    for value, words in WAITS_WORDS.items():
        count = None if counts is None else counts.total() if value is None else counts[value]
        changed = {"again": None, "resubmission": None} | (_WAITS[value] if value is not None else {})
        links.append(Link(words, _url(query, changed), count, value == chosen))
    return links


def _chooser(
    name: str,
    label: str,
    empty: str,
    values: list[tuple[str, str]],
    asked: QueueQuery,
    facts: Sequence[Fact] | None,
) -> Chooser:
    given = getattr(asked, name)
    chosen = "" if given is None else str(given)
    if chosen and chosen not in {value for value, _ in values}:
        values = [*values, (chosen, chosen)]
    if facts is None:
        return Chooser(name, label, empty, [(value, words, None) for value, words in values], chosen)
    counts: Counter[Any] = Counter()
    for value, count in counted(facts, asked, name).items():
        counts[str(value)] += count
    options = [(value, words, counts[value]) for value, words in values if counts[value] or value == chosen]
    return Chooser(name, label, empty, options, chosen)


def _words_of(chooser: Chooser) -> str:
    return next(words for value, words, _ in chooser.options if value == chooser.chosen)


def _url(query: dict[str, str], changed: dict[str, Any]) -> str:
    left = {name: value for name, value in {**query, **changed}.items() if value is not None}
    return f"{HERE}?{urlencode(left)}" if left else HERE
