"""Word n-grams as keyed 64-bit hashes, many texts at a time: what overlap between texts is found by."""

import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from app.text.fingerprints import normalise
from app.text.scripts import CJK

WORDS_KNOWN = 1_000_000
"""So many codes of words are kept; then they are made anew, so that invented words fill no memory."""
_MASK = (1 << 64) - 1
_WORD = re.compile(f"[{CJK}]|[^\\W_{CJK}]+")


def words_of(text: str) -> list[str]:
    """Split a text into the words that n-grams are made of: runs of letters and digits, a CJK character each."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def places_of(text: str) -> list[tuple[int, int]]:
    """Tell where in `text`, as it stands, each of its words begins and ends.

    Where NFKC makes several words of one (a fraction in one character), all of them stand at the same place.
    """
    places: list[tuple[int, int]] = []
    for found in re.finditer(r"\w+|\W", text):
        if found.group().isascii():
            places += [
                (found.start() + one.start(), found.start() + one.end()) for one in _WORD.finditer(found.group())
            ]
        else:
            places += _odd_places(found.group(), found.start())
    return places


def _odd_places(piece: str, start: int) -> list[tuple[int, int]]:
    """Place the words of a run that has other letters: character by character when its length changes, else as is."""
    folded = unicodedata.normalize("NFKC", piece).lower()
    if len(folded) == len(piece):
        return [(start + one.start(), start + one.end()) for one in _WORD.finditer(folded)]
    return [(start, start + len(piece))] * len(_WORD.findall(folded))


class Hasher:
    """Hashes words, windows of words and whole texts under one key; nobody without the key can tell what of."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._codes: dict[str, int] = {}
        self._factors = cache(self._make_factors)
        self.gap = self._number(b"", b"gap")
        """stands between two texts: no window over it is like one of a text"""

    def _number(self, data: bytes, purpose: bytes) -> int:
        digest = blake2b(data, digest_size=8, key=self._key, person=purpose).digest()
        return int.from_bytes(digest, "little")

    def _make_factors(self, n: int) -> list[int]:
        return [self._number(bytes([n, place]), b"factor") | 1 for place in range(n)]

    def codes(self, words: Iterable[str]) -> "array[int]":
        """Give each word its code, a keyed hash."""
        if len(self._codes) > WORDS_KNOWN:
            self._codes.clear()
        known = self._codes
        found = array("Q")
        for word in words:
            code = known.get(word)
            if code is None:
                code = known[word] = self._number(word.encode("utf-8", "surrogatepass"), b"word")
            found.append(code)
        return found

    def windows(self, codes: "array[int]", n: int) -> Any:
        """Hash each window of `n` codes, as an Arrow array of uint64; window i begins at code i.

        The sum of codes by secret odd factors, modulo 2⁶⁴: codes are random numbers, so two windows that differ are
        equal by chance once in 2⁶⁴ (multilinear hashing, Carter and Wegman 1981).
        """
        count = len(codes) - n + 1
        if count < 1:
            return pa.array([], pa.uint64())
        whole = pa.Array.from_buffers(pa.uint64(), len(codes), [None, pa.py_buffer(codes)])
        total = None
        for place, factor in enumerate(self._factors(n)):
            part = pc.multiply(whole.slice(place, count), pa.scalar(factor, pa.uint64()))
            total = part if total is None else pc.add(total, part)
        return total

    def window(self, codes: Sequence[int], n: int) -> int:
        """Hash the one window of the first `n` codes."""
        return sum(code * factor for code, factor in zip(codes[:n], self._factors(n), strict=True)) & _MASK

    def whole(self, text: str) -> int:
        """Hash a text in its normalised form, from the first character to the last."""
        return self._number(normalise(text).encode("utf-8", "surrogatepass"), b"whole")

    def masked(self, text: str) -> int:
        """Hash a text in its normalised form with every number as <n>."""
        return self._number(normalise(text, mask_numbers=True).encode("utf-8", "surrogatepass"), b"masked")
