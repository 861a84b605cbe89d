"""Which rows of a snapshot stand in a sample, and how the sample words them: asked of no key yet."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from app.datasets.queries.records import Item, in_groups
from app.exports.formats.base import BadRow, Format, Options
from app.exports.service.fingerprint import Fingerprint, Misses
from app.exports.service.rendering import Group
from app.exports.service.tracing.sample import Sample, texts_of
from app.exports.service.withholding import kinds_of
from app.exports.service.wording import Place, has_wordings, places_of

Kinds = set[tuple[str, str]]


class Worded(NamedTuple):
    """A wording that was seen: whose, which choices, and which of them by their bits."""

    of: UUID
    n: int
    choices: tuple[tuple[str, int], ...]
    at: int

    def agreeing(self, mark: Fingerprint) -> tuple[int, int]:
        """Give how many bits are those of a key, and how many there are."""
        bits = sum(count for _, count in self.choices)
        expected = Place(None, None, self.of, self.n, self.choices, []).chosen(mark)
        return bits - (expected ^ self.at).bit_count(), bits


class Match(NamedTuple):
    """A row of the snapshot that stands in the sample."""

    score: int
    group_id: UUID
    n: int
    """number of the row in its group"""
    worded: list[Worded]


@dataclass
class Matching:
    """What a sample has of a snapshot in one format."""

    sample: Sample
    format: Format
    options: Options
    matches: dict[int, Match] = field(default_factory=dict)
    """number of the row in the sample → what it is"""
    groups: int = 0
    """that make rows, in the whole snapshot"""
    _ambiguous: set[int] = field(default_factory=set)

    @property
    def score(self) -> int:
        """How much of the sample was found in this format: what decides between formats."""
        return sum(match.score for match in self.found)

    @property
    def found(self) -> list[Match]:
        """The rows that are certain, in the order of the sample, each once."""
        taken: dict[tuple[UUID, int], Match] = {}
        for row in sorted(self.matches.keys() - self._ambiguous):
            match = self.matches[row]
            taken.setdefault((match.group_id, match.n), match)
        return list(taken.values())

    def take(self, items: list[Item]) -> tuple[UUID, Kinds]:
        """Hold what some items make against the sample; give the group that they are and the kinds of its rows."""
        group_id = items[0].task_id if self.format.takes_tasks_whole else items[0].submission_id
        try:
            lines = self.format.make(items, self.options, is_proving=False).lines
        except BadRow:
            lines = []
        if lines:
            self.groups += 1
        rows = [line for path, line in lines if path == self.format.main_path]
        for n, line in enumerate(rows):
            self._compare(items, group_id, n, line)
        group = Group(items[-1].position, len(items), items[0].split, lines, [])
        return group_id, kinds_of(group, self.format.kind_of)

    def _compare(self, items: list[Item], group_id: UUID, n: int, line: bytes) -> None:
        row = json.loads(line)
        places: list[Place] | None = None
        for at, score in self.sample.like(set(texts_of(row))).items():
            best = self.matches.get(at)
            if best is not None and best.score >= score:
                if best.score == score:
                    self._ambiguous.add(at)
                continue
            if places is None and has_wordings(self.format):
                places = places_of(row, [item.record for item in items], group_id, n)
            self._ambiguous.discard(at)
            self.matches[at] = Match(score, group_id, n, _worded(places or [], self.sample.texts[at]))


def _worded(places: Iterable[Place], texts: set[str]) -> list[Worded]:
    seen = []
    for place in places:
        found = [at for at, text in enumerate(place.texts) if text in texts]
        if len(found) == 1:
            seen.append(Worded(place.of, place.n, place.choices, found[0]))
    return seen


@dataclass
class Missing:
    """Which groups the copy of one key goes without."""

    mark: Fingerprint
    ids: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin before the first group."""
        self._misses = Misses(self.mark)
        self._waiting: list[tuple[UUID, Kinds]] = []

    def take(self, group_id: UUID, kinds: Kinds) -> None:
        """Take in the next group."""
        goes_without = self._misses.goes_without(group_id, kinds)
        if goes_without is None:
            self._waiting.append((group_id, kinds))
        elif goes_without:
            self.ids.add(group_id)

    def end(self) -> None:
        """Decide about those that had to wait."""
        self.ids |= {found for found, kinds in self._waiting if self._misses.goes_without_after_all(kinds)}


def match(matching: Matching, missing: Iterable[Missing], pages: Iterable[Iterable[Item]]) -> None:
    """Go through a snapshot once: find the rows of the sample, and what each copy goes without."""
    missing = list(missing)
    for items in in_groups(pages, by_task=matching.format.takes_tasks_whole):
        group_id, kinds = matching.take(items)
        for one in missing:
            one.take(group_id, kinds)
    for one in missing:
        one.end()
