"""The records of a snapshot: everything known of each frozen item, read in closed pages, the same on every reading.

A record is what is hashed while freezing, what the native export writes, and what every other format is rendered from.
It is built only from what never changes: revisions, wordings of tasks, decided reviews, comments written by the cut.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.db import Database
from app.datasets.models import Snapshot, SnapshotItem, SnapshotReview
from app.projects.models import Project
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.submissions.models import Revision, Submission
from app.tasks.models import Task, TaskVersion

PAGE_ROWS = 500
RECORD_VERSION = "workings/1"
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

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One member of a snapshot with its record."""

    position: int
    row_sha256: str | None
    record: Record


def read_snapshot(database: Database, snapshot_id: UUID, *, after: int = 0) -> Iterator[list[Item]]:
    """Yield the items of a snapshot in closed pages, in order; no transaction is open while the caller works."""
    while True:
        with database.reading() as session:
            page = read_page(session, snapshot_id, after=after)
        if not page:
            return
        yield page
        after = page[-1].position


def read_page(session: Session, snapshot_id: UUID, *, after: int, limit: int = PAGE_ROWS) -> list[Item]:
    """Read one page of items behind position `after`, in six queries however long it is."""
    rows = session.execute(
        select(SnapshotItem, Submission, Revision, Task)
        .join(Submission, Submission.id == SnapshotItem.submission_id)
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .join(Task, Task.id == SnapshotItem.task_id)
        .where(SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.position > after)
        .order_by(SnapshotItem.position)
        .limit(limit)
    ).all()
    if not rows:
        return []
    snapshot = session.get_one(Snapshot, snapshot_id)
    context = _Context(session, snapshot, [(row[0], row[1], row[2], row[3]) for row in rows])
    return [Item(row[0].position, row[0].row_sha256, context.record(row[0], row[1], row[2], row[3])) for row in rows]


class _Context:
    """All that the records of one page need, fetched at once."""

    def __init__(
        self, session: Session, snapshot: Snapshot, rows: Sequence[tuple[SnapshotItem, Submission, Revision, Task]]
    ) -> None:
        submission_ids = [row[1].id for row in rows]
        self.project = session.get_one(Project, snapshot.project_id)
        self.wordings = _older_wordings(session, rows)
        self.reviews = _reviews(session, snapshot.id, submission_ids)
        self.labels = _labels(session, [review.id for mine in self.reviews.values() for review in mine])
        self.threads = _threads(session, submission_ids, snapshot.cut_at)
        self.comments = _comments(session, [t.id for mine in self.threads.values() for t in mine], snapshot.cut_at)
        self.pseudonyms = self._pseudonyms(session, rows)

    def _pseudonyms(
        self, session: Session, rows: Sequence[tuple[SnapshotItem, Submission, Revision, Task]]
    ) -> dict[UUID, str]:
        people = {row[1].author_id for row in rows} | {row[2].edited_by for row in rows}
        people |= {review.reviewer_id for mine in self.reviews.values() for review in mine}
        people |= {comment.author_id for mine in self.comments.values() for comment in mine}
        found = session.execute(select(User.id, User.pseudonym).where(User.id.in_(people - {None})))
        return {row[0]: str(row[1]) for row in found}

    def record(self, item: SnapshotItem, submission: Submission, revision: Revision, task: Task) -> Record:
        """Build the record of one item."""
        return {
            "format": RECORD_VERSION,
            "id": str(submission.id),
            "project": self.project.slug,
            "task": self._task(task, item.task_version),
            "author": self.pseudonyms[submission.author_id],
            "state": item.state,
            "tier": str(item.tier),
            "revision": revision.n,
            "content_sha256": revision.sha256,
            "content": json.loads(revision.content),
            "form_version": revision.form_version,
            "guideline_version": revision.guideline_n,
            "words": revision.words,
            "tokens": {revision.vocabulary: revision.tokens},
            "active_seconds": revision.active_seconds,
            "submitted_at": _time(revision.submitted_at),
            "findings": revision.findings,
            "edited_by": self.pseudonyms[revision.edited_by] if revision.edited_by else None,
            "reviews": [self._review(review) for review in self.reviews[submission.id]],
            "threads": [self._thread(thread) for thread in self.threads[submission.id]],
        }

    def _task(self, task: Task, version: int) -> Record:
        older = self.wordings.get((task.id, version))
        fields = older if older is not None else {name: getattr(task, name) for name in TASK_FIELDS}
        return {
            "id": str(task.id),
            "number": task.number,
            "version": version,
            **{name: fields.get(name) for name in TASK_FIELDS},
        }

    def _review(self, review: Review) -> Record:
        return {
            "id": str(review.id),
            "reviewer": self.pseudonyms[review.reviewer_id],
            "revision": review.revision_n,
            "level": review.level,
            "round": review.round,
            "verdict": str(review.verdict),
            "verification_method": str(review.verification_method) if review.verification_method else None,
            "verification_note": review.verification_note,
            "reason": review.reason,
            "rubric_version": review.rubric_n,
            "rubric_scores": review.rubric_scores,
            "own_answer": review.own_answer,
            "saw_reference_at": _time(review.saw_reference_at),
            "seconds": review.seconds,
            "decided_at": _time(review.decided_at),
            "labels": [
                {
                    "step": label.step_id,
                    "value": str(label.value),
                    "error_type": str(label.error_type) if label.error_type else None,
                    "note": label.note,
                    "carried_over": label.carried_over,
                }
                for label in self.labels[review.id]
            ],
        }

    def _thread(self, thread: Thread) -> Record:
        return {
            "id": str(thread.id),
            "review": str(thread.review_id) if thread.review_id else None,
            "revision": thread.revision_n,
            "anchor": str(thread.anchor),
            "step": thread.step_id,
            "quote": thread.quote,
            "quote_start": thread.quote_start,
            "severity": str(thread.severity),
            "opened_at": _time(thread.opened_at),
            "comments": [
                {
                    "id": str(comment.id),
                    "author": self.pseudonyms[comment.author_id],
                    "body": comment.body,
                    "at": _time(comment.created_at),
                }
                for comment in self.comments[thread.id]
            ],
        }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _older_wordings(
    session: Session, rows: Sequence[tuple[SnapshotItem, Submission, Revision, Task]]
) -> dict[tuple[UUID, int], dict[str, Any]]:
    wanted = [(row[3].id, row[0].task_version) for row in rows if row[3].version != row[0].task_version]
    if not wanted:
        return {}
    query = select(TaskVersion).where(tuple_(TaskVersion.task_id, TaskVersion.version).in_(wanted))
    return {(found.task_id, found.version): found.content for found in session.scalars(query)}


