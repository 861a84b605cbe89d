"""Images as JSON: put one to a task or to one's own work on it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile

from app.accounts.deps import CurrentActor, require_scope
from app.tasks.pages.uploading import take_image
from app.tasks.schemas import AttachedOut
from app.tasks.service.attaching import markdown_of, url_of
from app.web.deps import CurrentSettings, Writing

router = APIRouter()


@router.post(
    "/tasks/{task_id}/attachments",
    name="api.tasks.attach",
    dependencies=[require_scope("work:write")],
    status_code=201,
)
def attach_image(
    task_id: UUID,
    actor: CurrentActor,
    session: Writing,
    settings: CurrentSettings,
    file: Annotated[UploadFile, File()],
    alt: Annotated[str, Form(max_length=500)] = "",
) -> AttachedOut:
    """Store a PNG, JPEG, WebP or GIF of at most 10 MB and 40 megapixels; returns what shows it in a text."""
    attachment = take_image(session, settings, actor, task_id, file, alt=alt)
    return AttachedOut(id=attachment.id, url=url_of(attachment), markdown=markdown_of(attachment))
