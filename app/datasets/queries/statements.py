"""What a page of a snapshot is read with: one statement for each kind of row that records are built from."""

from typing import Any

from sqlalchemy import String, Text, and_, bindparam, cast, literal_column, select, type_coerce
from sqlalchemy.orm import aliased

from app.datasets.models import Snapshot, SnapshotItem, SnapshotReview
from app.projects.models import Project
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.submissions.models import ProgramRun, Revision, Submission, VerifierRun
from app.submissions.states import RunState
from app.tasks.models import Task

PAGE_ROWS = 500
TASK_FIELDS = (
    "title",
    "activity",
    "statement",
    "assumptions",
    "answer_expected",
    "unit_expected",
    "answer_spec",
    "starter_code",
    "reference",
    "domain",
    "skill",
    "difficulty",
    "family",
    "language",
    "source",
    "licence",
    "origin",
    "origin_model",
    "external_id",
)
"""What of a task goes into a record; an older wording holds the same fields (`WORDING` of the area tasks)."""

JSON_FIELDS = frozenset({"assumptions", "answer_spec"})

# Columns instead of objects, and statements that are built once: an export reads some fifteen rows an item.

# A planner that knows nothing yet of a new snapshot must still see how little a page is: both ends of its range are
# said, and so is its length; the snapshot is named again where its reviews are looked for.
PAGE = (
    select(SnapshotItem)
    .where(
        SnapshotItem.snapshot_id == bindparam("snapshot_id"),
        SnapshotItem.position > bindparam("after"),
        SnapshotItem.position <= bindparam("last"),
    )
    .limit(literal_column(str(PAGE_ROWS)))
    .cte("page")
)
FRAME = (
    select(Project.slug, Snapshot.cut_at)
    .join(Project, Project.id == Snapshot.project_id)
    .where(Snapshot.id == bindparam("snapshot_id"))
)


def _text(column: Any) -> Any:
    """Read a JSON column as the text that is stored: it is brought into another form without being looked at."""
    return cast(column, Text).label(column.key)


def _handed_in_columns(revision: type[Revision]) -> tuple[Any, ...]:
    return (
        revision.n,
        revision.sha256,
        revision.content,
        revision.form_version,
        revision.guideline_n,
        revision.words,
        revision.vocabulary,
        revision.tokens,
        revision.active_seconds,
        revision.submitted_at,
        _text(revision.findings),
        revision.edited_by,
    )


ITEMS = (
    select(
        PAGE.c.position,
        PAGE.c.row_sha256,
        PAGE.c.split,
        PAGE.c.is_representative,
        PAGE.c.task_version,
        PAGE.c.state,
        PAGE.c.tier,
        PAGE.c.agreement_id,
        PAGE.c.editor_agreement_id,
        Submission.id.label("submission_id"),
        Submission.author_id,
        *_handed_in_columns(Revision),
        VerifierRun.id.label("check_id"),
        VerifierRun.verifier,
        type_coerce(VerifierRun.finding, String).label("finding"),
        VerifierRun.method,
        VerifierRun.reason.label("check_reason"),
        VerifierRun.detail,
        VerifierRun.spec_sha256,
        VerifierRun.created_at.label("checked_at"),
        Task.id.label("task_id"),
        Task.number,
        Task.version,
        *(_text(getattr(Task, name)) if name in JSON_FIELDS else getattr(Task, name) for name in TASK_FIELDS),
    )
    .select_from(PAGE)
    .join(Submission, Submission.id == PAGE.c.submission_id)
    .join(Revision, Revision.id == PAGE.c.revision_id)
    .join(Task, Task.id == PAGE.c.task_id)
    .outerjoin(VerifierRun, VerifierRun.id == PAGE.c.verifier_run_id)
    .order_by(PAGE.c.position)
)
RUNS = (
    select(
        ProgramRun.submission_id,
        ProgramRun.id,
        type_coerce(ProgramRun.purpose, String).label("purpose"),
        ProgramRun.language,
        ProgramRun.source,
        ProgramRun.stdin,
        ProgramRun.verdict,
        ProgramRun.message,
        ProgramRun.exit_code,
        ProgramRun.stdout,
        ProgramRun.stderr,
        _text(ProgramRun.results),
        ProgramRun.cpu_milliseconds,
        ProgramRun.wall_milliseconds,
        ProgramRun.memory_bytes,
        ProgramRun.requested_at,
    )
    .select_from(PAGE)
    .join(Revision, Revision.id == PAGE.c.revision_id)
    .join(ProgramRun, ProgramRun.submission_id == PAGE.c.submission_id)
    .where(ProgramRun.state == RunState.DONE, ProgramRun.finished_at <= Revision.submitted_at)
    .order_by(ProgramRun.requested_at, ProgramRun.id)
)
"""Runs that had ended when the work was handed in; those that a step cites go into its record."""
_BEFORE = aliased(Revision)
EARLIER = (
    select(_BEFORE.submission_id, *_handed_in_columns(_BEFORE))
    .select_from(PAGE)
    .join(Revision, Revision.id == PAGE.c.revision_id)
    .join(_BEFORE, and_(_BEFORE.submission_id == PAGE.c.submission_id, _BEFORE.n < Revision.n))
    .order_by(_BEFORE.submission_id, _BEFORE.n)
)
"""The revisions before the frozen one: reviews and issues speak of them, and what was changed is material too."""
JUDGED = (
    select()
    .select_from(PAGE)
    .join(Review, Review.submission_id == PAGE.c.submission_id)
    .join(
        SnapshotReview,
        and_(SnapshotReview.snapshot_id == bindparam("snapshot_id"), SnapshotReview.review_id == Review.id),
    )
)
REVIEWS = JUDGED.add_columns(
    Review.submission_id,
    Review.id,
    Review.reviewer_id,
    Review.revision_n,
    Review.level,
    Review.round,
    Review.verdict,
    Review.verification_method,
    Review.verification_note,
    Review.reason,
    Review.disagreement,
    Review.rubric_n,
    _text(Review.rubric_scores),
    Review.own_answer,
    Review.saw_reference_at,
    Review.seconds,
    Review.decided_at,
).order_by(Review.decided_at, Review.id)
LABELS = JUDGED.add_columns(
    StepLabel.review_id,
    StepLabel.step_id,
    type_coerce(StepLabel.value, String),  # as stored: there are many, and making enums costs more than reading
    type_coerce(StepLabel.error_type, String),
    StepLabel.note,
    StepLabel.carried_over,
).join(StepLabel, StepLabel.review_id == Review.id)
OPENED = (
    select()
    .select_from(PAGE)
    .join(Thread, Thread.submission_id == PAGE.c.submission_id)
    .where(Thread.published_at <= bindparam("cut_at"))
)
THREADS = OPENED.add_columns(
    Thread.submission_id,
    Thread.id,
    Thread.review_id,
    Thread.revision_n,
    Thread.anchor,
    Thread.step_id,
    Thread.quote,
    Thread.quote_start,
    Thread.severity,
    Thread.opened_at,
).order_by(Thread.opened_at, Thread.id)
COMMENTS = (
    OPENED.add_columns(Comment.thread_id, Comment.id, Comment.author_id, Comment.body, Comment.created_at)
    .join(Comment, Comment.thread_id == Thread.id)
    .where(Comment.created_at <= bindparam("cut_at"))
    .order_by(Comment.created_at, Comment.id)
)