def _reviews(session: Session, snapshot_id: UUID, submission_ids: Sequence[UUID]) -> defaultdict[UUID, list[Review]]:
    query = (
        select(Review)
        .join(SnapshotReview, SnapshotReview.review_id == Review.id)
        .where(SnapshotReview.snapshot_id == snapshot_id, Review.submission_id.in_(submission_ids))
        .order_by(Review.decided_at, Review.id)
    )
    found: defaultdict[UUID, list[Review]] = defaultdict(list)
    for review in session.scalars(query):
        found[review.submission_id].append(review)
    return found


def _labels(session: Session, review_ids: Sequence[UUID]) -> defaultdict[UUID, list[StepLabel]]:
    found: defaultdict[UUID, list[StepLabel]] = defaultdict(list)
    query = select(StepLabel).where(StepLabel.review_id.in_(review_ids)).order_by(StepLabel.step_id)
    for label in session.scalars(query):
        found[label.review_id].append(label)
    return found


def _threads(session: Session, submission_ids: Sequence[UUID], cut_at: datetime) -> defaultdict[UUID, list[Thread]]:
    query = (
        select(Thread)
        .where(Thread.submission_id.in_(submission_ids), Thread.published_at <= cut_at)
        .order_by(Thread.opened_at, Thread.id)
    )
    found: defaultdict[UUID, list[Thread]] = defaultdict(list)
    for thread in session.scalars(query):
        found[thread.submission_id].append(thread)
    return found


def _comments(session: Session, thread_ids: Sequence[UUID], cut_at: datetime) -> defaultdict[UUID, list[Comment]]:
    query = (
        select(Comment)
        .where(Comment.thread_id.in_(thread_ids), Comment.created_at <= cut_at)
        .order_by(Comment.created_at, Comment.id)
    )
    found: defaultdict[UUID, list[Comment]] = defaultdict(list)
    for comment in session.scalars(query):
        found[comment.thread_id].append(comment)
    return found
