"""What became of frozen rows: corrections by number, what is missing among them, challenges, and the lists as files."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.datasets.models import Challenge, Correction, Dataset, Snapshot, SnapshotItem
from app.datasets.states import ChallengeState, CorrectionKind, ListFile, SnapshotState
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState
from app.tasks.models import Task

LISTS = {
    ListFile.TOMBSTONES.value: CorrectionKind.WITHDRAWN,
    ListFile.ERRATA.value: CorrectionKind.SUPERSEDED,
}
"""file → what is in it"""
CHALLENGES_SHOWN = 200
WITHDRAWN_SENTENCE = "The work was taken back by its author, or by those who answer for it."
_MEANS = {
    CorrectionKind.WITHDRAWN: (
        "These rows were withdrawn. Take them out of every copy, do not train on them any more, and acknowledge the "
        "list. What was trained on them already cannot be made to forget them; say where that is so."
    ),
    CorrectionKind.SUPERSEDED: (
        "These rows were found to be wrong. They stay in files of this snapshot, so that what was trained on it can be "
        "repeated; later snapshots do not hold them."
    ),
}


def corrections_of(
    session: Session, snapshot_id: UUID, *, behind: int = 0, up_to: int | None = None
) -> Sequence[Correction]:
    """List the corrections of a snapshot by number: those behind one, up to another."""
    query = select(Correction).where(Correction.snapshot_id == snapshot_id, Correction.n > behind)
    if up_to is not None:
        query = query.where(Correction.n <= up_to)
    return session.scalars(query.order_by(Correction.n)).all()


def last_number(session: Session, snapshot_id: UUID) -> int:
    """Return the number of the last correction of a snapshot; 0 when there is none."""
    return session.scalar(select(func.max(Correction.n)).where(Correction.snapshot_id == snapshot_id)) or 0


def tombstoned(session: Session, snapshot_id: UUID, *, up_to: int) -> frozenset[UUID]:
    """Collect the works with a tombstone up to a number: whose rows an export of the snapshot leaves out."""
    query = select(Correction.submission_id).where(
        Correction.snapshot_id == snapshot_id,
        Correction.kind == CorrectionKind.WITHDRAWN,
        Correction.n <= up_to,
    )
    return frozenset(session.scalars(query))


def withdrawn_now(session: Session, snapshot_id: UUID) -> frozenset[UUID]:
    """Collect the works of a snapshot that are withdrawn at this moment, with or without a tombstone."""
    return frozenset(session.scalars(_withdrawn(snapshot_id)))


def withdrawn_beyond(session: Session, snapshot_id: UUID, n: int) -> int:
    """Count the rows that are withdrawn at this moment and not by a tombstone up to number `n`."""
    known = exists().where(
        Correction.snapshot_id == snapshot_id,
        Correction.submission_id == SnapshotItem.submission_id,
        Correction.kind == CorrectionKind.WITHDRAWN,
        Correction.n <= n,
    )
    return session.scalar(_withdrawn(snapshot_id).with_only_columns(func.count()).where(~known)) or 0


def _withdrawn(snapshot_id: UUID) -> Select[UUID]:
    return (
        select(SnapshotItem.submission_id)
        .join(Submission, Submission.id == SnapshotItem.submission_id)
        .where(SnapshotItem.snapshot_id == snapshot_id, Submission.state == SubmissionState.WITHDRAWN)
    )


def is_superseded() -> ColumnElement[bool]:
    """Say in SQL that a challenge of this `Revision` was sustained."""
    return exists().where(Challenge.revision_id == Revision.id, Challenge.state == ChallengeState.SUSTAINED)


def anything_superseded(session: Session, project_id: UUID) -> bool:
    """Tell whether any challenge was sustained in a project."""
    query = select(Challenge.id).where(Challenge.project_id == project_id, Challenge.state == ChallengeState.SUSTAINED)
    return session.scalars(query.limit(1)).first() is not None


def missing() -> Select[*tuple[Any, ...]]:
    """Select (snapshot_id, submission_id, row_sha256, kind, reason, effective_at) of corrections that are not listed.

    Asks for what is so: work that is withdrawn, or a revision rightly challenged, in a snapshot that is ready.
    """
    ready = SnapshotItem.snapshot_id == Snapshot.id, Snapshot.state == SnapshotState.READY
    columns = (SnapshotItem.snapshot_id, SnapshotItem.submission_id, SnapshotItem.row_sha256)
    withdrawn = (
        select(
            *columns,
            literal(CorrectionKind.WITHDRAWN.value).label("kind"),
            literal(WITHDRAWN_SENTENCE).label("reason"),
            func.coalesce(Submission.decided_at, Submission.updated_at).label("effective_at"),
        )
        .join(Submission, Submission.id == SnapshotItem.submission_id)
        .join(Snapshot, ready[0])
        .where(ready[1], Submission.state == SubmissionState.WITHDRAWN, ~_listed(CorrectionKind.WITHDRAWN))
    )
    superseded = (
        select(
            *columns,
            literal(CorrectionKind.SUPERSEDED.value),
            Challenge.decision,
            Challenge.decided_at,
        )
        .join(Challenge, Challenge.revision_id == SnapshotItem.revision_id)
        .join(Snapshot, ready[0])
        .where(ready[1], Challenge.state == ChallengeState.SUSTAINED, ~_listed(CorrectionKind.SUPERSEDED))
    )
    return select(union_all(withdrawn, superseded).subquery("missing"))


def missing_of(session: Session, snapshot_id: UUID) -> int:
    """Count the corrections of a snapshot that the job will list next."""
    found = missing().subquery()
    return session.scalar(select(func.count()).where(found.c.snapshot_id == snapshot_id)) or 0


def _listed(kind: CorrectionKind) -> ColumnElement[bool]:
    return exists().where(
        Correction.snapshot_id == SnapshotItem.snapshot_id,
        Correction.submission_id == SnapshotItem.submission_id,
        Correction.kind == kind,
    )


def lists_of(session: Session, snapshot: Snapshot, *, up_to: int) -> dict[str, bytes]:
    """Write the lists of a snapshot, which has its dataset loaded, up to a number; the same number, the same bytes."""
    found = corrections_of(session, snapshot.id, up_to=up_to)
    return {path: _list_text(snapshot, path, kind, found, up_to) for path, kind in LISTS.items()}


def _list_text(
    snapshot: Snapshot, path: str, kind: CorrectionKind, corrections: Sequence[Correction], up_to: int
) -> bytes:
    told = {
        "list": path.removesuffix(".json"),
        "list_version": 1,
        "means": _MEANS[kind],
        "snapshot": {
            "id": str(snapshot.id),
            "dataset": snapshot.dataset.name,
            "n": snapshot.n,
            "sha256": snapshot.manifest_sha256,
        },
        "up_to": up_to,
        "items": [
            {
                "n": one.n,
                "id": str(one.submission_id),
                "row_sha256": one.row_sha256,
                "effective_at": one.effective_at.isoformat(),
                "reason": one.reason,
            }
            for one in corrections
            if one.kind is kind
        ],
    }
    return (json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Challenged:
    """A challenge with what it is about, for a list."""

    challenge: Challenge
    dataset: str
    n: int
    task_number: int
    by: str


def challenges_of(session: Session, project_id: UUID) -> list[Challenged]:
    """List the challenges of a project, the open ones first, then the newest; at most two hundred."""
    open_first = case((Challenge.state == ChallengeState.OPEN, 0), else_=1)
    query = (
        select(Challenge, Dataset.name, Snapshot.n, Task.number, User.name)
        .join(Snapshot, Snapshot.id == Challenge.snapshot_id)
        .join(Dataset, Dataset.id == Snapshot.dataset_id)
        .join(Submission, Submission.id == Challenge.submission_id)
        .join(Task, Task.id == Submission.task_id)
        .join(User, User.id == Challenge.challenged_by)
        .where(Challenge.project_id == project_id)
        .order_by(open_first, Challenge.id.desc())
        .limit(CHALLENGES_SHOWN)
    )
    return [Challenged(*row) for row in session.execute(query).all()]


def open_challenges(session: Session, project_id: UUID) -> int:
    """Count the challenges of a project that a manager has to look into."""
    query = select(func.count()).select_from(Challenge)
    where = (Challenge.project_id == project_id, Challenge.state == ChallengeState.OPEN)
    return session.scalar(query.where(*where)) or 0


def challenges_of_row(session: Session, revision_id: UUID) -> Sequence[Challenge]:
    """List what was said against a revision, the newest first."""
    query = select(Challenge).where(Challenge.revision_id == revision_id).order_by(Challenge.id.desc())
    return session.scalars(query).all()


def corrections_of_row(session: Session, snapshot_id: UUID, submission_id: UUID) -> Sequence[Correction]:
    """List what became of one row, by number."""
    query = select(Correction).where(Correction.snapshot_id == snapshot_id, Correction.submission_id == submission_id)
    return session.scalars(query.order_by(Correction.n)).all()


@dataclass(frozen=True, slots=True)
class Frozen:
    """A row of somebody's work in a snapshot, and what became of it."""

    snapshot_id: UUID
    dataset: str
    n: int
    revision: int
    cut_at: datetime
    revision_id: UUID
    is_challenged: bool
    corrections: list[Correction]


def where_frozen(session: Session, submission_id: UUID) -> list[Frozen]:
    """List the snapshots that hold a piece of work, the newest first."""
    waiting = exists().where(Challenge.revision_id == Revision.id, Challenge.state == ChallengeState.OPEN)
    query = (
        select(Snapshot.id, Dataset.name, Snapshot.n, Revision.n, Snapshot.cut_at, Revision.id, waiting)
        .join(SnapshotItem, SnapshotItem.snapshot_id == Snapshot.id)
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .join(Dataset, Dataset.id == Snapshot.dataset_id)
        .where(SnapshotItem.submission_id == submission_id, Snapshot.state != SnapshotState.FAILED)
        .order_by(Snapshot.cut_at.desc(), Snapshot.id)
    )
    lines: defaultdict[UUID, list[Correction]] = defaultdict(list)
    for line in session.scalars(select(Correction).where(Correction.submission_id == submission_id)):
        lines[line.snapshot_id].append(line)
    return [Frozen(*row, lines[row[0]]) for row in session.execute(query).all()]
