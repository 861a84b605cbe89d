"""The state of the workbench, whole: what its page holds for the script and what the API gives."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from app.reviews.schemas.contaminated import ContaminatedView
from app.reviews.schemas.machine import MachineView
from app.reviews.schemas.pieces import (
    AnswerView,
    AuthorView,
    ChoiceView,
    CriterionScore,
    HistoryView,
    KeyView,
    LabelView,
    OpinionView,
    PartView,
    ProgramView,
    ProjectReviewView,
    QueueView,
    ReferenceView,
    RemovedStep,
    RevisionView,
    StepView,
    TaskReviewView,
    ThreadView,
    VerdictOption,
    WorkbenchLimits,
    WorkbenchUrls,
)
from app.reviews.schemas.similar import SimilarView
from app.reviews.states import (
    ReviewState,
    Verdict,
    VerificationMethod,
)
from app.submissions.schemas import FindingOut
from app.submissions.service.citing import CitedRun
from app.submissions.states import SubmissionState


class WorkbenchState(BaseModel):
    """All that the workbench shows: the page's `<script id="review-state">`, and GET /api/v1/reviews/{id}."""

    review_id: UUID
    submission_id: UUID
    journal_key: str = ""
    """the key with which this person's device keeps unsaved work; only in the page"""
    state: ReviewState
    level: int
    can_edit: bool
    """the review is open and its revision is still the last"""
    why_not: str | None
    """a sentence, when it cannot be edited any more"""
    save_n: int
    """number of the last save; the ETag"""
    opened_at: datetime
    server_time: datetime
    seconds: int
    project: ProjectReviewView
    task: TaskReviewView
    revision: RevisionView
    submission_state: SubmissionState
    times_returned: int
    steps: list[StepView]
    cited: dict[UUID, CitedRun]
    """run → what was run and what came out"""
    removed: list[RemovedStep]
    parts: list[PartView]
    answer: AnswerView
    program: ProgramView | None
    labels: dict[str, LabelView]
    rubric: list[CriterionScore]
    rubric_n: int
    verification_method: VerificationMethod | None
    verification_note: str
    reason: str
    disagreement: str
    own_answer: str
    edited_content: dict[str, Any] | None
    content: dict[str, Any]
    """the document as handed in, shaped like `Content`, without confidence and times: what edits start from"""
    verdict: Verdict | None
    """once decided"""
    undo_until: datetime | None
    threads: list[ThreadView]
    checks: list[FindingOut]
    """what the program found at hand-in; waived ones, with the author's reason, first"""
    similar: list[SimilarView]
    """other work that is like it, the most like first"""
    contaminated: list[ContaminatedView]
    """reference texts that it, or its task, is like; the worst first"""
    machine: MachineView | None
    """what machines found; None where none can judge this kind of answer"""
    suggested_method: VerificationMethod | None
    """how it was verified as far as a machine has done it: executed"""
    history: list[HistoryView]
    opinions: list[OpinionView]
    reference: ReferenceView | None
    has_reference: bool
    author: AuthorView | None
    verdicts: list[VerdictOption]
    queue: QueueView
    urls: WorkbenchUrls
    keys: list[KeyView]
    error_types: list[ChoiceView]
    methods: list[ChoiceView]
    severities: list[ChoiceView]
    step_types: dict[str, str]
    """type → word"""
    limits: WorkbenchLimits
