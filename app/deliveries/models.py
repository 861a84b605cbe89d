"""Tables of deliveries: what was handed to whom, what they acknowledged, and what they were told afterwards."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id
from app.deliveries.states import NOTE_MAX_CHARS, AcknowledgedBy
from app.exports.models import Export
from app.recipients.models import Recipient
from app.recipients.states import LICENCE_MAX_CHARS, NAME_MAX_CHARS, TERMS_MAX_CHARS


class Delivery(Base):
    """An export handed to its recipient; licence and terms as they were on that day."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_how IS NULL)", name="acknowledged_somehow"),
        CheckConstraint("(acknowledged_how = 'hand') = (acknowledged_by IS NOT NULL)", name="by_hand_by_somebody"),
        CheckConstraint("(link_sha256 IS NULL) = (link_expires_at IS NULL)", name="link_expires"),
        CheckConstraint("(notice_link_sha256 IS NULL) = (notice_link_expires_at IS NULL)", name="notice_link_expires"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.id"), unique=True)
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("recipients.id"), index=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), index=True)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    """of the file manifest.json, which lists all others with their hashes"""
    licence: Mapped[str] = mapped_column(String(LICENCE_MAX_CHARS), default="")
    terms: Mapped[str] = mapped_column(String(TERMS_MAX_CHARS), default="")
    note: Mapped[str] = mapped_column(String(NOTE_MAX_CHARS), default="")
    """how it was handed over"""
    delivered_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    delivered_at: Mapped[datetime]
    link_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    """of the secret of the one-time link behind which the recipient acknowledges"""
    link_expires_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_how: Mapped[AcknowledgedBy | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """who noted it by hand"""
    acknowledged_name: Mapped[str] = mapped_column(String(NAME_MAX_CHARS), default="")
    """who said so at the recipient's, in their own words"""
    acknowledged_note: Mapped[str] = mapped_column(String(NOTE_MAX_CHARS), default="")
    notice_link_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    """of the secret of the one-time link behind which the recipient says that it has heard of corrections"""
    notice_link_expires_at: Mapped[datetime | None]
    export: Mapped[Export] = relationship(lazy="raise")
    recipient: Mapped[Recipient] = relationship(lazy="raise")


class CorrectionNotice(Base):
    """A recipient was told that something it was delivered is corrected, and by when it must say that it has heard."""

    __tablename__ = "correction_notices"
    __table_args__ = (
        UniqueConstraint("delivery_id", "correction_id"),
        CheckConstraint("acknowledged_by IS NULL OR acknowledged_at IS NOT NULL", name="noted_when_acknowledged"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"))
    correction_id: Mapped[UUID] = mapped_column(ForeignKey("corrections.id"), index=True)
    told_at: Mapped[datetime]
    due_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """who noted it by hand; None when the recipient said so itself"""
    acknowledged_name: Mapped[str] = mapped_column(String(NAME_MAX_CHARS), default="")
    """who said so at the recipient's, in their own words"""
    acknowledged_note: Mapped[str] = mapped_column(String(NOTE_MAX_CHARS), default="")
    """where it was said, when it was noted by hand"""
