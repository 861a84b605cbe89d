"""What comes in and goes out of recipients; the key never does."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.accounts.schemas import Email
from app.projects.states import RecipientClass
from app.recipients.states import LICENCE_MAX_CHARS, NAME_MAX_CHARS, TERMS_MAX_CHARS


class RecipientIn(BaseModel):
    """What is said of a recipient."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=NAME_MAX_CHARS)
    kind: RecipientClass
    contact_email: Email
    """whom links and news of corrections go to"""
    licence: str = Field(default="", max_length=LICENCE_MAX_CHARS)
    terms: str = Field(default="", max_length=TERMS_MAX_CHARS)
    """what they agreed to; shown and acknowledged at each delivery"""


class RecipientOut(BaseModel):
    """A recipient as an admin sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: RecipientClass
    contact_email: str
    licence: str
    terms: str
    created_at: datetime
    closed_at: datetime | None


class RecipientName(BaseModel):
    """A recipient as managers choose it for an export."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: RecipientClass
