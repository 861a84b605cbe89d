"""What the first rows of an export would be: from the format's own `rows`, before anything is written."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from sqlalchemy.orm import Session

from app.datasets.models import Snapshot
from app.datasets.queries.corrections import withdrawn_now
from app.datasets.queries.records import Item, Record, end_of_task, in_groups, read_page
from app.datasets.queries.statements import PAGE_ROWS
from app.datasets.states import SnapshotState, Split
from app.exports.formats.base import BadRow, Format, Frame, Options, Part, Row
from app.exports.formats.texts import deciding_review, standing_labels
from app.exports.queries import frame_of
from app.exports.schemas import PREVIEW_ROWS
from app.exports.service.rendering import WITHDRAWN

LEFT_OUT_SHOWN = 20
KEPT = 8
KEPT_MAX_BYTES = 1 << 20
"""Of so many previews of so few bytes each, the last ones are kept: rows are looked at one after the other."""
_ASIDE = {"dead_end": "dead end", "backtrack": "backtrack", "correction": "correction"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands in a file."""

    path: str
    row: Row
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The frozen item that a row comes from, with what of it let it in."""

    submission_id: UUID
    task_id: UUID
    task_number: int
    task_title: str
    state: str
    tier: str
    revision: int
    judgments: list[tuple[str, str]]
    """verdict and method of each decided review"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the preview: its lines, the reading of the main one with a note on each part, where it comes from."""

    lines: list[Line]
    parts: list[tuple[Part, str]]
    piece: Piece


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item that makes no row, and why."""

    piece: Piece
    reason: str


@dataclass(slots=True)
class Preview:
    """The first rows, and what became of all the items that were looked at."""

    items: int
    """of the snapshot"""
    looked_at: int = 0
    makes: int = 0
    """items that make a row"""
    rows: list[Shown] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)
    is_proven_later: bool = False
    """an engine tries each row when the files are written, and may refuse some"""
    faults: list[LeftOut] = field(default_factory=list)
    """rows that no reader would take; the export stops at the first"""
    kinds: Counter[str] = field(default_factory=Counter)
    """rows of the split train by what the format sorts them by"""
    lacks: str = ""
    """why these rows are no good together; the export fails if that holds for all"""
    refusal: str = ""
    """why nothing may be made of the snapshot in this format"""

    @property
    def is_whole(self) -> bool:
        """Whether the counts are those of the export."""
        return self.looked_at == self.items

    @property
    def is_refused(self) -> bool:
        """Whether the export is known to fail."""
        return bool(self.refusal or self.faults or (self.lacks and self.is_whole))

    @property
    def is_empty(self) -> bool:
        """Whether the export is known to have no row at all."""
        return self.is_whole and self.makes == 0


def preview(session: Session, snapshot: Snapshot, chosen: Format, options: Options) -> Preview:
    """Render the first page of a snapshot, 500 items, and keep twenty rows; stores nothing.

    The lines are what `write_files` would write: the same records through the same `lines`, which checks each row.
    Only what a format proves with an engine (`prove`) is left to the writing.
    """
    chosen = chosen.framed(frame_of(session, snapshot))
    withdrawn = withdrawn_now(session, snapshot.id)
    key = (snapshot.id, chosen.frame, chosen.name, options.model_dump_json(), withdrawn)
    kept = _kept.get(key)
    if kept is not None:
        return kept
    found = Preview(items=snapshot.items, is_proven_later=chosen.is_proven, refusal=chosen.refusal() or "")
    if found.refusal:
        return found
    last = PAGE_ROWS
    if chosen.takes_tasks_whole:
        last = end_of_task(session, snapshot.id, last)
    pages = (read_page(session, snapshot.id, after=at, last=last) for at in range(0, last, PAGE_ROWS))
    for items in in_groups(pages, by_task=chosen.takes_tasks_whole):
        found.looked_at += len(items)
        _look_at(found, _standing(found, items, withdrawn), chosen, options)
    if chosen.is_shuffled:
        found.lacks = chosen.fault_of_all(found.kinds) or ""
    if snapshot.state is SnapshotState.READY:
        _keep(key, found)
    return found


_Key = tuple[UUID, Frame, str, str, frozenset[UUID]]
_kept: dict[_Key, Preview] = {}
_keeping = Lock()


def _keep(key: _Key, found: Preview) -> None:
    """Keep a preview in this process: without new withdrawals the rows of a snapshot that is ready never change."""
    if sum(line.size_bytes for row in found.rows for line in row.lines) > KEPT_MAX_BYTES:
        return
    with _keeping:
        _kept[key] = found
        if len(_kept) > KEPT:
            del _kept[next(iter(_kept))]


def _standing(found: Preview, items: list[Item], withdrawn: frozenset[UUID]) -> list[Item]:
    """Give the items that were not withdrawn, and note the others as left out."""
    for item in items:
        if item.submission_id in withdrawn:
            _leave_out(found, item, WITHDRAWN)
    return [item for item in items if item.submission_id not in withdrawn]


def _leave_out(found: Preview, item: Item, reason: str) -> None:
    found.reasons[reason] += 1
    if len(found.left_out) < LEFT_OUT_SHOWN:
        found.left_out.append(LeftOut(_piece(item.record), reason))


def _look_at(found: Preview, items: list[Item], chosen: Format, options: Options) -> None:
    try:
        made = chosen.make(items, options, is_proving=False)
    except BadRow as fault:
        found.faults.append(LeftOut(_piece(items[0].record), str(fault)))
        return
    for at, reason in made.left_out.items():
        _leave_out(found, items[at], reason)
    found.makes += len(items) - len(made.left_out)
    if chosen.is_shuffled and items and items[0].split is Split.TRAIN:
        found.kinds.update(chosen.kind_of(line) for path, line in made.lines if path == chosen.main_path)
    for lines in _by_row(made.lines, chosen):
        if len(found.rows) < PREVIEW_ROWS:
            record = next(item.record for at, item in enumerate(items) if at not in made.left_out)
            notes = _notes(record)
            told = [(part, notes.get(part.text.strip(), "")) for part in read_lines(chosen, lines)]
            found.rows.append(Shown(lines, told, _piece(record)))


def _by_row(made: Iterable[tuple[str, bytes]], chosen: Format) -> Iterable[list[Line]]:
    """Take lines apart into rows: each line of the main file begins one, and has the side-cars' lines behind it."""
    rows: list[list[Line]] = []
    for path, line in made:
        if path == chosen.main_path or not rows:
            rows.append([])
        rows[-1].append(Line(path, json.loads(line), len(line)))
    return rows


