"""Mark the near-duplicates of a snapshot while it freezes, and find those of what is held out."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import bindparam, update

from app.core.db import Database
from app.core.jobs import JobRun
from app.datasets.models import SnapshotItem
from app.datasets.queries.likeness import read_candidates
from app.similarity.queries import contents_of
from app.similarity.service.clustering import Clusters, Works
from app.similarity.service.signing import sign_all
from app.text.minhash import BANDS

CHUNK = 500


@dataclass(slots=True)
class _Members:
    """Members of snapshots beside their signatures; those without any text are like nobody and stay out."""

    works: Works = field(default_factory=Works)
    positions: "array[int]" = field(default_factory=lambda: array("q"))
    ranks: "array[int]" = field(default_factory=lambda: array("q"))


def assign_clusters(run: JobRun, snapshot_id: UUID) -> None:
    """Give each near-duplicate in a snapshot its cluster, and each cluster its representative; repeatable.

    The cluster is the position of its first member. Signatures that are missing are stored on the way.
    """
    members = _Members()
    _collect(run, snapshot_id, members)
    clusters = _find(run, members)
    values = []
    for first, places in clusters.items():
        best = min(places, key=lambda at: (members.ranks[at], at))
        cluster = members.positions[first]
        values += [{"at": members.positions[at], "cluster_": cluster, "is_best": at == best} for at in places]
    _store(run.database, snapshot_id, values)


def like_held_out(run: JobRun, snapshot_id: UUID, held_out: Sequence[UUID]) -> Iterable[int]:
    """List the positions of the members that are near-duplicates of something in one of these held-out snapshots.

    Whoever is near-duplicate of such a member counts too: what is held out must not come in by a chain.
    """
    members = _Members()
    _collect(run, snapshot_id, members)
    own = len(members.works)
    for held_id in held_out:
        _collect(run, held_id, members)
    touched = [places for places in _find(run, members).values() if places[-1] >= own]
    return sorted(members.positions[at] for places in touched for at in places if at < own)


def _collect(run: JobRun, snapshot_id: UUID, members: _Members) -> None:
    for page in read_candidates(run.database, snapshot_id):
        signed = sign_all(run.database, [one.revision_id for one in page if one.bands is None])
        for one in page:
            bands = one.bands or signed.get(one.revision_id)
            if bands is not None:
                members.works.add(one.revision_id, one.task_id, one.family, bands)
                members.positions.append(one.position)
                members.ranks.append(one.rank)
        run.report(page[-1].position, None, f"{page[-1].position:,} items made ready for comparing")


def _find(run: JobRun, members: _Members) -> dict[int, list[int]]:
    def read(revision_ids: Sequence[UUID]) -> Mapping[UUID, str]:
        with run.database.reading() as session:
            return contents_of(session, revision_ids)

    def report(bands: int) -> None:
        run.report(bands, BANDS, f"near-duplicates: {bands} of {BANDS} passes")

    clusters = Clusters(members.works, read)
    clusters.find(report)
    return clusters.members()


def _store(database: Database, snapshot_id: UUID, values: Sequence[Mapping[str, object]]) -> None:
    of_snapshot = update(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot_id)
    with database.change() as session:
        stale = of_snapshot.where(SnapshotItem.cluster.is_not(None))
        session.connection().execute(stale.values(cluster=None, is_representative=True))
    statement = of_snapshot.where(SnapshotItem.position == bindparam("at")).values(
        cluster=bindparam("cluster_"), is_representative=bindparam("is_best")
    )
    for start in range(0, len(values), CHUNK):
        with database.change() as session:
            session.connection().execute(statement, values[start : start + CHUNK])
