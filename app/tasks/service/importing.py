"""The life of an import: received, planned, checked, stored or cancelled; reading and storing are jobs."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.jobs import Job
from app.core.storage import StoredFile
from app.tasks.adapters import guess_adapter
from app.tasks.adapters.fields import guess_mapping
from app.tasks.models import TaskImport
from app.tasks.reading.rows import IMPORTABLE
from app.tasks.schemas import ImportPlan
from app.tasks.states import ImportState

LAYOUTS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
FILE_MAX_BYTES = 100 << 20
CHECKABLE = frozenset({ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED})
UNFINISHED = frozenset(ImportState) - {ImportState.DONE, ImportState.CANCELLED}
_MOVED_ON = "This import has moved on in the meantime; reload the page."


def layout_of(file_name: str) -> str:
    """Tell the layout of a file by the end of its name; Invalid when it is none that is read."""
    for ending, layout in LAYOUTS.items():
        if file_name.lower().endswith(ending):
            return layout
    endings = ", ".join(LAYOUTS)
    raise Invalid(f"The name of the file must end in {endings}.", fields={"file": f"It must end in {endings}."})


def receive_file(
    session: Session,
    project_id: UUID,
    stored: StoredFile,
    *,
    actor: Actor,
    now: datetime,
    file_name: str,
    columns: list[str],
    preview: list[dict[str, str]],
) -> TaskImport:
    """Note a file that lies in the store, with a guess of its adapter and of which column is which field."""
    adapter = guess_adapter(columns, preview[0] if preview else None)
    task_import = TaskImport(
        id=new_id(),
        project_id=project_id,
        file_id=stored.id,
        file_name=file_name[-200:],
        file_sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        layout=layout_of(file_name),
        adapter=adapter.name,
        mapping=guess_mapping(columns, IMPORTABLE) if adapter.name == "fields" else {},
        columns=columns,
        preview=preview,
        created_by=actor.user_id,
        created_at=now,
    )
    session.add(task_import)
    audit.record(
        session,
        "task.upload_import",
        actor=actor,
        at=now,
        kind="import",
        object_id=task_import.id,
        project_id=project_id,
        sha256=stored.sha256,
    )
    return task_import


def plan_import(
    session: Session,
    task_import: TaskImport,
    plan: ImportPlan,
    *,
    actor: Actor,
    now: datetime,
    starts_when_clean: bool = False,
) -> Job:
    """Settle how the file is read and have it checked in the background; may be repeated until it is stored."""
    settle_plan(session, task_import, plan)
    task_import.starts_when_clean = starts_when_clean
    return _enqueue(session, task_import, "tasks.check_import", actor, now)


def settle_plan(session: Session, task_import: TaskImport, plan: ImportPlan) -> None:
    """Settle how the file is read; whoever calls this does the checking, and no job does."""
    unknown = sorted(set(plan.mapping.values()) - set(task_import.columns))
    if unknown:
        raise Invalid(
            f"The file has no column “{unknown[0][:80]}”; it has {', '.join(task_import.columns)[:400]}.",
            fields={"mapping": "Choose a column of the file."},
        )
    _move(session, task_import, CHECKABLE, ImportState.CHECKING)
    task_import.adapter = plan.adapter
    task_import.mapping = plan.mapping
    task_import.defaults = {**plan.defaults, "open_at_once": plan.open_at_once}
    task_import.existing = plan.existing
    task_import.plan_sha256 = plan_sha256(task_import, plan)
    task_import.leaves_out_bad_rows = False
    task_import.job_id = None
    task_import.message = ""


def start_import(
    session: Session, task_import: TaskImport, *, actor: Actor, now: datetime, leave_out_bad_rows: bool = False
) -> Job:
    """Store a checked file in the background. Invalid while rows are bad, unless they are knowingly left out."""
    begin_storing(session, task_import, leave_out_bad_rows=leave_out_bad_rows)
    return _enqueue(session, task_import, "tasks.import_rows", actor, now)


def begin_storing(session: Session, task_import: TaskImport, *, leave_out_bad_rows: bool = False) -> None:
    """Decide that a checked file is stored; whoever calls this does it, and no job does."""
    if task_import.state == ImportState.CHECKED:
        if task_import.rows_rejected and not leave_out_bad_rows:
            raise Invalid(
                f"{task_import.rows_rejected:,} of {task_import.rows_read:,} rows cannot be imported, so none is. "
                "Correct the file, or say that these rows are to be left out."
            )
        if task_import.rows_rejected == task_import.rows_read:
            raise Invalid("There is no row to import.")
    _move(session, task_import, frozenset({ImportState.CHECKED}), ImportState.IMPORTING)
    task_import.leaves_out_bad_rows = leave_out_bad_rows
    task_import.job_id = None


def finish_as_twin(
    session: Session, task_import: TaskImport, earlier: TaskImport, *, actor: Actor, now: datetime
) -> None:
    """End an import whose file was stored by the same plan before: the earlier result stands, nothing is changed."""
    task_import.rows_read = earlier.rows_read
    task_import.rows_rejected = earlier.rows_rejected
    task_import.rows_unchanged = earlier.rows_read - earlier.rows_rejected
    task_import.rows_created = task_import.rows_updated = 0
    task_import.problems = earlier.problems
    task_import.message = (
        f"This file was imported with the same settings on {earlier.created_at:%-d %b %Y}; nothing was changed."
    )
    finish_import(session, task_import, actor=actor, now=now)


def finish_import(session: Session, task_import: TaskImport, *, actor: Actor, now: datetime) -> None:
    """Close an import whose rows are stored in the running transaction: from its commit on they are visible."""
    task_import.state = ImportState.DONE
    task_import.finished_at = now
    task_import.staged_file_id = None
    audit.record(
        session,
        "task.import",
        actor=actor,
        at=now,
        kind="import",
        object_id=task_import.id,
        project_id=task_import.project_id,
        created=task_import.rows_created,
        updated=task_import.rows_updated,
        unchanged=task_import.rows_unchanged,
        rejected=task_import.rows_rejected,
    )


def cancel_import(session: Session, task_import: TaskImport, *, actor: Actor, now: datetime) -> None:
    """Stop an import that is not stored yet; nothing of it stays. Conflict when it is done."""
    job = session.get(Job, task_import.job_id) if task_import.job_id else None
    _move(session, task_import, UNFINISHED, ImportState.CANCELLED)
    task_import.finished_at = now
    task_import.message = "Cancelled; nothing was changed."
    if job is not None:
        jobs.ask_to_cancel(session, job, now=now)
    audit.record(
        session,
        "task.cancel_import",
        actor=actor,
        at=now,
        kind="import",
        object_id=task_import.id,
        project_id=task_import.project_id,
    )


def fail_import(session: Session, import_id: UUID, sentence: str, *, now: datetime) -> None:
    """Note that a file could not be read or stored; it has changed nothing and can be checked again."""
    busy = (ImportState.CHECKING, ImportState.IMPORTING)
    move = update(TaskImport).where(TaskImport.id == import_id, TaskImport.state.in_(busy))
    changed_one(session, move.values(state=ImportState.FAILED, message=sentence[:1000], finished_at=now))


def twin_of(session: Session, task_import: TaskImport) -> TaskImport | None:
    """Find an import that has stored the same file by the same plan in the same project."""
    query = select(TaskImport).where(
        TaskImport.project_id == task_import.project_id,
        TaskImport.plan_sha256 == task_import.plan_sha256,
        TaskImport.state == ImportState.DONE,
        TaskImport.id != task_import.id,
    )
    return session.scalars(query.order_by(TaskImport.created_at).limit(1)).first()


def plan_sha256(task_import: TaskImport, plan: ImportPlan) -> str:
    """Return the fingerprint of file and plan together."""
    whole: dict[str, Any] = {"file": task_import.file_sha256, **plan.model_dump(mode="json")}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _move(session: Session, task_import: TaskImport, allowed: frozenset[ImportState], new: ImportState) -> None:
    move = update(TaskImport).where(TaskImport.id == task_import.id, TaskImport.state.in_(sorted(allowed)))
    if not changed_one(session, move.values(state=new, finished_at=None)):
        raise Conflict(_MOVED_ON)
    session.refresh(task_import)


def _enqueue(session: Session, task_import: TaskImport, kind: str, actor: Actor, now: datetime) -> Job:
    job = jobs.enqueue(
        session,
        kind,
        {"import_id": str(task_import.id)},
        now=now,
        requested_by=actor.user_id,
        project_id=task_import.project_id,
    )
    task_import.job_id = job.id
    return job
