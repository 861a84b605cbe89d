"""What goes out about work: findings, acknowledged saves, receipts, signs of life."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from app.submissions.states import SubmissionState


class FindingOut(BaseModel):
    """One thing the linter found, with the way to it."""

    rule: str
    severity: Literal["blocker", "warning"]
    """a blocker stops handing in; a warning asks for a look, or a waiver with a reason"""
    sentence: str
    hint: str = ""
    step_id: str | None = None
    """None: about the answer or the whole"""
    where: str = ""
    """part it speaks of when it is no step: answer, unit, program, steps, confidence, wrong"""
    waiver_key: str
    """key under which `content.waivers` holds the author's reason"""
    waiver: str | None = None
    """the author's reason, where it was waived"""
    needs_reason: bool = False
    """a warning that stops handing in until it is waived with a reason"""

    @property
    def stops(self) -> bool:
        """Tell whether it keeps the work from being handed in."""
        return self.severity == "blocker" or (self.needs_reason and not self.waiver)


class SavedOut(BaseModel):
    """The answer to a save; ETag holds the same number."""

    n: int
    sha256: str
    saved_at: datetime
    words: int
    tokens: int | None
    """counted on every tenth save and at hand-in; None in between"""
    lease_expires_at: datetime | None
    """None for returned work, whose place is its author's"""
    findings: list[FindingOut]


class HeadOut(BaseModel):
    """The head of a draft, as an answer 412 carries it."""

    n: int
    sha256: str | None
    content: dict[str, Any]
    saved_at: datetime | None


class ReceiptOut(BaseModel):
    """What was handed in."""

    submission_id: UUID
    revision: int
    sha256: str
    words: int
    tokens: int
    active_seconds: int
    submitted_at: datetime
    state: SubmissionState
    findings: list[FindingOut]


class BeatOut(BaseModel):
    """The answer to a heartbeat: the time that counts, and what another tab may have changed."""

    active_seconds: int
    on_paper_seconds: int
    draft_n: int
    state: SubmissionState
    fencing: int
    lease_expires_at: datetime | None
