"""The doors to exports and their files."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.datasets.models import Snapshot
from app.exports.models import Export, ExportFile
from app.exports.policy import can_view_export


def get_export(session: Session, actor: Actor, export_id: UUID) -> Export:
    """Load one export with its snapshot and dataset; NotFound if the actor may not see it."""
    joined = joinedload(Export.snapshot).joinedload(Snapshot.dataset)
    export = session.get(Export, export_id, options=[joined, joinedload(Export.recipient)])
    if export is None or not can_view_export(actor, export):
        raise NotFound("There is no such export.")
    return export


def visible_exports(actor: Actor) -> Select[Export]:
    """Select the exports the actor may see; the same rule as `can_view_export`."""
    return select(Export).where(Export.project_id.in_(actor.projects_as(Role.MANAGER)))


def get_file(session: Session, export: Export, path: str) -> ExportFile:
    """Load one listed file of an export by its path; NotFound when it is not listed."""
    query = select(ExportFile).where(ExportFile.export_id == export.id, ExportFile.path == path)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("This export has no such file.")
    return found
