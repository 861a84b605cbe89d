"""One line of a native export, read strictly: nothing is converted, so that what comes back is what went out."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.datasets.queries.records import RECORD_VERSION
from app.datasets.schemas import RULE_STATES
from app.datasets.states import Tier
from app.projects.models import TERM_MAX_CHARS
from app.projects.states import Attribution, Publication, RecipientClass
from app.reviews.models import COMMENT_MAX_CHARS, NOTE_MAX_CHARS, QUOTE_MAX_CHARS
from app.reviews.states import AnchorKind, ErrorType, Severity, StepVerdict, Verdict, VerificationMethod
from app.submissions.schemas import ANSWER_MAX_CHARS, FORM_VERSION, STEP_ID_PATTERN, Content
from app.submissions.states import (
    CHECK_DETAIL_MAX_CHARS,
    CHECK_REASON_MAX_CHARS,
    RUN_INPUT_MAX_CHARS,
    RUN_MESSAGE_MAX_CHARS,
    RUN_OUTPUT_MAX_CHARS,
    VERIFIER_MAX_CHARS,
    Finding,
    RunPurpose,
    SubmissionState,
)
from app.submissions.states import LANGUAGE_MAX_CHARS as PROGRAM_LANGUAGE_MAX_CHARS
from app.submissions.states import SOURCE_MAX_CHARS as PROGRAM_MAX_CHARS
from app.tasks.states import (
    ANSWER_EXPECTED_MAX_CHARS,
    DIFFICULTY_MAX,
    EXTERNAL_ID_MAX_CHARS,
    LABEL_MAX_CHARS,
    LANGUAGE_MAX_CHARS,
    LICENCE_MAX_CHARS,
    MODEL_NAME_MAX_CHARS,
    REFERENCE_MAX_CHARS,
    SOURCE_MAX_CHARS,
    STATEMENT_MAX_CHARS,
    TITLE_MAX_CHARS,
    Activity,
    Origin,
)

NUMBER_MAX = 2**53 - 1
VOCABULARY_MAX_CHARS = 40


def _id(value: object) -> object:
    """Read an id in the one way in which it is written."""
    if not isinstance(value, str):
        raise ValueError("An id is text.")  # noqa: TRY004 - pydantic tells ValueErrors and lets others through
    found = UUID(value)
    if str(found) != value:
        raise ValueError("An id is written in lower case with hyphens.")
    return found


def _moment(value: object) -> object:
    """Read a moment in the one way in which it is written."""
    if not isinstance(value, str):
        raise ValueError("A moment is text.")  # noqa: TRY004 - as above
    found = datetime.fromisoformat(value)
    if found.tzinfo is None or found.astimezone(UTC).isoformat() != value:
        raise ValueError("A moment is written like 2026-11-24T09:00:00+00:00.")
    return found.astimezone(UTC)


def _content(value: object) -> object:
    """Read a document of the form that this version knows; what it would change is refused."""
    try:
        document = Content.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if document.model_dump(mode="json") != value:
        raise ValueError("The document is not complete: every key of the form stands in it.")
    return value


def _settled(value: object) -> object:
    if value not in RULE_STATES:
        raise ValueError(f"Only {', '.join(sorted(RULE_STATES))} work is frozen.")
    return value


Id = Annotated[UUID, BeforeValidator(_id)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Number = Annotated[int, Field(ge=0, le=NUMBER_MAX)]
Label = Annotated[str, Field(max_length=LABEL_MAX_CHARS)]
Note = Annotated[str, Field(max_length=NOTE_MAX_CHARS)]
StepId = Annotated[str, Field(pattern=STEP_ID_PATTERN)]
Word = Field(strict=False)
"""A word of a list is text in JSON."""


class Part(BaseModel):
    """A part of a record; unknown keys and other types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NativeTask(Part):
    """The task, as it was worded when the work was frozen."""

    id: Id
    number: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    version: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    title: Annotated[str, Field(max_length=TITLE_MAX_CHARS)]
    activity: Annotated[Activity, Word]
    statement: Annotated[str, Field(max_length=STATEMENT_MAX_CHARS)]
    assumptions: list[str]
    answer_expected: Annotated[str, Field(max_length=ANSWER_EXPECTED_MAX_CHARS)]
    unit_expected: bool
    answer_spec: dict[str, Any]
    starter_code: Annotated[str, Field(max_length=REFERENCE_MAX_CHARS)]
    reference: Annotated[str, Field(max_length=REFERENCE_MAX_CHARS)]
    domain: Label | None
    skill: Label | None
    difficulty: Annotated[int, Field(ge=1, le=DIFFICULTY_MAX)] | None
    family: Label | None
    language: Annotated[str, Field(max_length=LANGUAGE_MAX_CHARS)] | None
    source: Annotated[str, Field(max_length=SOURCE_MAX_CHARS)]
    licence: Annotated[str, Field(max_length=LICENCE_MAX_CHARS)]
    origin: Annotated[Origin, Word]
    origin_model: Annotated[str, Field(max_length=MODEL_NAME_MAX_CHARS)] | None
    external_id: Annotated[str, Field(max_length=EXTERNAL_ID_MAX_CHARS)] | None


