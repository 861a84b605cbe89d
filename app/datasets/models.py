"""Tables of frozen data: datasets, their numbered snapshots, the members."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id
from app.datasets.states import (
    REASON_MAX_CHARS,
    ChallengeState,
    CorrectionKind,
    DatasetUse,
    LeftOut,
    SnapshotState,
    Split,
    Tier,
)

_OPEN = text("state = 'open'")


class Dataset(Base):
    """A rule that says which work belongs together."""

    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(2000), default="")
    use: Mapped[DatasetUse] = mapped_column(default=DatasetUse.TRAINING)
    rule: Mapped[dict[str, Any]]
    """validated by datasets.schemas.Rule"""
    splitting: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """validated by datasets.schemas.Splitting: shares, seed, labels, whether authors are divided"""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Snapshot(Base):
    """A numbered, immutable set of revisions; `manifest_sha256` names its content."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("dataset_id", "n"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("datasets.id"))
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), index=True)
    n: Mapped[int]
    state: Mapped[SnapshotState] = mapped_column(default=SnapshotState.FREEZING)
    use: Mapped[DatasetUse] = mapped_column(default=DatasetUse.TRAINING)
    rule: Mapped[dict[str, Any]]
    """the rule as it was at the cut"""
    splitting: Mapped[dict[str, Any]] = mapped_column(default=dict)
    canary: Mapped[str | None] = mapped_column(String(36))
    """of a held-out snapshot: the text by which it is found in what a model was trained on"""
    left_out: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """reason → how many that the rule selects: selected = items + left out"""
    note: Mapped[str] = mapped_column(String(2000), default="")
    items: Mapped[int] = mapped_column(default=0)
    words: Mapped[int] = mapped_column(default=0)
    tokens: Mapped[int] = mapped_column(default=0)
    manifest: Mapped[dict[str, Any]] = mapped_column(default=dict)
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(String(500), default="")
    job_id: Mapped[UUID | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    cut_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    dataset: Mapped[Dataset] = relationship(lazy="raise")


class SnapshotItem(Base):
    """One member: which revision of which work, on which wording of the task."""

    __tablename__ = "snapshot_items"
    __table_args__ = (Index(None, "submission_id"),)

    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("snapshots.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """1, 2, 3 … in the order of tasks, then submissions: the order of every export, all work of a task side by side"""
    submission_id: Mapped[UUID]
    """of the revision, which holds it there: a key of its own would be checked for each of a million members"""
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id"))
    task_id: Mapped[UUID]
    """of the submission, which holds it there"""
    task_version: Mapped[int]
    state: Mapped[str] = mapped_column(String(32))
    """the submission's state at the cut"""
    tier: Mapped[Tier]
    agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement_versions.id"))
    """version whose signature of the author stood at the cut"""
    editor_agreement_id: Mapped[UUID | None] = mapped_column(ForeignKey("agreement_versions.id"))
    """of the reviewer whose edits are in the frozen revision"""
    verifier_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("verifier_runs.id"))
    """what a machine had found last about the revision"""
    split: Mapped[Split] = mapped_column(default=Split.TRAIN)
    cluster: Mapped[int | None]
    """position of the first member of its cluster of near-duplicates; None when it is like no other"""
    is_representative: Mapped[bool] = mapped_column(default=True)
    """of a cluster only the best member is"""
    row_sha256: Mapped[str | None] = mapped_column(String(64))
    """hash of the item's canonical record; set while freezing"""


class SnapshotReview(Base):
    """A decided review that had been written by the cut: what was judged later is not part of the snapshot."""

    __tablename__ = "snapshot_reviews"

    snapshot_id: Mapped[UUID] = mapped_column(primary_key=True)
    """its members hold it there"""
    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id"), primary_key=True)


class SnapshotLeftOut(Base):
    """A piece that the rule selected at the cut and that is not in the snapshot all the same."""

    __tablename__ = "snapshot_left_out"

    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("snapshots.id"), primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    reason: Mapped[LeftOut]


class Correction(Base):
    """What became of a row after its snapshot was frozen: a line of the snapshot's signed lists. Never changed."""

    __tablename__ = "corrections"
    __table_args__ = (UniqueConstraint("snapshot_id", "n"), UniqueConstraint("snapshot_id", "submission_id", "kind"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("snapshots.id"))
    n: Mapped[int]
    """1, 2, 3 … of its snapshot, in the order in which they were found: a number says what an export has applied"""
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"), index=True)
    row_sha256: Mapped[str] = mapped_column(String(64))
    """of the row as it was frozen"""
    kind: Mapped[CorrectionKind]
    reason: Mapped[str] = mapped_column(String(REASON_MAX_CHARS))
    """a sentence for whoever holds the row"""
    effective_at: Mapped[datetime]
    """when the work was withdrawn, or the challenge sustained"""
    created_at: Mapped[datetime]


class Challenge(Base):
    """Somebody doubts a row of a snapshot, that is the frozen revision; a manager decides."""

    __tablename__ = "challenges"
    __table_args__ = (
        Index("uq_challenges_open", "revision_id", unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_or_open"),
        CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided_by_somebody"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), index=True)
    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("snapshots.id"))
    """in which the row was seen; what is decided holds for every snapshot with the revision"""
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"), index=True)
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id"), index=True)
    state: Mapped[ChallengeState] = mapped_column(default=ChallengeState.OPEN)
    reason: Mapped[str] = mapped_column(String(REASON_MAX_CHARS))
    challenged_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    challenged_at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(String(REASON_MAX_CHARS), default="")
    """why it was decided so; of a sustained one it goes to whoever holds the row"""
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    snapshot: Mapped[Snapshot] = relationship(lazy="raise")
