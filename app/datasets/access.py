"""The doors to datasets and snapshots."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor, Role
from app.core.errors import NotAllowed, NotFound
from app.datasets.models import Challenge, Dataset, Snapshot, SnapshotItem
from app.datasets.policy import can_challenge_row, can_decide_challenge, can_view_dataset, can_view_snapshot
from app.submissions.models import Submission


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


def get_row(session: Session, actor: Actor, snapshot_id: UUID, submission_id: UUID) -> tuple[Snapshot, SnapshotItem]:
    """Load a row of a snapshot for whoever may challenge it; NotFound for others, and when there is none."""
    query = (
        select(Snapshot, SnapshotItem, Submission)
        .join(SnapshotItem, SnapshotItem.snapshot_id == Snapshot.id)
        .join(Submission, Submission.id == SnapshotItem.submission_id)
        .where(Snapshot.id == snapshot_id, Submission.id == submission_id)
        .options(joinedload(Snapshot.dataset))
    )
    found = session.execute(query).first()
    if found is None or not can_challenge_row(actor, found[0], found[2]):
        raise NotFound("There is no such row.")
    return found[0], found[1]


def get_challenge(session: Session, actor: Actor, challenge_id: UUID, *, to_decide: bool = False) -> Challenge:
    """Load a challenge; NotFound for who does not manage the project, NotAllowed to decide of one's own work."""
    query = select(Challenge, Submission.author_id).join(Submission, Submission.id == Challenge.submission_id)
    found = session.execute(query.where(Challenge.id == challenge_id)).first()
    if found is None or not actor.has(Role.MANAGER, found[0].project_id):
        raise NotFound("There is no such challenge.")
    if to_decide and not can_decide_challenge(actor, found[0], found[1]):
        raise NotAllowed("You wrote this work; another manager has to decide.")
    return found[0]
