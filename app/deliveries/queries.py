"""Lists of deliveries, with what is outstanding."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import User
from app.datasets.models import Snapshot
from app.deliveries.models import Delivery
from app.exports.models import Export, ExportFile
from app.exports.service.verifying import MANIFEST
from app.exports.states import ExportState
from app.projects.models import Project


@dataclass(frozen=True, slots=True)
class Handed:
    """An export for a recipient and its delivery, if it was handed over."""

    export: Export
    delivery: Delivery | None
    project: str

    @property
    def is_outstanding(self) -> bool:
        """Whether the recipient has still to say that it has it."""
        return self.delivery is not None and self.delivery.acknowledged_at is None


def delivery_of(session: Session, export_id: UUID) -> Delivery | None:
    """Load the delivery of an export with its recipient, if it was handed over."""
    query = select(Delivery).options(joinedload(Delivery.recipient)).where(Delivery.export_id == export_id)
    return session.scalars(query).one_or_none()


def handed_to(session: Session, recipient_id: UUID) -> list[Handed]:
    """List what was exported for a recipient, newest first, each with its delivery."""
    return _handed(session, Export.recipient_id == recipient_id)


def handed_from(session: Session, project_id: UUID) -> list[Handed]:
    """List what of a project was exported for recipients, newest first, each with its delivery."""
    return _handed(session, Export.project_id == project_id)


def _handed(session: Session, *where: object) -> list[Handed]:
    joined = joinedload(Export.snapshot).joinedload(Snapshot.dataset)
    query = (
        select(Export, Delivery, Project.name)
        .join(Project, Project.id == Export.project_id)
        .outerjoin(Delivery, Delivery.export_id == Export.id)
        .options(joined, joinedload(Export.recipient))
        .where(Export.recipient_id.is_not(None), Export.state == ExportState.READY, *where)  # type: ignore[arg-type]  # columns' comparisons
        .order_by(Export.id.desc())
    )
    return [Handed(export, delivery, project) for export, delivery, project in session.execute(query)]


def manifest_hash(session: Session, export_id: UUID) -> str | None:
    """Give the SHA-256 of an export's manifest."""
    query = select(ExportFile.sha256).where(ExportFile.export_id == export_id, ExportFile.path == MANIFEST)
    return session.scalar(query)


def name_of(session: Session, user_id: UUID | None) -> str:
    """Give a person's name."""
    found = session.scalar(select(User.name).where(User.id == user_id)) if user_id is not None else None
    return found or "somebody"
