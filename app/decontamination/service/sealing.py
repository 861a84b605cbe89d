"""Reference sets as sorted hashes, sealed with the installation's key: a copy of the database says nothing of them."""

import hashlib
from array import array
from collections.abc import Iterator
from itertools import pairwise
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from app.decontamination.states import GRAMS, SHORT_WORDS_MAX, WHOLE_WORDS_MIN, GramKind
from app.text.ngrams import Hasher, words_of

KEY = "decontamination"
BLOCK_ENTRIES = 1 << 16
HASH_BYTES, NUMBER_BYTES = 8, 4


class Grams:
    """The hashes of one kind with the numbers of their texts, in two arrays."""

    def __init__(self) -> None:
        self.hashes = array("Q")
        self.numbers = array("I")

    def __len__(self) -> int:
        return len(self.hashes)

    def add(self, hashes: "array[int]", number: int) -> None:
        """Append what a text has."""
        self.hashes.extend(hashes)
        self.numbers.extend([number] * len(hashes))

    def sort(self) -> None:
        """Bring them into the order of the hashes, so that they can be searched by halving."""
        table = pa.table({"hash": _arrow(self.hashes, pa.uint64()), "number": _arrow(self.numbers, pa.uint32())})
        table = table.sort_by([("hash", "ascending"), ("number", "ascending")])
        self.hashes = array("Q", table["hash"].combine_chunks().buffers()[1].to_pybytes()[: len(table) * HASH_BYTES])
        self.numbers = array(
            "I", table["number"].combine_chunks().buffers()[1].to_pybytes()[: len(table) * NUMBER_BYTES]
        )


def _arrow(values: "array[int]", kind: pa.DataType) -> pa.Array:
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def kept_of(hasher: Hasher, texts: list[str]) -> dict[GramKind, "array[int]"]:
    """Hash what is kept of one reference text, which may have several fields: each is a text of its own."""
    kept = {kind: array("Q") for kind in GramKind}
    for text in texts:
        words = words_of(text)
        if len(words) < WHOLE_WORDS_MIN:
            continue
        codes = hasher.codes(words)
        for n, kind in GRAMS.items():
            unique = pc.unique(hasher.windows(codes, n))
            kept[kind].extend(unique.to_pylist())
        kept[GramKind.WHOLE].append(hasher.whole(text))
        if len(words) <= SHORT_WORDS_MAX:
            kept[GramKind.MASKED].append(hasher.masked(text))
    return kept


def seal(key: bytes, set_id: UUID, kind: GramKind, grams: Grams) -> Iterator[tuple[int, bytes]]:
    """Yield numbered blocks of sorted `grams`, each unreadable without the key and at any other place."""
    cuts = [*range(0, len(grams), BLOCK_ENTRIES), len(grams)]
    for part, (start, end) in enumerate(pairwise(cuts)):
        plain = grams.hashes[start:end].tobytes() + grams.numbers[start:end].tobytes()
        yield part, _veil(key, set_id, kind, part, plain)


def unseal(key: bytes, set_id: UUID, kind: GramKind, part: int, sealed: bytes, into: Grams) -> None:
    """Append a block to `into`."""
    plain = _veil(key, set_id, kind, part, sealed)
    entries = len(plain) // (HASH_BYTES + NUMBER_BYTES)
    into.hashes.frombytes(plain[: entries * HASH_BYTES])
    into.numbers.frombytes(plain[entries * HASH_BYTES :])


def _veil(key: bytes, set_id: UUID, kind: GramKind, part: int, data: bytes) -> bytes:
    """Lay a keystream over a block, or take it off: SHAKE256 of key and place, which is used for nothing else."""
    place = key + set_id.bytes + part.to_bytes(8, "big") + kind.value.encode()
    stream = hashlib.shake_256(place).digest(len(data))
    veiled = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
    return veiled.to_bytes(len(data), "big")
