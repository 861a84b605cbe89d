"""Datasets and snapshots as they come in and go out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.datasets.schemas.rules import RULE_STATES, Rule, Splitting
from app.datasets.states import DatasetUse, SnapshotState

__all__ = [
    "RULE_STATES",
    "DatasetIn",
    "DatasetOut",
    "Rule",
    "RuleCount",
    "SnapshotIn",
    "SnapshotOut",
    "Splitting",
]


class DatasetIn(BaseModel):
    """A new dataset, or its new rule."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=120)
    purpose: str = Field(default="", max_length=2000)
    use: DatasetUse = DatasetUse.TRAINING
    rule: Rule = Field(default_factory=Rule)
    splitting: Splitting | None = None
    """None: all for training, or of a held-out dataset all for testing"""


class SnapshotIn(BaseModel):
    """What may be said when freezing."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    note: str = Field(default="", max_length=2000)


class DatasetOut(BaseModel):
    """A dataset as its managers see it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    purpose: str
    use: DatasetUse
    rule: Rule
    splitting: Splitting
    created_at: datetime
    updated_at: datetime


class SnapshotOut(BaseModel):
    """A snapshot as its managers see it; selected = items + left_out."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    dataset_id: UUID
    n: int
    state: SnapshotState
    use: DatasetUse
    rule: Rule
    splitting: Splitting
    canary: str | None
    note: str
    items: int
    words: int
    tokens: int
    left_out: dict[str, int]
    """reason → how many that the rule selected at the cut"""
    manifest: dict[str, Any]
    manifest_sha256: str | None
    message: str
    job_id: UUID | None
    cut_at: datetime
    ready_at: datetime | None


class RuleCount(BaseModel):
    """How much a rule selects now, and how much of it a snapshot would hold: selected = items + left_out."""

    selected: int
    items: int
    words: int
    tokens: int
    by_tier: dict[str, int]
    tokens_by_tier: dict[str, int]
    left_out: dict[str, int]
    """reason → pieces that the rule selects and a snapshot would leave out"""
    not_selected: dict[str, int]
    """part of the rule → pieces that were handed in and first fail there"""
    one_in: int = 1
    """1: all pieces were counted; else one in so many was, and each figure is so many times what was found"""
