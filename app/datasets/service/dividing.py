"""Divide a snapshot into splits so that nothing which belongs together is divided: connected components, greedily.

A task, a family, a cluster of near-duplicates and, when asked for, an author hold their pieces together. What hangs
together by any of these goes into one split (domain.md, capability 35). A million pieces are some arrays of whole
numbers; only families and people are looked up by name.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.datasets.queries.places import Member
from app.datasets.schemas import Splitting
from app.datasets.states import Split

ORDER = tuple(Split)


@dataclass(slots=True)
class Groups:
    """Items by task, and tasks joined where something holds them together."""

    by_author: bool
    seed: int
    starts: "array[int]" = field(default_factory=lambda: array("q"))
    """task → its first item"""
    parents: "array[int]" = field(default_factory=lambda: array("q"))
    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    """task → a number that nobody chooses: hash of seed and task"""
    tasks: "array[int]" = field(default_factory=lambda: array("q"))
    """item → its task"""
    strata: "array[int]" = field(default_factory=lambda: array("q"))
    """item → which combination of labels it has"""
    named: dict[Hashable, int] = field(default_factory=dict)
    """family or author → its first task"""
    combinations: dict[tuple[Hashable, ...], int] = field(default_factory=dict)
    last: bytes = b""

    def add(self, member: Member) -> None:
        """Take in the next item."""
        if member.task != self.last:
            self._begin_task(member.task)
        task = len(self.starts) - 1
        self.tasks.append(task)
        self.strata.append(self.combinations.setdefault(member.labels, len(self.combinations)))
        if member.family is not None:
            self._join(self.named.setdefault(member.family, task), task)
        if self.by_author:
            self._join(self.named.setdefault(member.author, task), task)
        if member.cluster is not None:
            self._join(self.tasks[member.cluster - 1], task)

    def _begin_task(self, task: bytes) -> None:
        digest = hashlib.blake2b(self.seed.to_bytes(8, "big") + task, digest_size=8).digest()
        self.parents.append(len(self.starts))
        self.starts.append(len(self.tasks))
        self.keys.append(int.from_bytes(digest, "big"))
        self.last = task

    def root(self, task: int) -> int:
        """Find the first task of the group that a task belongs to."""
        parents = self.parents
        while parents[task] != task:
            parents[task] = parents[parents[task]]
            task = parents[task]
        return task

    def _join(self, one: int, other: int) -> None:
        one, other = self.root(one), self.root(other)
        if one != other:
            self.parents[max(one, other)] = min(one, other)

    def in_order(self) -> Iterator[list[int]]:
        """Hand out the groups as lists of tasks: the largest first, those of one size in the order of their keys."""
        roots = array("q", map(self.root, range(len(self.starts))))
        sizes = array("q", bytes(8 * len(roots)))
        for task, root in enumerate(roots):
            sizes[root] += self.end(task) - self.starts[task]
        by_key = sorted(range(len(roots)), key=self.keys.__getitem__)
        members: dict[int, list[int]] = {}
        for task in by_key:
            if roots[task] != task or sizes[task] != self.end(task) - self.starts[task]:
                members.setdefault(roots[task], []).append(task)
        heads = sorted((task for task in by_key if roots[task] == task), key=sizes.__getitem__, reverse=True)
        for head in heads:
            yield members.pop(head, [head])

    def end(self, task: int) -> int:
        """Return the item behind the last one of a task."""
        return self.starts[task + 1] if task + 1 < len(self.starts) else len(self.tasks)


def divide(members: Iterable[Member], splitting: Splitting) -> Sequence[Split]:
    """Say for each item to which split it goes; the same for the same items and seed."""
    groups = Groups(by_author=splitting.by_author, seed=splitting.seed)
    for member in members:
        groups.add(member)
    balance = _Balance(groups, splitting)
    placed = bytearray(len(groups.starts))
    for group in groups.in_order():
        split = ORDER.index(balance.place(group))
        for task in group:
            placed[task] = split
    return _Placed(groups.tasks, placed)


class _Placed(Sequence[Split]):
    """The split of each item, by way of its task."""

    def __init__(self, tasks: "array[int]", placed: bytearray) -> None:
        self.tasks, self.placed = tasks, placed

    def __len__(self) -> int:
        return len(self.tasks)

    def __getitem__(self, at: int) -> Split:  # type: ignore[override]  # slices of it are not needed
        return ORDER[self.placed[self.tasks[at]]]


class _Balance:
    """How far each split is from its share, in all and of each combination of labels."""

    def __init__(self, groups: Groups, splitting: Splitting) -> None:
        self.groups, self.shares = groups, splitting.shares
        totals = Counter(groups.strata)
        self.wanted = {
            (split, one): share * totals[one] / 100 for split, share in self.shares.items() for one in totals
        }
        self.has: Counter[tuple[Split, int]] = Counter()
        self.wanted_in_all = {split: share * len(groups.strata) / 100 for split, share in self.shares.items()}
        self.has_in_all: Counter[Split] = Counter()

    def place(self, group: Sequence[int]) -> Split:
        """Choose the split of a group of tasks: where it fits and most is missing, else where most is missing in all.

        Missing is told relative to the share, so that small splits do not get what is left over at the end.
        """
        groups = self.groups
        counts: Counter[int] = Counter()
        for task in group:
            counts.update(groups.strata[groups.starts[task] : groups.end(task)])
        fitting = [split for split in self.shares if self._fits(split, counts)]
        if fitting:
            split = max(fitting, key=lambda one: self._missing(one, counts))
        else:
            split = max(self.shares, key=lambda one: self.wanted_in_all[one] - self.has_in_all[one])
        for stratum, count in counts.items():
            self.has[split, stratum] += count
        self.has_in_all[split] += counts.total()
        return split

    def _fits(self, split: Split, counts: Counter[int]) -> bool:
        return all(self.has[split, one] + count <= self.wanted[split, one] + 0.5 for one, count in counts.items())

    def _missing(self, split: Split, counts: Counter[int]) -> float:
        return sum(count * (1 - self.has[split, one] / self.wanted[split, one]) for one, count in counts.items())
