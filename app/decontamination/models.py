"""Tables of decontamination: reference sets as sealed hashes, what was held against them, what was found."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id
from app.decontamination.states import (
    LICENCE_MAX_CHARS,
    MATCHED_MAX_CHARS,
    NAME_MAX_CHARS,
    REASON_MAX_CHARS,
    SOURCE_MAX_CHARS,
    Consequence,
    GramKind,
    Likeness,
    Part,
    ReferenceState,
)


class ReferenceSet(Base):
    """A set of texts, such as a benchmark, that what is trained on must not hold; its texts are not kept."""

    __tablename__ = "reference_sets"
    __table_args__ = (
        CheckConstraint("(state = 'ready') = (n IS NOT NULL)", name="n_when_ready"),
        CheckConstraint("state = 'loading' OR file_id IS NULL", name="file_while_loading"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(NAME_MAX_CHARS), unique=True)
    source: Mapped[str] = mapped_column(String(SOURCE_MAX_CHARS))
    licence: Mapped[str] = mapped_column(String(LICENCE_MAX_CHARS))
    fields: Mapped[list[str]]
    """of the file's rows; the texts of all of them are one reference text"""
    state: Mapped[ReferenceState] = mapped_column(default=ReferenceState.LOADING)
    n: Mapped[int | None] = mapped_column(unique=True)
    """1, 2, 3 … in the order of becoming ready: what was checked against n was checked against all before it"""
    message: Mapped[str] = mapped_column(String(500), default="")
    file_id: Mapped[UUID | None]
    """deleted as soon as it was read"""
    file_sha256: Mapped[str] = mapped_column(String(64))
    texts: Mapped[int] = mapped_column(default=0)
    grams: Mapped[int] = mapped_column(default=0)
    """different 8-grams, each with its text"""
    job_id: Mapped[UUID | None]
    added_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]


class ReferenceBlock(Base):
    """Some thousand hashes of a reference set, sorted, with the numbers of their texts; sealed with the key."""

    __tablename__ = "reference_blocks"

    reference_set_id: Mapped[UUID] = mapped_column(ForeignKey("reference_sets.id"), primary_key=True)
    kind: Mapped[GramKind] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


class ContaminationCheck(Base):
    """That a wording of a task, or a revision of work, was held against the reference sets."""

    __tablename__ = "contamination_checks"

    piece_id: Mapped[UUID] = mapped_column(primary_key=True)
    """a task or a revision"""
    version: Mapped[int] = mapped_column(primary_key=True)
    """of the task's wording; 0 for a revision"""
    through: Mapped[int]
    """`n` of the newest reference set that it was held against"""
    checked_at: Mapped[datetime]


class ContaminationFinding(Base):
    """One text of ours is like one reference text."""

    __tablename__ = "contamination_findings"
    __table_args__ = (
        UniqueConstraint("piece_id", "version", "part", "reference_set_id", "text_number"),
        CheckConstraint("(waived_by IS NULL) = (waived_at IS NULL)", name="waived_by_somebody"),
        CheckConstraint("waived_at IS NULL OR waiver_reason <> ''", name="waived_for_a_reason"),
        CheckConstraint("coverage BETWEEN 0 AND 100", name="coverage_percent"),
        Index(None, "project_id", "id"),
        Index(None, "reference_set_id"),
        Index(None, "task_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submissions.id"))
    piece_id: Mapped[UUID]
    """as in ContaminationCheck"""
    version: Mapped[int]
    part: Mapped[Part]
    reference_set_id: Mapped[UUID] = mapped_column(ForeignKey("reference_sets.id"))
    text_number: Mapped[int]
    """line of the reference file"""
    likeness: Mapped[Likeness]
    consequence: Mapped[Consequence]
    n: Mapped[int | None]
    """words of the longest kind of n-gram that both have"""
    coverage: Mapped[int]
    """percent of our text's words that lie in 8-grams of the reference text"""
    matched: Mapped[str] = mapped_column(String(MATCHED_MAX_CHARS))
    """of our text, as it stands there"""
    found_at: Mapped[datetime]
    waived_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    waived_at: Mapped[datetime | None]
    waiver_reason: Mapped[str] = mapped_column(String(REASON_MAX_CHARS), default="")
    reference_set: Mapped[ReferenceSet] = relationship(lazy="raise")


class SnapshotContamination(Base):
    """What one reference set had in common with what a snapshot's rule selected, as it was when it was frozen."""

    __tablename__ = "snapshot_contamination"
    __table_args__ = (CheckConstraint("blocked <= found", name="blocked_of_found"),)

    snapshot_id: Mapped[UUID] = mapped_column(primary_key=True)
    reference_set_id: Mapped[UUID] = mapped_column(primary_key=True)
    """refers to nothing: the set may be removed, what was true of the snapshot stays"""
    name: Mapped[str] = mapped_column(String(NAME_MAX_CHARS))
    source: Mapped[str] = mapped_column(String(SOURCE_MAX_CHARS))
    licence: Mapped[str] = mapped_column(String(LICENCE_MAX_CHARS))
    texts: Mapped[int]
    texts_touched: Mapped[int]
    """reference texts that an item was the same as, or covered by, before any was left out"""
    found: Mapped[int]
    """items with any finding"""
    blocked: Mapped[int]
    """items that were left out for it, or, held out, would have been"""
    waived: Mapped[int]
    """items that stayed because a manager had waived it"""
