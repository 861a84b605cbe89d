"""Taking files from a request: permission first, then the slow part outside of any transaction, then the row.

A large file is copied and looked at for seconds; on SQLite an open writing transaction would hold up everybody.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import PurePath
from typing import BinaryIO
from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from app.config import Settings
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound, TooLarge
from app.core.storage import CHUNK_BYTES, open_store
from app.projects.access import get_project
from app.projects.policy import can_manage_project
from app.tasks import jobs
from app.tasks.access import get_task
from app.tasks.models import Attachment, TaskImport
from app.tasks.policy import can_attach
from app.tasks.reading.child import read_preview
from app.tasks.reading.problems import Refused
from app.tasks.service.attaching import FOLDER as ATTACHMENTS
from app.tasks.service.attaching import attach, redraw
from app.tasks.service.importing import FILE_MAX_BYTES, layout_of, receive_file
from app.web.headers import CSP_FILE


def receive_upload(
    session: Session, settings: Settings, actor: Actor, slug: str, upload: UploadFile | None
) -> TaskImport:
    """Store an uploaded file of tasks and read its first rows; raises Invalid by field `file`."""
    project_id = get_project(session, actor, slug, can=can_manage_project).id
    name = PurePath(upload.filename or "").name if upload is not None else ""
    if upload is None or not name:
        raise Invalid("Choose a file first.", fields={"file": "Choose a file."})
    layout = layout_of(name)
    # What was read so far is let go: the file is copied without holding the database.
    session.rollback()
    store = open_store(settings, jobs.FOLDER)
    with closing(upload.file):
        stored = store.save(_limited(upload.file, FILE_MAX_BYTES))
    try:
        with store.on_disk(stored.id) as file:
            columns, preview = read_preview(file, layout)
        get_project(session, actor, project_id, can=can_manage_project)
        return receive_file(
            session,
            project_id,
            stored,
            actor=actor,
            now=clock.now(),
            file_name=name,
            columns=columns,
            preview=preview,
        )
    except Refused as refused:
        store.delete(stored.id)
        raise Invalid(str(refused), fields={"file": str(refused)}) from None
    except BaseException:
        store.delete(stored.id)
        raise


def take_image(
    session: Session, settings: Settings, actor: Actor, task_id: UUID, upload: UploadFile | None, *, alt: str
) -> Attachment:
    """Draw an uploaded image anew, store it and note it on the task or in the actor's work."""
    get_task(session, actor, task_id, can=can_attach)
    if upload is None or not upload.filename:
        raise Invalid("Choose an image first.", fields={"file": "Choose an image."})
    # What was read so far is let go: drawing an image anew may take seconds.
    session.rollback()
    with closing(upload.file):
        drawn = redraw(upload.file, upload.filename)
    store = open_store(settings, ATTACHMENTS)
    stored = store.save([drawn.data])
    try:
        task = get_task(session, actor, task_id, can=can_attach)
        return attach(session, task, drawn, stored, actor=actor, now=clock.now(), alt=alt)
    except BaseException:
        store.delete(stored.id)
        raise


def send_image(settings: Settings, attachment: Attachment) -> Response:
    """Send an image: inline, because we drew it ourselves, yet in a sandbox and never as anything else."""
    store = open_store(settings, ATTACHMENTS)
    headers = {
        "content-security-policy": CSP_FILE,
        "content-length": str(store.size_bytes(attachment.file_id)),
        "cache-control": "private, no-cache",
        "content-disposition": "inline",
    }
    return StreamingResponse(store.chunks(attachment.file_id), media_type=attachment.media_type, headers=headers)


def send_problems(settings: Settings, task_import: TaskImport) -> Response:
    """Send the list of bad rows of an import as a file."""
    if task_import.problems_file_id is None:
        raise NotFound("This import has no bad rows.")
    store = open_store(settings, jobs.FOLDER)
    name = f"bad-rows-{task_import.id}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": CSP_FILE}
    return StreamingResponse(
        store.chunks(task_import.problems_file_id), media_type="text/csv; charset=utf-8", headers=headers
    )


def _limited(file: BinaryIO, limit: int) -> Iterator[bytes]:
    size = 0
    while chunk := file.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The file is larger than {limit >> 20} MiB; split it.")
        yield chunk
