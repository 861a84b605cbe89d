"""The records of a snapshot: everything known of each frozen item, read in closed pages, the same on every reading.

A record is what is hashed while freezing, what the native export writes, and what every other format is rendered from.
It is built only from what never changes: revisions, wordings of tasks, decided reviews, comments written by the cut.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, String, Text, and_, bindparam, cast, literal_column, select, tuple_, type_coerce
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.core.db import Database
from app.datasets.models import Snapshot, SnapshotItem, SnapshotReview
from app.projects.models import Project
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.submissions.models import Revision, Submission
from app.tasks.models import Task, TaskVersion
from app.text.fingerprints import canonical_json

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

JSON_FIELDS = frozenset({"assumptions", "answer_spec"})
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One member of a snapshot with its record."""

    position: int
    submission_id: UUID
    row_sha256: str | None
    line: bytes
    """the record in canonical JSON: what is hashed, and a line of the native export"""

    @property
    def record(self) -> Record:
        """The record as the other formats render it; read anew each time."""
        found: Record = json.loads(self.line)
        return found

    def is_canonical(self) -> bool:
        """Tell whether the line is what `canonical_json` writes of the record: it passes stored content through."""
        try:
            return canonical_json(self.record).encode() == self.line
        except ValueError:
            return False


def read_snapshot(database: Database, snapshot_id: UUID) -> Iterator[list[Item]]:
    """Yield the items of a snapshot in closed pages, in order; no transaction is open while the caller works."""
    after = 0
    while True:
        with database.reading() as session:
            page = read_page(session, snapshot_id, after=after)
        if not page:
            return
        yield page
        after = page[-1].position


def read_page(session: Session, snapshot_id: UUID, *, after: int) -> list[Item]:
    """Read the page of up to 500 items behind position `after`, in eight queries however long it is."""
    page = {"snapshot_id": snapshot_id, "after": after, "last": after + PAGE_ROWS}
    connection = session.connection()  # past the unit of work, which has nothing to do for columns
    rows = connection.execute(_ITEMS, page).all()
    if not rows:
        return []
    context = _Context(connection, page, rows)
    return [Item(row.position, row.submission_id, row.row_sha256, context.line(row)) for row in rows]


class _Context:
    """All that the records of one page need, fetched at once."""

    def __init__(self, connection: Connection, page: dict[str, Any], rows: Sequence[Any]) -> None:
        self.project, cut_at = connection.execute(_FRAME, {"snapshot_id": page["snapshot_id"]}).one()
        until = page | {"cut_at": cut_at}
        self.canonical = cache(_canonical)  # a page holds the same few values over and over: no findings, full scores
        self.wordings = _older_wordings(connection, rows)
        earlier = connection.execute(_EARLIER, page).all()
        reviews = connection.execute(_REVIEWS, page).all()
        comments = connection.execute(_COMMENTS, until).all()
        people = {row.author_id for row in rows} | {row.edited_by for row in rows}
        people |= {row.edited_by for row in earlier}
        people |= {row.reviewer_id for row in reviews} | {row.author_id for row in comments}
        found = connection.execute(select(User.id, User.pseudonym).where(User.id.in_(people - {None})))
        self.pseudonyms = {row[0]: str(row[1]) for row in found}
        self.earlier = _grouped(earlier, lambda row: {"revision": row.n, **self._handed_in(row)})
        self.labels = _grouped(connection.execute(_LABELS, page), _label)
        for labels in self.labels.values():
            labels.sort(key=lambda label: str(label["step"]))  # by code point, whatever the database's language is
        self.comments = _grouped(comments, self._comment)
        self.reviews = _grouped(reviews, self._review)
        self.threads = _grouped(connection.execute(_THREADS, until), self._thread)

    def line(self, row: Any) -> bytes:
        """Write the record of one item in canonical JSON."""
        record = {
            "format": RECORD_VERSION,
            "id": str(row.submission_id),
            "project": self.project,
            "task": self._task(row),
            "author": self.pseudonyms[row.author_id],
            "state": row.state,
            "tier": str(row.tier),
            "revision": row.n,
            **self._handed_in(row),
            "earlier": self.earlier[row.submission_id],
            "reviews": self.reviews[row.submission_id],
            "threads": self.threads[row.submission_id],
        }
        # Byte by byte what canonical_json writes of text and whole numbers; all else is fragments in that form already.
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)

    def _handed_in(self, row: Any) -> Record:
        return {
            "content_sha256": row.sha256,
            "content": orjson.Fragment(row.content),  # stored in canonical JSON; whoever freezes it makes sure
            "form_version": row.form_version,
            "guideline_version": row.guideline_n,
            "words": row.words,
            "tokens": {row.vocabulary: row.tokens},
            "active_seconds": row.active_seconds,
            "submitted_at": _time(row.submitted_at),
            "findings": self.canonical(row.findings),
            "edited_by": self.pseudonyms[row.edited_by] if row.edited_by else None,
        }

    def _task(self, row: Any) -> Record:
        wording = self.wordings.get((row.task_id, row.task_version))
        if wording is None:
            fields = dict(zip(TASK_FIELDS, row[-len(TASK_FIELDS) :], strict=True))
            fields |= {name: self.canonical(fields[name]) for name in JSON_FIELDS}
        else:
            fields = {name: orjson.Fragment(canonical_json(wording.get(name))) for name in TASK_FIELDS}
        return {"id": str(row.task_id), "number": row.number, "version": row.task_version, **fields}

    def _review(self, row: Any) -> Record:
        return {
            "id": str(row.id),
            "reviewer": self.pseudonyms[row.reviewer_id],
            "revision": row.revision_n,
            "level": row.level,
            "round": row.round,
            "verdict": str(row.verdict),
            "verification_method": str(row.verification_method) if row.verification_method else None,
            "verification_note": row.verification_note,
            "reason": row.reason,
            "rubric_version": row.rubric_n,
            "rubric_scores": self.canonical(row.rubric_scores),
            "own_answer": row.own_answer,
            "saw_reference_at": _time(row.saw_reference_at),
            "seconds": row.seconds,
            "decided_at": _time(row.decided_at),
            "labels": self.labels[row.id],
        }

    def _thread(self, row: Any) -> Record:
        return {
            "id": str(row.id),
            "review": str(row.review_id) if row.review_id else None,
            "revision": row.revision_n,
            "anchor": str(row.anchor),
            "step": row.step_id,
            "quote": row.quote,
            "quote_start": row.quote_start,
            "severity": str(row.severity),
            "opened_at": _time(row.opened_at),
            "comments": self.comments[row.id],
        }

    def _comment(self, row: Any) -> Record:
        return {
            "id": str(row.id),
            "author": self.pseudonyms[row.author_id],
            "body": row.body,
            "at": _time(row.created_at),
        }


