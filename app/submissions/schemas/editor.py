"""All that the workspace tells the editor."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from app.submissions.schemas.checks import ChecksView
from app.submissions.schemas.content import ANSWER_MAX_CHARS, STEP_BODY_MAX_CHARS, STEPS_MAX
from app.submissions.schemas.incoming import REASON_MAX_CHARS
from app.submissions.schemas.outgoing import FindingOut
from app.submissions.states import SOURCE_MAX_CHARS, StepType, SubmissionState


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
    runs: str
    """POST asks for a run; + /{id}?wait=5"""
    check: str
    told: str
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
    checks: ChecksView
    conflicts: list[ConflictView]
    urls: EditorUrls
    issues_url: str
    """same as urls.threads"""
    limits: EditorLimits
    journal_key: str
    """base64url, 256 bits, the same for this person on each visit: encrypts what the device keeps; "" for tokens"""
