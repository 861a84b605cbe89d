"""One person's own work: what came back, what is begun, what became of the rest, and the time it took."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.assignments.models import Assignment
from app.assignments.states import LIVE, AssignmentState
from app.core.actor import Actor
from app.core.pagination import Page, SortKey, after, encode_cursor
from app.insights.queries.way import decided
from app.insights.schemas import History, Hours, Piece, Share
from app.projects.models import Project
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.states import ReviewState, Severity, StepVerdict, ThreadState
from app.submissions.models import DraftSave, Revision, Submission, WorkSpan
from app.submissions.states import EDITABLE, SubmissionState
from app.tasks.models import Task
from app.text.words import count_words

PAGE_SIZE = 50
QUOTE_MAX_CHARS = 280
LAST = 3
REASONS_SHOWN = 4
_SENTENCE = re.compile(r".+?[.!?。！？](?=\s|$)|.+", re.DOTALL)
_HEAVIEST = (Severity.BLOCKER, Severity.MAJOR, Severity.MINOR)
_UNSETTLED = (ThreadState.OPEN, ThreadState.ANSWERED)


def in_hands(session: Session, actor: Actor) -> list[Piece]:
    """List the actor's returned and begun work, returned first, in four queries however much it is.

    A returned piece comes with its issues and the reviewer's first sentence, never with who that is. What went
    back before anything was written is not listed.
    """
    kept = or_(Assignment.state.in_(LIVE), Submission.draft_n > 0)
    where = (Submission.author_id == actor.user_id, Submission.state.in_(EDITABLE), kept)
    query = _pieces().where(*where, Submission.project_id.in_(sorted(actor.roles)))
    rows = session.execute(query.order_by(Submission.updated_at.desc(), Submission.id).limit(PAGE_SIZE)).all()
    ids = [row[0].id for row in rows]
    sizes = _sizes(session, ids)
    returned = [row[0].id for row in rows if row[0].state == SubmissionState.RETURNED]
    issues, quotes = _issues(session, returned)
    reasons = _reasons(session, returned)
    pieces = []
    for row in rows:
        one = row[0].id
        steps, words = sizes.get(one, (0, 0))
        quote = first_sentence(quotes.get(one) or reasons.get(one, ""))
        pieces.append(_piece(row, steps=steps, words=words, issues=issues.get(one, ()), quote=quote))
    return sorted(pieces, key=lambda piece: piece.state != SubmissionState.RETURNED)


def _pieces() -> Select[Submission, int, str, str, str, datetime | None, AssignmentState]:
    return (
        select(
            Submission,
            Task.number,
            Task.title,
            Project.name,
            Project.slug,
            Assignment.lease_expires_at,
            Assignment.state,
        )
        .join(Task, Task.id == Submission.task_id)
        .join(Project, Project.id == Submission.project_id)
        .join(Assignment, Assignment.id == Submission.assignment_id)
    )


def _piece(row: Any, **more: Any) -> Piece:
    work, number, title, project_name, project_slug, lease_until, assigned = row
    return Piece(
        submission_id=work.id,
        number=number,
        title=title or f"Task {number}",
        project_name=project_name,
        project_slug=project_slug,
        state=str(work.state),
        revision_n=work.revision_n,
        updated_at=work.updated_at,
        submitted_at=work.submitted_at,
        lease_until=lease_until,
        is_skipped=assigned == AssignmentState.SKIPPED,
        **more,
    )


def first_sentence(text: str) -> str:
    """Return the first sentence of what somebody wrote, cut between words where it is very long."""
    found = _SENTENCE.match(text.strip().split("\n\n", 1)[0])
    sentence = " ".join(found[0].split()) if found else ""
    if len(sentence) <= QUOTE_MAX_CHARS:
        return sentence
    return sentence[:QUOTE_MAX_CHARS].rpartition(" ")[0].rstrip() + " …"


def _sizes(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """Count steps and words of the head of each draft."""
    query = (
        select(DraftSave.submission_id, DraftSave.content)
        .join(Submission, and_(Submission.id == DraftSave.submission_id, Submission.draft_n == DraftSave.n))
        .where(DraftSave.submission_id.in_(ids))
    )
    sizes: dict[UUID, tuple[int, int]] = {}
    for submission_id, content in session.execute(query):
        bodies = [step.get("body", "") for step in json.loads(content).get("steps", [])]
        written = [body for body in bodies if body.strip()]
        sizes[submission_id] = (len(written), sum(count_words(body) for body in written))
    return sizes


def _issues(session: Session, ids: Sequence[UUID]) -> tuple[dict[UUID, list[tuple[str, int]]], dict[UUID, str]]:
    """Count the open issues by severity, and take the first words of the heaviest and oldest one."""
    query = (
        select(Thread.submission_id, Thread.id, Thread.severity, Comment.body)
        .join(Comment, Comment.thread_id == Thread.id)
        .where(Thread.submission_id.in_(ids), Thread.published_at.is_not(None), Thread.state.in_(_UNSETTLED))
        .order_by(Thread.opened_at, Thread.id, Comment.created_at, Comment.id)
    )
    first: dict[UUID, tuple[UUID, Severity, str]] = {}
    for submission_id, thread_id, severity, body in session.execute(query):
        first.setdefault(thread_id, (submission_id, severity, body))
    counts: defaultdict[UUID, Counter[Severity]] = defaultdict(Counter)
    quotes: dict[UUID, tuple[int, str]] = {}
    for submission_id, severity, body in first.values():
        counts[submission_id][severity] += 1
        rank = _HEAVIEST.index(severity)
        if submission_id not in quotes or rank < quotes[submission_id][0]:
            quotes[submission_id] = (rank, body)
    issues = {one: [(str(s), count[s]) for s in _HEAVIEST if count[s]] for one, count in counts.items()}
    return issues, {one: body for one, (_, body) in quotes.items()}


def _reasons(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Take the reason of the last decision on each piece."""
    query = (
        select(Review.submission_id, Review.reason)
        .where(Review.submission_id.in_(ids), Review.state == ReviewState.DECIDED)
        .order_by(Review.decided_at, Review.id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def history_of(session: Session, actor: Actor) -> History:
    """Sum up what became of the actor's work, in five queries."""
    mine = (Submission.author_id == actor.user_id, Submission.project_id.in_(sorted(actor.roles)))
    rows = session.execute(select(Submission.state, func.count()).where(*mine).group_by(Submission.state)).all()
    right = func.count().filter(Submission.state == SubmissionState.APPROVED, Submission.times_returned == 0)
    share = session.execute(select(right, func.count()).where(*mine, *decided())).one()
    last = session.execute(
        _pieces()
        .where(*mine, Submission.state != SubmissionState.DRAFT)
        .order_by(Submission.updated_at.desc(), Submission.id.desc())
        .limit(LAST)
    ).all()
    words = _reasons(session, [row[0].id for row in last])
    return History(
        counts={str(row[0]): row[1] for row in rows},
        first_time=Share(share[0], share[1]),
        reasons=_error_types(session, actor),
        last_three=[_piece(row, quote=first_sentence(words.get(row[0].id, ""))) for row in last],
    )


def _error_types(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """Count what reviewers found wrong with steps of the actor, the most frequent first."""
    query = (
        select(StepLabel.error_type, func.count())
        .join(Review, Review.id == StepLabel.review_id)
        .join(Submission, Submission.id == Review.submission_id)
        .where(Submission.author_id == actor.user_id, Submission.project_id.in_(sorted(actor.roles)))
        .where(Review.state == ReviewState.DECIDED, StepLabel.value == StepVerdict.BAD)
        .where(StepLabel.error_type.is_not(None), StepLabel.carried_over.is_(False))
        .group_by(StepLabel.error_type)
        .order_by(func.count().desc(), StepLabel.error_type)
        .limit(REASONS_SHOWN)
    )
    return [(str(row[0]).replace("_", " "), row[1]) for row in session.execute(query)]


def hours_of(session: Session, actor: Actor, *, since: datetime) -> Hours:
    """Add up the active time since a moment: writing before the first hand-in, revising after it, judging others."""
    first = aliased(Revision)
    revises = WorkSpan.started_at >= first.submitted_at
    query = (
        select(
            func.coalesce(func.sum(case((revises, 0), else_=WorkSpan.active_seconds)), 0),
            func.coalesce(func.sum(case((revises, WorkSpan.active_seconds), else_=0)), 0),
            func.coalesce(func.sum(WorkSpan.on_paper_seconds), 0),
        )
        .select_from(Submission)
        .join(WorkSpan, WorkSpan.submission_id == Submission.id)
        .outerjoin(first, and_(first.submission_id == Submission.id, first.n == 1))
        .where(Submission.author_id == actor.user_id, WorkSpan.user_id == actor.user_id)
        .where(WorkSpan.last_beat_at >= since)
    )
    row = session.execute(query).one()
    judged = select(func.coalesce(func.sum(Review.seconds), 0)).where(
        Review.reviewer_id == actor.user_id, Review.state == ReviewState.DECIDED, Review.decided_at >= since
    )
    return Hours(
        writing=int(row[0]), revising=int(row[1]), on_paper=int(row[2]), judging=int(session.scalar(judged) or 0)
    )


def work_page(session: Session, actor: Actor, state: SubmissionState, *, cursor: str | None) -> Page[Piece]:
    """List the actor's pieces in one state, the last change first."""
    keys = [SortKey(Submission.updated_at, descending=True), SortKey(Submission.id, descending=True)]
    mine = (Submission.author_id == actor.user_id, Submission.project_id.in_(sorted(actor.roles)))
    query = _pieces().where(*mine, Submission.state == state, *after(cursor, keys))
    rows = session.execute(
        query.order_by(Submission.updated_at.desc(), Submission.id.desc()).limit(PAGE_SIZE + 1)
    ).all()
    shown = rows[:PAGE_SIZE]
    more = encode_cursor((shown[-1][0].updated_at, shown[-1][0].id)) if len(rows) > PAGE_SIZE else None
    return Page([_piece(row) for row in shown], more)
