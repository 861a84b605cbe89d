"""Who may define, freeze and see datasets: those who manage the project."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role

if TYPE_CHECKING:
    from app.datasets.models import Dataset, Snapshot
    from app.projects.models import Project


def can_define_datasets(actor: Actor, project: "Project") -> bool:
    """Let managers of the project list and define them; an admin who wants to becomes one first, which is told."""
    return actor.has(Role.MANAGER, project.id)


def can_view_dataset(actor: Actor, dataset: "Dataset") -> bool:
    """Let managers of the project, and nobody else: a dataset shows all work of all people."""
    return actor.has(Role.MANAGER, dataset.project_id)


def can_edit_dataset(actor: Actor, dataset: "Dataset") -> bool:
    """Whoever sees it; snapshots keep the rule they were cut with."""
    return can_view_dataset(actor, dataset)


def can_view_snapshot(actor: Actor, snapshot: "Snapshot") -> bool:
    """Let managers of the project."""
    return actor.has(Role.MANAGER, snapshot.project_id)
