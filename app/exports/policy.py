"""Who may render and take exports: those who manage the project."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role

if TYPE_CHECKING:
    from app.exports.models import Export


def can_view_export(actor: Actor, export: "Export") -> bool:
    """Let managers of the project; checked again at every download, since an id is no permission."""
    return actor.has(Role.MANAGER, export.project_id)
