"""What is said against frozen rows, and what became of them, as it comes in and goes out."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.datasets.states import REASON_MAX_CHARS, ChallengeState, CorrectionKind


class ChallengeIn(BaseModel):
    """Why somebody doubts a row."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=10, max_length=REASON_MAX_CHARS)


class DecisionIn(BaseModel):
    """What a manager says of a challenge; the reason of a sustained one goes to whoever holds the row."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    is_sustained: bool
    reason: str = Field(min_length=10, max_length=REASON_MAX_CHARS)


class ChallengeOut(BaseModel):
    """A challenge of a row."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    snapshot_id: UUID
    submission_id: UUID
    state: ChallengeState
    reason: str
    challenged_at: datetime
    decision: str
    decided_at: datetime | None


class CorrectionOut(BaseModel):
    """A numbered line of a snapshot's lists."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    submission_id: UUID
    kind: CorrectionKind
    row_sha256: str
    reason: str
    effective_at: datetime
