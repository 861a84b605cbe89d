"""Freeze a snapshot in the background: hash its records, mark near-duplicates, divide it, name it by its manifest."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import allow_long_statements
from app.core.jobs import Handler, JobRefused, JobRun
from app.core.processes import LARGE, side_by_side
from app.datasets import service
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.queries import hashing
from app.datasets.queries.facts import FACTS, facts_of
from app.datasets.queries.held_out import held_out_ids
from app.datasets.queries.places import Place, read_members, read_places
from app.datasets.queries.records import RECORD_VERSION
from app.datasets.schemas import Splitting
from app.datasets.service.decontaminating import check_snapshot
from app.datasets.service.dividing import divide
from app.datasets.service.likeness import assign_clusters, like_held_out
from app.datasets.states import DatasetUse, LeftOut, Split
from app.projects.models import Project

CHUNK = 1000
LONG_SECONDS = 300
"""So long may counting what a card tells take, over a million members on a busy database."""


def _nothing_is_like(_run: JobRun, _snapshot_id: UUID, _held_out: Sequence[UUID]) -> Iterable[int]:
    return ()


def _no_clusters(_run: JobRun, _snapshot_id: UUID) -> None:
    """Leave every item alone: it is like no other."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Who tells near-duplicates of what; by default nobody."""

    like_held_out: Callable[[JobRun, UUID, Sequence[UUID]], Iterable[int]] = _nothing_is_like
    """positions of the members that are near-duplicates of something in one of these held-out snapshots"""
    assign_clusters: Callable[[JobRun, UUID], None] = _no_clusters
    """sets `cluster` and `is_representative` of the members; repeatable"""


def freezing(likeness: Likeness) -> Handler:
    """Make the handler of job ``datasets.freeze``: rows are hashed and decontaminated, then clusters, splits, manifest.

    Running it again gives the same; what a killed one had hashed is not hashed anew. A refusal fails the snapshot.
    """

    def freeze(run: JobRun) -> dict[str, Any]:
        snapshot_id = UUID(run.payload["snapshot_id"])
        try:
            _hash_rows(run, snapshot_id)
            check_snapshot(run, snapshot_id)
            _leave_out_like_held_out(run, snapshot_id, likeness)
            likeness.assign_clusters(run, snapshot_id)
            _divide(run, snapshot_id)
            return _name(run, snapshot_id)
        except JobRefused as refused:
            with run.database.change() as session:
                service.fail_freezing(session, snapshot_id, str(refused))
            raise

    return freeze


def _hash_rows(run: JobRun, snapshot_id: UUID) -> None:
    """Hash the records page by page, from behind the last one that has its hash: pages are stored in order."""
    with run.database.change() as session:
        service.resume_freezing(session, snapshot_id)
    with run.database.reading() as session:
        items = session.get_one(Snapshot, snapshot_id).items
        hashed = select(func.max(SnapshotItem.position)).where(
            SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.row_sha256.is_not(None)
        )
        done = session.scalar(hashed) or 0
    step = hashing.AT_ONCE
    stretches = [(at, min(at + step, items)) for at in range(done, items, step)]

    def told() -> None:
        run.report(done, items, f"{done:,} of {items:,} items hashed")

    processes = run.settings.export_processes if items - done >= LARGE else 1
    hashes = side_by_side(hashing.hash_between, run.database, snapshot_id, stretches, processes=processes, waiting=told)
    for stretch in hashes:
        with run.database.change() as session:
            rows = [{"position": position, "row_sha256": digest} for position, digest in stretch]
            service.mark_members(session, snapshot_id, rows)
        done = stretch[-1][0]
        told()


def _leave_out_like_held_out(run: JobRun, snapshot_id: UUID, likeness: Likeness) -> None:
    with run.database.reading() as session:
        snapshot = session.get_one(Snapshot, snapshot_id)
        use = snapshot.use
        held_out = session.scalars(held_out_ids(snapshot.project_id)).all()
    if use is not DatasetUse.TRAINING or not held_out:
        return
    positions = list(likeness.like_held_out(run, snapshot_id, held_out))
    with run.database.change() as session:
        service.leave_out(session, snapshot_id, positions, LeftOut.LIKE)


