"""All rows on which a promise rests, read at one moment."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Row, Table, select
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.core.audit import Event
from app.core.db import Base
from app.datasets.models import Challenge, Correction, Snapshot, SnapshotItem, SnapshotReview
from app.exports.models import Export, ExportFile
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.submissions.models import DraftConflict, DraftSave, Revision, Submission
from app.tasks.models import Task, TaskSlot
from tests.properties.world import World

Rows = Sequence[Row[Any]]
Key = TypeVar("Key", bound=Hashable)
TABLES: dict[str, type[Base]] = {
    "tasks": Task,
    "places": TaskSlot,
    "leases": Assignment,
    "works": Submission,
    "saves": DraftSave,
    "copies": DraftConflict,
    "revisions": Revision,
    "reviews": Review,
    "labels": StepLabel,
    "threads": Thread,
    "comments": Comment,
    "snapshots": Snapshot,
    "items": SnapshotItem,
    "judged": SnapshotReview,
    "corrections": Correction,
    "challenges": Challenge,
    "exports": Export,
    "files": ExportFile,
    "events": Event,
}
STANDING = ("state", "draft_n", "draft_sha256", "revision_n", "review_level", "times_returned")
JUDGMENT = ("revision_n", "level", "round", "state", "save_n")


@dataclass(frozen=True)
class Picture:
    """The rows of each table, as columns, and who is who."""

    tasks: Rows
    places: Rows
    leases: Rows
    works: Rows
    saves: Rows
    copies: Rows
    revisions: Rows
    reviews: Rows
    labels: Rows
    threads: Rows
    comments: Rows
    snapshots: Rows
    items: Rows
    judged: Rows
    corrections: Rows
    challenges: Rows
    exports: Rows
    files: Rows
    events: Rows


def take_picture(session: Session) -> Picture:
    """Read every table that a promise speaks of."""
    return Picture(**{name: _rows(session, model) for name, model in TABLES.items()})


def _rows(session: Session, model: type[Base]) -> Rows:
    table = model.__table__
    assert isinstance(table, Table)
    return session.execute(select(table).order_by(*table.primary_key.columns)).all()


def grouped(rows: Rows, key: Callable[[Row[Any]], Key]) -> dict[Key, list[Row[Any]]]:
    """Sort rows into groups."""
    groups: defaultdict[Key, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def summary(world: World, picture: Picture) -> dict[str, Any]:
    """Say where everything stands, without ids and hashes of ids: two databases must agree on it."""
    names, numbers = world.names(), {task.id: task.number for task in picture.tasks}
    leases = {lease.id: lease for lease in picture.leases}
    works = {work.id: f"{names[work.author_id]} on {numbers[work.task_id]}" for work in picture.works}
    places = grouped(picture.places, lambda place: numbers[place.task_id])
    return {
        "tasks": sorted((task.number, task.state) for task in picture.tasks),
        "places": {number: sorted((place.n, place.state) for place in mine) for number, mine in places.items()},
        "works": sorted(
            (works[work.id], *_columns(work, STANDING), *_lease(leases[work.assignment_id])) for work in picture.works
        ),
        "reviews": sorted(
            (works[review.submission_id], names[review.reviewer_id], *_columns(review, JUDGMENT), review.verdict or "")
            for review in picture.reviews
        ),
        "snapshots": [(snapshot.n, snapshot.items, snapshot.words, snapshot.tokens) for snapshot in picture.snapshots],
        "members": sorted((works[item.submission_id], item.state, item.tier) for item in picture.items),
        "exports": sorted((export.format, export.state, export.rows) for export in picture.exports),
        "corrections": sorted((works[one.submission_id], one.n, one.kind) for one in picture.corrections),
        "events": sorted((event.verb, event.from_state or "", event.to_state or "") for event in picture.events),
    }


def _columns(row: Row[Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row._mapping[name] for name in names)


def _lease(lease: Row[Any]) -> tuple[Any, ...]:
    return lease.state, lease.fencing
