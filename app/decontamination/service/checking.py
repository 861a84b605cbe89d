"""Hold tasks and work against the reference sets and keep what was found; safe to repeat at any time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.db import Database
from app.core.ids import new_id
from app.decontamination.models import ContaminationCheck, ContaminationFinding, ReferenceSet
from app.decontamination.queries.pieces import PAGE_ROWS, Key, Piece, read_pieces, unchecked
from app.decontamination.states import CONSEQUENCES, Part, ReferenceState

if TYPE_CHECKING:
    from app.decontamination.service.matching import Index, Match

Found = list[tuple[Part, "Match"]]


def open_index(database: Database, data_dir: Path) -> "Index | None":
    """Load the reference sets, or take them as they were loaded last; None when there is none."""
    with database.reading() as session:
        query = select(ReferenceSet.n, ReferenceSet.id).where(ReferenceSet.state == ReferenceState.READY)
        ready = tuple((n, set_id) for n, set_id in session.execute(query.order_by(ReferenceSet.n)) if n is not None)
    if not ready:
        return None
    from app.decontamination.service.indexing import load_index  # noqa: PLC0415 - 50 MB, for those who have sets

    return load_index(database, data_dir, ready)


def check(database: Database, index: "Index", keys: Sequence[Key], *, now: datetime) -> int:
    """Check what of these pieces was not checked yet, a page at a time; returns how many that were.

    `now` lies before their texts are read, so that what is changed meanwhile counts as unchecked.
    """
    count = 0
    for page in _pages(keys):
        try:
            count += _check_page(database, index, page, now)
        except IntegrityError:  # another worker was at the same pieces: what it has left undone is done now
            count += _check_page(database, index, page, now)
    return count


def _check_page(database: Database, index: "Index", page: Sequence[Key], now: datetime) -> int:
    with database.reading() as session:
        pieces = read_pieces(session, unchecked(session, page, through=index.through))
    if pieces:
        found = _look(index, pieces)
        with database.change() as session:
            _store(session, pieces, found, through=index.through, now=now)
    return len(pieces)


def _pages(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), PAGE_ROWS):
        yield keys[start : start + PAGE_ROWS]


def _look(index: "Index", pieces: Sequence[Piece]) -> list[Found]:
    matches = iter(index.look([text for piece in pieces for _, text in piece.texts]))
    return [[(part, match) for part, _ in piece.texts for match in next(matches)] for piece in pieces]


def _store(session: Session, pieces: Sequence[Piece], found: Sequence[Found], *, through: int, now: datetime) -> None:
    keys = [(piece.piece_id, piece.version) for piece in pieces]
    ours = tuple_(ContaminationCheck.piece_id, ContaminationCheck.version).in_(keys)
    session.execute(delete(ContaminationCheck).where(ours))
    session.add_all(
        ContaminationCheck(piece_id=piece_id, version=version, through=through, checked_at=now)
        for piece_id, version in keys
    )
    known = _known(session, keys)
    kept_sets = set(session.scalars(select(ReferenceSet.id)))  # one may have been removed meanwhile
    for piece, matches in zip(pieces, found, strict=True):
        for part, match in matches:
            place = (piece.piece_id, piece.version, part, match.reference_set_id, match.text_number)
            old = known.pop(place, None)
            if old is not None and (old.likeness, old.matched) == (match.likeness, match.matched):
                continue  # with its waiver, which was given for this very text
            if old is not None:
                session.delete(old)
                session.flush()  # its place is unique
            if match.reference_set_id in kept_sets:
                session.add(_finding(piece, part, match, now))
    for gone in known.values():
        session.delete(gone)


def _known(session: Session, keys: Sequence[Key]) -> dict[tuple[object, ...], ContaminationFinding]:
    ours = tuple_(ContaminationFinding.piece_id, ContaminationFinding.version).in_(keys)
    return {
        (one.piece_id, one.version, one.part, one.reference_set_id, one.text_number): one
        for one in session.scalars(select(ContaminationFinding).where(ours))
    }


def _finding(piece: Piece, part: Part, match: "Match", now: datetime) -> ContaminationFinding:
    return ContaminationFinding(
        id=new_id(),
        project_id=piece.project_id,
        task_id=piece.task_id,
        submission_id=piece.submission_id,
        piece_id=piece.piece_id,
        version=piece.version,
        part=part,
        reference_set_id=match.reference_set_id,
        text_number=match.text_number,
        likeness=match.likeness,
        consequence=CONSEQUENCES[match.likeness],
        n=match.n,
        coverage=match.coverage,
        matched=match.matched,
        found_at=now,
    )
