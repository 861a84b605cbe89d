"""Find the clusters of near-duplicates among many works: who meets in a band is compared, and joined where alike."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from uuid import UUID

from app.similarity.queries import words_of
from app.text.minhash import BANDS, Bands, Text, are_near_duplicates

PAIRS_AT_ONCE = 100
"""Pairs whose texts are in memory together."""
GROUPS_AT_ONCE = 1_000
ROUNDS = 4
"""Of those that meet in a band and are not alike, so many are each held against all others."""
ReadContents = Callable[[Sequence[UUID]], Mapping[UUID, str]]
Report = Callable[[int], None]
"""told how many bands are done"""
_PLACE = 2**32 - 1


class Works:
    """Many works as columns, 80 bytes each, so that a million fit; a work is named by its place, from 0 on."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._bands = [array("i") for _ in range(BANDS)]
        self._tasks, self._families = array("i"), array("i")
        self._family_numbers: dict[str, int] = {}
        self._last_task: UUID | None = None

    def __len__(self) -> int:
        """Count them."""
        return len(self._tasks)

    def add(self, revision_id: UUID, task_id: UUID, family: str | None, bands: Bands) -> None:
        """Take one in; all work of a task comes together."""
        is_new_task = task_id != self._last_task
        self._last_task = task_id
        self._tasks.append((self._tasks[-1] if self._tasks else 0) + is_new_task)
        known = self._family_numbers
        self._families.append(known.setdefault(family, len(known)) if family is not None else -1)
        self._ids += revision_id.bytes
        for column, band in zip(self._bands, bands, strict=True):
            column.append(band)

    def revision_of(self, at: int) -> UUID:
        """Name the revision of the work at a place."""
        return UUID(bytes=bytes(self._ids[at * 16 : at * 16 + 16]))

    def are_variants(self, one: int, other: int) -> bool:
        """Tell whether two answer different tasks of one family: those are meant to be alike."""
        family = self._families[one]
        return family >= 0 and family == self._families[other] and self._tasks[one] != self._tasks[other]

    def meetings(self, band: int) -> Iterator[list[int]]:
        """Yield the places that are equal in a band, two or more together, each list in order."""
        keyed = sorted((key << 32) + at for at, key in enumerate(self._bands[band]))
        for _, met in groupby(keyed, key=_key):
            places = [one & _PLACE for one in met]
            if len(places) > 1:
                yield places


def _key(one: int) -> int:
    return one >> 32


class Clusters:
    """Works joined into clusters: two are together when a chain of near-duplicates leads from one to the other."""

    def __init__(self, works: Works, read: ReadContents) -> None:
        self._works, self._read = works, read
        self._above = array("I", range(len(works)))
        self._refused: set[int] = set()

    def find(self, report: Report = lambda _: None) -> None:
        """Compare all who meet, band after band."""
        for band in range(BANDS):
            meetings = self._works.meetings(band)
            while groups := list(islice(meetings, GROUPS_AT_ONCE)):
                self._join(groups)
            report(band + 1)

    def first_of(self, at: int) -> int:
        """Give the first member of the cluster of a work: the work itself when it is like none before it."""
        above = self._above
        while above[at] != at:
            above[at] = above[above[at]]  # halves the way for whoever asks next
            at = above[at]
        return at

    def members(self) -> dict[int, list[int]]:
        """Give the clusters of two and more: first member → all, in order."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for at in range(len(self._works)):
            first = self.first_of(at)
            if first != at:
                found[first].append(at)
        return {first: [first, *others] for first, others in found.items()}

    def _join(self, groups: list[list[int]]) -> None:
        """Hold the first of each group against the others, then the first of those that are not like it, and so on."""
        for _ in range(ROUNDS):
            pairs = ((group[0], other) for group in groups for other in group[1:])
            open_pairs = (pair for pair in pairs if not self._is_settled(*pair))
            while batch := list(islice(open_pairs, PAIRS_AT_ONCE)):
                self._compare(batch)
            groups = [[at for at in group if self.first_of(at) != self.first_of(group[0])] for group in groups]
            groups = [group for group in groups if len(group) > 1]

    def _is_settled(self, one: int, other: int) -> bool:
        return (
            self.first_of(one) == self.first_of(other)
            or (one << 32) + other in self._refused
            or self._works.are_variants(one, other)
        )

    def _compare(self, pairs: list[tuple[int, int]]) -> None:
        names = {at: self._works.revision_of(at) for pair in pairs for at in pair}
        contents = self._read(list(names.values()))
        texts = {at: Text(words_of(contents[name])) for at, name in names.items()}
        for one, other in pairs:
            if are_near_duplicates(texts[one], texts[other]):
                low, high = sorted((self.first_of(one), self.first_of(other)))
                self._above[high] = low  # so that the first member stands above all
            else:
                self._refused.add((one << 32) + other)
