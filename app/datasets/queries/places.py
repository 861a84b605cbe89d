"""Where the members of a snapshot belong, read in closed pages: what divides them, and what came of it."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import String, select, type_coerce

from app.core.db import Database
from app.datasets.models import SnapshotItem
from app.datasets.states import Label, Split
from app.submissions.models import Revision, Submission
from app.tasks.models import Task

PAGE_ROWS = 5_000
COLUMNS: dict[Label, Any] = {
    Label.ACTIVITY: type_coerce(Task.activity, String),
    Label.DOMAIN: Task.domain,
    Label.SKILL: Task.skill,
    Label.DIFFICULTY: Task.difficulty,
    Label.LANGUAGE: Task.language,
    Label.TIER: type_coerce(SnapshotItem.tier, String),
}


@dataclass(frozen=True, slots=True)
class Member:
    """What of an item decides where it goes; items come in the order of their positions, tasks side by side."""

    task: bytes
    family: str | None
    author: bytes
    cluster: int | None
    """position of the first member of its cluster; 1 is the first item"""
    labels: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What came of an item."""

    position: int
    row_sha256: str
    split: Split
    cluster: int | None
    is_representative: bool
    tokens: int

    @property
    def line(self) -> str:
        """Write it down as it is hashed for the manifest."""
        return f"{self.position} {self.split} {self.cluster or '-'} {'+' if self.is_representative else '-'}\n"


def read_members(database: Database, snapshot_id: UUID, labels: Sequence[Label]) -> Iterator[Member]:
    """Yield what divides the members of a snapshot, in order."""
    columns = [COLUMNS[label] for label in labels]
    query = (
        select(SnapshotItem.position, Task.id, Task.family, Submission.author_id, SnapshotItem.cluster, *columns)
        .join(Task, Task.id == SnapshotItem.task_id)
        .join(Submission, Submission.id == SnapshotItem.submission_id)
    )
    for page in _pages(database, snapshot_id, query):
        for row in page:
            yield Member(row[1].bytes, row[2], row[3].bytes, row[4], tuple(row[5:]))


def read_places(database: Database, snapshot_id: UUID) -> Iterator[list[Place]]:
    """Yield where the members of a snapshot went, in order; each must have been hashed."""
    query = select(
        SnapshotItem.position,
        SnapshotItem.row_sha256,
        SnapshotItem.split,
        SnapshotItem.cluster,
        SnapshotItem.is_representative,
        Revision.tokens,
    ).join(Revision, Revision.id == SnapshotItem.revision_id)
    for page in _pages(database, snapshot_id, query):
        yield [Place(*row) for row in page]


def _pages(database: Database, snapshot_id: UUID, query: Any) -> Iterator[Sequence[Any]]:
    after = 0
    while True:
        here = (
            SnapshotItem.snapshot_id == snapshot_id,
            SnapshotItem.position > after,
            SnapshotItem.position <= after + PAGE_ROWS,  # both ends, for a planner that knows nothing yet of it
        )
        with database.reading() as session:
            page = session.execute(query.where(*here).order_by(SnapshotItem.position)).all()
        if not page:
            return
        yield page
        after = page[-1].position