def _canonical(text: str) -> orjson.Fragment:
    """Bring the text of a JSON column, which has spaces and no order, into its canonical form."""
    return orjson.Fragment(canonical_json(json.loads(text)))


def _label(row: Any) -> Record:
    _, step_id, value, error_type, note, carried_over = row
    return {"step": step_id, "value": value, "error_type": error_type, "note": note, "carried_over": carried_over}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _grouped(rows: Iterable[Any], made: Callable[[Any], Record]) -> defaultdict[UUID, list[Record]]:
    """Collect what is made of each row under the row's first column, in the order of the rows."""
    found: defaultdict[UUID, list[Record]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(made(row))
    return found


def _older_wordings(connection: Connection, rows: Sequence[Any]) -> dict[tuple[UUID, int], dict[str, Any]]:
    wanted = [(row.task_id, row.task_version) for row in rows if row.version != row.task_version]
    if not wanted:
        return {}
    query = select(TaskVersion.task_id, TaskVersion.version, TaskVersion.content).where(
        tuple_(TaskVersion.task_id, TaskVersion.version).in_(wanted)
    )
    return {(found.task_id, found.version): found.content for found in connection.execute(query)}


# Columns instead of objects, and statements that are built once: an export reads some fifteen rows an item.

# A planner that knows nothing yet of a new snapshot must still see how little a page is: both ends of its range are
# said, and so is its length; the snapshot is named again where its reviews are looked for.
_PAGE = (
    select(SnapshotItem)
    .where(
        SnapshotItem.snapshot_id == bindparam("snapshot_id"),
        SnapshotItem.position > bindparam("after"),
        SnapshotItem.position <= bindparam("last"),
    )
    .limit(literal_column(str(PAGE_ROWS)))
    .cte("page")
)
_FRAME = (
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


_ITEMS = (
    select(
        _PAGE.c.position,
        _PAGE.c.row_sha256,
        _PAGE.c.task_version,
        _PAGE.c.state,
        _PAGE.c.tier,
        Submission.id.label("submission_id"),
        Submission.author_id,
        *_handed_in_columns(Revision),
        Task.id.label("task_id"),
        Task.number,
        Task.version,
        *(_text(getattr(Task, name)) if name in JSON_FIELDS else getattr(Task, name) for name in TASK_FIELDS),
    )
    .select_from(_PAGE)
    .join(Submission, Submission.id == _PAGE.c.submission_id)
    .join(Revision, Revision.id == _PAGE.c.revision_id)
    .join(Task, Task.id == _PAGE.c.task_id)
    .order_by(_PAGE.c.position)
)
_BEFORE = aliased(Revision)
_EARLIER = (
    select(_BEFORE.submission_id, *_handed_in_columns(_BEFORE))
    .select_from(_PAGE)
    .join(Revision, Revision.id == _PAGE.c.revision_id)
    .join(_BEFORE, and_(_BEFORE.submission_id == _PAGE.c.submission_id, _BEFORE.n < Revision.n))
    .order_by(_BEFORE.submission_id, _BEFORE.n)
)
"""The revisions before the frozen one: reviews and issues speak of them, and what was changed is material too."""
_JUDGED = (
    select()
    .select_from(_PAGE)
    .join(Review, Review.submission_id == _PAGE.c.submission_id)
    .join(
        SnapshotReview,
        and_(SnapshotReview.snapshot_id == bindparam("snapshot_id"), SnapshotReview.review_id == Review.id),
    )
)
_REVIEWS = _JUDGED.add_columns(
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
    Review.rubric_n,
    _text(Review.rubric_scores),
    Review.own_answer,
    Review.saw_reference_at,
    Review.seconds,
    Review.decided_at,
).order_by(Review.decided_at, Review.id)
_LABELS = _JUDGED.add_columns(
    StepLabel.review_id,
    StepLabel.step_id,
    type_coerce(StepLabel.value, String),  # as stored: there are many, and making enums costs more than reading
    type_coerce(StepLabel.error_type, String),
    StepLabel.note,
    StepLabel.carried_over,
).join(StepLabel, StepLabel.review_id == Review.id)
_OPENED = (
    select()
    .select_from(_PAGE)
    .join(Thread, Thread.submission_id == _PAGE.c.submission_id)
    .where(Thread.published_at <= bindparam("cut_at"))
)
_THREADS = _OPENED.add_columns(
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
_COMMENTS = (
    _OPENED.add_columns(Comment.thread_id, Comment.id, Comment.author_id, Comment.body, Comment.created_at)
    .join(Comment, Comment.thread_id == Thread.id)
    .where(Comment.created_at <= bindparam("cut_at"))
    .order_by(Comment.created_at, Comment.id)
)
