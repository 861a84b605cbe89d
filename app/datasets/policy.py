"""Who may define, freeze and see datasets: those who manage the project."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role
from app.submissions.policy import can_view_submission

if TYPE_CHECKING:
    from uuid import UUID

    from app.datasets.models import Challenge, Dataset, Snapshot
    from app.projects.models import Project
    from app.submissions.models import Submission


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


def can_challenge_row(actor: Actor, snapshot: "Snapshot", submission: "Submission") -> bool:
    """Let whoever may see the row: managers of the project, and those who may see the work that it is of."""
    return can_view_snapshot(actor, snapshot) or can_view_submission(actor, submission)


def can_decide_challenge(actor: Actor, challenge: "Challenge", author_id: "UUID") -> bool:
    """Let managers of the project, never of work that they wrote themselves."""
    return actor.has(Role.MANAGER, challenge.project_id) and actor.user_id != author_id
