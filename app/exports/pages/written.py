"""Pages of one export: watch the files being written, look at rows, download."""

import json
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.config import Settings
from app.core import clock
from app.core.storage import open_store
from app.exports import queries, service
from app.exports.access import get_export, get_file
from app.exports.api import ARCHIVE, archive_response, file_response
from app.exports.formats.registry import get_format
from app.exports.models import Export, ExportFile
from app.exports.pages.frame import frame, job_of
from app.exports.pages.looking import json_tokens, option_fields, strip_of, words_of_options
from app.exports.schemas import LookQuery
from app.exports.service.layout import plain_name
from app.exports.service.previewing import Line
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.templating import render

router = APIRouter()


@router.get("/exports/{export_id}", name="exports.export")
def export_page(
    request: Request,
    actor: CurrentActor,
    session: Reading,
    settings: CurrentSettings,
    export_id: UUID,
    asked: Annotated[LookQuery, Query()],
) -> Response:
    """Show an export: how far it is, its files, and its first rows until they were looked at or are asked for."""
    export = get_export(session, actor, export_id)
    chosen = get_format(export.format)
    files = queries.files_to_read(session, export.id)
    options = {field.name: str(export.options.get(field.name, "")) for field in option_fields(chosen)}
    whom = {"recipient": str(export.recipient_id)} if export.recipient_id is not None else {}
    is_ready = export.state is ExportState.READY
    withdrawn = queries.withdrawn_since(session, export)
    is_kept = is_ready and export.files_deleted_at is None and not withdrawn
    looks = is_kept and (asked.row is not None or export.preview_seen_at is None)
    is_running = export.state in {ExportState.WAITING, ExportState.RUNNING}
    response = render(
        request,
        "exports/export.html",
        partial="exports/_files.html",
        export=export,
        format=chosen,
        options=words_of_options(chosen, export.options),
        change_url=f"/snapshots/{export.snapshot_id}/export?{urlencode({'format': chosen.name, **options, **whom})}",
        job=job_of(session, export.job_id),
        files=files,
        is_ready=is_ready,
        is_kept=is_kept,
        withdrawn=withdrawn,
        again={"format": chosen.name, **options, **whom},
        is_running=is_running,
        **(_rows(session, settings, export, files, asked) if looks else {"strip": None}),
        **frame(session, actor, export.snapshot),
    )
    if not is_running:
        response.headers["hx-refresh"] = "true"  # the page that watched the files has more to show now
    return response


def _rows(
    session: Session, settings: Settings, export: Export, files: Sequence[ExportFile], look: LookQuery
) -> dict[str, Any]:
    chosen = get_format(export.format)
    written = _first_lines(session, settings, export, files)
    strip = strip_of(f"/exports/{export.id}", {}, len(written), look.row or 1, look.seen)
    if not written:
        return {"strip": strip, "lines": [], "reading": []}
    line = written[strip.row - 1]
    return {
        "strip": strip,
        "lines": [(line.path, line.size_bytes, json_tokens(line.row))],
        "reading": [(part, "") for part in chosen.read(line.row)],
    }


def _first_lines(session: Session, settings: Settings, export: Export, files: Sequence[ExportFile]) -> list[Line]:
    """Read the first rows out of the written files; where they are packed, render what was written into them."""
    chosen = get_format(export.format)
    order = chosen.main_paths
    main = [file for file in files if plain_name(file.path) in order]
    if all(file.path.endswith(".jsonl") for file in main):
        main.sort(key=lambda file: (order.index(plain_name(file.path)), file.path))
        lines = queries.first_lines(open_store(settings, STORE), main)
        return [Line(path, json.loads(line), len(line)) for path, line in lines]
    found = service.preview(session, export.snapshot, chosen, service.read_options(chosen, export.options))
    return [line for shown in found.rows for line in shown.lines if line.path == chosen.main_path]


@router.post("/exports/{export_id}/seen", name="exports.seen")
def seen(actor: CurrentActor, session: Writing, export_id: UUID) -> Response:
    """Note that the first rows were looked at."""
    export = get_export(session, actor, export_id)
    service.mark_preview_seen(session, export, actor=actor, now=clock.now())
    return RedirectResponse(f"/exports/{export.id}", 303)


@router.post("/exports/{export_id}/cancel", name="exports.cancel")
def cancel(actor: CurrentActor, session: Writing, export_id: UUID) -> Response:
    """Stop an export."""
    export = get_export(session, actor, export_id)
    service.cancel(session, export, actor=actor, now=clock.now())
    return RedirectResponse(f"/exports/{export.id}", 303)


@router.post("/exports/{export_id}/files/{path:path}", name="exports.download")
def download(actor: CurrentActor, session: Writing, settings: CurrentSettings, export_id: UUID, path: str) -> Response:
    """Download one file; who took it goes into the audit log, hence a POST."""
    export = get_export(session, actor, export_id)
    found = get_file(session, export, path)
    service.note_download(session, export, found.path, actor=actor, now=clock.now())
    return file_response(settings, found)


@router.post("/exports/{export_id}/archive", name="exports.archive")
def archive(actor: CurrentActor, session: Writing, settings: CurrentSettings, export_id: UUID) -> Response:
    """Download all files as one archive; who took it goes into the audit log, hence a POST."""
    export = get_export(session, actor, export_id)
    service.note_download(session, export, ARCHIVE, actor=actor, now=clock.now())
    return archive_response(session, settings, export)
