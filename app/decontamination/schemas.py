"""What comes in and goes out of decontamination: reference sets, findings, waivers."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.decontamination.states import (
    LICENCE_MAX_CHARS,
    NAME_MAX_CHARS,
    REASON_MAX_CHARS,
    SOURCE_MAX_CHARS,
    Consequence,
    Likeness,
    Part,
    ReferenceState,
)


class ReferenceIn(BaseModel):
    """What is said of a reference set when its file is handed in."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=NAME_MAX_CHARS)
    source: str = Field(min_length=1, max_length=SOURCE_MAX_CHARS)
    """where it comes from"""
    licence: str = Field(min_length=1, max_length=LICENCE_MAX_CHARS)
    fields: str = Field(default="text", min_length=1, max_length=500)
    """of the rows, with commas between them: question, answer"""

    @property
    def names(self) -> list[str]:
        """The fields one by one."""
        return [name.strip() for name in self.fields.split(",") if name.strip()] or ["text"]


class ReferenceOut(BaseModel):
    """A reference set, without anything of its texts."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    source: str
    licence: str
    fields: list[str]
    state: ReferenceState
    message: str
    texts: int
    grams: int
    added_at: datetime
    ready_at: datetime | None


class FindingFilter(BaseModel):
    """Which findings are listed."""

    model_config = ConfigDict(extra="forbid")

    consequence: Consequence | None = None
    likeness: Likeness | None = None
    part: Part | None = None
    reference: UUID | None = None
    task: UUID | None = None
    waived: bool | None = None
    cursor: str | None = Field(default=None, max_length=500)

    @field_validator("*", mode="before")
    @classmethod
    def _all_when_empty(cls, value: object) -> object:
        """Take an empty field of the form for "any"."""
        return None if value == "" else value


class FindingOut(BaseModel):
    """That one text of ours is like a reference text."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    task_id: UUID
    submission_id: UUID | None
    part: Part
    reference_set_id: UUID
    text_number: int
    likeness: Likeness
    consequence: Consequence
    n: int | None
    coverage: int
    matched: str
    found_at: datetime
    waived_at: datetime | None
    waiver_reason: str


class FindingsOut(BaseModel):
    """A page of findings, the newest first."""

    findings: list[FindingOut]
    next_cursor: str | None


class WaiverIn(BaseModel):
    """Why a finding may be overlooked."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=5, max_length=REASON_MAX_CHARS)
