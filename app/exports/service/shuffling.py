"""Rows in an order that the snapshot's hash or a recipient's key decides, through files on the disk, not in memory."""

import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from app.core.jobs import JobRefused
from app.datasets.states import Split
from app.exports.service.rendering import Group, Plan

ITEMS_PER_HEAP = 2_000
HEAPS_MAX = 256
_HEAD = struct.Struct(">8sBB")
"""What decides the place of a row; its split; how many lines it has."""
_LINE = struct.Struct(">BI")
"""Which file a line belongs to, and its length."""
_SPLITS = list(Split)
Lines = list[tuple[str, bytes]]


def shuffled(
    groups: Iterable[Group], plan: Plan, folder: Path, breathe: Callable[[], None], *, after: int = 0
) -> Iterator[Group]:
    """Take all groups, then yield their rows one by one in another order: by a hash of place and snapshot.

    In the copy of a recipient by its key and the id of what made the row. Rows are thrown on heaps by the
    beginning of that hash; a heap at a time is then sorted in memory. A row is a line of the main file with the lines
    of side-cars behind it. The position of what is yielded is its place in the new order: first what was left out,
    then the rows; up to `after` nothing is yielded. Raises JobRefused when the rows are no good together.
    """
    paths = [file.path for file in plan.format.files]
    count = min(HEAPS_MAX, plan.items // ITEMS_PER_HEAP + 1)
    with ExitStack() as stack:
        heaps = [stack.enter_context(TemporaryFile(dir=folder)) for _ in range(count)]
        left_out: list[str] = []
        kinds: Counter[str] = Counter()
        number = 0
        for group in groups:
            left_out += group.left_out
            for n, lines in enumerate(_rows(group.lines, plan.format.main_path)):
                number += 1
                if group.split is Split.TRAIN:
                    kinds[plan.format.kind_of(lines[0][1])] += 1
                key = _key(plan, number) if plan.mark is None else plan.mark.order(group.id, n)
                heap = heaps[int.from_bytes(key, "big") * count >> 64]
                _throw(heap, key, group.split, [(paths.index(path), line) for path, line in lines])
        fault = plan.format.fault_of_all(kinds)
        if fault is not None:
            raise JobRefused(fault)
        position = 1
        if after < position:
            yield Group(position, 0, Split.TRAIN, [], left_out)
        for heap in heaps:
            for _, split, lines in sorted(_take(heap, paths)):
                position += 1
                if after < position:
                    yield Group(position, 0, split, lines, [])
                breathe()


def _key(plan: Plan, number: int) -> bytes:
    return blake2b(number.to_bytes(8, "big"), key=plan.key.encode()[:64], digest_size=8).digest()


def _rows(lines: Lines, main_path: str) -> Iterator[Lines]:
    row: Lines = []
    for path, line in lines:
        if path == main_path and row:
            yield row
            row = []
        row.append((path, line))
    if row:
        yield row


def _throw(heap: IO[bytes], key: bytes, split: Split, lines: list[tuple[int, bytes]]) -> None:
    heap.write(_HEAD.pack(key, _SPLITS.index(split), len(lines)))
    for file, line in lines:
        heap.write(_LINE.pack(file, len(line)) + line)


def _take(heap: IO[bytes], paths: list[str]) -> Iterator[tuple[bytes, Split, Lines]]:
    heap.seek(0)
    while head := heap.read(_HEAD.size):
        key, split, count = _HEAD.unpack(head)
        lines = []
        for _ in range(count):
            file, size = _LINE.unpack(heap.read(_LINE.size))
            lines.append((paths[file], heap.read(size)))
        yield key, _SPLITS[split], lines
