"""Imports of tasks as they come in and go out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.tasks.adapters import ADAPTERS
from app.tasks.reading.rows import IMPORTABLE
from app.tasks.states import ExistingPolicy, ImportState


class ImportPlan(BaseModel):
    """How a file becomes tasks: its layout, which column is which field, values for all rows, what to do with twins."""

    model_config = ConfigDict(extra="forbid")

    adapter: str = Field(default="fields", max_length=40)
    mapping: dict[str, str] = Field(default_factory=dict, max_length=len(IMPORTABLE))
    """field → column; a column that begins with ``=`` is a text for all rows"""
    defaults: dict[str, str | int | bool | list[str]] = Field(default_factory=dict, max_length=len(IMPORTABLE))
    existing: ExistingPolicy = ExistingPolicy.REFUSE
    open_at_once: bool = False

    @field_validator("adapter")
    @classmethod
    def _known_adapter(cls, value: str) -> str:
        if value not in ADAPTERS:
            raise ValueError(f"There is no adapter of this name; there are {', '.join(ADAPTERS)}.")
        return value

    @field_validator("mapping", "defaults")
    @classmethod
    def _known_fields(cls, value: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(value) - set(IMPORTABLE))
        if unknown:
            raise ValueError(f"A task has no field {unknown[0][:40]}; it has {', '.join(IMPORTABLE)}.")
        return {name: given for name, given in value.items() if given != ""}

    @model_validator(mode="after")
    def _texts_for_all_rows(self) -> Self:
        texts = {name: column[1:] for name, column in self.mapping.items() if column.startswith("=")}
        self.defaults = {**self.defaults, **texts}
        self.mapping = {name: column for name, column in self.mapping.items() if name not in texts}
        if "external_id" in self.defaults:
            raise ValueError("external_id names one task, so it cannot be the same for all rows.")
        return self


class ImportOptions(BaseModel):
    """What may be said of a file when it is handed in; what is left out is guessed from its columns."""

    model_config = ConfigDict(extra="forbid")

    adapter: str | None = Field(default=None, max_length=40)
    mapping: dict[str, str] = Field(default_factory=dict, max_length=len(IMPORTABLE))
    defaults: dict[str, str | int | bool | list[str]] = Field(default_factory=dict, max_length=len(IMPORTABLE))
    existing: ExistingPolicy = ExistingPolicy.REFUSE
    open_at_once: bool = False
    check: bool = True
    """check at once, without waiting for somebody to look at the mapping"""
    start: bool = False
    """store at once when the check finds no bad row"""

    def plan(self, *, guessed_adapter: str, guessed_mapping: Mapping[str, str]) -> ImportPlan:
        """Fill what was left out with the guesses; a guessed mapping holds only for the guessed adapter."""
        adapter = self.adapter or guessed_adapter
        mapping = dict(guessed_mapping) if adapter == guessed_adapter else {}
        return ImportPlan(
            adapter=adapter,
            mapping={**mapping, **self.mapping},
            defaults=self.defaults,
            existing=self.existing,
            open_at_once=self.open_at_once,
        )


class StartIn(BaseModel):
    """The word to begin storing."""

    model_config = ConfigDict(extra="forbid")

    leave_out_bad_rows: bool = False


class ImportOut(BaseModel):
    """Where an import stands and what it found."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: UUID
    state: ImportState
    file_name: str
    size_bytes: int
    file_sha256: str
    layout: str
    adapter: str
    mapping: dict[str, Any]
    defaults: dict[str, Any]
    existing: ExistingPolicy
    columns: list[Any]
    preview: list[Any]
    rows_read: int
    rows_created: int
    rows_updated: int
    rows_unchanged: int
    rows_rejected: int
    problems: list[Any]
    message: str
    job_id: UUID | None
    created_at: datetime
    finished_at: datetime | None
