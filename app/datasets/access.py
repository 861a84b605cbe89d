"""The doors to datasets and snapshots."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor, Role
from app.core.errors import NotAllowed, NotFound
from app.datasets.models import Dataset, Snapshot
from app.datasets.policy import can_view_dataset, can_view_snapshot


def get_dataset(
    session: Session, actor: Actor, dataset_id: UUID, *, can: Callable[[Actor, Dataset], bool] = can_view_dataset
) -> Dataset:
    """Load one dataset; NotFound if the actor may not see it, NotAllowed if `can` says no."""
    dataset = session.get(Dataset, dataset_id)
    if dataset is None or not can_view_dataset(actor, dataset):
        raise NotFound("There is no such dataset.")
    if not can(actor, dataset):
        raise NotAllowed("You cannot do this to this dataset.")
    return dataset


def visible_datasets(actor: Actor) -> Select[Dataset]:
    """Select the datasets the actor may see; the same rule as `can_view_dataset`."""
    return select(Dataset).where(Dataset.project_id.in_(actor.projects_as(Role.MANAGER)))


def get_snapshot(session: Session, actor: Actor, snapshot_id: UUID) -> Snapshot:
    """Load one snapshot with its dataset; NotFound if the actor may not see it."""
    snapshot = session.get(Snapshot, snapshot_id, options=[joinedload(Snapshot.dataset)])
    if snapshot is None or not can_view_snapshot(actor, snapshot):
        raise NotFound("There is no such snapshot.")
    return snapshot


def visible_snapshots(actor: Actor) -> Select[Snapshot]:
    """Select the snapshots the actor may see; the same rule as `can_view_snapshot`."""
    return select(Snapshot).where(Snapshot.project_id.in_(actor.projects_as(Role.MANAGER)))
