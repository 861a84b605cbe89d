"""Who hands exports over, and who sees what was handed over."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role

if TYPE_CHECKING:
    from app.deliveries.models import Delivery
    from app.exports.models import Export


def can_deliver(actor: Actor, export: "Export") -> bool:
    """Let managers of the project."""
    return actor.has(Role.MANAGER, export.project_id)


def can_view_delivery(actor: Actor, delivery: "Delivery") -> bool:
    """Let managers of the project, and admins, who look after recipients: it shows nothing of the work."""
    return actor.is_admin or actor.has(Role.MANAGER, delivery.project_id)


def can_acknowledge(actor: Actor, delivery: "Delivery") -> bool:
    """Let whoever sees it note what the recipient has said."""
    return can_view_delivery(actor, delivery)
