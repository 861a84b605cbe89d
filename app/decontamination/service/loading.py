"""Read the file of a reference set: its texts hashed, the hashes sealed and kept, the file deleted."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import jobs
from app.core.db import Database, changed_one
from app.core.errors import NotFound
from app.core.keys import load_or_create_key
from app.core.storage import FileStore, open_store
from app.decontamination.models import ReferenceBlock, ReferenceSet
from app.decontamination.service.references import CHECK_ALL_JOB, FOLDER
from app.decontamination.service.sealing import KEY, Grams, kept_of, seal
from app.decontamination.states import GramKind, ReferenceState
from app.tasks.reading.child import read_frames
from app.tasks.reading.problems import Refused
from app.text.ngrams import Hasher

GRAMS_MAX = 5_000_000
"""8-grams of one set: about 60 MB when everything is held against it"""
Report = Callable[[int, int | None, str], None]


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
