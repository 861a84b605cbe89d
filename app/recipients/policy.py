"""Who looks after recipients, and who may export for one."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role

if TYPE_CHECKING:
    from app.recipients.models import Recipient


def can_choose_recipients(actor: Actor) -> bool:
    """Let whoever manages a project choose for whom an export is made: they see names and kinds, nothing else."""
    return bool(actor.projects_as(Role.MANAGER))


def why_no_export(recipient: "Recipient") -> str | None:
    """Say why nothing new is exported for a recipient, or None."""
    if recipient.closed_at is not None:
        return f"{recipient.name} is closed and gets no new exports; an admin may open it again."
    return None
