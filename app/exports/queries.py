"""Lists of exports and their files."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core.storage import FileStore
from app.datasets.models import Snapshot
from app.datasets.queries.corrections import withdrawn_beyond
from app.exports.formats.base import Frame
from app.exports.models import Export, ExportFile
from app.exports.schemas import PREVIEW_ROWS
from app.exports.states import ExportState
from app.projects.models import Project, RubricVersion

PAPERS = ("manifest.json", "README.md", "croissant.json", "prov.jsonld", "manifest.json.sig", "schema.json")
"""In this order, before all others."""
_PREVIEW_BYTES = 4 << 20


def exports_of(session: Session, snapshot_id: UUID) -> Sequence[Export]:
    """List the exports of a snapshot, newest first."""
    query = select(Export).options(joinedload(Export.recipient)).where(Export.snapshot_id == snapshot_id)
    return session.scalars(query.order_by(Export.id.desc())).all()


def files_of(session: Session, export_id: UUID) -> Sequence[ExportFile]:
    """List the files of an export by path."""
    return session.scalars(select(ExportFile).where(ExportFile.export_id == export_id).order_by(ExportFile.path)).all()


def files_to_read(session: Session, export_id: UUID) -> Sequence[ExportFile]:
    """List the files of an export as people look for them: rows first, then the papers, the most asked for first."""
    return sorted(files_of(session, export_id), key=_place)


def _place(file: ExportFile) -> tuple[bool, int, str]:
    rank = PAPERS.index(file.path) if file.path in PAPERS else len(PAPERS)
    return file.rows is None, rank, file.path


def withdrawn_since(session: Session, export: Export) -> int:
    """Count the rows of the snapshot that were withdrawn after the files of an export were written, as of now."""
    if export.state is not ExportState.READY:
        return 0
    return withdrawn_beyond(session, export.snapshot_id, export.corrections_n or 0)


def frame_of(session: Session, snapshot: Snapshot) -> Frame:
    """Tell of a snapshot, which has its dataset loaded, what formats may say of it."""
    columns = select(Project.exports_threads, RubricVersion.n, RubricVersion.criteria)
    query = columns.outerjoin(RubricVersion, RubricVersion.project_id == Project.id)
    found = session.execute(query.where(Project.id == snapshot.project_id)).all()
    rubrics = {row.n: row.criteria for row in found if row.n is not None}
    lets_threads_out = any(row.exports_threads for row in found)
    return Frame(snapshot.dataset.name, snapshot.n, snapshot.use, snapshot.canary, rubrics, lets_threads_out)


def first_lines(store: FileStore, files: Sequence[ExportFile]) -> list[tuple[str, bytes]]:
    """Read the first twenty lines of some files of JSON lines, one after the other, each with the path of its file."""
    found: list[tuple[str, bytes]] = []
    for data in files:
        with store.open(data.file_id) as file:
            while len(found) < PREVIEW_ROWS and (line := file.readline(_PREVIEW_BYTES)):
                found.append((data.path, line))
    return found
