"""What comes in and goes out of deliveries."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.datasets.states import CorrectionKind
from app.deliveries.states import NOTE_MAX_CHARS, AcknowledgedBy
from app.recipients.states import NAME_MAX_CHARS


class DeliveryIn(BaseModel):
    """An export was handed to its recipient."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    note: str = Field(default="", max_length=NOTE_MAX_CHARS)
    """how it was handed over"""


class AcknowledgementIn(BaseModel):
    """What a recipient said elsewhere, noted by hand."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=NAME_MAX_CHARS)
    """who said so"""
    note: str = Field(min_length=1, max_length=NOTE_MAX_CHARS)
    """where it was said"""


class ReceiptIn(BaseModel):
    """What a recipient says behind its link."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=NAME_MAX_CHARS)
    accepts: Literal["yes"]


class NoticeIn(BaseModel):
    """What a recipient says of the corrections it was shown."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=NAME_MAX_CHARS)
    heard: Literal["yes"]
    up_to: int = Field(ge=1)
    """number of the last one it was shown"""


class NoticeOut(BaseModel):
    """A correction that a recipient was told of."""

    n: int
    submission_id: UUID
    kind: CorrectionKind
    told_at: datetime
    due_at: datetime
    acknowledged_at: datetime | None
    acknowledged_name: str
    acknowledged_note: str


class DeliveryOut(BaseModel):
    """A delivery; `link` is given once, when it is made, and only where no mail goes out."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    export_id: UUID
    recipient_id: UUID
    manifest_sha256: str
    licence: str
    terms: str
    note: str
    delivered_at: datetime
    acknowledged_at: datetime | None
    acknowledged_how: AcknowledgedBy | None
    acknowledged_name: str
    acknowledged_note: str
    link: str | None = None
