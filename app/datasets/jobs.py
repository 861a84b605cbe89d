"""Hash a snapshot's records in the background."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from app.core import clock
from app.core.jobs import Handler, JobRefused, JobRun
from app.datasets import service
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.queries.records import RECORD_VERSION, Item, read_snapshot
from app.projects.models import Project


def freeze(run: JobRun) -> dict[str, Any]:
    """Job ``datasets.freeze``: hash every record, then the whole; running it again gives the same."""
    snapshot_id = UUID(run.payload["snapshot_id"])
    hashes = hashlib.sha256()
    done = 0
    facts = _facts(run, snapshot_id)
    for page in read_snapshot(run.database, snapshot_id):
        _store_hashes(run, snapshot_id, page, hashes)
        done += len(page)
        run.report(done, facts["items"], f"{done:,} of {facts['items']:,} items hashed")
    with run.database.change() as session:
        digest = service.finish_freezing(session, snapshot_id, hashes, facts, now=clock.now())
    return {"manifest_sha256": digest, "items": done}


def row_sha256(item: Item) -> str:
    """Hash one record; JobRefused when it is not canonical JSON, so that what is frozen can be checked by everybody."""
    if not item.is_canonical():
        item_is = f"Item {item.position} ({item.submission_id}) is"
        raise JobRefused(f"{item_is} not what was handed in; restore the database from a backup.")
    return hashlib.sha256(item.line).hexdigest()


def _store_hashes(run: JobRun, snapshot_id: UUID, page: list[Item], hashes: "hashlib._Hash") -> None:
    values = []
    for item in page:
        digest = row_sha256(item)
        hashes.update(digest.encode())
        values.append({"at": item.position, "digest": digest})
    statement = (
        update(SnapshotItem)
        .where(SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.position == bindparam("at"))
        .values(row_sha256=bindparam("digest"))
    )
    with run.database.change() as session:
        session.connection().execute(statement, values)


def _facts(run: JobRun, snapshot_id: UUID) -> dict[str, Any]:
    with run.database.reading() as session:
        snapshot = session.get_one(Snapshot, snapshot_id)
        slug = session.scalar(select(Project.slug).where(Project.id == snapshot.project_id))
        return {
            "format": RECORD_VERSION,
            "project": slug,
            "items": snapshot.items,
            "words": snapshot.words,
            "tokens": {"o200k_base": snapshot.tokens},
            "rule": snapshot.rule,
        }


HANDLERS: dict[str, Handler] = {service.FREEZE_JOB: freeze}
