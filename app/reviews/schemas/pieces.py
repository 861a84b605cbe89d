"""The parts of what goes out: steps with their difference, threads, rubric, history, verdicts that can be given."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from app.reviews.schemas.incoming import COMMENT_MAX_CHARS, NOTE_MAX_CHARS, QUOTE_MAX_CHARS
from app.reviews.states import (
    MAX_RETURNS,
    REASON_MIN_CHARS,
    UNDO_SECONDS,
    AnchorKind,
    ErrorType,
    Severity,
    StepVerdict,
    ThreadState,
    Verdict,
)
from app.submissions.schemas import AttachmentView
from app.submissions.states import Finding, StepStatus, StepType


class LabelView(BaseModel):
    """The stored verdict on one step."""

    value: StepVerdict
    error_type: ErrorType | None
    note: str
    carried_over: bool
    """kept from one's review of an earlier revision: the step and all it rests on are word for word the same"""


class SpanView(BaseModel):
    """A stretch of text that stayed, came or went; kept and added ones joined give the new text."""

    kind: Literal["same", "add", "del"]
    text: str


Change = Literal["same", "changed", "added", "removed"]


class StepView(BaseModel):
    """One step of the revision under review, against the one compared with."""

    n: int
    id: str
    type: StepType
    status: StepStatus
    body: str
    """Markdown with TeX"""
    html: str
    """the same, rendered and safe; formulas are <span class="tex">source</span>"""
    refs: list[int]
    """numbers of the steps it rests on"""
    ref_ids: list[str]
    to: int | None
    """for a backtrack: number of the step it goes back to"""
    change: Change
    """`same` for all on a first review"""
    is_moved: bool
    """stands after another step than before"""
    rests_on_change: bool
    """unchanged itself, but something it rests on changed"""
    is_settled: bool
    """unchanged with all it rests on, and labelled before: shown greyed"""
    old_type: StepType | None
    diff: list[SpanView]
    """word by word against the compared revision; empty when the same or when there is none"""
    runs: list[UUID]
    """program runs that it cites; `cited` of the workbench says what they are"""


class RemovedStep(BaseModel):
    """A step of the compared revision that is gone."""

    n: int
    """its number there"""
    id: str
    type: StepType
    body: str
    html: str
    before_n: int
    """the number of the step it would stand before now; one more than the last when it stood at the end"""


class PartView(BaseModel):
    """What stands beside the steps: answer, program, what would make this wrong, tools, note."""

    key: Literal["answer", "program", "wrong", "tools", "note"]
    name: str
    text: str
    html: str
    """empty for a program, which is shown as code"""
    change: Change
    diff: list[SpanView]


class AnswerView(BaseModel):
    """The answer handed in."""

    text: str
    html: str
    unit: str
    assumptions: list[str]


class ProgramView(BaseModel):
    """The program handed in."""

    language: str
    source: str


class CommentView(BaseModel):
    """One turn of the talk; `who` is a role in a blind project, else a name."""

    id: UUID
    who: str
    is_mine: bool
    body: str
    html: str
    created_at: datetime


class ThreadView(BaseModel):
    """An issue with its talk, and where it hangs on the revision that is looked at."""

    id: UUID
    anchor: AnchorKind
    step_id: str | None
    step_n: int | None
    """number of the step on the revision looked at; None when it is gone"""
    quote: str
    quote_start: int | None
    """offset in the step's source on the revision looked at; None when the words are not there any more"""
    is_lost: bool
    """hung on something that is gone: "on an earlier revision" """
    revision_n: int
    """the revision it was opened on"""
    severity: Severity
    state: ThreadState
    is_published: bool
    is_mine: bool
    opened_by: str
    opened_at: datetime
    comments: list[CommentView]
    can_edit: bool
    """unpublished and mine: PATCH or DELETE it"""
    can_reply: bool
    moves: list[ThreadState]
    """states to which the viewer may move it"""


class CriterionScore(BaseModel):
    """One criterion of the rubric with the score so far."""

    id: str
    name: str
    question: str
    weight: int
    max_score: int
    score: int | None


