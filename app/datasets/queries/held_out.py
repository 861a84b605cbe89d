"""What is held out in a project: tasks and families that no training snapshot may hold."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.datasets.models import Dataset, Snapshot, SnapshotItem
from app.datasets.states import DatasetUse, SnapshotState
from app.tasks.models import Task


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A held-out snapshot with tasks of a training snapshot in it, or of the same families."""

    snapshot_id: UUID
    dataset: str
    n: int
    tasks: int
    """how many tasks of the training snapshot"""


def held_out_ids(project_id: UUID) -> Select[UUID]:
    """Select the held-out snapshots of a project; from one that failed nothing is ever exported."""
    return select(Snapshot.id).where(
        Snapshot.project_id == project_id,
        Snapshot.use == DatasetUse.EVALUATION,
        Snapshot.state != SnapshotState.FAILED,
    )


def is_task_held_out(project_id: UUID) -> ColumnElement[bool]:
    """Say in SQL that a held-out snapshot has this `Task`."""
    held = select(SnapshotItem.task_id).where(SnapshotItem.snapshot_id.in_(held_out_ids(project_id)))
    return Task.id.in_(held)


def is_family_held_out(project_id: UUID) -> ColumnElement[bool]:
    """Say in SQL that a held-out snapshot has a task of the family of this `Task`."""
    other = aliased(Task)
    held = (
        select(other.family)
        .join(SnapshotItem, SnapshotItem.task_id == other.id)
        .where(SnapshotItem.snapshot_id.in_(held_out_ids(project_id)), other.family.is_not(None))
    )
    return and_(Task.family.is_not(None), Task.family.in_(held))


def anything_held_out(session: Session, project_id: UUID) -> bool:
    """Tell whether a project has a held-out snapshot at all."""
    return session.scalars(held_out_ids(project_id).limit(1)).first() is not None


def held_out_since(session: Session, snapshot: Snapshot) -> list[HeldOut]:
    """List the held-out snapshots that have tasks (or families) of this training snapshot, the oldest first.

    When it was frozen there were none: they were held out since. A held-out snapshot itself has nothing to fear.
    """
    if snapshot.use is not DatasetUse.TRAINING:
        return []
    found = []
    query = (
        select(Snapshot.id, Dataset.name, Snapshot.n)
        .join(Dataset, Dataset.id == Snapshot.dataset_id)
        .where(Snapshot.id.in_(held_out_ids(snapshot.project_id)))
        .order_by(Snapshot.cut_at, Snapshot.id)
    )
    for held_id, dataset, n in session.execute(query).all():
        tasks = session.scalar(select(_shared_tasks(snapshot.id, held_id))) or 0
        if tasks:
            found.append(HeldOut(held_id, dataset, n, tasks))
    return found


def _shared_tasks(snapshot_id: UUID, held_id: UUID) -> ScalarSelect[int]:
    held, relative = aliased(SnapshotItem), aliased(Task)
    same = select(held.task_id).where(held.snapshot_id == held_id)
    families = (
        select(relative.family)
        .join(held, held.task_id == relative.id)
        .where(held.snapshot_id == held_id, relative.family.is_not(None))
    )
    inside = exists().where(SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.task_id == Task.id)
    return (
        select(func.count(Task.id))
        .where(or_(Task.id.in_(same), Task.family.in_(families)), inside)
        .correlate(None)
        .scalar_subquery()
    )
