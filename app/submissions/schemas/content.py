"""The content document of a submission, form version 1: all that an expert writes for one task."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.submissions.states import SOURCE_MAX_CHARS, StepStatus, StepType

FORM_VERSION = 1
STEPS_MAX = 500
STEP_BODY_MAX_CHARS = 50_000
STEP_ID_PATTERN = r"^[A-Za-z0-9_-]{1,40}$"
ANSWER_MAX_CHARS = 20_000

StepId = Annotated[str, Field(pattern=STEP_ID_PATTERN)]


class Step(BaseModel):
    """One idea of the reasoning. `id` stays the same for life; labels and comments hang on it."""

    model_config = ConfigDict(extra="forbid")

    id: StepId
    type: StepType
    body: str = Field(default="", max_length=STEP_BODY_MAX_CHARS)
    status: StepStatus = StepStatus.LIVE
    refs: list[StepId] = Field(default_factory=list, max_length=50)
    """ids of the earlier steps it rests on"""
    to: StepId | None = None
    """for a backtrack: the step it goes back to"""
    seconds: int = Field(default=0, ge=0, le=10_000_000)
    """time in which it was the active step"""
    runs: list[UUID] = Field(default_factory=list, max_length=10)
    """program runs that it cites; command, output and time become part of the trace"""


class Answer(BaseModel):
    """The final answer; `assumptions` are those the author adds to the stated ones."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=ANSWER_MAX_CHARS)
    unit: str = Field(default="", max_length=100)
    assumptions: list[Annotated[str, Field(max_length=2000)]] = Field(default_factory=list, max_length=20)


class Program(BaseModel):
    """The source of a program task."""

    model_config = ConfigDict(extra="forbid")

    language: str = Field(default="python", max_length=20)
    source: str = Field(default="", max_length=SOURCE_MAX_CHARS)


class Content(BaseModel):
    """All that an expert writes for one task, as saved, hashed, reviewed, frozen and exported."""

    model_config = ConfigDict(extra="forbid")

    steps: list[Step] = Field(default_factory=list, max_length=STEPS_MAX)
    answer: Answer = Field(default_factory=Answer)
    confidence: int | None = Field(default=None, ge=1, le=5)
    """bars of five; None while not chosen"""
    what_would_make_this_wrong: str = Field(default="", max_length=5000)
    program: Program | None = None
    tools_used: str = Field(default="", max_length=2000)
    """what else was used (calculator, search, a model), in the author's words"""
    note_to_reviewer: str = Field(default="", max_length=5000)
    waivers: dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=500)]] = Field(
        default_factory=dict, max_length=50
    )
    """linter rule (or rule:step) → why it does not apply; the reviewer sees these first"""

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [step.id for step in self.steps]
        if len(set(ids)) != len(ids):
            raise ValueError("Two steps have the same id.")
        return self
