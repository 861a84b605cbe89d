"""What comes in and goes out of tasks: one input model for form, JSON and import; one allow-list per kind of reader."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from app.core.pagination import PAGE_MAX
from app.tasks.adapters import ADAPTERS
from app.tasks.reading.rows import IMPORTABLE, build_answer_spec
from app.tasks.states import (
    ANSWER_EXPECTED_MAX_CHARS,
    ANSWER_MAX_CHARS,
    ASSUMPTION_MAX_CHARS,
    ASSUMPTIONS_MAX,
    DIFFICULTY_MAX,
    ENTRY_POINT_MAX_CHARS,
    EXTERNAL_ID_MAX_CHARS,
    LABEL_MAX_CHARS,
    LANGUAGE_MAX_CHARS,
    LICENCE_MAX_CHARS,
    MODEL_NAME_MAX_CHARS,
    PRIORITY_MAX,
    REFERENCE_MAX_CHARS,
    SOURCE_MAX_CHARS,
    STATEMENT_MAX_CHARS,
    SUBMISSIONS_MAX,
    TESTS_MAX_CHARS,
    TITLE_MAX_CHARS,
    Activity,
    AnswerKind,
    ExistingPolicy,
    ImportState,
    Origin,
    TaskState,
)

Line = Annotated[str, StringConstraints(strip_whitespace=True)]
"""A short text of one line; what people write as content is never stripped."""
Label = Annotated[Line, StringConstraints(max_length=LABEL_MAX_CHARS)]


class TaskIn(BaseModel):
    """A task as a manager writes or imports it; owner, project, number and state come from the server."""

    model_config = ConfigDict(extra="forbid")

    activity: Activity = Activity.SOLVE
    title: Annotated[Line, StringConstraints(max_length=TITLE_MAX_CHARS)] = ""
    statement: str = Field(default="", max_length=STATEMENT_MAX_CHARS)
    assumptions: list[Annotated[str, StringConstraints(max_length=ASSUMPTION_MAX_CHARS)]] = Field(
        default_factory=list, max_length=ASSUMPTIONS_MAX
    )
    answer_expected: str = Field(default="", max_length=ANSWER_EXPECTED_MAX_CHARS)
    unit_expected: bool = False
    answer_kind: AnswerKind = AnswerKind.NONE
    answer: str = Field(default="", max_length=ANSWER_MAX_CHARS)
    entry_point: Annotated[Line, StringConstraints(max_length=ENTRY_POINT_MAX_CHARS)] = ""
    tests: str = Field(default="", max_length=TESTS_MAX_CHARS)
    starter_code: str = Field(default="", max_length=REFERENCE_MAX_CHARS)
    reference: str = Field(default="", max_length=REFERENCE_MAX_CHARS)
    domain: Label | None = None
    skill: Label | None = None
    difficulty: int | None = Field(default=None, ge=1, le=DIFFICULTY_MAX)
    family: Label | None = None
    language: Annotated[Line, StringConstraints(max_length=LANGUAGE_MAX_CHARS)] | None = None
    source: Annotated[Line, StringConstraints(max_length=SOURCE_MAX_CHARS)] = ""
    licence: Annotated[Line, StringConstraints(max_length=LICENCE_MAX_CHARS)] = ""
    origin: Origin = Origin.HUMAN
    origin_model: Annotated[Line, StringConstraints(max_length=MODEL_NAME_MAX_CHARS)] | None = None
    external_id: Annotated[Line, StringConstraints(max_length=EXTERNAL_ID_MAX_CHARS)] | None = None
    priority: int = Field(default=5, ge=0, le=PRIORITY_MAX)
    submissions_needed: int | None = Field(default=None, ge=1, le=SUBMISSIONS_MAX)
    """None: what the project asks for"""

    @field_validator(
        "difficulty", "submissions_needed", "domain", "skill", "family", "language", "origin_model", "external_id",
        mode="before",
    )  # fmt: skip
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    def answer_spec(self) -> dict[str, Any]:
        """Build the hidden answer specification; empty when there is none."""
        return build_answer_spec(self.answer_kind, answer=self.answer, entry_point=self.entry_point, tests=self.tests)

    def columns(self) -> dict[str, Any]:
        """Return the values of the task's own columns; `submissions_needed` may still be None."""
        own = self.model_dump(exclude={"answer_kind", "answer", "entry_point", "tests"})
        own["answer_spec"] = self.answer_spec()
        return own


