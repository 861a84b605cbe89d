"""Pages of a snapshot and its exports: choose a format, watch the files being written, look at rows, download."""

import json
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.accounts.service import require_step_up
from app.config import Settings
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.jobs import Job
from app.core.storage import FileStore
from app.datasets.access import get_snapshot
from app.datasets.models import Snapshot
from app.exports import queries, service
from app.exports.access import get_export, get_file
from app.exports.api import file_response
from app.exports.formats.base import Format
from app.exports.formats.registry import FORMATS, get_format
from app.exports.models import Export
from app.exports.service.writing import STORE
from app.exports.states import ExportState
from app.projects.access import get_project
from app.projects.queries import project_tabs
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.forms import Form, PostedForm, with_error
from app.web.templating import render

router = APIRouter(include_in_schema=False)
FIRST = next(iter(FORMATS))


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option of a format as its form shows it; without choices it is free text."""

    name: str
    label: str
    hint: str
    choices: list[tuple[str, str]]


def option_fields(chosen: Format) -> list[OptionField]:
    """List the options of a format from its model, the format's own first."""
    fields = []
    for name, info in chosen.options_model.model_fields.items():
        kind = info.annotation
        values = [str(one.value) for one in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []
        choices = [(value, value.replace("_", " ")) for value in values]
        fields.append(OptionField(name, name.replace("_", " ").capitalize(), info.description or "", choices))
    return fields


def _frame(session: Session, actor: Actor, snapshot: Snapshot) -> dict[str, Any]:
    project = get_project(session, actor, snapshot.project_id)
    tabs = project_tabs(session, actor, project, current="datasets")
    return {"project": project, "project_tabs": tabs, "snapshot": snapshot, "dataset": snapshot.dataset}


def _job(session: Session, job_id: UUID | None) -> Job | None:
    return session.get(Job, job_id) if job_id is not None else None


@router.get("/snapshots/{snapshot_id}", name="exports.snapshot")
def snapshot_page(
    request: Request,
    actor: CurrentActor,
    session: Reading,
    snapshot_id: UUID,
    format: Annotated[str, Query(max_length=40)] = FIRST,
) -> Response:
    """Show a snapshot, its exports, and the form for one more."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    defaults = get_format(format).options_model().model_dump(mode="json")
    return _snapshot(request, session, actor, snapshot, get_format(format), Form(values=defaults))


def _snapshot(
    request: Request, session: Session, actor: Actor, snapshot: Snapshot, chosen: Format, form: Form
) -> Response:
    return render(
        request,
        "exports/snapshot.html",
        partial="exports/_freezing.html",
        status=422 if form.error else 200,
        job=_job(session, snapshot.job_id),
        exports=queries.exports_of(session, snapshot.id),
        formats=list(FORMATS.values()),
        titles={found.name: found.title for found in FORMATS.values()},
        chosen=chosen,
        fields=option_fields(chosen),
        form=form,
        **_frame(session, actor, snapshot),
    )


@router.post("/snapshots/{snapshot_id}/exports", name="exports.ask")
def ask(request: Request, actor: CurrentActor, session: Writing, snapshot_id: UUID, posted: PostedForm) -> Response:
    """Ask for an export and go to it."""
    now = clock.now()
    require_step_up(actor, now=now)
    snapshot = get_snapshot(session, actor, snapshot_id)
    chosen = get_format(posted["format"])
    options = {field.name: posted[field.name] for field in option_fields(chosen)}
    try:
        export = service.ask(session, snapshot, chosen.name, options, actor=actor, now=now)
    except Invalid as error:
        form = with_error(Form(values=dict(options)), error)
        return _snapshot(request, session, actor, snapshot, chosen, form)
    return RedirectResponse(f"/exports/{export.id}", 303)


@router.get("/exports/{export_id}", name="exports.export")
def export_page(
    request: Request,
    actor: CurrentActor,
    session: Reading,
    settings: CurrentSettings,
    export_id: UUID,
    row: Annotated[int, Query(ge=1, le=queries.PREVIEW_ROWS)] = 1,
) -> Response:
    """Show an export: how far it is, its first rows, its files."""
    export = get_export(session, actor, export_id)
    files = queries.files_of(session, export.id)
    return render(
        request,
        "exports/export.html",
        partial="exports/_files.html",
        export=export,
        format=get_format(export.format),
        options=[(name.replace("_", " "), str(value)) for name, value in export.options.items() if value != ""],
        job=_job(session, export.job_id),
        files=files,
        is_ready=export.state is ExportState.READY,
        is_running=export.state in {ExportState.WAITING, ExportState.RUNNING},
        **_preview(settings, export, files, row),
        **_frame(session, actor, export.snapshot),
    )


def _preview(settings: Settings, export: Export, files: Any, row: int) -> dict[str, Any]:
    rows = queries.preview_of(FileStore(settings.data_dir, STORE), files) if export.state is ExportState.READY else []
    row = min(row, len(rows))
    shown = json.dumps(rows[row - 1], ensure_ascii=False, indent=2) if rows else ""
    return {"row": row, "row_numbers": range(1, len(rows) + 1), "row_json": shown}


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
