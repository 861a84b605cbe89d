"""Images of tasks and of work: looked at, drawn anew, stored without what the camera wrote into them."""

import io
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, TooLarge
from app.core.ids import new_id
from app.core.storage import StoredFile
from app.tasks.models import Attachment, Task
from app.tasks.policy import can_manage_task

FOLDER = "attachments"
FILE_MAX_BYTES = 10 << 20
PIXELS_MAX = 40_000_000
PER_PERSON_MAX = 100
ALT_MAX_CHARS = 500
ENDINGS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".gif": "GIF"}
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
_NO_IMAGE = "This is no PNG, JPEG, WebP or GIF image, or it is damaged."


@dataclass(frozen=True, slots=True)
class Drawn:
    """An image that was drawn anew."""

    data: bytes
    media_type: str
    width: int
    height: int


def redraw(file: BinaryIO, file_name: str) -> Drawn:
    """Decode an image and encode it again, upright, without EXIF, comments, further frames or anything behind it.

    The ending of its name, its first bytes and the decoder must agree. Raises Invalid, or TooLarge beyond 10 MB or 40
    megapixels; the size is looked at before the pixels are. Slow (seconds for the largest): call it outside of a
    transaction.
    """
    data = file.read(FILE_MAX_BYTES + 1)
    if len(data) > FILE_MAX_BYTES:
        raise TooLarge(f"The image is larger than {FILE_MAX_BYTES >> 20} MB; save it smaller.")
    wanted = next((kind for ending, kind in ENDINGS.items() if file_name.lower().endswith(ending)), None)
    if wanted is None:
        raise Invalid("The name of an image must end in .png, .jpg, .webp or .gif.", pointer="file")
    kind = _kind_of(data)
    if kind != wanted:
        raise Invalid(_NO_IMAGE if kind is None else f"The name says {wanted}, but this is a {kind}.", pointer="file")
    try:
        with warnings.catch_warnings():
            # A warning about a huge image comes before our own check; the check is what counts.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _encode(data, kind)
    except Image.DecompressionBombError:
        raise TooLarge(_too_many_pixels()) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise Invalid(_NO_IMAGE, pointer="file") from None


def _kind_of(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return "GIF" if data.startswith((b"GIF87a", b"GIF89a")) else None


def _encode(data: bytes, kind: str) -> Drawn:
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        if image.width * image.height > PIXELS_MAX:
            raise TooLarge(_too_many_pixels())
        upright = ImageOps.exif_transpose(image)
        mode = "RGB" if kind == "JPEG" else "RGBA"
        if upright.mode not in {"L", "RGB", mode}:
            upright = upright.convert(mode)
        clean = Image.new(upright.mode, upright.size)
        clean.paste(upright)
    out = io.BytesIO()
    options = {"quality": 90} if kind in {"JPEG", "WEBP"} else {}
    clean.save(out, kind, **options)
    return Drawn(out.getvalue(), MEDIA_TYPES[kind], clean.width, clean.height)


def _too_many_pixels() -> str:
    return f"The image has more than {PIXELS_MAX // 1_000_000} megapixels; save it smaller."


def attach(
    session: Session, task: Task, drawn: Drawn, stored: StoredFile, *, actor: Actor, now: datetime, alt: str = ""
) -> Attachment:
    """Note an image that lies in the store: on the task itself by a manager, in one's own work by anybody else.

    Conflict when this person has put a hundred images to this task already.
    """
    owner_id: UUID | None = None if can_manage_task(actor, task) else actor.user_id
    owned = Attachment.owner_id.is_(None) if owner_id is None else Attachment.owner_id == owner_id
    count = session.scalar(select(func.count()).select_from(Attachment).where(Attachment.task_id == task.id, owned))
    if (count or 0) >= PER_PERSON_MAX:
        raise Conflict(f"There are {PER_PERSON_MAX} images already; this is as many as there may be.")
    attachment = Attachment(
        id=new_id(),
        project_id=task.project_id,
        task_id=task.id,
        owner_id=owner_id,
        file_id=stored.id,
        media_type=drawn.media_type,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        width=drawn.width,
        height=drawn.height,
        alt=alt[:ALT_MAX_CHARS],
        created_at=now,
    )
    session.add(attachment)
    audit.record(
        session,
        "task.attach",
        actor=actor,
        at=now,
        kind="attachment",
        object_id=attachment.id,
        project_id=task.project_id,
        task_id=str(task.id),
        sha256=stored.sha256,
    )
    return attachment


def url_of(attachment: Attachment) -> str:
    """Return the address of an image; who may not see it gets nothing there."""
    return f"/attachments/{attachment.id}"


def markdown_of(attachment: Attachment) -> str:
    """Return what shows the image in a text."""
    alt = attachment.alt.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("\n", " ")
    return f"![{alt}]({url_of(attachment)})"
