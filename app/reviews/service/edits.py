"""A reviewer's edits of somebody's work: which words are the reviewer's, and what its author says to them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict
from app.reviews.models import Review
from app.reviews.schemas import EditedSpans, EditsView, SpanView
from app.reviews.service.news import tell_level_2
from app.reviews.service.talking import first_sentence
from app.reviews.states import ReviewState, Verdict
from app.submissions.models import Revision, Submission
from app.submissions.schemas import Content
from app.submissions.service.comparing import compare
from app.submissions.service.settling import lock_submission, settle_edits
from app.submissions.states import EditsState, SubmissionState
from app.tasks.models import Task
from app.text.diff import Span

ANSWERABLE = frozenset({SubmissionState.APPROVED})
"""States in which the author may answer edits; before, level 2 still looks at them."""


def edits_of(session: Session, submission: Submission) -> tuple[Revision, Revision] | None:
    """Return (edited revision, the author's own before it) of the latest edits of a piece of work, or None."""
    query = select(Revision).where(Revision.submission_id == submission.id, Revision.edited_by.is_not(None))
    edited = session.scalars(query.order_by(Revision.n.desc()).limit(1)).first()
    if edited is None:
        return None
    base = select(Revision).where(Revision.submission_id == submission.id, Revision.n == edited.n - 1)
    return edited, session.scalars(base).one()


def edited_spans(base: Revision, edited: Revision) -> list[EditedSpans]:
    """Find what a reviewer changed, step by step; the `add` spans are the reviewer's own words."""
    difference = compare(
        Content.model_validate_json(base.content), Content.model_validate_json(edited.content), shows_effort=False
    )
    steps = [
        EditedSpans(step_id=step.id, name=f"Step {step.n}", spans=spans_of(step.pieces))
        for step in difference.steps
        if step.change != "same"
    ]
    parts = [
        EditedSpans(step_id=None, name=part.name, spans=spans_of(part.pieces))
        for part in difference.parts
        if part.change != "same"
    ]
    return steps + parts


def spans_of(pieces: Iterable[Span]) -> list[SpanView]:
    """Write the spans of a difference for an answer."""
    return [SpanView(kind=piece.kind, text=piece.text) for piece in pieces]


def view_edits(session: Session, submission: Submission) -> EditsView | None:
    """Show the latest edits to the author, once they are settled by an approval or were contested; None without."""
    found = edits_of(session, submission)
    if found is None:
        return None
    edited, base = found
    state = edited.edits_state or EditsState.PENDING
    if state == EditsState.PENDING and submission.state not in ANSWERABLE:
        return None
    api = f"/api/v1/work/{submission.id}/edits"
    return EditsView(
        revision_n=edited.n,
        based_on_n=base.n,
        state=state.value,
        contest_reason=edited.contest_reason,
        spans=edited_spans(base, edited),
        accept_url=f"{api}/accept",
        contest_url=f"{api}/contest",
    )


def accept_edits(session: Session, actor: Actor, submission: Submission, *, now: datetime) -> None:
    """Agree with a reviewer's edits; the approval stands. Conflict when there are none to answer."""
    _answer(session, actor, submission, None, now=now)


def contest_edits(session: Session, actor: Actor, submission: Submission, reason: str, *, now: datetime) -> None:
    """Disagree with a reviewer's edits: the approval is taken back, and a level-2 reviewer judges."""
    _answer(session, actor, submission, reason, now=now)
    number = session.scalar(select(Task.number).where(Task.id == submission.task_id))
    decided = select(Review.reviewer_id).where(
        Review.submission_id == submission.id,
        Review.verdict == Verdict.APPROVE_WITH_EDITS,
        Review.state == ReviewState.DECIDED,
    )
    tell_level_2(
        session,
        submission,
        f"The author contests edits in task {number}: {first_sentence(reason)}",
        besides=set(session.scalars(decided)),
        key=f"contest:{submission.id}:{submission.revision_n}",
        now=now,
    )


def _answer(session: Session, actor: Actor, submission: Submission, reason: str | None, *, now: datetime) -> None:
    locked = lock_submission(session, submission.id)
    found = edits_of(session, locked)
    if found is None or found[0].n != locked.revision_n or locked.state not in ANSWERABLE:
        raise Conflict("There are no edits to answer now; reload the page.")
    old = locked.state
    settle_edits(session, locked, found[0], contest_reason=reason, now=now)
    audit.record(
        session,
        "edits.contest" if reason else "edits.accept",
        actor=actor,
        at=now,
        kind="submission",
        object_id=locked.id,
        project_id=locked.project_id,
        moved=(old, locked.state),
        reason=reason,
        revision=found[0].n,
    )
