"""What comes in and goes out of assignments."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.assignments.models import REASON_MAX_CHARS
from app.assignments.states import AssignmentState


class TakeBackIn(BaseModel):
    """Why a manager takes a task from its holder; the holder reads it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=3, max_length=REASON_MAX_CHARS)


class AssignmentOut(BaseModel):
    """One assignment, for its holder and those who run the project."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: UUID
    task_id: UUID
    user_id: UUID | None
    """its holder; None where names are kept from the reader, who may have to judge the work"""
    state: AssignmentState
    fencing: int
    lease_expires_at: datetime | None
    leased_at: datetime
    ended_at: datetime | None
