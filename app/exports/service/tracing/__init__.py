"""Trace: whose copy are these rows? A leaked sample is held against the key of every recipient of a snapshot."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.config import Settings
from app.core.db import Database
from app.datasets.models import Snapshot
from app.datasets.queries.records import read_snapshot
from app.datasets.queries.selection import snapshot_named
from app.datasets.states import DatasetUse
from app.exports.formats.base import PACKING, Format, Options
from app.exports.formats.registry import get_format
from app.exports.models import Export
from app.exports.queries import frame_of
from app.exports.service.fingerprint import Fingerprint
from app.exports.service.marking import mark_of
from app.exports.service.tracing.matching import Matching, match
from app.exports.service.tracing.sample import Sample, read_sample
from app.exports.service.tracing.verdict import Evidence, Traced, judge, mark_missing
from app.exports.states import ExportState

__all__ = ["Evidence", "Traced", "read_sample", "trace"]


def trace(database: Database, settings: Settings, sample: Sample, *, snapshot: str | None) -> Iterator[Traced]:
    """Yield what the sample says of the recipients of a snapshot (its id, or DATASET@N), or of each one there is.

    Only what was exported to recipients for training is looked at: nothing else carries a fingerprint. A snapshot is
    rendered once for each format and options it went out in. NotFound when there is no such snapshot.
    """
    with database.reading() as session:
        ids = [snapshot_named(session, snapshot).id] if snapshot is not None else _exported(session)
    for snapshot_id in ids:
        found = _trace_one(database, settings, sample, snapshot_id)
        if found is not None:
            yield found


def _exported(session: Session) -> Sequence[UUID]:
    """List the snapshots that recipients have something of, newest first."""
    query = select(Export.snapshot_id).where(Export.recipient_id.is_not(None), Export.state == ExportState.READY)
    return sorted(set(session.scalars(query)), reverse=True)


def _trace_one(database: Database, settings: Settings, sample: Sample, snapshot_id: UUID) -> Traced | None:
    with database.reading() as session:
        snapshot = session.get_one(Snapshot, snapshot_id, options=[joinedload(Snapshot.dataset)])
        frame = frame_of(session, snapshot)
        exports = _to_recipients(session, snapshot_id)
        name = f"{snapshot.dataset.name}@{snapshot.n}"
        session.expunge_all()
    if snapshot.use is not DatasetUse.TRAINING:
        return Traced(name, "", len(sample), 0, [], ["It is held out: its copies carry a canary and no fingerprint."])
    if not exports:
        return Traced(name, "", len(sample), 0, [], ["Nothing of it was exported to a recipient."])
    marks = _marks(snapshot, exports, settings.data_dir)
    found = []
    for chosen, options in _renderings(exports):
        missing = mark_missing(marks)
        matching = Matching(sample, chosen.framed(frame), options)
        match(matching, missing.values(), read_snapshot(database, snapshot_id))
        found.append((matching, missing))
    matching, missing = max(found, key=lambda one: one[0].score)
    return judge(name, matching, missing)


def _to_recipients(session: Session, snapshot_id: UUID) -> Sequence[Export]:
    query = select(Export).options(joinedload(Export.recipient)).order_by(Export.id)
    ready = (Export.snapshot_id == snapshot_id, Export.recipient_id.is_not(None), Export.state == ExportState.READY)
    return session.scalars(query.where(*ready)).all()


def _marks(snapshot: Snapshot, exports: Sequence[Export], data_dir: Path) -> Mapping[str, Fingerprint]:
    """Give the fingerprint of each recipient by its name."""
    recipients = {export.recipient.id: export.recipient for export in exports if export.recipient is not None}
    marks = {one.name: mark_of(snapshot, one, data_dir) for one in recipients.values()}
    return {name: mark for name, mark in marks.items() if mark is not None}


def _renderings(exports: Sequence[Export]) -> list[tuple[Format, Options]]:
    """List the ways in which rows went out; how they were put into files makes no difference."""
    found: dict[tuple[str, Any], tuple[Format, Options]] = {}
    for export in exports:
        chosen = get_format(export.format)
        options = chosen.options_model.model_validate(export.options)
        found[export.format, options.model_dump_json(exclude=set(PACKING))] = chosen, options
    return list(found.values())
