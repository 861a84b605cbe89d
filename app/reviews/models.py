"""Tables of judgment: reviews, step labels, issues with their threads."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id
from app.reviews.states import (
    AnchorKind,
    ErrorType,
    ReviewState,
    Severity,
    StepVerdict,
    ThreadState,
    Verdict,
    VerificationMethod,
)
from app.submissions.models import Revision, Submission
from app.submissions.states import Finding

NOTE_MAX_CHARS = 4000
REASON_MAX_CHARS = 1000
QUOTE_MAX_CHARS = 2000
COMMENT_MAX_CHARS = 20_000
_DECIDED = text("state = 'decided'")
_LIVE = text("state IN ('open', 'decided')")
_OPEN = text("state = 'open'")


class Review(Base):
    """One person's judgment of one revision. Once decided it is never changed."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index(
            "uq_reviews_live",
            "revision_id",
            "reviewer_id",
            "level",
            unique=True,
            postgresql_where=_LIVE,
            sqlite_where=_LIVE,
        ),
        Index(
            "uq_reviews_effective",
            "revision_id",
            "level",
            "round",
            unique=True,
            postgresql_where=_DECIDED,
            sqlite_where=_DECIDED,
        ),
        Index(None, "reviewer_id", "state"),
        Index(None, "submission_id"),
        Index("ix_reviews_open", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        CheckConstraint("(state = 'open' OR state = 'dropped') OR verdict IS NOT NULL", name="verdict_when_decided"),
        CheckConstraint("level IN (1, 2)", name="level"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id"))
    revision_n: Mapped[int]
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    level: Mapped[int] = mapped_column(default=1)
    round: Mapped[int] = mapped_column(default=1)
    """1; 2 for the second person who confirms a rejection at the same level, and so on"""
    state: Mapped[ReviewState] = mapped_column(default=ReviewState.OPEN)
    verdict: Mapped[Verdict | None]
    verification_method: Mapped[VerificationMethod | None]
    verification_note: Mapped[str] = mapped_column(String(NOTE_MAX_CHARS), default="")
    """what was looked up or run; two lines of why for read_only"""
    reason: Mapped[str] = mapped_column(String(NOTE_MAX_CHARS), default="")
    disagreement: Mapped[str] = mapped_column(String(NOTE_MAX_CHARS), default="")
    """why the verdict differs from what a machine found; asked for whenever it does"""
    rubric_n: Mapped[int] = mapped_column(default=0)
    rubric_scores: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """criterion id → score"""
    own_answer: Mapped[str] = mapped_column(String(20_000), default="")
    """what the reviewer answered before seeing the reference"""
    own_finding: Mapped[Finding | None]
    """what a machine said of that answer; None where it was not asked"""
    own_reason: Mapped[str] = mapped_column(String(REASON_MAX_CHARS), default="")
    """the same as a sentence"""
    saw_reference_at: Mapped[datetime | None]
    edited_content: Mapped[str | None] = mapped_column(String(4_000_000))
    """the content document with the reviewer's edits, for approve_with_edits"""
    save_n: Mapped[int] = mapped_column(default=0)
    """number of the last save of the open review: its ETag"""
    seconds: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """how the submission stood before the decision, for the ten seconds in which it can be taken back"""
    submission: Mapped[Submission] = relationship(lazy="raise")
    revision: Mapped[Revision] = relationship(lazy="raise")


class StepLabel(Base):
    """One reviewer's verdict on one step of one revision."""

    __tablename__ = "step_labels"

    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    step_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[StepVerdict]
    error_type: Mapped[ErrorType | None]
    note: Mapped[str] = mapped_column(String(NOTE_MAX_CHARS), default="")
    carried_over: Mapped[bool] = mapped_column(default=False)
    """kept from the review of the revision before, whose step and sources are word for word the same"""


class Thread(Base):
    """An issue: what is wrong, how badly, and where; with the talk about it."""

    __tablename__ = "threads"
    __table_args__ = (Index(None, "submission_id", "state"), Index(None, "review_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    review_id: Mapped[UUID | None] = mapped_column(ForeignKey("reviews.id"))
    revision_n: Mapped[int]
    """the revision it was opened on"""
    anchor: Mapped[AnchorKind]
    step_id: Mapped[str | None] = mapped_column(String(40))
    quote: Mapped[str] = mapped_column(String(QUOTE_MAX_CHARS), default="")
    quote_start: Mapped[int | None]
    """offset of the quote in the step's source, in code points, on the revision it was opened on"""
    severity: Mapped[Severity]
    state: Mapped[ThreadState] = mapped_column(default=ThreadState.OPEN)
    published_at: Mapped[datetime | None]
    """None while its review is open: the author sees an issue only with the decision"""
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Comment(Base):
    """One turn of the talk in a thread."""

    __tablename__ = "comments"
    __table_args__ = (Index(None, "thread_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("threads.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(String(COMMENT_MAX_CHARS))
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
