"""The table of recipients."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import EMAIL_MAX_CHARS
from app.core.db import Base
from app.core.ids import new_id
from app.projects.states import RecipientClass
from app.recipients.states import LICENCE_MAX_CHARS, NAME_MAX_CHARS, TERMS_MAX_CHARS


class Recipient(Base):
    """Whoever exports are handed to. Its key decides how its copies differ from those of others."""

    __tablename__ = "recipients"
    __table_args__ = (CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_somebody"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(NAME_MAX_CHARS))
    name_key: Mapped[str] = mapped_column(String(NAME_MAX_CHARS), unique=True)
    """case-folded form, so that one organisation is not there twice"""
    kind: Mapped[RecipientClass]
    contact_email: Mapped[str] = mapped_column(String(EMAIL_MAX_CHARS))
    licence: Mapped[str] = mapped_column(String(LICENCE_MAX_CHARS), default="")
    terms: Mapped[str] = mapped_column(String(TERMS_MAX_CHARS), default="")
    """what they agreed to, in the words that they acknowledge at each delivery"""
    sealed_key: Mapped[bytes]
    """32 random bytes, made with the recipient, sealed by the installation's key; never shown, never exported"""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    """from then on it gets no new exports"""
