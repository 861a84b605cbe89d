"""Items of a snapshot become rows: read, held against their frozen hashes, rendered; a pure function of a stretch."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.core.db import Database
from app.core.jobs import JobRefused
from app.datasets.queries.records import Item, end_of_task, in_groups, read_between
from app.datasets.states import Split
from app.exports.formats.base import BadRow, Format, Options
from app.exports.service.fingerprint import Fingerprint
from app.exports.service.wording import marked

WITHDRAWN = "withdrawn since it was frozen"
"""Why a row with a tombstone is in no export."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides the rows of an export."""

    snapshot_id: UUID
    items: int
    """of the snapshot"""
    key: str
    """hash of the snapshot: what decides where chance would"""
    format: Format
    options: Options
    withdrawn: frozenset[UUID] = frozenset()
    """works with a tombstone: their rows are left out"""
    mark: Fingerprint | None = None
    """of the recipient that the copy is for; held-out data and what is for nobody has none"""

    @property
    def is_shuffled(self) -> bool:
        """Whether rows stand in another order than items, so that the first is known only when all are there."""
        return self.format.is_shuffled or self.mark is not None


class Group(NamedTuple):
    """What came of an item, or of all items of a task: they go into the same shard."""

    position: int
    """of its last item"""
    items: int
    split: Split
    lines: list[tuple[str, bytes]]
    left_out: list[str]
    """why each item without a row has none"""
    id: UUID = UUID(int=0)
    """of the work, or of the task where all its items make rows together"""


def render(database: Database, plan: Plan, after: int, last: int) -> Iterator[Group]:
    """Render the items behind position `after` up to `last`; no transaction is open while they are rendered.

    Where all items of a task are wanted together, both ends move behind the task that stands across them. Raises
    JobRefused for an item that is not what was frozen, and for a row with a fault.
    """
    whole = plan.format.takes_tasks_whole
    if whole:
        with database.reading() as session:
            after, last = (end_of_task(session, plan.snapshot_id, at) for at in (after, last))
    pages = read_between(database, plan.snapshot_id, after, last)
    return (_render(plan, items) for items in in_groups(pages, by_task=whole))


def _render(plan: Plan, items: list[Item]) -> Group:
    kept = [item for item in items if item.submission_id not in plan.withdrawn]
    for item in kept:
        if hashlib.sha256(item.line).hexdigest() != item.row_sha256:
            raise JobRefused(f"{_named(item)} is not what was frozen; the database was changed.")
    try:
        made = plan.format.make(kept, plan.options, is_proving=True)
        group_id = items[0].task_id if plan.format.takes_tasks_whole else items[0].submission_id
        if plan.mark is not None:
            made.lines = marked(plan.format, [item.record for item in kept], made.lines, plan.mark, group_id)
    except BadRow as fault:
        raise JobRefused(f"{_named(kept[0])} makes a bad row: {fault}.") from fault
    # A task is never divided: its items have one split.
    left_out = [*made.left_out.values(), *[WITHDRAWN] * (len(items) - len(kept))]
    return Group(items[-1].position, len(items), items[0].split, made.lines, left_out, group_id)


def _named(item: Item) -> str:
    return f"Item {item.position} ({item.submission_id})"
