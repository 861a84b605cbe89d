"""What the job does to a snapshot whose members are fixed: leave near-duplicates out, divide, name, or give up."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, literal, select, update
from sqlalchemy.orm import Session

from app.core.db import changed_one
from app.core.jobs import Job, JobState
from app.datasets.models import Snapshot, SnapshotItem, SnapshotLeftOut, SnapshotReview
from app.datasets.service.freezing import totals_of
from app.datasets.states import LeftOut, SnapshotState
from app.reviews.models import Review
from app.text.fingerprints import canonical_json

CHUNK = 500
MESSAGE_MAX_CHARS = 500


def leave_out(session: Session, snapshot_id: UUID, positions: Collection[int], reason: LeftOut) -> None:
    """Take members out of a snapshot that is still being frozen, note why, and close the gaps in the positions."""
    wanted = sorted(positions)
    if not wanted:
        return
    snapshot = session.get_one(Snapshot, snapshot_id)
    for start in range(0, len(wanted), CHUNK):
        gone = (
            SnapshotItem.snapshot_id == snapshot_id,
            SnapshotItem.position.in_(wanted[start : start + CHUNK]),
        )
        of_gone = select(SnapshotItem.snapshot_id, SnapshotItem.submission_id, literal(reason.value)).where(*gone)
        session.execute(insert(SnapshotLeftOut).from_select(["snapshot_id", "submission_id", "reason"], of_gone))
        work = select(SnapshotItem.submission_id).where(*gone)
        judged = exists().where(Review.id == SnapshotReview.review_id, Review.submission_id.in_(work))
        _run(session, delete(SnapshotReview).where(SnapshotReview.snapshot_id == snapshot_id, judged))
        _run(session, delete(SnapshotItem).where(*gone))
    _close_gaps(session, snapshot_id, wanted)
    snapshot.items, snapshot.words, snapshot.tokens = totals_of(session, snapshot_id)
    before = snapshot.left_out.get(reason, 0)
    snapshot.left_out = dict(sorted({**snapshot.left_out, reason.value: before + len(wanted)}.items()))


def _close_gaps(session: Session, snapshot_id: UUID, gone: Sequence[int]) -> None:
    """Move what stands behind each of the places that are free now; by way of negative numbers, which nobody has."""
    of_snapshot = SnapshotItem.snapshot_id == snapshot_id
    for moved, (before, behind) in enumerate(zip(gone, [*gone[1:], None], strict=True), start=1):
        here = [of_snapshot, SnapshotItem.position > before]
        if behind is not None:
            here.append(SnapshotItem.position < behind)
        if behind is None or behind > before + 1:
            _run(session, update(SnapshotItem).where(*here).values(position=moved - SnapshotItem.position))
    turned = update(SnapshotItem).where(of_snapshot, SnapshotItem.position < 0)
    _run(session, turned.values(position=-SnapshotItem.position))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})


def resume_freezing(session: Session, snapshot_id: UUID) -> None:
    """Go on with a snapshot that was given up, when its job is tried again after all."""
    failed = update(Snapshot).where(Snapshot.id == snapshot_id, Snapshot.state == SnapshotState.FAILED)
    changed_one(session, failed.values(state=SnapshotState.FREEZING, message=""))


def finish_freezing(session: Session, snapshot_id: UUID, manifest: dict[str, Any], *, now: datetime) -> str:
    """Store the manifest and its hash, which names the snapshot; safe to run twice. Returns the hash."""
    digest = hashlib.sha256(canonical_json(manifest).encode()).hexdigest()
    ready = (
        update(Snapshot)
        .where(Snapshot.id == snapshot_id, Snapshot.state == SnapshotState.FREEZING)
        .values(state=SnapshotState.READY, manifest=manifest, manifest_sha256=digest, ready_at=now, message="")
    )
    changed_one(session, ready)
    return digest


def fail_freezing(session: Session, snapshot_id: UUID, message: str) -> None:
    """Give a snapshot up that is still being frozen, and say why; it can be frozen again."""
    failed = update(Snapshot).where(Snapshot.id == snapshot_id, Snapshot.state == SnapshotState.FREEZING)
    changed_one(session, failed.values(state=SnapshotState.FAILED, message=message[:MESSAGE_MAX_CHARS]))


def note_dead_jobs(session: Session) -> int:
    """Give up the snapshots whose job will not be tried again; returns how many."""
    ended = (
        select(Snapshot.id, Job.state, Job.last_error)
        .join(Job, Job.id == Snapshot.job_id)
        .where(Snapshot.state == SnapshotState.FREEZING, Job.state.in_((JobState.DEAD, JobState.CANCELLED)))
    )
    found = session.execute(ended).all()
    for snapshot_id, state, error in found:
        last = (error or "").strip().splitlines()[-1:]
        why = "its job was stopped" if state is JobState.CANCELLED else "its job failed each time it was tried"
        fail_freezing(session, snapshot_id, f"It could not be frozen: {why}. {' '.join(last)}".strip())
    return len(found)
