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
from itertools import chain, groupby
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.db import Database
from app.datasets.models import SnapshotItem
from app.datasets.queries.statements import (
    COMMENTS,
    EARLIER,
    FRAME,
    ITEMS,
    JSON_FIELDS,
    LABELS,
    PAGE_ROWS,
    REVIEWS,
    RUNS,
    TASK_FIELDS,
    THREADS,
)
from app.datasets.states import Split
from app.projects.models import AgreementVersion
from app.tasks.models import TaskVersion
from app.text.fingerprints import canonical_json, is_canonical

RECORD_VERSION = "workings/1"
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One member of a snapshot with its record."""

    position: int
    submission_id: UUID
    task_id: UUID
    split: Split
    row_sha256: str | None
    line: bytes
    """the record in canonical JSON: what is hashed, and a line of the native export"""
    is_representative: bool = True
    """of a cluster of near-duplicates only the best member is"""

    @property
    def record(self) -> Record:
        """The record as the other formats render it; read anew each time. Whole numbers are those of 64 bits."""
        found: Record = orjson.loads(self.line)
        return found

    def is_canonical(self) -> bool:
        """Tell whether the line is what `canonical_json` writes of the record: it passes stored content through."""
        return is_canonical(self.line)


def read_snapshot(database: Database, snapshot_id: UUID) -> Iterator[list[Item]]:
    """Yield the items of a snapshot in closed pages, in order; no transaction is open while the caller works."""
    return read_between(database, snapshot_id, 0, None)


def read_between(database: Database, snapshot_id: UUID, after: int, last: int | None) -> Iterator[list[Item]]:
    """Yield the items behind position `after` up to `last` (None: all that follow) as `read_snapshot` does."""
    while last is None or after < last:
        with database.reading() as session:
            page = read_page(session, snapshot_id, after=after, last=last)
        if not page:
            return
        yield page
        after = page[-1].position


def end_of_task(session: Session, snapshot_id: UUID, position: int) -> int:
    """Return the position of the last item of the task that the item at `position` belongs to; 0 stays 0.

    The items of a task stand side by side, so this looks at hardly more than those behind `position`.
    """
    of_snapshot = SnapshotItem.snapshot_id == snapshot_id
    task_id = session.scalar(select(SnapshotItem.task_id).where(of_snapshot, SnapshotItem.position == position))
    if task_id is None:
        return position
    other = select(SnapshotItem.position).where(
        of_snapshot, SnapshotItem.position > position, SnapshotItem.task_id != task_id
    )
    first = session.scalar(other.order_by(SnapshotItem.position).limit(1))
    if first is not None:
        return first - 1
    return session.scalar(select(func.max(SnapshotItem.position)).where(of_snapshot)) or position


def read_page(session: Session, snapshot_id: UUID, *, after: int, last: int | None = None) -> list[Item]:
    """Read the page of up to 500 items behind position `after`, in nine queries however long it is.

    One more where people have signed an agreement.
    """
    page = {"snapshot_id": snapshot_id, "after": after, "last": min(after + PAGE_ROWS, last or after + PAGE_ROWS)}
    connection = session.connection()  # past the unit of work, which has nothing to do for columns
    rows = connection.execute(ITEMS, page).all()
    if not rows:
        return []
    context = _Context(connection, page, rows)
    return [
        Item(
            row.position,
            row.submission_id,
            row.task_id,
            row.split,
            row.row_sha256,
            context.line(row),
            row.is_representative,
        )
        for row in rows
    ]


def in_groups(pages: Iterable[Iterable[Item]], *, by_task: bool) -> Iterator[list[Item]]:
    """Hand out the items of some pages one by one, or all of a task together: they stand side by side in a snapshot."""
    items = chain.from_iterable(pages)
    if not by_task:
        return ([item] for item in items)
    return (list(of_task) for _, of_task in groupby(items, key=lambda item: item.task_id))


class _Context:
    """All that the records of one page need, fetched at once."""

    def __init__(self, connection: Connection, page: dict[str, Any], rows: Sequence[Any]) -> None:
        self.project, cut_at = connection.execute(FRAME, {"snapshot_id": page["snapshot_id"]}).one()
        until = page | {"cut_at": cut_at}
        self.canonical = cache(_canonical)  # a page holds the same few values over and over: no findings, full scores
        self.wordings = _older_wordings(connection, rows)
        earlier = connection.execute(EARLIER, page).all()
        reviews = connection.execute(REVIEWS, page).all()
        comments = connection.execute(COMMENTS, until).all()
        people = {row.author_id for row in rows} | {row.edited_by for row in rows}
        people |= {row.edited_by for row in earlier}
        people |= {row.reviewer_id for row in reviews} | {row.author_id for row in comments}
        found = connection.execute(select(User.id, User.pseudonym).where(User.id.in_(people - {None})))
        self.pseudonyms = {row[0]: str(row[1]) for row in found}
        self.earlier = _grouped(earlier, lambda row: {"revision": row.n, **self._handed_in(row)})
        self.labels = _grouped(connection.execute(LABELS, page).all(), _label)
        for labels in self.labels.values():
            labels.sort(key=lambda label: str(label["step"]))  # by code point, whatever the database's language is
        self.comments = _grouped(comments, self._comment)
        self.reviews = _grouped(reviews, self._review)
        self.threads = _grouped(connection.execute(THREADS, until).all(), self._thread)
        self.agreements = _agreements(connection, rows)
        self.runs = _grouped(connection.execute(RUNS, page).all(), self._run)

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
            "consent": {
                "author": self.agreements.get(row.agreement_id),
                "editor": self.agreements.get(row.editor_agreement_id),
            },
            "check": _check(row),
            "runs": [run for run in self.runs[row.submission_id] if run["id"] in row.content],
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
            "disagreement": row.disagreement,
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

    def _run(self, row: Any) -> Record:
        return {
            "id": str(row.id),
            "purpose": row.purpose,
            "language": row.language,
            "source": row.source,
            "stdin": row.stdin,
            "verdict": row.verdict,
            "message": row.message,
            "exit_code": row.exit_code,
            "stdout": row.stdout,
            "stderr": row.stderr,
            "tests": self.canonical(row.results),
            "cpu_milliseconds": row.cpu_milliseconds,
            "wall_milliseconds": row.wall_milliseconds,
            "memory_bytes": row.memory_bytes,
            "at": _time(row.requested_at),
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


def _agreements(connection: Connection, rows: Sequence[Any]) -> dict[UUID | None, orjson.Fragment]:
    """Read what was agreed to in the versions that people had signed: what a row says of its consent."""
    ids = ({row.agreement_id for row in rows} | {row.editor_agreement_id for row in rows}) - {None}
    if not ids:
        return {}
    names = ("funder", "recipients", "publication", "model_training", "attribution")
    columns = [getattr(AgreementVersion, name) for name in names]
    query = select(AgreementVersion.id, AgreementVersion.n, *columns).where(AgreementVersion.id.in_(ids))
    return {
        row[0]: orjson.Fragment(
            canonical_json({"agreement": str(row[0]), "version": row[1], **dict(zip(names, row[2:], strict=True))})
        )
        for row in connection.execute(query)
    }


def _check(row: Any) -> Record | None:
    """Say what a machine found last about the frozen revision; None when none has looked, or none can."""
    if row.finding is None:
        return None
    return {
        "id": str(row.check_id),
        "verifier": row.verifier,
        "finding": row.finding,
        "method": row.method,
        "reason": row.check_reason,
        "detail": row.detail,
        "spec_sha256": row.spec_sha256,
        "at": _time(row.checked_at),
    }


def _label(row: Any) -> Record:
    _, step_id, value, error_type, note, carried_over = row
    return {"step": step_id, "value": value, "error_type": error_type, "note": note, "carried_over": carried_over}


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _grouped(rows: Sequence[Any], made: Callable[[Any], Record]) -> defaultdict[UUID, list[Record]]:
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
