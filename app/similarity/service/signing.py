"""Sign what was handed in, and note which other work it is like."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.db import Database
from app.similarity.models import LikeWork, WorkSignature
from app.similarity.queries import BAND_COLUMNS, Work, candidates, contents_of, get_work, words_of
from app.text.minhash import SIGNED_BY, Bands, Shared, Text, shared, sign


def sign_revision(database: Database, revision_id: UUID) -> int:
    """Store the signature of a revision and the pairs that it makes; return how many there are. Repeatable.

    The signature is committed before others are looked for: of two who hand in at once one finds the other.
    """
    with database.reading() as session:
        work = get_work(session, revision_id)
    if work is None:
        return 0
    bands = sign(words_of(work.content))
    if bands is None:
        return 0
    with database.change() as session:
        if get_work(session, revision_id) is None:
            return 0
        store_signatures(session, {revision_id: bands})
    with database.reading() as session:
        pairs = _pairs(session, work, bands)
    with database.change() as session:
        if pairs and get_work(session, revision_id) is not None:
            session.connection().execute(_by_dialect(session, _PAIR_POSTGRESQL, _PAIR_SQLITE), pairs)
    return len(pairs)


def sign_many(database: Database, _given: None, revision_ids: Sequence[UUID]) -> dict[UUID, Bands]:
    """Sign revisions that have no signature, since they were restored or an older version signed them; store nothing.

    Those without any text are missing in what is returned. What they are like is not looked for.
    """
    if not revision_ids:
        return {}
    with database.reading() as session:
        contents = contents_of(session, revision_ids)
    return {revision_id: bands for revision_id, content in contents.items() if (bands := sign(words_of(content)))}


def store_signatures(session: Session, signed: Mapping[UUID, Bands]) -> None:
    """Store signatures in place of older ones."""
    rows = [
        {"revision_id": revision_id, "version": SIGNED_BY}
        | {column.name: band for column, band in zip(BAND_COLUMNS, bands, strict=True)}
        for revision_id, bands in signed.items()
    ]
    session.connection().execute(_by_dialect(session, _SIGN_POSTGRESQL, _SIGN_SQLITE), rows)


def _by_dialect(session: Session, on_postgresql: Insert, on_sqlite: Insert) -> Insert:
    return on_postgresql if session.get_bind().dialect.name == "postgresql" else on_sqlite


def _pairs(session: Session, work: Work, bands: Bands) -> list[dict[str, Any]]:
    mine = Text(words_of(work.content))
    rows = []
    for other_id, content in candidates(session, work, bands):
        common = shared(mine, Text(words_of(content)))
        if common.likeness is not None:
            rows.append(_row(work.revision_id, other_id, common))
    return rows


def _row(one: UUID, other: UUID, common: Shared) -> dict[str, Any]:
    left, right = min(one, other), max(one, other)
    percents = {"exact_percent": int(common.exact * 100), "alike_percent": int(common.alike * 100)}
    return {"left_id": left, "right_id": right, "likeness": common.likeness} | percents


_SIGNATURES: Table = WorkSignature.__table__  # type: ignore[assignment]  # a Table at run time
_PAIRS: Table = LikeWork.__table__  # type: ignore[assignment]  # likewise
_RENEWED = ["version", *(column.name for column in BAND_COLUMNS)]


def _signing(statement: Any) -> Insert:
    renewed = {name: statement.excluded[name] for name in _RENEWED}
    done: Insert = statement.on_conflict_do_update(index_elements=["revision_id"], set_=renewed)
    return done


_SIGN_POSTGRESQL = _signing(postgresql.insert(_SIGNATURES))
_SIGN_SQLITE = _signing(sqlite.insert(_SIGNATURES))
_PAIR_POSTGRESQL = postgresql.insert(_PAIRS).on_conflict_do_nothing()
_PAIR_SQLITE = sqlite.insert(_PAIRS).on_conflict_do_nothing()
