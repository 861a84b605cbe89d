"""Ask for an export, stop it, and note that its first rows were looked at."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid, WithdrawnRows
from app.core.ids import new_id
from app.core.jobs import Job
from app.datasets.models import Snapshot
from app.datasets.queries.held_out import held_out_since
from app.datasets.service.decontaminating import contaminated_since
from app.datasets.states import DatasetUse, SnapshotState
from app.exports.formats.base import Format, Options
from app.exports.formats.registry import FORMATS, get_format
from app.exports.models import Export
from app.exports.queries import frame_of, withdrawn_since
from app.exports.service.consenting import why_no_consent
from app.exports.states import ExportState
from app.recipients.models import Recipient
from app.recipients.policy import why_no_export

WRITE_JOB = "exports.write_files"


def read_options(chosen: Format, raw: dict[str, Any]) -> Options:
    """Check the options of a format; Invalid names the first faulty one and what is allowed."""
    try:
        return chosen.options_model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "options"
        raise Invalid(f"{name}: {first['msg']}.", pointer=f"/options/{name}", fields={name: first["msg"]}) from error


def ask(
    session: Session,
    snapshot: Snapshot,
    format_name: str,
    options: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
    looked: bool = False,
    recipient: Recipient | None = None,
) -> Export:
    """Ask for a snapshot in a format; a job writes the files. Conflict while the snapshot is still being hashed.

    `looked`: its first rows were looked at beforehand, so that the files can be downloaded without doing so again.
    `recipient`: whom the copy is for; Conflict when it is closed, or when contributors have not agreed to its kind.
    """
    chosen = get_format(format_name)
    checked = read_options(chosen, options)
    require_use(session, snapshot, chosen)
    if snapshot.state is not SnapshotState.READY:
        raise Conflict("This snapshot is still being hashed; try again in a moment.")
    if recipient is not None:
        _require_recipient(snapshot, recipient)
    export = Export(
        id=new_id(),
        snapshot_id=snapshot.id,
        project_id=snapshot.project_id,
        recipient_id=recipient.id if recipient is not None else None,
        format=chosen.name,
        options=checked.model_dump(mode="json"),
        created_by=actor.user_id,
        created_at=now,
    )
    about: dict[str, Any] = {"requested_by": actor.user_id, "project_id": export.project_id}
    job = jobs.enqueue(session, WRITE_JOB, {"export_id": str(export.id)}, now=now, **about)
    export.job_id = job.id
    session.add(export)
    _record_ask(session, export, actor=actor, now=now)
    if looked:
        mark_preview_seen(session, export, actor=actor, now=now)
    return export


def _require_recipient(snapshot: Snapshot, recipient: Recipient) -> None:
    refused = why_no_export(recipient) or why_no_consent(snapshot, recipient.kind)
    if refused:
        raise Conflict(refused)


def require_use(session: Session, snapshot: Snapshot, chosen: Format) -> None:
    """Raise Conflict when held-out data would be trained on: in a format for training, or in an older snapshot.

    A snapshot leaves out what is held out at its cut; what was held out afterwards shows only here. Conflict also when
    comments would leave a project that does not let them.
    """
    if snapshot.use not in chosen.uses:
        others = ", ".join(sorted(name for name, found in FORMATS.items() if snapshot.use in found.uses))
        kind = "held out" if snapshot.use is DatasetUse.EVALUATION else "for training"
        raise Conflict(f"This snapshot is {kind}, and {chosen.name} is no format for that; choose one of {others}.")
    refusal = chosen.framed(frame_of(session, snapshot)).refusal() if chosen.tells_threads else None
    if refusal is not None:
        raise Conflict(refusal)
    held = held_out_since(session, snapshot)
    if held:
        named = ", ".join(f"snapshot {one.n} of “{one.dataset}” has {_tasks(one.tasks)}" for one in held)
        raise Conflict(
            f"Some of it has been held out since it was frozen: {named} of this snapshot or of the same families."
            " Freeze the dataset again; the new snapshot leaves them out."
        )
    contaminated = contaminated_since(session, snapshot)
    if contaminated:
        raise Conflict(
            f"{contaminated:,} of its pieces have been found in a reference set since it was frozen. Freeze the dataset"
            " again, which leaves them out, or waive what was found, with a reason."
        )


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count:,} tasks"


def _record_ask(session: Session, export: Export, *, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        "export.ask",
        actor=actor,
        at=now,
        kind="export",
        object_id=export.id,
        project_id=export.project_id,
        format=export.format,
        snapshot=str(export.snapshot_id),
        recipient=str(export.recipient_id) if export.recipient_id else None,
    )


def cancel(session: Session, export: Export, *, actor: Actor, now: datetime) -> None:
    """Stop an export that is not finished; nothing of it is listed."""
    waiting = (ExportState.WAITING, ExportState.RUNNING)
    stop = update(Export).where(Export.id == export.id, Export.state.in_(waiting))
    if not changed_one(session, stop.values(state=ExportState.CANCELLED, finished_at=now)):
        raise Conflict("This export has finished already.")
    job = session.get(Job, export.job_id) if export.job_id else None
    if job is not None:
        jobs.ask_to_cancel(session, job, now=now)
    audit.record(
        session, "export.cancel", actor=actor, at=now, kind="export", object_id=export.id, project_id=export.project_id
    )


def mark_preview_seen(session: Session, export: Export, *, actor: Actor, now: datetime) -> None:
    """Note that somebody looked at the first rows; only then the page offers the download."""
    changed_one(session, update(Export).where(Export.id == export.id).values(preview_seen_at=now))
    audit.record(
        session, "export.preview", actor=actor, at=now, kind="export", object_id=export.id, project_id=export.project_id
    )


def require_standing(session: Session, export: Export) -> None:
    """Raise WithdrawnRows when rows in the files were withdrawn after they were written: no more downloads of them."""
    gone = withdrawn_since(session, export)
    if gone:
        rows = "A row of this export was" if gone == 1 else f"{gone:,} rows of this export were"
        raise WithdrawnRows(
            f"{rows} withdrawn since it was written, so its files are not handed out any more. Make the export anew;"
            " the new one leaves them out."
        )


def note_download(
    session: Session, export: Export, path: str, *, actor: Actor, now: datetime, by_program: bool = False
) -> None:
    """Keep in the audit log who took which file; Conflict until the first rows were looked at, or when it is gone.

    WithdrawnRows when the file may hold what was withdrawn.
    A program cannot look: it is for whoever lets one download to have done so (docs/decisions/0046).
    """
    if export.files_deleted_at is not None:
        raise Conflict("The files of this export were deleted; ask for it again, which gives the rows that stand.")
    require_standing(session, export)
    if export.preview_seen_at is None and not by_program:
        raise Conflict("Look at the first rows before you download; the page shows them.")
    audit.record(
        session,
        "export.download",
        actor=actor,
        at=now,
        kind="export",
        object_id=export.id,
        project_id=export.project_id,
        path=path,
        by="program" if by_program else "page",
    )
