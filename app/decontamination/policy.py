"""Who looks after reference sets, sees what was found, and may overlook it."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role

if TYPE_CHECKING:
    from uuid import UUID

    from app.decontamination.models import ContaminationFinding


def can_view_findings(actor: Actor, project_id: "UUID") -> bool:
    """Let managers of the project: a finding quotes work and names what it was held against."""
    return actor.has(Role.MANAGER, project_id)


def can_view_finding(actor: Actor, finding: "ContaminationFinding") -> bool:
    """Whoever sees the findings of its project."""
    return can_view_findings(actor, finding.project_id)


def can_waive(actor: Actor, finding: "ContaminationFinding") -> bool:
    """Let managers of the project, by name."""
    return can_view_finding(actor, finding)
