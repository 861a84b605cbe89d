"""Tables of tasks: the task, its older wordings, its places, attachments and imports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.ids import new_id
from app.projects.models import Project
from app.tasks.states import (
    EXTERNAL_ID_MAX_CHARS,
    LABEL_MAX_CHARS,
    LICENCE_MAX_CHARS,
    REFERENCE_MAX_CHARS,
    SOURCE_MAX_CHARS,
    STATEMENT_MAX_CHARS,
    TITLE_MAX_CHARS,
    Activity,
    CheckState,
    ExistingPolicy,
    ImportState,
    Origin,
    SlotState,
    TaskState,
)

_FREE = text("state = 'free'")


class Task(Base):
    """Something to solve. `reference`, `answer` and hidden tests never reach an annotator."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("project_id", "external_id"),
        UniqueConstraint("project_id", "number"),
        CheckConstraint("priority BETWEEN 0 AND 9", name="priority"),
        CheckConstraint("difficulty IS NULL OR difficulty BETWEEN 1 AND 5", name="difficulty"),
        CheckConstraint("submissions_needed BETWEEN 1 AND 20", name="submissions_needed"),
        Index(None, "project_id", "state", "number"),
        Index(None, "updated_at"),  # what was changed of late is held against the reference sets
        Index(None, "project_id", "domain"),  # what of a rare subject or difficulty waits for review
        Index(None, "project_id", "difficulty"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    number: Mapped[int]
    """1, 2, 3 … within the project; people say "task 417" """
    title: Mapped[str] = mapped_column(String(TITLE_MAX_CHARS), default="")
    activity: Mapped[Activity]
    state: Mapped[TaskState] = mapped_column(default=TaskState.READY)
    statement: Mapped[str] = mapped_column(String(STATEMENT_MAX_CHARS))
    assumptions: Mapped[list[str]] = mapped_column(default=list)
    answer_expected: Mapped[str] = mapped_column(String(2000), default="")
    """what kind of answer is wanted, in words for the annotator"""
    unit_expected: Mapped[bool] = mapped_column(default=False)
    answer_spec: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """hidden: {"kind": "integer" | "program" | …, "answer": …, "wrong": […], the options of the kind}"""
    answer_checked_at: Mapped[datetime | None]
    """when a machine accepted the reference and refused the wrong answers; None again when the answer changes"""
    starter_code: Mapped[str] = mapped_column(String(REFERENCE_MAX_CHARS), default="")
    """shown in the code pane of a program task"""
    reference: Mapped[str] = mapped_column(String(REFERENCE_MAX_CHARS), default="")
    """hidden worked solution"""
    domain: Mapped[str | None] = mapped_column(String(LABEL_MAX_CHARS))
    skill: Mapped[str | None] = mapped_column(String(LABEL_MAX_CHARS))
    difficulty: Mapped[int | None]
    """1 (easy) to 5"""
    family: Mapped[str | None] = mapped_column(String(LABEL_MAX_CHARS))
    """tasks of one family never get into different splits"""
    language: Mapped[str | None] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(SOURCE_MAX_CHARS), default="")
    licence: Mapped[str] = mapped_column(String(LICENCE_MAX_CHARS), default="")
    origin: Mapped[Origin] = mapped_column(default=Origin.HUMAN)
    origin_model: Mapped[str | None] = mapped_column(String(200))
    external_id: Mapped[str | None] = mapped_column(String(EXTERNAL_ID_MAX_CHARS))
    priority: Mapped[int] = mapped_column(default=5)
    """9 is handed out first"""
    submissions_needed: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    """grows when the wording changes after it was opened; the older ones are in task_versions"""
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("task_imports.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    project: Mapped[Project] = relationship(lazy="raise")


class TaskVersion(Base):
    """An older wording of a task, kept when it was changed (copy on write), so that frozen work stays true."""

    __tablename__ = "task_versions"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    replaced_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    replaced_at: Mapped[datetime]


class TaskCheck(Base):
    """What machines said of a task's own answer: its reference must pass and every listed wrong answer must not."""

    __tablename__ = "task_checks"
    __table_args__ = (Index(None, "task_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    spec_sha256: Mapped[str] = mapped_column(String(64))
    """hash of the answer specification that was checked; another one has to be checked again"""
    state: Mapped[CheckState] = mapped_column(default=CheckState.QUEUED)
    is_passed: Mapped[bool | None]
    results: Mapped[list[Any]] = mapped_column(default=list)
    """one entry for the reference and each wrong answer: name, is_reference, finding, reason, milliseconds"""
    guess_probability: Mapped[float | None]
    message: Mapped[str] = mapped_column(String(2000), default="")
    opens_after: Mapped[bool] = mapped_column(default=False)
    """the task is to open as soon as this has passed"""
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class TaskSlot(Base):
    """One place of a task, for one submission: capacity is rows, so that it cannot be exceeded.

    The next place of a project is found by the partial index over free ones, however many tasks there are.
    """

    __tablename__ = "task_slots"
    __table_args__ = (
        UniqueConstraint("task_id", "n"),
        Index("ix_task_slots_free", "project_id", "queue_position", postgresql_where=_FREE, sqlite_where=_FREE),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    n: Mapped[int]
    state: Mapped[SlotState] = mapped_column(default=SlotState.FREE)
    queue_position: Mapped[int]
    """(9 - priority) * 2^40 + place * 2^32 + task number: high priority first, first places before second ones"""


class Attachment(Base):
    """An image of a task or of a draft, re-encoded by us; its bytes are in the file store."""

    __tablename__ = "attachments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), index=True)
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """None: belongs to the task and is seen by all who may see it; else pasted by this person into their work"""
    file_id: Mapped[UUID]
    media_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    alt: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]


class TaskImport(Base):
    """A file of tasks on its way in: mapped, checked whole, then stored in one piece."""

    __tablename__ = "task_imports"
    __table_args__ = (Index(None, "project_id", "created_at"), Index(None, "project_id", "plan_sha256"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    state: Mapped[ImportState] = mapped_column(default=ImportState.UPLOADED)
    file_id: Mapped[UUID]
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    layout: Mapped[str] = mapped_column(String(20))
    """jsonl, csv or parquet"""
    adapter: Mapped[str] = mapped_column(String(40), default="fields")
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """our field → the file's column"""
    defaults: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """values for all rows: activity, licence, source, labels, open at once"""
    existing: Mapped[ExistingPolicy] = mapped_column(default=ExistingPolicy.REFUSE)
    plan_sha256: Mapped[str | None] = mapped_column(String(64))
    """file, adapter, mapping, defaults and policy together: the same plan twice changes nothing"""
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_created: Mapped[int] = mapped_column(default=0)
    rows_updated: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_rejected: Mapped[int] = mapped_column(default=0)
    problems: Mapped[list[Any]] = mapped_column(default=list)
    """[{"line", "field", "reason"}], the first thousand; the whole list is a file of its own"""
    problems_file_id: Mapped[UUID | None]
    staged_file_id: Mapped[UUID | None]
    """the checked rows in our own form, until they are stored"""
    leaves_out_bad_rows: Mapped[bool] = mapped_column(default=False)
    """a manager has seen the bad rows and wants the others all the same"""
    starts_when_clean: Mapped[bool] = mapped_column(default=False)
    """go on without asking once the check finds no bad row"""
    columns: Mapped[list[Any]] = mapped_column(default=list)
    preview: Mapped[list[Any]] = mapped_column(default=list)
    message: Mapped[str] = mapped_column(String(1000), default="")
    job_id: Mapped[UUID | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
