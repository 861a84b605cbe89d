"""The life of a reference set: its file received, to be read by a job (loading.py), and the set removed."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import audit, jobs
from app.core.actor import Actor
from app.core.errors import Invalid, TooLarge
from app.core.ids import new_id
from app.core.storage import CHUNK_BYTES, StoredFile, open_store
from app.decontamination.models import ContaminationFinding, ReferenceBlock, ReferenceSet
from app.decontamination.schemas import ReferenceIn

LOAD_JOB = "decontamination.load"
CHECK_ALL_JOB = "decontamination.check_all"
FOLDER = "references"
FILE_MAX_BYTES = 100 << 20


def keep_file(settings: Settings, name: str, file: BinaryIO) -> StoredFile:
    """Copy a file of texts into the store, where it lies until it was read; Invalid by its name, TooLarge."""
    if not name.lower().endswith((".jsonl", ".ndjson")):
        raise Invalid("The name of the file must end in .jsonl.", fields={"file": "It must end in .jsonl."})
    return open_store(settings, FOLDER).save(_limited(file))


def _limited(file: BinaryIO) -> Iterator[bytes]:
    size = 0
    while chunk := file.read(CHUNK_BYTES):
        size += len(chunk)
        if size > FILE_MAX_BYTES:
            raise TooLarge(f"The file is larger than {FILE_MAX_BYTES >> 20} MiB; split it.")
        yield chunk


def add_reference_set(
    session: Session, wanted: ReferenceIn, stored: StoredFile, *, actor: Actor, now: datetime
) -> ReferenceSet:
    """Note a new reference set whose file lies in the store; a job reads it. Invalid when the name is taken."""
    added = ReferenceSet(
        id=new_id(),
        name=wanted.name,
        source=wanted.source,
        licence=wanted.licence,
        fields=wanted.names,
        file_id=stored.id,
        file_sha256=stored.sha256,
        added_by=actor.user_id,
        added_at=now,
    )
    try:
        with session.begin_nested():
            session.add(added)
            session.flush()  # the unique name decides, not a look beforehand
    except IntegrityError as error:
        taken = f"There is a reference set called “{wanted.name}” already."
        raise Invalid(taken, fields={"name": "Already taken."}) from error
    job = jobs.enqueue(session, LOAD_JOB, {"set_id": str(added.id)}, now=now, requested_by=actor.user_id)
    added.job_id = job.id
    audit.record(
        session,
        "reference_set.add",
        actor=actor,
        at=now,
        kind="reference_set",
        object_id=added.id,
        sha256=stored.sha256,
    )
    return added


def remove_reference_set(
    session: Session, reference_set: ReferenceSet, *, settings: Settings, actor: Actor, now: datetime
) -> None:
    """Delete a set with its hashes and all that was found by it; snapshots keep what was true when they were frozen."""
    mine = ContaminationFinding.reference_set_id == reference_set.id
    findings = session.scalar(select(func.count()).select_from(ContaminationFinding).where(mine)) or 0
    session.execute(delete(ContaminationFinding).where(mine))
    session.execute(delete(ReferenceBlock).where(ReferenceBlock.reference_set_id == reference_set.id))
    if reference_set.file_id is not None:
        with suppress(OSError):
            open_store(settings, FOLDER).delete(reference_set.file_id)
    session.delete(reference_set)
    audit.record(
        session,
        "reference_set.remove",
        actor=actor,
        at=now,
        kind="reference_set",
        object_id=reference_set.id,
        name=reference_set.name,
        texts=reference_set.texts,
        findings=findings,
    )
