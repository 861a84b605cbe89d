"""Tables of exports: what was rendered from which snapshot, and its files."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id
from app.datasets.models import Snapshot
from app.exports.states import ExportState
from app.recipients.models import Recipient


class Export(Base):
    """A snapshot rendered in one format with fixed options; same snapshot, options and corrections, same bytes."""

    __tablename__ = "exports"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("snapshots.id"), index=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), index=True)
    recipient_id: Mapped[UUID | None] = mapped_column(ForeignKey("recipients.id"), index=True)
    """whom it is for; None: for this installation itself"""
    format: Mapped[str] = mapped_column(String(40))
    options: Mapped[dict[str, Any]]
    state: Mapped[ExportState] = mapped_column(default=ExportState.WAITING)
    rows: Mapped[int] = mapped_column(default=0)
    excluded: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """reason → how many items: items of the snapshot = rows' items + excluded"""
    manifest: Mapped[dict[str, Any]] = mapped_column(default=dict)
    corrections_n: Mapped[int | None]
    """up to which number the corrections of its snapshot are applied; set when its first row is written"""
    message: Mapped[str] = mapped_column(String(1000), default="")
    job_id: Mapped[UUID | None]
    preview_seen_at: Mapped[datetime | None]
    """when its first twenty rows were looked at; before that nothing is downloaded in the browser"""
    files_deleted_at: Mapped[datetime | None]
    """when its files had been kept long enough; what they were stays listed, with its hashes"""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    snapshot: Mapped[Snapshot] = relationship(lazy="raise")
    recipient: Mapped[Recipient | None] = relationship(lazy="raise")


class ExportPart(Base):
    """Rows of an export that are whole on the disk while others are still written: where a killed worker's goes on."""

    __tablename__ = "export_parts"

    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    """1, 2, 3 … in the order of the rows"""
    position: Mapped[int]
    """of the last item of the snapshot whose rows are in it; where rows stand in another order, of its last row"""
    files: Mapped[list[Any]]
    """of each file that it adds a shard to: path without number, file id, size in bytes, SHA-256, rows"""
    excluded: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """reason → how many of its items"""


class ExportFile(Base):
    """One file of an export, listed only once it is whole and on disk."""

    __tablename__ = "export_files"
    __table_args__ = (UniqueConstraint("export_id", "path"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.id"))
    path: Mapped[str] = mapped_column(String(200))
    """relative path inside the folder, for example ``sft/train.jsonl``"""
    file_id: Mapped[UUID]
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int | None]
