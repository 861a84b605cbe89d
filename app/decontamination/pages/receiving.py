"""Taking a file of reference texts from a request: permission first, then the slow part outside of any transaction."""

from contextlib import closing
from pathlib import PurePath

from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from app.accounts.access import require_admin
from app.config import Settings
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.storage import open_store
from app.decontamination.models import ReferenceSet
from app.decontamination.schemas import ReferenceIn
from app.decontamination.service.references import FOLDER, add_reference_set, keep_file


def receive_set(
    session: Session, settings: Settings, actor: Actor, wanted: ReferenceIn, upload: UploadFile | None
) -> ReferenceSet:
    """Store an uploaded file and note the set it becomes; raises Invalid by field."""
    require_admin(actor)
    name = PurePath(upload.filename or "").name if upload is not None else ""
    if upload is None or not name:
        raise Invalid("Choose a file first.", fields={"file": "Choose a file."})
    # What was read so far is let go: the file is copied without holding the database.
    session.rollback()
    with closing(upload.file):
        stored = keep_file(settings, name, upload.file)
    try:
        return add_reference_set(session, wanted, stored, actor=actor, now=clock.now())
    except BaseException:
        open_store(settings, FOLDER).delete(stored.id)
        raise