class HandedIn(Part):
    """One version of the work, as it was handed in."""

    content_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    content: Annotated[dict[str, Any], BeforeValidator(_content)]
    form_version: Literal[1]
    guideline_version: Number
    words: Number
    tokens: Annotated[
        dict[Annotated[str, Field(max_length=VOCABULARY_MAX_CHARS)], Number], Field(min_length=1, max_length=1)
    ]
    active_seconds: Number
    submitted_at: Moment
    findings: list[dict[str, Any]]
    edited_by: Id | None


class EarlierRevision(HandedIn):
    """A version before the one that was frozen."""

    revision: Annotated[int, Field(ge=1, le=NUMBER_MAX)]


class NativeLabel(Part):
    """The verdict on one step."""

    step: StepId
    value: Annotated[StepVerdict, Word]
    error_type: Annotated[ErrorType, Word] | None
    note: Note
    carried_over: bool


class NativeReview(Part):
    """A decided review."""

    id: Id
    reviewer: Id
    revision: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    level: Literal[1, 2]
    round: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    verdict: Annotated[Verdict, Word]
    verification_method: Annotated[VerificationMethod, Word] | None
    verification_note: Note
    reason: Note
    disagreement: Note
    rubric_version: Number
    rubric_scores: dict[str, Any]
    own_answer: Annotated[str, Field(max_length=ANSWER_MAX_CHARS)]
    saw_reference_at: Moment | None
    seconds: Number
    decided_at: Moment
    labels: list[NativeLabel]


class NativeComment(Part):
    """One turn of a talk."""

    id: Id
    author: Id
    body: Annotated[str, Field(max_length=COMMENT_MAX_CHARS)]
    at: Moment


class NativeThread(Part):
    """An issue with its talk."""

    id: Id
    review: Id | None
    revision: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    anchor: Annotated[AnchorKind, Word]
    step: StepId | None
    quote: Annotated[str, Field(max_length=QUOTE_MAX_CHARS)]
    quote_start: Number | None
    severity: Annotated[Severity, Word]
    opened_at: Moment
    comments: list[NativeComment]


class NativeCheck(Part):
    """What a machine found last about the frozen revision."""

    id: Id
    verifier: Annotated[str, Field(max_length=VERIFIER_MAX_CHARS)]
    finding: Annotated[Finding, Word]
    method: Annotated[str, Field(max_length=VERIFIER_MAX_CHARS)]
    reason: Annotated[str, Field(max_length=CHECK_REASON_MAX_CHARS)]
    detail: Annotated[str, Field(max_length=CHECK_DETAIL_MAX_CHARS)]
    spec_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    at: Moment


class NativeAgreement(Part):
    """A version of the contributor agreement, with what decides whom work under it may go to."""

    agreement: Id
    version: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    funder: Annotated[str, Field(max_length=TERM_MAX_CHARS)]
    recipients: list[Annotated[RecipientClass, Word]]
    publication: Annotated[Publication, Word]
    model_training: bool
    attribution: Annotated[Attribution, Word]


class NativeConsent(Part):
    """What those who wrote the frozen revision had signed at the cut; null: nothing that stood."""

    author: NativeAgreement | None
    editor: NativeAgreement | None
    """of the reviewer whose edits are in it"""


class NativeRun(Part):
    """A run of a program that a step cites."""

    id: Id
    purpose: Annotated[RunPurpose, Word]
    language: Annotated[str, Field(max_length=PROGRAM_LANGUAGE_MAX_CHARS)]
    source: Annotated[str, Field(max_length=PROGRAM_MAX_CHARS)]
    stdin: Annotated[str, Field(max_length=RUN_INPUT_MAX_CHARS)]
    verdict: Annotated[str, Field(max_length=VERIFIER_MAX_CHARS)] | None
    message: Annotated[str, Field(max_length=RUN_MESSAGE_MAX_CHARS)]
    exit_code: int | None
    stdout: Annotated[str, Field(max_length=RUN_OUTPUT_MAX_CHARS)]
    stderr: Annotated[str, Field(max_length=RUN_OUTPUT_MAX_CHARS)]
    tests: list[dict[str, Any]]
    cpu_milliseconds: Number
    wall_milliseconds: Number
    memory_bytes: Number
    at: Moment


class NativeRecord(HandedIn):
    """Everything that is known of one piece of work: one line of a native export."""

    format: Literal["workings/1"]
    id: Id
    project: str
    task: NativeTask
    author: Id
    state: Annotated[SubmissionState, Word, BeforeValidator(_settled)]
    tier: Annotated[Tier, Word]
    revision: Annotated[int, Field(ge=1, le=NUMBER_MAX)]
    consent: NativeConsent
    check: NativeCheck | None
    runs: list[NativeRun]
    earlier: list[EarlierRevision]
    reviews: list[NativeReview]
    threads: list[NativeThread]

    @property
    def judgments(self) -> list[UUID]:
        """The ids of reviews, issues and comments."""
        said = [comment.id for thread in self.threads for comment in thread.comments]
        return [*(review.id for review in self.reviews), *(thread.id for thread in self.threads), *said]

    @property
    def pseudonyms(self) -> set[UUID]:
        """Everybody who speaks in this record."""
        said = {comment.author for thread in self.threads for comment in thread.comments}
        edited = {version.edited_by for version in (self, *self.earlier) if version.edited_by is not None}
        return {self.author} | edited | said | {review.reviewer for review in self.reviews}


if (RECORD_VERSION, FORM_VERSION) != ("workings/1", 1):
    raise RuntimeError("These models describe another form of record; write their next version beside them.")
