"""Texts held against reference sets, many at a time: which reference text each is like, and how."""

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from app.decontamination.service.sealing import Grams
from app.decontamination.states import (
    COVERED_MORE_THAN,
    LARGE,
    MATCHED_MAX_CHARS,
    MIDDLE,
    SHORT_WORDS_MAX,
    SMALL,
    STRENGTH,
    WHOLE_WORDS_MIN,
    GramKind,
    Likeness,
)
from app.text.ngrams import Hasher, places_of, words_of

TOLD_MAX = 20
"""So many reference texts of one set are told of one text of ours, the most alike first."""
BITS_PER_GRAM = 64
BITS_MIN = 1 << 16


@dataclass(frozen=True, slots=True)
class Match:
    """A text of ours is like one reference text."""

    reference_set_id: UUID
    text_number: int
    likeness: Likeness
    n: int | None
    coverage: int
    """percent of its words, rounded down"""
    matched: str


class Index:
    """All reference sets in memory: twelve bytes for each hash, and eight for the sieve before them."""

    def __init__(self, hasher: Hasher, sets: Mapping[UUID, Mapping[GramKind, Grams]], *, through: int) -> None:
        self.hasher = hasher
        self.sets = sets
        self.through = through
        entries = sum(len(kinds[GramKind.SMALL]) for kinds in sets.values())
        self._shift = 64 - max(entries * BITS_PER_GRAM, BITS_MIN).bit_length()
        self._sieve = self._make_sieve()

    def _make_sieve(self) -> pa.Array:
        bits = bytearray(1 << (64 - self._shift - 3))
        for kinds in self.sets.values():
            for value in kinds[GramKind.SMALL].hashes:
                place = value >> self._shift
                bits[place >> 3] |= 1 << (place & 7)
        return pa.Array.from_buffers(pa.bool_(), len(bits) * 8, [None, pa.py_buffer(bits)])

    def numbers(self, set_id: UUID, kind: GramKind, value: int) -> "array[int]":
        """Return the numbers of the texts of a set that have a hash."""
        grams = self.sets[set_id][kind]
        return grams.numbers[bisect_left(grams.hashes, value) : bisect_right(grams.hashes, value)]

    def look(self, texts: Sequence[str]) -> list[list[Match]]:
        """Find for each text what it is like; an empty list for most."""
        words = [words_of(text) for text in texts]
        codes = array("Q")
        starts: list[int] = []
        for of_text in words:
            starts.append(len(codes))
            codes.extend(self.hasher.codes(of_text))
            codes.append(self.hasher.gap)
        hits = self._hits(codes, starts)
        found = []
        for place, text in enumerate(texts):
            own = codes[starts[place] : starts[place] + len(words[place])]
            found.append(list(self._judge(text, own, hits.get(place, {}))))
        return found

    def _hits(self, codes: "array[int]", starts: list[int]) -> dict[int, dict[tuple[UUID, int], list[int]]]:
        """Find the 8-grams that some reference text has: text → (set, number) → where in the text they begin."""
        windows = self.hasher.windows(codes, SMALL)
        places = pc.shift_right(windows, pa.scalar(self._shift, pa.uint64()))
        kept = pc.indices_nonzero(pc.take(self._sieve, places, boundscheck=False))
        hits: dict[int, dict[tuple[UUID, int], list[int]]] = defaultdict(lambda: defaultdict(list))
        for at, value in zip(kept.to_pylist(), windows.take(kept).to_pylist(), strict=True):
            text = bisect_right(starts, at) - 1
            for set_id in self.sets:
                for number in self.numbers(set_id, GramKind.SMALL, value):
                    hits[text][set_id, number].append(at - starts[text])
        return hits

    def _judge(self, text: str, codes: "array[int]", hits: Mapping[tuple[UUID, int], list[int]]) -> Iterator[Match]:
        if len(codes) < WHOLE_WORDS_MIN:
            return
        whole = self.hasher.whole(text)
        masked = self.hasher.masked(text) if len(codes) <= SHORT_WORDS_MAX else None
        for set_id in self.sets:
            same = set(self.numbers(set_id, GramKind.WHOLE, whole))
            renumbered = set() if masked is None else set(self.numbers(set_id, GramKind.MASKED, masked))
            overlapping = {number for other, number in hits if other == set_id}
            matches = []
            for number in same | renumbered | overlapping:
                run = _Overlap(self, set_id, number, codes, hits.get((set_id, number), []))
                likeness = run.likeness(is_same=number in same, is_renumbered=number in renumbered)
                if likeness is not None:
                    matches.append(run.match(text, likeness))
            matches.sort(key=lambda match: (STRENGTH[match.likeness], -match.coverage, match.text_number))
            yield from matches[:TOLD_MAX]


class _Overlap:
    """What one text has in common with one reference text."""

    def __init__(self, index: Index, set_id: UUID, number: int, codes: "array[int]", begins: list[int]) -> None:
        self._index, self._set_id, self._number, self._codes = index, set_id, number, codes
        self._begins = begins
        self._runs = _runs(begins)
        covered = sum(end - start for start, end in self._runs)
        self._is_covered = covered * 100 > COVERED_MORE_THAN * len(codes)
        self._coverage = covered * 100 // len(codes)
        self._n = self._longest()

    def _longest(self) -> int | None:
        """Tell the length of the longest kind of n-gram that both have."""
        for n, kind in ((LARGE, GramKind.LARGE), (MIDDLE, GramKind.MIDDLE)):
            if any(self._has(start, n, kind) for start in self._begins if start + n <= len(self._codes)):
                return n
        return SMALL if self._begins else None

    def _has(self, start: int, n: int, kind: GramKind) -> bool:
        value = self._index.hasher.window(self._codes[start : start + n], n)
        return self._number in self._index.numbers(self._set_id, kind, value)

    def likeness(self, *, is_same: bool, is_renumbered: bool) -> Likeness | None:
        """Say the strongest likeness; None when they only share some words."""
        if is_same:
            return Likeness.EXACT
        if self._is_covered:
            return Likeness.COVERED
        if self._n == LARGE:
            return Likeness.LARGE
        if self._n == MIDDLE:
            return Likeness.MIDDLE
        return Likeness.NUMBERS if is_renumbered else None

    def match(self, text: str, likeness: Likeness) -> Match:
        """Tell of it, with the longest stretch that both have."""
        matched = text if likeness in {Likeness.EXACT, Likeness.NUMBERS} else self._stretch(text)
        coverage = 100 if likeness is Likeness.EXACT else self._coverage
        shown = matched if len(matched) <= MATCHED_MAX_CHARS else matched[: MATCHED_MAX_CHARS - 2] + " …"
        return Match(self._set_id, self._number, likeness, self._n, coverage, shown)

    def _stretch(self, text: str) -> str:
        start, end = max(self._runs, key=lambda run: (run[1] - run[0], -run[0]))
        places = places_of(text)
        if len(places) != len(self._codes):  # characters that NFKC rearranges over the borders of words
            return text
        return text[places[start][0] : places[end - 1][1]]


def _runs(begins: Sequence[int]) -> list[tuple[int, int]]:
    """Join windows that touch or overlap: (first word, word behind the last)."""
    runs: list[tuple[int, int]] = []
    for start in begins:
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], start + SMALL)
        else:
            runs.append((start, start + SMALL))
    return runs