def read_lines(chosen: Format, lines: Iterable[Line]) -> list[Part]:
    """Read the lines of one item as a person does: those of the format's main file."""
    return [part for line in lines if line.path == chosen.main_path for part in chosen.read(line.row)]


def _notes(record: Record) -> dict[str, str]:
    """Say what a step is beside its text: a dead end, given up, or wrong in a way that the reviewer named."""
    review = deciding_review(record)
    labels = review["labels"] if review is not None else []
    standing = standing_labels(record)
    wrong = [label for label in labels if label["error_type"] and label["step"] in standing]
    errors = {label["step"]: label["error_type"].replace("_", " ") for label in wrong}
    notes = {}
    for step in record["content"]["steps"]:
        said = [_ASIDE.get(step["type"], ""), "given up" if step["status"] == "abandoned" else ""]
        notes[step["body"].strip()] = ", ".join(text for text in (*said, errors.get(step["id"], "")) if text)
    return notes


def _piece(record: Record) -> Piece:
    task = record["task"]
    return Piece(
        submission_id=UUID(record["id"]),
        task_id=UUID(task["id"]),
        task_number=task["number"],
        task_title=task["title"],
        state=record["state"],
        tier=record["tier"],
        revision=record["revision"],
        judgments=[(review["verdict"], review["verification_method"] or "") for review in record["reviews"]],
    )
