"""Hold the members of a snapshot against the reference sets, and leave out what must not be trained on."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import JobRun
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.service.finishing import leave_out
from app.datasets.states import DatasetUse, LeftOut
from app.decontamination.models import ContaminationFinding, ReferenceSet, SnapshotContamination
from app.decontamination.queries.pieces import OF_WORK, Key
from app.decontamination.service.checking import check, open_index
from app.decontamination.states import Consequence, ReferenceState

PAGE_ROWS = 500


def check_snapshot(run: JobRun, snapshot_id: UUID) -> None:
    """Check what of a snapshot's members was not checked yet and note what they share with each reference set.

    For training, what is blocked and not waived is then left out. Repeatable.
    A held-out snapshot keeps its members: what they share with a public test is told, and is for people to judge.
    """
    now = clock.now()
    index = open_index(run.database, run.settings.data_dir)
    if index is None:
        return
    done = 0
    while keys := _keys(run, snapshot_id, after=done):
        check(run.database, index, keys, now=now)
        done += PAGE_ROWS
        run.report(done, None, f"{done:,} items held against the reference sets")
    with run.database.change() as session:
        if _is_noted(session, snapshot_id):
            return  # by an earlier try, which left out what it found
        _note(session, snapshot_id, list(index.sets))
        if session.get_one(Snapshot, snapshot_id).use is DatasetUse.TRAINING:
            leave_out(session, snapshot_id, blocked_positions(session, snapshot_id), LeftOut.CONTAMINATED)


def _keys(run: JobRun, snapshot_id: UUID, *, after: int) -> list[Key]:
    query = select(SnapshotItem.revision_id, SnapshotItem.task_id, SnapshotItem.task_version).where(
        SnapshotItem.snapshot_id == snapshot_id,
        SnapshotItem.position > after,
        SnapshotItem.position <= after + PAGE_ROWS,
    )
    with run.database.reading() as session:
        rows = session.execute(query.order_by(SnapshotItem.position)).all()
    return list(dict.fromkeys(key for row in rows for key in ((row[0], OF_WORK), (row[1], row[2]))))


def _found(snapshot_id: UUID) -> Any:
    """Select each member with each finding on its work or on the wording that it was frozen with."""
    columns = (
        SnapshotItem.position,
        ContaminationFinding.reference_set_id.label("set_id"),
        ContaminationFinding.text_number,
        (ContaminationFinding.consequence == Consequence.BLOCK).label("is_block"),
        ContaminationFinding.waived_at.is_not(None).label("is_waived"),
    )
    work = and_(
        ContaminationFinding.piece_id == SnapshotItem.revision_id, ContaminationFinding.version == literal(OF_WORK)
    )
    wording = and_(
        ContaminationFinding.piece_id == SnapshotItem.task_id,
        ContaminationFinding.version == SnapshotItem.task_version,
    )
    halves = [
        select(*columns).join(ContaminationFinding, on).where(SnapshotItem.snapshot_id == snapshot_id)
        for on in (work, wording)
    ]
    return union_all(*halves).subquery()


def blocked_positions(session: Session, snapshot_id: UUID) -> list[int]:
    """List the members that some finding blocks which nobody has waived."""
    found = _found(snapshot_id)
    query = select(found.c.position).where(found.c.is_block, ~found.c.is_waived).distinct()
    return sorted(session.scalars(query))


def contaminated_since(session: Session, snapshot: Snapshot) -> int:
    """Count the members of a training snapshot that are blocked now: the reference sets came after it was frozen."""
    if snapshot.use is not DatasetUse.TRAINING:
        return 0
    return len(blocked_positions(session, snapshot.id))


def _is_noted(session: Session, snapshot_id: UUID) -> bool:
    query = select(SnapshotContamination.snapshot_id).where(SnapshotContamination.snapshot_id == snapshot_id)
    return session.scalars(query.limit(1)).first() is not None


def _note(session: Session, snapshot_id: UUID, set_ids: Sequence[UUID]) -> None:
    found = _found(snapshot_id)
    is_blocked, is_waived = and_(found.c.is_block, ~found.c.is_waived), and_(found.c.is_block, found.c.is_waived)
    query = select(
        found.c.set_id,
        func.count(case((found.c.is_block, found.c.text_number)).distinct()),
        func.count(found.c.position.distinct()),
        func.count(case((is_blocked, found.c.position)).distinct()),
        func.count(case((is_waived, found.c.position)).distinct()),
    )
    counts = {row[0]: tuple(row[1:]) for row in session.execute(query.group_by(found.c.set_id))}
    ready = (ReferenceSet.id.in_(set_ids), ReferenceSet.state == ReferenceState.READY)
    for one in session.scalars(select(ReferenceSet).where(*ready)):
        touched, items, blocked, waived = counts.get(one.id, (0, 0, 0, 0))
        session.add(
            SnapshotContamination(
                snapshot_id=snapshot_id,
                reference_set_id=one.id,
                name=one.name,
                source=one.source,
                licence=one.licence,
                texts=one.texts,
                texts_touched=touched,
                found=items,
                blocked=blocked,
                waived=waived,
            )
        )
