"""Signatures by which texts that share most of their runs find each other among millions (MinHash, banded)."""

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from rensa import RMinHash

from app.text.shingles import jaccard, masked, shingles_of, tokens_of

BANDS = 14
ROWS = 8
HASHES = BANDS * ROWS
"""112 hashes: texts meet in a band with a chance of one half when they share 0.72 of their runs (FineWeb's setting)."""
SEED = 1
SIGNED_BY = 1
"""Version of all that decides a signature: the tokens, the runs, the hash, the seed. Another version signs anew."""
DUPLICATE = 0.8
SIMILAR = 0.5
_PACK = struct.Struct(f"<{HASHES}I")
_ROW_BYTES = ROWS * 4

Bands = tuple[int, ...]


class Likeness(StrEnum):
    """How like two texts are, by the runs that they share."""

    DUPLICATE = "duplicate"
    """at least 0.8 of all runs"""
    NEW_NUMBERS = "new_numbers"
    """at least 0.8 when figures do not count, and less when they do: the same problem with new numbers"""
    SIMILAR = "similar"
    """at least 0.5, with figures or without"""


class Text:
    """A text as it is compared: its runs as they are, and with every number alike; each found when first asked for."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens_of(text)

    @cached_property
    def exact(self) -> frozenset[str]:
        """The runs as they are written."""
        return frozenset(shingles_of(self._tokens))

    @cached_property
    def alike(self) -> frozenset[str]:
        """The runs with every number counted as equal."""
        return frozenset(shingles_of(masked(self._tokens)))


@dataclass(frozen=True, slots=True)
class Shared:
    """What two texts share of their runs, 0 to 1."""

    exact: float
    alike: float
    """numbers counted as equal"""

    @property
    def likeness(self) -> Likeness | None:
        """Name it; None below one half."""
        if self.exact >= DUPLICATE:
            return Likeness.DUPLICATE
        if self.alike >= DUPLICATE:
            return Likeness.NEW_NUMBERS
        return Likeness.SIMILAR if max(self.exact, self.alike) >= SIMILAR else None


def shared(one: Text, other: Text) -> Shared:
    """Compare two texts exactly, with their figures and without (Jaccard)."""
    return Shared(jaccard(one.exact, other.exact), jaccard(one.alike, other.alike))


def are_near_duplicates(one: Text, other: Text) -> bool:
    """Tell whether two texts must not stand in different splits: duplicates, and the same with new numbers."""
    return jaccard(one.alike, other.alike) >= DUPLICATE or jaccard(one.exact, other.exact) >= DUPLICATE


def sign(text: str) -> Bands | None:
    """Give fourteen numbers of 32 bits, any one of which two near-duplicates probably share; None for no text.

    Numbers are masked: whatever shares its runs with figures shares them without, so one signature finds both.
    """
    runs = shingles_of(masked(tokens_of(text)))
    if not runs:
        return None
    hashes = RMinHash(HASHES, SEED)
    hashes.update(runs)
    packed = _PACK.pack(*hashes.digest())
    # Signed, as databases hold them. Texts that meet by chance are compared exactly and part again.
    return tuple(zlib.crc32(packed[at : at + _ROW_BYTES]) - 2**31 for at in range(0, len(packed), _ROW_BYTES))
