"""Exports as JSON, and their files."""

from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor, require_scope
from app.accounts.service import require_step_up
from app.config import Settings
from app.core import clock
from app.core.storage import open_store
from app.datasets.access import get_snapshot
from app.exports import queries, service
from app.exports.access import get_export, get_file
from app.exports.formats.registry import FORMATS
from app.exports.models import Export, ExportFile
from app.exports.schemas import ExportIn, ExportOut, FileOut, FormatOut
from app.exports.service.archiving import archive_name, archive_of
from app.exports.service.writing import STORE
from app.recipients.access import get_choice
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.headers import CSP_FILE
from app.web.openapi import answers_with

router = APIRouter(prefix="/api/v1")
READ = [require_scope("exports:read")]
WRITE = [require_scope("exports:write")]
ARCHIVE = "all files"
"""what the audit log says was taken, where one file has its path"""
COUNTED = {"files", "withdrawn_since"}


def _out(session: Session, export: Export) -> ExportOut:
    files = [FileOut.model_validate(file) for file in queries.files_to_read(session, export.id)]
    facts = {name: getattr(export, name) for name in ExportOut.model_fields if name not in COUNTED}
    return ExportOut(**facts, withdrawn_since=queries.withdrawn_since(session, export), files=files)


@router.get("/formats", name="api.exports.formats", dependencies=READ)
def formats(actor: CurrentActor, session: Reading) -> list[FormatOut]:
    """List the formats with the JSON schema of their options."""
    del actor, session
    return [
        FormatOut(
            name=found.name,
            title=found.title,
            summary=found.summary,
            columns={column: about.meaning for column, about in found.columns.items()},
            row_schema=found.schema(),
            options=found.options_model.model_json_schema(),
        )
        for found in FORMATS.values()
    ]


@router.get("/snapshots/{snapshot_id}/exports", name="api.exports.index", dependencies=READ)
def index(actor: CurrentActor, session: Reading, snapshot_id: UUID) -> list[ExportOut]:
    """List the exports of a snapshot, newest first."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    return [_out(session, export) for export in queries.exports_of(session, snapshot.id)]


@router.post("/snapshots/{snapshot_id}/exports", name="api.exports.ask", dependencies=WRITE, status_code=201)
def ask(actor: CurrentActor, session: Writing, snapshot_id: UUID, wanted: ExportIn) -> ExportOut:
    """Ask for a snapshot in a format; `job_id` says how far it is."""
    now = clock.now()
    require_step_up(actor, now=now)
    snapshot = get_snapshot(session, actor, snapshot_id)
    whom = get_choice(session, actor, wanted.recipient_id) if wanted.recipient_id is not None else None
    export = service.ask(session, snapshot, wanted.format, wanted.options, actor=actor, now=now, recipient=whom)
    session.flush()  # the answer shows what the database fills in
    return _out(session, export)


@router.get("/exports/{export_id}", name="api.exports.export", dependencies=READ)
def export_of(actor: CurrentActor, session: Reading, export_id: UUID) -> ExportOut:
    """Show an export with its files."""
    return _out(session, get_export(session, actor, export_id))


@router.post("/exports/{export_id}/cancel", name="api.exports.cancel", dependencies=WRITE)
def cancel(actor: CurrentActor, session: Writing, export_id: UUID) -> ExportOut:
    """Stop an export that is not finished."""
    export = get_export(session, actor, export_id)
    service.cancel(session, export, actor=actor, now=clock.now())
    session.refresh(export)
    return _out(session, export)


@router.post(
    "/exports/{export_id}/files/{path:path}",
    name="api.exports.download",
    dependencies=READ,
    response_class=Response,
    responses=answers_with("application/octet-stream"),
)
def download(actor: CurrentActor, session: Writing, settings: CurrentSettings, export_id: UUID, path: str) -> Response:
    """Download one file; who took it goes into the audit log, hence a POST. It has no body."""
    export = get_export(session, actor, export_id)
    found = get_file(session, export, path)
    service.note_download(session, export, found.path, actor=actor, now=clock.now(), by_program=True)
    return file_response(settings, found)


@router.post(
    "/exports/{export_id}/archive",
    name="api.exports.archive",
    dependencies=READ,
    response_class=Response,
    responses=answers_with("application/zip"),
)
def archive(actor: CurrentActor, session: Writing, settings: CurrentSettings, export_id: UUID) -> Response:
    """Download all files as one zip archive; who took it goes into the audit log, hence a POST. It has no body."""
    export = get_export(session, actor, export_id)
    service.note_download(session, export, ARCHIVE, actor=actor, now=clock.now(), by_program=True)
    return archive_response(session, settings, export)


def archive_response(session: Session, settings: Settings, export: Export) -> Response:
    """Answer with all files of an export as one archive, which is made while it is sent."""
    store, files, name = open_store(settings, STORE), queries.files_of(session, export.id), archive_name(export)
    for file in files:  # asked before the answer begins, as below
        store.size_bytes(file.file_id)
    headers = {"content-disposition": f'attachment; filename="{name}.zip"', "content-security-policy": CSP_FILE}
    return StreamingResponse(archive_of(store, files, name), media_type="application/zip", headers=headers)


def file_response(settings: Settings, found: ExportFile) -> Response:
    """Answer with a stored file, always as an attachment that no browser opens in our name."""
    name = found.path.rpartition("/")[2]
    store = open_store(settings, STORE)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        # Asked before the answer begins: that a file is gone, or the store away, is told by a status.
        "content-length": str(store.size_bytes(found.file_id)),
        "content-security-policy": CSP_FILE,
        "x-content-sha256": found.sha256,
    }
    return StreamingResponse(store.chunks(found.file_id), media_type="application/octet-stream", headers=headers)
