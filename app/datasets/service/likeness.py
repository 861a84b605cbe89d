"""Mark the near-duplicates of a snapshot while it freezes, and find those of what is held out."""

from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import update

from app.core.db import Database, allow_long_statements
from app.core.jobs import JobRun
from app.core.processes import LARGE, side_by_side
from app.datasets.models import SnapshotItem
from app.datasets.queries.likeness import Candidate, count_unsigned, read_candidates
from app.datasets.service.marking import mark_members
from app.similarity.queries import contents_of
from app.similarity.service.clustering import Clusters, Works
from app.similarity.service.signing import sign_many, store_signatures
from app.text.minhash import BANDS, Bands

CHUNK = 500
LONG_SECONDS = 300


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
        values += [
            {"position": members.positions[at], "cluster": cluster, "is_representative": at == best} for at in places
        ]
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
    with run.database.reading() as session:
        allow_long_statements(session, LONG_SECONDS)
        unsigned = count_unsigned(session, snapshot_id, at_most=LARGE)
    pages: deque[list[Candidate]] = deque()

    def to_sign() -> Iterator[list[UUID]]:
        for page in read_candidates(run.database, snapshot_id):
            pages.append(page)
            yield [one.revision_id for one in page if one.bands is None]

    def told() -> None:
        ready = members.positions[-1] if members.positions else 0
        run.report(ready, None, f"{ready:,} items made ready for comparing")

    processes = run.settings.export_processes if unsigned >= LARGE else 1
    for signed in side_by_side(sign_many, run.database, None, to_sign(), processes=processes, waiting=told):
        if signed:
            with run.database.change() as session:
                store_signatures(session, signed)
        _take(members, pages.popleft(), signed)
        told()


def _take(members: _Members, page: list[Candidate], signed: Mapping[UUID, Bands]) -> None:
    for one in page:
        bands = one.bands or signed.get(one.revision_id)
        if bands is not None:
            members.works.add(one.revision_id, one.task_id, one.family, bands)
            members.positions.append(one.position)
            members.ranks.append(one.rank)


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
    for start in range(0, len(values), CHUNK):
        with database.change() as session:
            mark_members(session, snapshot_id, values[start : start + CHUNK])