class AttachmentOut(BaseModel):
    """An image, as a page or a program needs it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    alt: str
    width: int
    height: int
    media_type: str
    size_bytes: int


class TaskForAnnotator(BaseModel):
    """The whole of what somebody who solves a task may be told of it.

    An allow-list: no reference, answer, tests, source, external id, family, priority or count of other people's work.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    project_id: UUID
    number: int
    title: str
    activity: Activity
    version: int
    statement: str
    assumptions: list[str]
    answer_expected: str
    unit_expected: bool
    starter_code: str
    domain: str | None
    skill: str | None
    difficulty: int | None
    language: str | None


class TaskForManager(TaskForAnnotator):
    """Everything about a task, for those who run its project."""

    state: TaskState
    answer_spec: dict[str, Any]
    reference: str
    family: str | None
    source: str
    licence: str
    origin: Origin
    origin_model: str | None
    external_id: str | None
    priority: int
    submissions_needed: int
    author_id: UUID | None
    import_id: UUID | None
    created_at: datetime
    updated_at: datetime
    opened_at: datetime | None


class TaskSort(StrEnum):
    """The orders of the task table."""

    NUMBER = "number"
    NEWEST = "newest"
    TOPIC = "topic"
    LEVEL = "level"
    PRIORITY = "priority"


class TaskFilter(BaseModel):
    """What the task table shows; every value is an enum or is compared, none is a column name."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=200)
    state: TaskState | None = None
    activity: Activity | None = None
    domain: Label | None = None
    skill: Label | None = None
    level: int | None = Field(default=None, ge=1, le=DIFFICULTY_MAX)
    priority: int | None = Field(default=None, ge=0, le=PRIORITY_MAX)
    author_id: UUID | None = None
    import_id: UUID | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object, info: Any) -> object:
        return None if value == "" and info.field_name != "q" else value

    def given(self) -> dict[str, str]:
        """Return the filters that are set, as they stand in an address."""
        return {
            name: str(value) for name, value in self.model_dump(mode="json", exclude_none=True).items() if value != ""
        }


class TaskListIn(TaskFilter):
    """A filter, and which page of what matches."""

    cursor: str | None = None
    size: int = Field(default=50, ge=1, le=PAGE_MAX)


class BulkAction(StrEnum):
    """What can be done to many tasks at once."""

    READY = "ready"
    OPEN = "open"
    HALT = "halt"
    CLOSE = "close"
    ARCHIVE = "archive"
    BROKEN = "broken"
    LABEL = "label"
    PRIORITY = "priority"


class BulkIn(BaseModel):
    """One change to a selection of tasks, or to all that match a filter."""

    model_config = ConfigDict(extra="forbid")

    action: BulkAction
    ids: list[UUID] = Field(default_factory=list, max_length=500)
    all_matching: bool = False
    filter: TaskFilter = Field(default_factory=TaskFilter)
    reason: str = Field(default="", max_length=2000)
    domain: Label | None = None
    skill: Label | None = None
    difficulty: int | None = Field(default=None, ge=1, le=DIFFICULTY_MAX)
    family: Label | None = None
    priority: int | None = Field(default=None, ge=0, le=PRIORITY_MAX)

    @field_validator("ids", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("domain", "skill", "difficulty", "family", "priority", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value


class BulkOut(BaseModel):
    """How many tasks a bulk change reached, and how many it left alone because their state does not allow it."""

    changed: int
    left_alone: int


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


class TaskCreateIn(TaskIn):
    """A new task, and how far it goes at once."""

    as_state: Literal["draft", "ready", "open"] = "ready"


class MoveIn(BaseModel):
    """Where a task is to go, and why."""

    model_config = ConfigDict(extra="forbid")

    state: TaskState
    reason: str = Field(default="", max_length=2000)


class AttachedOut(BaseModel):
    """A stored image and what shows it in a text."""

    id: UUID
    url: str
    markdown: str


class TasksOut(BaseModel):
    """Some tasks, and the cursor of the next ones."""

    items: list[TaskForManager]
    next_cursor: str | None
