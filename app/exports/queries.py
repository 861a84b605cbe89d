"""Lists of exports and their files."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.storage import FileStore
from app.exports.models import Export, ExportFile

PREVIEW_ROWS = 20
_PREVIEW_BYTES = 4 << 20


def exports_of(session: Session, snapshot_id: UUID) -> Sequence[Export]:
    """List the exports of a snapshot, newest first."""
    return session.scalars(select(Export).where(Export.snapshot_id == snapshot_id).order_by(Export.id.desc())).all()


def files_of(session: Session, export_id: UUID) -> Sequence[ExportFile]:
    """List the files of an export by path."""
    return session.scalars(select(ExportFile).where(ExportFile.export_id == export_id).order_by(ExportFile.path)).all()


def preview_of(store: FileStore, files: Sequence[ExportFile]) -> list[dict[str, Any]]:
    """Read the first twenty rows of the first data file, as a trainer would read them."""
    data = next((file for file in files if file.path.endswith(".jsonl") and "/" in file.path), None)
    if data is None:
        return []
    rows: list[dict[str, Any]] = []
    with store.open(data.file_id) as file:
        while len(rows) < PREVIEW_ROWS and (line := file.readline(_PREVIEW_BYTES)):
            rows.append(json.loads(line))
    return rows