def _divide(run: JobRun, snapshot_id: UUID) -> None:
    """Set the split of every item; one that gets all needs no looking."""
    with run.database.reading() as session:
        snapshot = session.get_one(Snapshot, snapshot_id)
        splitting, items = Splitting.model_validate(snapshot.splitting), snapshot.items
    members = read_members(run.database, snapshot_id, splitting.labels)
    splits = [*splitting.shares] * items if len(splitting.shares) == 1 else divide(members, splitting)
    for start in range(0, items, CHUNK):
        places = range(start, min(start + CHUNK, items))
        _store_splits(run, snapshot_id, [(at + 1, splits[at]) for at in places])
        run.report(places.stop, items, f"{places.stop:,} of {items:,} items divided")


def _store_splits(run: JobRun, snapshot_id: UUID, chosen: list[tuple[int, Split]]) -> None:
    first, last = chosen[0][0], chosen[-1][0]
    here = (SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.position.between(first, last))
    by_split = sorted(chosen, key=lambda one: one[1])
    with run.database.change() as session:
        for split, pairs in groupby(by_split, key=lambda one: one[1]):
            positions = [position for position, _ in pairs]
            wrong = update(SnapshotItem).where(*here, SnapshotItem.split != split)
            if len(positions) < len(chosen):
                wrong = wrong.where(SnapshotItem.position.in_(positions))
            session.connection().execute(wrong.values(split=split))


def _name(run: JobRun, snapshot_id: UUID) -> dict[str, Any]:
    """Write the manifest, whose hash is the snapshot's id: it covers every row, its split and its cluster."""
    rows, places = hashlib.sha256(), hashlib.sha256()
    splits: dict[str, dict[str, int]] = {}
    for place in _all_places(run, snapshot_id):
        rows.update(place.row_sha256.encode())
        places.update(place.line.encode())
        told = splits.setdefault(place.split.value, {"items": 0, "tokens": 0})
        told["items"] += 1
        told["tokens"] += place.tokens
    with run.database.reading() as session:
        snapshot = session.get_one(Snapshot, snapshot_id)
        facts = _facts(snapshot, session.scalar(select(Project.slug).where(Project.id == snapshot.project_id)))
        allow_long_statements(session, LONG_SECONDS)
        facts[FACTS] = facts_of(session, snapshot_id)
    hashes = {"rows_sha256": rows.hexdigest(), "places_sha256": places.hexdigest()}
    with run.database.change() as session:
        digest = service.finish_freezing(session, snapshot_id, facts | {"splits": splits} | hashes, now=clock.now())
    return {"manifest_sha256": digest, "items": facts["items"]}


def _all_places(run: JobRun, snapshot_id: UUID) -> Iterator[Place]:
    for page in read_places(run.database, snapshot_id):
        yield from page


def _facts(snapshot: Snapshot, slug: str | None) -> dict[str, Any]:
    return {
        "format": RECORD_VERSION,
        "project": slug,
        "use": snapshot.use.value,
        "canary": snapshot.canary,
        "selected": snapshot.items + sum(snapshot.left_out.values()),
        "left_out": snapshot.left_out,
        "items": snapshot.items,
        "words": snapshot.words,
        "tokens": {"o200k_base": snapshot.tokens},
        "rule": snapshot.rule,
        "splitting": snapshot.splitting,
    }


def note_dead_jobs(run: JobRun) -> dict[str, Any]:
    """Job ``datasets.note_dead_jobs``: say of snapshots that nobody will finish that they failed."""
    with run.database.change() as session:
        return {"failed": service.note_dead_jobs(session)}


def note_corrections(run: JobRun) -> dict[str, Any]:
    """Job ``datasets.note_corrections``: number what was withdrawn or rightly challenged after it was frozen."""
    with run.database.reading() as session:
        snapshots = service.snapshots_to_correct(session)
    noted = 0
    for snapshot_id in snapshots:
        while True:  # a transaction each: a person may withdraw all of a year's work at once
            with run.database.change() as session:
                added = service.note_corrections(session, snapshot_id, now=clock.now(), at_most=service.AT_ONCE)
            noted += added
            if added < service.AT_ONCE:
                break
    return {"snapshots": len(snapshots), "noted": noted}


HANDLERS: dict[str, Handler] = {
    service.FREEZE_JOB: freezing(Likeness(like_held_out, assign_clusters)),
    "datasets.note_dead_jobs": note_dead_jobs,
    "datasets.note_corrections": note_corrections,
}
PERIODIC: dict[str, int] = {"datasets.note_dead_jobs": 30, "datasets.note_corrections": 30}
"""job name → every how many seconds"""
