"""Files of exports are kept for a time; what they were, and that they are gone, stays written down."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.db import Database, changed_one
from app.core.storage import FileStore
from app.exports.models import Export, ExportFile
from app.exports.states import ExportState


def delete_old_files(database: Database, store: FileStore, *, kept_days: int, now: datetime) -> int:
    """Delete the files of exports that were ready `kept_days` ago; 0 keeps them for ever. Returns how many exports.

    Files go first: when a process is killed between, the next round finds the export again.
    """
    if kept_days == 0:
        return 0
    with database.reading() as session:
        query = select(Export.id).where(
            Export.state == ExportState.READY,
            Export.files_deleted_at.is_(None),
            Export.finished_at < now - timedelta(days=kept_days),
        )
        old = session.scalars(query).all()
    for export_id in old:
        with database.reading() as session:
            files = session.scalars(select(ExportFile.file_id).where(ExportFile.export_id == export_id)).all()
        for file_id in files:
            store.delete(file_id)
        with database.change() as session:
            _note(session, export_id, kept_days=kept_days, now=now)
    return len(old)


def _note(session: Session, export_id: UUID, *, kept_days: int, now: datetime) -> None:
    there = update(Export).where(Export.id == export_id, Export.files_deleted_at.is_(None))
    if changed_one(session, there.values(files_deleted_at=now)):
        export = session.get_one(Export, export_id)
        audit.record(
            session,
            "export.delete_files",
            actor=None,
            at=now,
            kind="export",
            object_id=export_id,
            project_id=export.project_id,
            kept_days=kept_days,
        )
