"""Tables of the work: submissions, saved drafts, conflict copies, handed-in revisions, working time, machine checks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.assignments.models import Assignment
from app.core.db import Base
from app.core.ids import new_id
from app.submissions.states import (
    CHECK_DETAIL_MAX_CHARS,
    CHECK_REASON_MAX_CHARS,
    LANGUAGE_MAX_CHARS,
    RUN_INPUT_MAX_CHARS,
    RUN_MESSAGE_MAX_CHARS,
    RUN_OUTPUT_MAX_CHARS,
    SOURCE_MAX_CHARS,
    VERIFIER_MAX_CHARS,
    EditsState,
    Finding,
    RunPurpose,
    RunState,
    SubmissionState,
)
from app.tasks.models import Task
from app.tasks.states import Activity

CONTENT_MAX_CHARS = 4_000_000
DRAFT_HISTORY_KEPT = 50
IDEMPOTENCY_KEY_MAX_CHARS = 100
_QUEUED = text("state IN ('submitted', 'in_review', 'escalated')")
_EFFECTIVE = text("state IN ('submitted', 'in_review', 'escalated', 'returned', 'approved')")
_WITHDRAWN = text("state = 'withdrawn'")
_WAITING = text("state IN ('queued', 'running')")


class Submission(Base):
    """One expert's work on one task: the head of its draft and the number of its last revision."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("task_id", "author_id"),
        Index(
            "uq_submissions_effective_slot",
            "slot_id",
            unique=True,
            postgresql_where=_EFFECTIVE,
            sqlite_where=_EFFECTIVE,
        ),
        Index(
            "ix_submissions_queue",
            "project_id",
            "review_level",
            "submitted_at",
            "id",
            "activity",  # these two are looked at in the index: a rare kind is found without reading the table
            "revision_n",
            postgresql_where=_QUEUED,
            sqlite_where=_QUEUED,
        ),
        Index(
            "ix_submissions_returned_by",
            "last_reviewer_id",
            "submitted_at",
            "id",
            postgresql_where=_QUEUED,
            sqlite_where=_QUEUED,
        ),
        Index("ix_submissions_withdrawn", "id", postgresql_where=_WITHDRAWN, sqlite_where=_WITHDRAWN),
        Index(None, "author_id", "state"),
        Index(None, "project_id", "state"),
        CheckConstraint("(state IN ('draft', 'gave_up', 'withdrawn')) OR revision_n > 0", name="revision_unless_draft"),
        CheckConstraint("review_level IN (1, 2)", name="review_level"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    slot_id: Mapped[UUID] = mapped_column(ForeignKey("task_slots.id"))
    assignment_id: Mapped[UUID] = mapped_column(ForeignKey("assignments.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    activity: Mapped[Activity]
    state: Mapped[SubmissionState] = mapped_column(default=SubmissionState.DRAFT)
    draft_n: Mapped[int] = mapped_column(default=0)
    """number of the last acknowledged save; 0 = nothing written yet. This is the ETag."""
    draft_sha256: Mapped[str | None] = mapped_column(String(64))
    form_version: Mapped[int] = mapped_column(default=1)
    """which shape of the content document it was opened with"""
    revision_n: Mapped[int] = mapped_column(default=0)
    """number of the last handed-in revision; 0 = none"""
    review_level: Mapped[int] = mapped_column(default=1)
    """who may decide next: level 1 or level 2"""
    last_reviewer_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """who returned it last: the next revision goes to them first"""
    times_returned: Mapped[int] = mapped_column(default=0)
    give_up_reason: Mapped[str | None] = mapped_column(String(2000))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    """when the last revision was handed in"""
    decided_at: Mapped[datetime | None]
    task: Mapped[Task] = relationship(lazy="raise")
    assignment: Mapped[Assignment] = relationship(lazy="raise")


class DraftSave(Base):
    """One acknowledged save of a draft; the last fifty are kept."""

    __tablename__ = "draft_saves"
    __table_args__ = (UniqueConstraint("submission_id", "client_mutation_id"),)

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(String(CONTENT_MAX_CHARS))
    """canonical JSON, as hashed"""
    sha256: Mapped[str] = mapped_column(String(64))
    client_mutation_id: Mapped[str] = mapped_column(String(64))
    saved_at: Mapped[datetime]


class DraftConflict(Base):
    """Text that came too late to be the head (another tab, a lost lease); kept until its author settles it."""

    __tablename__ = "draft_conflicts"
    __table_args__ = (UniqueConstraint("submission_id", "client_mutation_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"), index=True)
    base_n: Mapped[int]
    head_n: Mapped[int]
    content: Mapped[str] = mapped_column(String(CONTENT_MAX_CHARS))
    sha256: Mapped[str] = mapped_column(String(64))
    client_mutation_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Revision(Base):
    """One handed-in version of the work: immutable, hashed, what reviews and snapshots point at."""

    __tablename__ = "revisions"
    __table_args__ = (UniqueConstraint("submission_id", "n"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    n: Mapped[int]
    draft_n: Mapped[int | None]
    """the save it was handed in from; None for a reviewer's edits"""
    idempotency_key: Mapped[str | None] = mapped_column(String(IDEMPOTENCY_KEY_MAX_CHARS))
    """given by the client that handed it in; the same key again gets the same receipt"""
    content: Mapped[str] = mapped_column(String(CONTENT_MAX_CHARS))
    sha256: Mapped[str] = mapped_column(String(64))
    form_version: Mapped[int]
    task_version: Mapped[int]
    guideline_n: Mapped[int]
    words: Mapped[int]
    tokens: Mapped[int]
    vocabulary: Mapped[str] = mapped_column(String(40), default="o200k_base")
    active_seconds: Mapped[int] = mapped_column(default=0)
    findings: Mapped[list[Any]]
    """what the linter said at hand-in, with the author's reasons for what was waived"""
    edited_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """a reviewer, when this revision holds their edits of the one before"""
    edits_state: Mapped[EditsState | None]
    contest_reason: Mapped[str | None] = mapped_column(String(2000))
    submitted_at: Mapped[datetime]
    submission: Mapped[Submission] = relationship(lazy="raise")


class WorkSpan(Base):
    """A stretch of work on one submission, lengthened by heartbeats: thinking is work, so short gaps count."""

    __tablename__ = "work_spans"
    __table_args__ = (Index(None, "submission_id", "last_beat_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[datetime]
    last_beat_at: Mapped[datetime]
    active_seconds: Mapped[int] = mapped_column(default=0)
    on_paper_seconds: Mapped[int] = mapped_column(default=0)
    is_closed: Mapped[bool] = mapped_column(default=False)
    """ended by a pause: the next sign of work begins a new stretch"""


class VerifierRun(Base):
    """What a machine said of one answer or program, once; never changed. The newest of a revision counts."""

    __tablename__ = "verifier_runs"
    __table_args__ = (Index(None, "submission_id", "created_at"), Index(None, "revision_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    revision_id: Mapped[UUID | None] = mapped_column(ForeignKey("revisions.id"))
    """None: of a draft, before it was handed in"""
    content_sha256: Mapped[str] = mapped_column(String(64))
    """hash of the document that was looked at; of a draft the hash of its answer alone, which is all that counts"""
    spec_sha256: Mapped[str] = mapped_column(String(64))
    """hash of the answer specification that it was held against"""
    verifier: Mapped[str] = mapped_column(String(VERIFIER_MAX_CHARS))
    """the kind of answer: integer, quantity, program …"""
    finding: Mapped[Finding]
    reason: Mapped[str] = mapped_column(String(CHECK_REASON_MAX_CHARS), default="")
    """a sentence that the author may read: nothing of the expected answer is in it"""
    detail: Mapped[str] = mapped_column(String(CHECK_DETAIL_MAX_CHARS), default="")
    """for reviewers and managers"""
    method: Mapped[str] = mapped_column(String(VERIFIER_MAX_CHARS), default="")
    """what decided: exact, numeric, symbolic, probing, units, tests …"""
    needs_assumption: Mapped[bool] = mapped_column(default=False)
    milliseconds: Mapped[int] = mapped_column(default=0)
    program_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("program_runs.id"))
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """None: by the server at hand-in"""
    created_at: Mapped[datetime]


class ProgramRun(Base):
    """One run of a program in the sandbox, with what came out; finished ones never change."""

    __tablename__ = "program_runs"
    __table_args__ = (
        Index(None, "submission_id", "requested_at"),
        Index(None, "requested_by", "requested_at"),
        Index("ix_program_runs_waiting", "requested_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    revision_id: Mapped[UUID | None] = mapped_column(ForeignKey("revisions.id"))
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[RunPurpose]
    state: Mapped[RunState] = mapped_column(default=RunState.QUEUED)
    language: Mapped[str] = mapped_column(String(LANGUAGE_MAX_CHARS))
    source: Mapped[str] = mapped_column(String(SOURCE_MAX_CHARS))
    source_sha256: Mapped[str] = mapped_column(String(64))
    spec_sha256: Mapped[str | None] = mapped_column(String(64))
    """hash of the tests; None for a run with one's own input"""
    stdin: Mapped[str] = mapped_column(String(RUN_INPUT_MAX_CHARS), default="")
    verdict: Mapped[str | None] = mapped_column(String(VERIFIER_MAX_CHARS))
    """passed, failed, or how the sandbox ended it: ok, runtime_error, time_limit, memory_limit, compile_error …"""
    message: Mapped[str] = mapped_column(String(RUN_MESSAGE_MAX_CHARS), default="")
    """a sentence for people"""
    exit_code: Mapped[int | None]
    stdout: Mapped[str] = mapped_column(String(RUN_OUTPUT_MAX_CHARS), default="")
    stderr: Mapped[str] = mapped_column(String(RUN_OUTPUT_MAX_CHARS), default="")
    """what a compiler said stands here too"""
    results: Mapped[list[Any]] = mapped_column(default=list)
    """one entry a test, hidden ones too: name, is_hidden, verdict, times, memory, and for public ones the outputs"""
    cpu_milliseconds: Mapped[int] = mapped_column(default=0)
    wall_milliseconds: Mapped[int] = mapped_column(default=0)
    memory_bytes: Mapped[int] = mapped_column(default=0)
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
