"""Note what became of frozen rows: a numbered correction for each that was withdrawn or rightly challenged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.signing import Signer
from app.datasets.models import Correction, Snapshot
from app.datasets.queries.corrections import last_number, lists_of, missing
from app.datasets.states import CorrectionKind, ListFile

AT_ONCE = 500
ENDING = ".sig"


def snapshots_to_correct(session: Session) -> Sequence[UUID]:
    """List the snapshots with a row that was withdrawn or rightly challenged and has no correction yet."""
    found = missing().subquery()
    return session.scalars(select(found.c.snapshot_id).distinct().order_by(found.c.snapshot_id)).all()


def note_corrections(session: Session, snapshot_id: UUID, *, now: datetime, at_most: int | None = None) -> int:
    """Add the corrections that a snapshot lacks, numbered behind its last one; return how many, 0 when none is missing.

    `at_most`: so many in this transaction. Safe to run twice and side by side: whoever comes second waits, then looks.
    """
    lock = select(Snapshot.id).where(Snapshot.id == snapshot_id).with_for_update(key_share=True)
    session.execute(lock)  # numbers have no gaps and nobody's are taken twice
    rows = missing().subquery()
    query = (
        select(rows)
        .where(rows.c.snapshot_id == snapshot_id)
        .order_by(rows.c.effective_at, rows.c.submission_id, rows.c.kind)
        .limit(at_most)
    )
    found = session.execute(query).all()
    if found:
        session.execute(insert(Correction), _numbered(found, last_number(session, snapshot_id), now))
    return len(found)


def _numbered(rows: Sequence[Any], last: int, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "snapshot_id": row.snapshot_id,
            "n": n,
            "submission_id": row.submission_id,
            "row_sha256": row.row_sha256,
            "kind": CorrectionKind(row.kind),
            "reason": row.reason,
            "effective_at": row.effective_at,
            "created_at": now,
        }
        for n, row in enumerate(rows, start=last + 1)
    ]


def signed_lists(session: Session, snapshot: Snapshot, signer: Signer) -> dict[str, bytes]:
    """Write both lists of a snapshot, which has its dataset loaded, as they stand, each with its signature beside it.

    Lines that a job has not noted yet are not in them; `note_corrections` first where all have to be.
    """
    files: dict[str, bytes] = {}
    for path, data in lists_of(session, snapshot, up_to=last_number(session, snapshot.id)).items():
        files |= {path: data, path + ENDING: signer.sign(path, data)}
    return files


def signed_list(session: Session, snapshot: Snapshot, signer: Signer, name: str) -> bytes:
    """Write one list of a snapshot, or the signature of one; NotFound for any other name."""
    if name not in list(ListFile):
        raise NotFound("There is no such list; there are tombstones.json and errata.json, each with .sig.")
    return signed_lists(session, snapshot, signer)[name]


def note_taken_lists(session: Session, snapshot: Snapshot, path: str, *, actor: Actor | None, now: datetime) -> None:
    """Keep in the audit log who took a list of corrections; nobody: a recipient, behind its link."""
    audit.record(
        session,
        "corrections.download",
        actor=actor,
        at=now,
        kind="snapshot",
        object_id=snapshot.id,
        project_id=snapshot.project_id,
        path=path,
    )
