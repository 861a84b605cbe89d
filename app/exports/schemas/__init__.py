"""What an export is asked for with, and how it goes out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.exports.states import ExportState

PREVIEW_ROWS = 20


class ExportIn(BaseModel):
    """A wish for an export; `options` are checked by the format."""

    model_config = ConfigDict(extra="forbid")

    format: str = Field(min_length=1, max_length=40)
    options: dict[str, Any] = Field(default_factory=dict)
    recipient_id: UUID | None = None
    """whom the copy is for"""


class LookQuery(BaseModel):
    """Which row of a preview is shown, and which ones were; options of the format stand beside it."""

    format: str = Field(default="trl_sft", max_length=40)
    row: int | None = Field(default=None, ge=1, le=PREVIEW_ROWS)
    seen: str = Field(default="", pattern=r"^[0-9a-f]{0,5}$")
    """a bit for each row, in hexadecimal digits"""
    recipient: str = Field(default="", max_length=36)
    """id of whom the copy would be for"""


class FileOut(BaseModel):
    """One file of an export."""

    model_config = ConfigDict(from_attributes=True)

    path: str
    size_bytes: int
    sha256: str
    rows: int | None


class ExportOut(BaseModel):
    """An export as its managers see it."""

    id: UUID
    snapshot_id: UUID
    recipient_id: UUID | None
    format: str
    options: dict[str, Any]
    state: ExportState
    rows: int
    excluded: dict[str, Any]
    message: str
    job_id: UUID | None
    created_at: datetime
    finished_at: datetime | None
    files_deleted_at: datetime | None
    """when its files had been kept long enough"""
    corrections_n: int | None
    """up to which number the corrections of its snapshot are applied"""
    withdrawn_since: int
    """rows of the snapshot withdrawn after that; as long as there is one, no file is handed out"""
    files: list[FileOut]


class FormatOut(BaseModel):
    """A format on offer, with the JSON schemas of its options and rows."""

    name: str
    title: str
    summary: str
    columns: dict[str, str]
    options: dict[str, Any]
    row_schema: dict[str, Any]
    """what `schema.json` of an export says"""
