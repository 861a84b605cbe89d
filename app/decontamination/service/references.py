"""The life of a reference set: its file received, read and hashed, its hashes kept, removed."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import audit, jobs
from app.core.actor import Actor
from app.core.db import Database, changed_one
from app.core.errors import Invalid, NotFound, TooLarge
from app.core.ids import new_id
from app.core.keys import load_or_create_key
from app.core.storage import CHUNK_BYTES, FileStore, StoredFile, open_store
from app.decontamination.models import ContaminationFinding, ReferenceBlock, ReferenceSet
from app.decontamination.schemas import ReferenceIn
from app.decontamination.service.sealing import KEY, Grams, kept_of, seal
from app.decontamination.states import GramKind, ReferenceState
from app.tasks.reading.child import read_frames
from app.tasks.reading.problems import Refused
from app.text.ngrams import Hasher

LOAD_JOB = "decontamination.load"
CHECK_ALL_JOB = "decontamination.check_all"
FOLDER = "references"
FILE_MAX_BYTES = 100 << 20
GRAMS_MAX = 5_000_000
"""8-grams of one set: about 60 MB when everything is held against it"""
Report = Callable[[int, int | None, str], None]


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


def load(database: Database, settings: Settings, set_id: UUID, *, now: datetime, report: Report) -> None:
    """Read the file of a set in a limited process, keep its hashes, delete the file; repeatable.

    What cannot be read leaves the set FAILED with a sentence, and nothing of it is kept.
    """
    store = open_store(settings, FOLDER)
    with database.reading() as session:
        wanted = session.get(ReferenceSet, set_id)
        if wanted is None or wanted.file_id is None:
            return
        file_id, fields = wanted.file_id, wanted.fields
    key = load_or_create_key(settings.data_dir, KEY)
    try:
        texts, kept = _read(store, file_id, fields, Hasher(key), report)
    except (Refused, NotFound) as refused:
        _fail(database, set_id, str(refused))
    else:
        blocks = [
            {"reference_set_id": set_id, "kind": kind, "part": part, "sealed": sealed}
            for kind, grams in kept.items()
            for part, sealed in seal(key, set_id, kind, grams)
        ]
        with database.change() as session:
            _keep(session, set_id, blocks, texts=texts, grams=len(kept[GramKind.SMALL]), now=now)
    store.delete(file_id)


def _read(
    store: FileStore, file_id: UUID, fields: list[str], hasher: Hasher, report: Report
) -> tuple[int, dict[GramKind, Grams]]:
    kept = {kind: Grams() for kind in GramKind}
    texts = 0
    with store.on_disk(file_id) as file:
        for frame in read_frames(file, {"layout": "jsonl", "only_preview": False, "texts_of": fields}):
            for line, values in frame.get("rows", []):
                for kind, hashes in kept_of(hasher, [str(value) for value in values]).items():
                    kept[kind].add(hashes, int(line))
                texts += 1
            if len(kept[GramKind.SMALL]) > GRAMS_MAX:
                raise Refused(f"The file has more than {GRAMS_MAX:,} 8-grams; split it.")
            report(texts, None, f"{texts:,} texts hashed")
    if not kept[GramKind.WHOLE]:
        raise Refused("There is no text of four words or more in this file.")
    for grams in kept.values():
        grams.sort()
    return texts, kept


def _keep(
    session: Session, set_id: UUID, blocks: list[dict[str, object]], *, texts: int, grams: int, now: datetime
) -> None:
    newest = session.scalar(select(func.max(ReferenceSet.n))) or 0
    ready = update(ReferenceSet).where(ReferenceSet.id == set_id, ReferenceSet.state == ReferenceState.LOADING)
    values = {"state": ReferenceState.READY, "n": newest + 1, "texts": texts, "grams": grams, "ready_at": now}
    # Of two that become ready at once, one meets the unique number and its job comes again.
    if not changed_one(session, ready.values(file_id=None, **values)):
        return
    for block in blocks:
        session.execute(insert(ReferenceBlock).values(**block))
    jobs.enqueue(session, CHECK_ALL_JOB, {}, now=now)


def _fail(database: Database, set_id: UUID, sentence: str) -> None:
    with database.change() as session:
        failed = update(ReferenceSet).where(ReferenceSet.id == set_id, ReferenceSet.state == ReferenceState.LOADING)
        changed_one(session, failed.values(state=ReferenceState.FAILED, message=sentence[:500], file_id=None))


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
