"""The members of a snapshot with their signatures, read in closed pages: what near-duplicates are found by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from app.core.db import Database
from app.datasets.models import SnapshotItem
from app.datasets.states import Tier
from app.similarity.models import WorkSignature
from app.similarity.queries import BAND_COLUMNS
from app.submissions.models import Revision, VerifierRun
from app.submissions.states import Finding
from app.tasks.models import Task
from app.text.minhash import BANDS, SIGNED_BY, Bands

PAGE_ROWS = 500
_BEST_FIRST = list(Tier)
_LONGEST = 2**60
"""More than the microseconds of any moment."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of a snapshot as far as near-duplicates are concerned."""

    position: int
    revision_id: UUID
    task_id: UUID
    family: str | None
    rank: int
    """the smaller, the better it stands for its cluster: by tier, then confirmed by a machine, then handed in first"""
    bands: Bands | None
    """None: not signed yet, or without any text"""


def read_candidates(database: Database, snapshot_id: UUID) -> Iterator[list[Candidate]]:
    """Yield the members in the order of their positions, all work of a task together."""
    after = 0
    while True:
        here = (
            SnapshotItem.snapshot_id == snapshot_id,
            SnapshotItem.position > after,
            SnapshotItem.position <= after + PAGE_ROWS,
        )
        with database.reading() as session:
            rows = session.connection().execute(_CANDIDATES.where(*here)).all()
        if not rows:
            return
        yield [_candidate(row) for row in rows]
        after = rows[-1].position


def _candidate(row: Any) -> Candidate:
    microseconds = int(row.submitted_at.timestamp() * 1_000_000)
    rank = (_BEST_FIRST.index(row.tier) * 2 + (row.finding is not Finding.PASS)) * _LONGEST + microseconds
    bands = tuple(row[-BANDS:]) if row.version is not None else None
    return Candidate(row.position, row.revision_id, row.task_id, row.family, rank, bands)


_CANDIDATES = (
    select(
        SnapshotItem.position,
        SnapshotItem.revision_id,
        SnapshotItem.task_id,
        Task.family,
        SnapshotItem.tier,
        VerifierRun.finding,
        Revision.submitted_at,
        WorkSignature.version,
        *BAND_COLUMNS,
    )
    .join(Task, Task.id == SnapshotItem.task_id)
    .join(Revision, Revision.id == SnapshotItem.revision_id)
    .outerjoin(VerifierRun, VerifierRun.id == SnapshotItem.verifier_run_id)
    .outerjoin(
        WorkSignature,
        and_(WorkSignature.revision_id == SnapshotItem.revision_id, WorkSignature.version == SIGNED_BY),
    )
    .order_by(SnapshotItem.position)
)
