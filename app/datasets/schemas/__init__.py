"""What a dataset's rule may say, and how datasets and snapshots go out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.datasets.states import SnapshotState, Tier
from app.submissions.states import SubmissionState
from app.tasks.states import Activity

Label = Annotated[str, Field(min_length=1, max_length=80)]
RULE_STATES = frozenset({SubmissionState.APPROVED, SubmissionState.REJECTED, SubmissionState.GAVE_UP})


class Rule(BaseModel):
    """Which work belongs to a dataset. An empty list means "any"; work under review is never in."""

    model_config = ConfigDict(extra="forbid")

    states: list[SubmissionState] = Field(default_factory=lambda: [SubmissionState.APPROVED], min_length=1)
    activities: list[Activity] = Field(default_factory=list)
    domains: list[Label] = Field(default_factory=list, max_length=100)
    skills: list[Label] = Field(default_factory=list, max_length=100)
    difficulties: list[Annotated[int, Field(ge=1, le=5)]] = Field(default_factory=list)
    languages: list[Annotated[str, Field(max_length=8)]] = Field(default_factory=list)
    tiers: list[Tier] = Field(default_factory=list)

    def model_post_init(self, _context: Any) -> None:
        """Refuse states in which work is still being judged."""
        wrong = set(self.states) - RULE_STATES
        if wrong:
            raise ValueError(f"Only approved, rejected or given-up work can be frozen, not {', '.join(sorted(wrong))}.")


class DatasetIn(BaseModel):
    """A new dataset, or its new rule."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=120)
    purpose: str = Field(default="", max_length=2000)
    rule: Rule = Field(default_factory=Rule)


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
    rule: Rule
    created_at: datetime
    updated_at: datetime


class SnapshotOut(BaseModel):
    """A snapshot as its managers see it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    dataset_id: UUID
    n: int
    state: SnapshotState
    rule: Rule
    note: str
    items: int
    words: int
    tokens: int
    manifest_sha256: str | None
    message: str
    job_id: UUID | None
    cut_at: datetime
    ready_at: datetime | None


class RuleCount(BaseModel):
    """How much a rule selects now."""

    items: int
    words: int
    tokens: int
    by_tier: dict[str, int]
