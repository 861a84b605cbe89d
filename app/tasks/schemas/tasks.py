"""Tasks as they come in and go out: one input model for form, JSON and import; one allow-list per kind of reader."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from app.core.pagination import PAGE_MAX
from app.tasks.reading.rows import build_answer_spec
from app.tasks.states import (
    ANSWER_EXPECTED_MAX_CHARS,
    ANSWER_MAX_CHARS,
    ANSWER_OPTIONS_MAX_BYTES,
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
    WRONG_ANSWER_MAX_CHARS,
    WRONG_ANSWERS_MAX,
    Activity,
    AnswerKind,
    CheckState,
    Origin,
    TaskState,
)
from app.text.fingerprints import canonical_json

Line = Annotated[str, StringConstraints(strip_whitespace=True)]
"""A short text of one line; what people write as content is never stripped."""
Label = Annotated[Line, StringConstraints(max_length=LABEL_MAX_CHARS)]


ANSWER_FIELDS = ("answer_kind", "answer", "entry_point", "tests", "answer_options", "wrong_answers")
"""Fields of the input that become the answer specification."""


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
    answer_options: dict[str, Any] = Field(default_factory=dict)
    """settings of the kind of answer: tolerance, choices, unit, branches, cases, reference program …"""
    wrong_answers: list[Annotated[str, StringConstraints(max_length=WRONG_ANSWER_MAX_CHARS)]] = Field(
        default_factory=list, max_length=WRONG_ANSWERS_MAX
    )
    """plausible answers that must not be accepted"""
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

    @field_validator("answer_options")
    @classmethod
    def _not_too_long(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(canonical_json(value))
        except ValueError as error:
            raise ValueError("The options hold something that JSON cannot say.") from error
        if size > ANSWER_OPTIONS_MAX_BYTES:
            raise ValueError(f"The options are longer than {ANSWER_OPTIONS_MAX_BYTES:,} characters.")
        return value

    def answer_spec(self) -> dict[str, Any]:
        """Build the hidden answer specification; empty when there is none."""
        return build_answer_spec(
            self.answer_kind,
            answer=self.answer,
            entry_point=self.entry_point,
            tests=self.tests,
            options=self.answer_options,
            wrong=self.wrong_answers,
        )

    def columns(self) -> dict[str, Any]:
        """Return the values of the task's own columns; `submissions_needed` may still be None."""
        own = self.model_dump(exclude=set(ANSWER_FIELDS))
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
    answer_checked_at: datetime | None
    """when a machine accepted the reference and refused the wrong answers; None again when the answer changes"""
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


class TaskCheckOut(BaseModel):
    """What machines said of a task's own answer."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: CheckState
    is_passed: bool | None
    """None while it waits"""
    results: list[Any]
    """one entry for the reference and each wrong answer: name, is_reference, finding, reason, milliseconds"""
    guess_probability: float | None
    message: str
    opens_after: bool
    created_at: datetime
    finished_at: datetime | None


class TaskCheckIn(BaseModel):
    """What is to happen when the answer is in order."""

    model_config = ConfigDict(extra="forbid")

    opens_after: bool = False


class TaskSort(StrEnum):
    """The orders of the task table."""

    NUMBER = "number"
    NEWEST = "newest"
    TOPIC = "topic"
    LEVEL = "level"
    PRIORITY = "priority"


class TaskColumn(StrEnum):
    """The columns of the task table that can be shown or left out; number and task are always there."""

    ID = "id"
    ACTIVITY = "activity"
    TOPIC = "topic"
    SKILL = "skill"
    LEVEL = "level"
    FAMILY = "family"
    STATE = "state"
    PRIORITY = "priority"
    WORK = "work"
    AGE = "age"


DEFAULT_COLUMNS = (
    TaskColumn.ID,
    TaskColumn.TOPIC,
    TaskColumn.LEVEL,
    TaskColumn.STATE,
    TaskColumn.WORK,
    TaskColumn.AGE,
)


class ColumnsIn(BaseModel):
    """Which columns somebody wants to see."""

    model_config = ConfigDict(extra="forbid")

    columns: list[TaskColumn] = Field(default_factory=list, max_length=len(TaskColumn))


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
