"""Whole files that no row names: a process was killed after it had written a file and before it could say so."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.config import Settings
from app.core.db import Database
from app.core.storage import open_store
from app.decontamination.models import ReferenceSet
from app.decontamination.service.references import FOLDER as REFERENCES
from app.exports.models import ExportFile, ExportPart
from app.exports.service.writing import STORE as EXPORTS
from app.tasks.jobs import FOLDER as IMPORTS
from app.tasks.models import Attachment, TaskImport
from app.tasks.service.attaching import FOLDER as ATTACHMENTS

logger = logging.getLogger(__name__)

AT_ONCE = 500
MANY = 100
"""So few may go without a look at how many there are; kills leave a handful."""
SHARE_MAX = 0.1
NAMED_BY: Mapping[str, tuple[InstrumentedAttribute[Any], ...]] = {
    ATTACHMENTS: (Attachment.file_id,),
    EXPORTS: (ExportFile.file_id,),
    IMPORTS: (TaskImport.file_id, TaskImport.staged_file_id, TaskImport.problems_file_id),
    REFERENCES: (ReferenceSet.file_id,),
}
"""kind of file → the columns that name one; shards of exports that are being written stand in documents besides"""


def delete_unlisted(database: Database, settings: Settings, *, before: datetime) -> int:
    """Delete the files that were written before a time and that no row names; returns how many. StoreFailed.

    Where that would be many, nothing of the kind is deleted and the log says so: more likely the database is an older
    one than the files, or another installation's.
    """
    return sum(_of_kind(database, settings, folder, before=before) for folder in NAMED_BY)


def _of_kind(database: Database, settings: Settings, folder: str, *, before: datetime) -> int:
    store = open_store(settings, folder)
    files = store.whole_before(before)
    seen, unlisted = 0, list[UUID]()
    while page := list(islice(files, AT_ONCE)):
        seen += len(page)
        with database.reading() as session:
            named = set(_named(session, folder, page))
        unlisted += [file_id for file_id in page if file_id not in named]
    if len(unlisted) > max(MANY, seen * SHARE_MAX):
        logger.error(
            "%s of %s files of the kind %s are named by no row of this database: none is deleted. "
            "Is it an older copy, or are these files another installation's?",
            len(unlisted),
            seen,
            folder,
        )
        return 0
    for file_id in unlisted:
        store.delete(file_id)
    return len(unlisted)


def _named(session: Session, folder: str, page: list[UUID]) -> Iterator[UUID]:
    for column in NAMED_BY[folder]:
        yield from session.scalars(select(column).where(column.in_(page)))
    if folder == EXPORTS:
        for files in session.scalars(select(ExportPart.files)):
            yield from (UUID(file["file_id"]) for file in files)