class ReferenceView(BaseModel):
    """The hidden solution; in no answer before it was asked for."""

    answer: str
    reference: str
    reference_html: str
    own_answer: str
    finding: Finding | None
    """what a machine says of the own answer; None without one, or where no machine compares this kind"""
    reason: str
    """the same as a sentence; "" without a finding"""
    saw_at: datetime


class HistoryView(BaseModel):
    """One line of what happened, newest first; without names in a blind project."""

    kind: Literal["handed_in", "decided", "edited", "contested", "accepted"]
    sentence: str
    who: str | None
    """None in a blind project, except "you" """
    revision_n: int
    at: datetime


class OpinionView(BaseModel):
    """An earlier verdict on the same revision, shown when work is escalated, without names in a blind project."""

    name: str
    """First opinion, second opinion … or the reviewer's name"""
    verdict: Verdict
    reason: str
    labels: dict[str, LabelView]


class AuthorView(BaseModel):
    """Who wrote it, how long it took and how sure they were: only after the verdict in a blind project."""

    name: str
    confidence: int | None
    active_seconds: int


class VerdictOption(BaseModel):
    """One verdict, its key, and why it cannot be given now."""

    verdict: Verdict
    name: str
    key: str
    is_allowed: bool
    why_not: str | None
    needs: list[Literal["verification_method", "disagreement", "reason", "edited_content", "issue"]]


class TaskReviewView(BaseModel):
    """The task as a reviewer sees it; the reference is not here."""

    id: UUID
    number: int
    name: str
    title: str
    activity: str
    statement: str
    statement_html: str
    assumptions: list[str]
    answer_expected: str
    unit_expected: bool
    starter_code: str
    domain: str | None
    skill: str | None
    difficulty: int | None
    attachments: list[AttachmentView]


class ProjectReviewView(BaseModel):
    """What the workbench needs of the project."""

    id: UUID
    slug: str
    name: str
    is_blind: bool
    guideline_url: str
    guideline_n: int
    """version in force when the revision was handed in"""


class RevisionView(BaseModel):
    """The revision under review; a decision names its hash."""

    n: int
    sha256: str
    words: int
    tokens: int
    submitted_at: datetime
    compared_to: int | None
    """number of the revision that the difference is against: the one you reviewed before, else the one before"""
    is_edited_by_reviewer: bool
    contest_reason: str | None
    """why the author contests the edits in this revision"""


class QueueView(BaseModel):
    """Where this stands in the reviewer's own queue."""

    position: int
    """1 = this one; what is open counts as the first"""
    waiting: int
    waiting_is_more: bool
    """the count stops at 200"""
    next_url: str | None
    """POST it to open the next one"""


class WorkbenchUrls(BaseModel):
    """Where the workbench speaks to. Pages take forms, the API takes JSON."""

    page: str
    review: str
    """GET: this state again"""
    draft: str
    """PUT with If-Match: the save"""
    decide: str
    undo: str
    reveal: str
    check: str
    """POST: have the machines look once more"""
    leave: str
    """POST: close without a verdict; what was written is kept"""
    threads: str
    """POST: a new issue"""
    thread: str
    """+ /{id} (PATCH, DELETE), /{id}/comments, /{id}/state (POST)"""
    history_page: str
    guideline: str
    queue: str
    edit_page: str
    """edit and approve without script"""


class KeyView(BaseModel):
    """One key of the workbench and what it does."""

    key: str
    does: str


class ChoiceView(BaseModel):
    """One word of a list with what people read."""

    value: str
    name: str
    hint: str = ""
    key: str = ""


class WorkbenchLimits(BaseModel):
    """Limits the workbench tells before the server does."""

    note_chars: int = NOTE_MAX_CHARS
    comment_chars: int = COMMENT_MAX_CHARS
    quote_chars: int = QUOTE_MAX_CHARS
    reason_min_chars: int = REASON_MIN_CHARS
    undo_seconds: int = UNDO_SECONDS
    max_returns: int = MAX_RETURNS
    idle_save_seconds: int = 2
    pause_hint_minutes: int = 60
    """after so long a stretch of reviewing a pause is suggested"""
