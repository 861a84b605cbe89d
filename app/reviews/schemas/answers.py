"""What other requests are answered with: the queue, saves, decisions, and what the author reads."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from app.reviews.schemas.pieces import (
    LabelView,
    SpanView,
    ThreadView,
    VerdictOption,
)
from app.reviews.states import (
    Verdict,
    VerificationMethod,
)
from app.submissions.states import SubmissionState


class SavedReviewOut(BaseModel):
    """The answer to a save; ETag holds the same number."""

    save_n: int
    saved_at: datetime
    verdicts: list[VerdictOption]


class OpenedOut(BaseModel):
    """Where the review is."""

    review_id: UUID
    review: str
    page: str
    is_new: bool


class DecidedOut(BaseModel):
    """What a decision led to."""

    review_id: UUID
    verdict: Verdict
    state: SubmissionState
    review_level: int
    revision_n: int
    next_url: str | None
    """POST it to open the next review; None when nothing waits"""
    queue_url: str
    undo_url: str
    undo_until: datetime


class UndoneOut(BaseModel):
    """The review that is open again after an undo."""

    review_id: UUID
    review: str
    page: str
    state: SubmissionState


class QueueRow(BaseModel):
    """One piece of work that waits for a judgment: nothing of its author, their time or confidence."""

    submission_id: UUID
    project_id: UUID
    project_slug: str
    project_name: str
    task_number: int
    task_title: str
    activity: str
    domain: str | None
    difficulty: int | None
    revision_n: int
    level: int
    is_escalated: bool
    returned_by_me: bool
    words: int
    submitted_at: datetime
    unanswered: int
    """blocker and major issues that the author has left open"""
    review_id: UUID | None
    """my open review of it"""
    open_url: str
    """POST it to open the review"""


class QueueOut(BaseModel):
    """One page of the queue."""

    items: list[QueueRow]
    next_cursor: str | None
    waiting: int
    waiting_is_more: bool


class EditedSpans(BaseModel):
    """What a reviewer changed in one step or part of the work; `add` spans are the reviewer's own words."""

    step_id: str | None
    name: str
    spans: list[SpanView]


class EditsView(BaseModel):
    """A reviewer's edits of somebody's work, for its author."""

    revision_n: int
    based_on_n: int
    state: Literal["pending", "accepted", "contested"]
    contest_reason: str | None
    spans: list[EditedSpans]
    accept_url: str
    contest_url: str


class DecisionView(BaseModel):
    """One effective decision, as the author or a manager reads it."""

    verdict: Verdict
    who: str
    """"A reviewer" for authors in a blind project"""
    level: int
    revision_n: int
    reason: str
    verification_method: VerificationMethod | None
    rubric_scores: dict[str, Any]
    labels: dict[str, LabelView]
    decided_at: datetime


class VerdictOut(BaseModel):
    """What was decided about one's work, with the issues and a reviewer's edits."""

    submission_id: UUID
    state: SubmissionState
    decisions: list[DecisionView]
    edits: EditsView | None
    threads: list[ThreadView]


class ThreadsOut(BaseModel):
    """The issues of one piece of work that the viewer may see."""

    items: list[ThreadView]
    unanswered: int
