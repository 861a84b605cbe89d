"""The members of a snapshot with their signatures, read in closed pages: what near-duplicates are found by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

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


def count_unsigned(session: Session, snapshot_id: UUID, *, at_most: int) -> int:
    """Count the members that have no signature yet, up to so many."""
    unsigned = (
        select(SnapshotItem.position)
        .outerjoin(WorkSignature, _SIGNED)
        .where(SnapshotItem.snapshot_id == snapshot_id, WorkSignature.revision_id.is_(None))
        .limit(at_most)
    )
    return session.scalar(select(func.count()).select_from(unsigned.subquery())) or 0


_SIGNED = and_(WorkSignature.revision_id == SnapshotItem.revision_id, WorkSignature.version == SIGNED_BY)
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
    .outerjoin(WorkSignature, _SIGNED)
    .order_by(SnapshotItem.position)
)


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A cluster of a snapshot in the list."""

    cluster: int
    """position of its first member"""
    members: int


def clusters_of(session: Session, snapshot_id: UUID, *, after: int, limit: int) -> list[ClusterRow]:
    """List the clusters of a snapshot behind position `after`, in order."""
    query = (
        select(SnapshotItem.cluster, func.count())
        .where(SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.cluster > after)
        .group_by(SnapshotItem.cluster)
        .order_by(SnapshotItem.cluster)
        .limit(limit)
    )
    return [ClusterRow(first, members) for first, members in session.execute(query) if first is not None]


def count_clusters(session: Session, snapshot_id: UUID) -> tuple[int, int]:
    """Count the clusters of a snapshot, and their members."""
    counted = select(func.count(SnapshotItem.cluster.distinct()), func.count(SnapshotItem.cluster))
    row = session.execute(counted.where(SnapshotItem.snapshot_id == snapshot_id)).one()
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a cluster with what it says."""

    position: int
    is_representative: bool
    tier: Tier
    submission_id: UUID
    task_number: int
    content: str


def members_of(session: Session, snapshot_id: UUID, cluster: int, *, limit: int) -> list[MemberRow]:
    """List the members of a cluster, its representative first."""
    query = (
        select(
            SnapshotItem.position,
            SnapshotItem.is_representative,
            SnapshotItem.tier,
            SnapshotItem.submission_id,
            Task.number,
            Revision.content,
        )
        .join(Task, Task.id == SnapshotItem.task_id)
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .where(SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.cluster == cluster)
        .order_by(SnapshotItem.is_representative.desc(), SnapshotItem.position)
        .limit(limit)
    )
    return [MemberRow(*row) for row in session.execute(query)]
