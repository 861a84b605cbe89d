"""Imports as JSON: hand a file in, plan, follow, start, cancel, fetch the bad rows."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.core.errors import NotFound
from app.tasks.access import get_import
from app.tasks.pages.uploading import receive_upload, send_problems
from app.tasks.schemas import ImportOptions, ImportOut, ImportPlan, StartIn
from app.tasks.service.importing import cancel_import, plan_import, start_import
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.jsonbody import parse_body
from app.web.openapi import answers_with

router = APIRouter()
READ, WRITE = [require_scope("tasks:read")], [require_scope("tasks:write")]


@router.post("/projects/{slug}/imports", name="api.imports.create", dependencies=WRITE, status_code=201)
def create(
    slug: str,
    actor: CurrentActor,
    session: Writing,
    settings: CurrentSettings,
    file: Annotated[UploadFile, File()],
    options: Annotated[str, Form(max_length=100_000)] = "{}",
) -> ImportOut:
    """Hand in a JSONL, CSV or Parquet file of at most 100 MiB; `options` is JSON, see ImportOptions."""
    wanted = parse_body(ImportOptions, options.encode())
    task_import = receive_upload(session, settings, actor, slug, file)
    session.flush()  # the plan's move and the answer take what is stored, defaults included
    if wanted.check:
        plan = wanted.plan(guessed_adapter=task_import.adapter, guessed_mapping=task_import.mapping)
        plan_import(session, task_import, plan, actor=actor, now=clock.now(), starts_when_clean=wanted.start)
    return ImportOut.model_validate(task_import)


@router.get("/imports/{import_id}", name="api.imports.get", dependencies=READ)
def read(import_id: UUID, actor: CurrentActor, session: Reading) -> ImportOut:
    """Tell where an import stands; poll it until its state is done, failed or cancelled."""
    return ImportOut.model_validate(get_import(session, actor, import_id))


@router.get(
    "/imports/{import_id}/problems",
    name="api.imports.problems",
    dependencies=READ,
    response_class=Response,
    responses=answers_with("text/csv"),
)
def problems(import_id: UUID, actor: CurrentActor, session: Reading, settings: CurrentSettings) -> Response:
    """Fetch every bad row with line, field and reason, as CSV."""
    task_import = get_import(session, actor, import_id)
    if task_import.problems_file_id is None:
        raise NotFound("This import has no bad rows.")
    return send_problems(settings, task_import)


@router.post("/imports/{import_id}/check", name="api.imports.check", dependencies=WRITE)
def check(import_id: UUID, plan: ImportPlan, actor: CurrentActor, session: Writing) -> ImportOut:
    """Say how the file is to be read, and have it checked."""
    task_import = get_import(session, actor, import_id, lock=True)
    plan_import(session, task_import, plan, actor=actor, now=clock.now())
    return ImportOut.model_validate(task_import)


@router.post("/imports/{import_id}/start", name="api.imports.start", dependencies=WRITE)
def start(import_id: UUID, data: StartIn, actor: CurrentActor, session: Writing) -> ImportOut:
    """Store a checked file; bad rows stop it unless they are to be left out."""
    task_import = get_import(session, actor, import_id, lock=True)
    start_import(session, task_import, actor=actor, now=clock.now(), leave_out_bad_rows=data.leave_out_bad_rows)
    return ImportOut.model_validate(task_import)


@router.post("/imports/{import_id}/cancel", name="api.imports.cancel", dependencies=WRITE)
def cancel(import_id: UUID, actor: CurrentActor, session: Writing) -> ImportOut:
    """Stop an import that is not stored yet; nothing of it stays."""
    task_import = get_import(session, actor, import_id, lock=True)
    cancel_import(session, task_import, actor=actor, now=clock.now())
    return ImportOut.model_validate(task_import)
