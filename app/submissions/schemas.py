"""The content document of a submission (form version 1), and what comes in and goes out about work."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.submissions.states import SOURCE_MAX_CHARS, StepStatus, StepType, SubmissionState

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


MUTATION_ID_PATTERN = r"^[A-Za-z0-9_-]{8,64}$"
REASON_MAX_CHARS = 2000
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DraftIn(BaseModel):
    """One save: the whole document. `If-Match` names the save it is based on."""

    model_config = ConfigDict(extra="forbid")

    content: Content
    client_mutation_id: str = Field(pattern=MUTATION_ID_PATTERN)
    """made by the client, new for each save; the same one twice is applied once"""
    fencing: int = Field(ge=0, strict=True)
    """number of the lease the client believes to hold"""


class SubmitIn(BaseModel):
    """What is handed in: the save that the author has read through, by number and hash."""

    model_config = ConfigDict(extra="forbid")

    n: int = Field(ge=1, strict=True)
    sha256: Sha256


class NextIn(BaseModel):
    """A wish when asking for the next task."""

    model_config = ConfigDict(extra="forbid")

    domain: Annotated[str, Field(min_length=1, max_length=80)] | None = None


class NextOut(BaseModel):
    """Where the new work is: for programs, and as a page."""

    submission_id: UUID
    work: str
    page: str


class HeartbeatIn(BaseModel):
    """A sign of work every thirty seconds while the page is visible or the work goes on on paper."""

    model_config = ConfigDict(extra="forbid")

    on_paper: bool = False
    paused: bool = False


class ReasonIn(BaseModel):
    """Why somebody puts work aside."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=3, max_length=REASON_MAX_CHARS)


class SettleIn(BaseModel):
    """How a conflict ends: `mine` makes the kept copy the head, `theirs` keeps the head; both stay readable."""

    model_config = ConfigDict(extra="forbid")

    take: Literal["mine", "theirs"]
    base_n: int = Field(ge=0)
    """number of the head that was compared with"""


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


class ProjectView(BaseModel):
    """What an annotator's page needs of the project."""

    id: UUID
    slug: str
    name: str
    guideline_url: str
    guideline_n: int
    tool_policy: str
    content_language: str | None
    tracks_time: bool
    lease_hours: int


class AttachmentView(BaseModel):
    """An image beside the task or pasted into the work."""

    id: UUID
    url: str
    alt: str
    media_type: str
    size_bytes: int
    width: int
    height: int
    is_own: bool
    """pasted by this person into their work; else it belongs to the task"""


class TaskView(BaseModel):
    """A task as an annotator may see it: nothing hidden, nothing of others."""

    id: UUID
    number: int
    name: str
    """what people call it: "Task 17" """
    title: str
    activity: str
    version: int
    statement: str
    """Markdown with TeX; the page's HTML shows it rendered in #task"""
    assumptions: list[str]
    answer_expected: str
    unit_expected: bool
    starter_code: str
    language: str | None
    """which human language it is written in, where that is said"""
    domain: str | None
    skill: str | None
    difficulty: int | None
    attachments: list[AttachmentView]
    is_workable: bool
    """False when it was halted, broken, closed or archived meanwhile; the text is kept"""


class StepTypeView(BaseModel):
    """One kind of step: its word and the key that chooses it."""

    type: StepType
    name: str
    key: str


class ActivityView(BaseModel):
    """Which parts the editor shows for this kind of work."""

    key: str
    name: str
    parts: list[str]
    """of: steps, answer, unit, program, confidence, wrong, assumptions, tools, note"""
    languages: list[list[str]]
    """[key, name] of the languages of the code pane; empty without one"""
    answer_label: str


class CriterionView(BaseModel):
    """One criterion of the rubric that reviewers will score."""

    id: str
    name: str
    question: str


class ConflictView(BaseModel):
    """A text that came too late and is kept until its author settles it."""

    id: UUID
    base_n: int
    head_n: int
    sha256: str
    created_at: datetime


class EditorUrls(BaseModel):
    """Where the editor speaks to. The names of the page's own forms are the same words."""

    page: str
    work: str
    draft: str
    submit: str
    heartbeat: str
    history: str
    saves: str
    """+ /{n}"""
    conflicts: str
    """+ /{id} and /{id}/settle"""
    attachments: str
    threads: str
    review_and_submit: str
    history_page: str
    guideline: str
    skip: str
    broken: str
    outside_field: str
    give_up: str
    release: str
    resume: str
    next: str
    my_work: str


class EditorLimits(BaseModel):
    """Limits the editor tells before the server does."""

    steps: int = STEPS_MAX
    step_body_chars: int = STEP_BODY_MAX_CHARS
    answer_chars: int = ANSWER_MAX_CHARS
    source_chars: int = SOURCE_MAX_CHARS
    document_bytes: int = 4 << 20
    reason_chars: int = REASON_MAX_CHARS
    heartbeat_seconds: int = 30
    idle_save_seconds: int = 2
    longest_save_seconds: int = 10


class EditorState(BaseModel):
    """All that the workspace tells the editor: the page's `<script id="editor-state">`, and GET /api/v1/work/{id}."""

    submission_id: UUID
    state: SubmissionState
    can_edit: bool
    why_not: str | None
    """a sentence, when it cannot be edited: handed in, lease lost, project closed"""
    can_resume: bool
    """the lease is over, but a place is free: POST urls.resume gets it back"""
    project: ProjectView
    task: TaskView
    activity: ActivityView
    step_types: list[StepTypeView]
    rubric: list[CriterionView]
    content: dict[str, Any]
    """the head of the draft, shaped like `Content`; a fresh one has no steps"""
    form_version: int
    draft_n: int
    """number of the head; the ETag; 0 = nothing saved yet"""
    draft_sha256: str | None
    saved_at: datetime | None
    revision_n: int
    """how often it was handed in"""
    fencing: int
    lease_expires_at: datetime | None
    server_time: datetime
    words: int
    tokens: int
    active_seconds: int
    on_paper_seconds: int
    findings: list[FindingOut]
    conflicts: list[ConflictView]
    urls: EditorUrls
    issues_url: str
    """same as urls.threads"""
    limits: EditorLimits
    journal_key: str
    """base64url, 256 bits, the same for this person on each visit: encrypts what the device keeps; "" for tokens"""
