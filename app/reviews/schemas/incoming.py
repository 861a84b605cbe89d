"""What comes in: saves of a review, issues, talk, decisions."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.reviews.states import (
    REASON_MIN_CHARS,
    AnchorKind,
    ErrorType,
    Severity,
    StepVerdict,
    ThreadState,
    Verdict,
    VerificationMethod,
)
from app.submissions.schemas import ANSWER_MAX_CHARS, Content, Sha256, StepId
from app.tasks.states import DIFFICULTY_MAX, Activity

NOTE_MAX_CHARS = 4000
QUOTE_MAX_CHARS = 2000
COMMENT_MAX_CHARS = 20_000
SECONDS_MAX = 10_000_000
LABELS_MAX = 500
SCORES_MAX = 50
ISSUES_MAX = 200

Note = Annotated[str, Field(max_length=NOTE_MAX_CHARS)]
Body = Annotated[str, Field(min_length=1, max_length=COMMENT_MAX_CHARS)]


class LabelIn(BaseModel):
    """The verdict on one step; only a bad step has an error type."""

    model_config = ConfigDict(extra="forbid")

    value: StepVerdict
    error_type: ErrorType | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _only_bad_steps_have_an_error(self) -> Self:
        if self.error_type is not None and self.value != StepVerdict.BAD:
            raise ValueError("Only a step labelled bad has an error type; leave it out.")
        return self


class ReviewDraftIn(BaseModel):
    """One save of an open review: the whole of it. `If-Match` names the save it is based on."""

    model_config = ConfigDict(extra="forbid")

    labels: dict[StepId, LabelIn] = Field(default_factory=dict, max_length=LABELS_MAX)
    """step id → label; a step left out has none"""
    rubric_scores: dict[Annotated[str, Field(max_length=60)], Annotated[int, Field(ge=0, le=100)]] = Field(
        default_factory=dict, max_length=SCORES_MAX
    )
    """criterion id → score"""
    own_answer: str = Field(default="", max_length=ANSWER_MAX_CHARS)
    """fixed once the reference was seen"""
    verification_method: VerificationMethod | None = None
    verification_note: Note = ""
    reason: Note = ""
    disagreement: Note = ""
    """why it is right although a machine says no"""
    edited_content: Content | None = None
    """the document with the reviewer's edits, while they are being made"""
    seconds: int = Field(default=0, ge=0, le=SECONDS_MAX)
    """time spent on this review so far"""


class ThreadIn(BaseModel):
    """A new issue: where it hangs, how much it weighs, what is wrong."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    anchor: AnchorKind
    step_id: StepId | None = None
    quote: str = Field(default="", max_length=QUOTE_MAX_CHARS)
    """for a span: the selected words, as they stand in the step's source if possible"""
    quote_start: int | None = Field(default=None, ge=0, le=10_000_000)
    """offset in the step's source, in code points; found by the quote when left out"""
    severity: Severity
    body: Body

    @model_validator(mode="after")
    def _anchor_is_complete(self) -> Self:
        if (self.step_id is not None) != (self.anchor in {AnchorKind.STEP, AnchorKind.SPAN}):
            raise ValueError("An issue on a step or a selection names the step; the others name none.")
        if bool(self.quote) != (self.anchor == AnchorKind.SPAN):
            raise ValueError("An issue on a selection quotes it; the others quote nothing.")
        return self


class ThreadChange(BaseModel):
    """A change of an issue that the author has not seen yet."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    severity: Severity
    body: Body


class CommentIn(BaseModel):
    """One turn of the talk. `answers`: the author says with it that the issue is dealt with."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    body: Body
    answers: bool = False


class ThreadMove(BaseModel):
    """What becomes of an issue."""

    model_config = ConfigDict(extra="forbid")

    state: ThreadState


class RevealIn(BaseModel):
    """Looking at the reference; with an own answer it is compared, without it the looking is what is kept."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    own_answer: str = Field(default="", max_length=ANSWER_MAX_CHARS)


class DecisionIn(BaseModel):
    """A verdict on exactly the revision with this hash. `draft` and `issues` are stored first, for programs."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    sha256: Sha256
    """of the revision that was judged"""
    verification_method: VerificationMethod | None = None
    """needed for an approval"""
    verification_note: Note = ""
    """what was run or looked up; for read_only two lines of why"""
    reason: Note = ""
    """needed for a rejection and an escalation"""
    disagreement: Note = ""
    """needed for an approval of what a machine refuses: why it is right all the same"""
    edited_content: Content | None = None
    """needed for approve_with_edits: the whole document; only steps, answer and program may differ"""
    draft: ReviewDraftIn | None = None
    issues: list[ThreadIn] = Field(default_factory=list, max_length=ISSUES_MAX)


class ContestIn(BaseModel):
    """Why the author does not agree with a reviewer's edits."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=REASON_MIN_CHARS, max_length=2000)


class QueueQuery(BaseModel):
    """Which part of the queue is asked for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    project: Annotated[str, Field(max_length=60)] | None = None
    """slug"""
    activity: Activity | None = None
    domain: Annotated[str, Field(max_length=80)] | None = None
    resubmission: bool | None = None
    """true: later versions only; false: first ones only"""
    level: Annotated[int, Field(ge=1, le=2)] | None = None
    difficulty: Annotated[int, Field(ge=1, le=DIFFICULTY_MAX)] | None = None
    again: bool | None = None
    """true: only what you returned and got back; false: only the rest"""
    cursor: Annotated[str, Field(max_length=400)] | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_chosen(cls, value: object) -> object:
        # A form sends every field, those left alone as "".
        return None if value == "" else value
