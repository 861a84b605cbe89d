"""Define datasets and freeze snapshots."""

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.datasets.models import Dataset, Snapshot, SnapshotItem, SnapshotReview
from app.datasets.queries.selection import selected, tier_of_submission
from app.datasets.schemas import DatasetIn, Rule
from app.datasets.states import SnapshotState, Split
from app.projects.models import Project
from app.reviews.models import Review
from app.reviews.queries.machine import newest_run
from app.reviews.states import UNDO_SECONDS, ReviewState
from app.submissions.models import Revision, Submission
from app.tasks.models import Task
from app.text.fingerprints import canonical_json

FREEZE_JOB = "datasets.freeze"
UNDO_TIME = timedelta(seconds=UNDO_SECONDS)


def create_dataset(session: Session, project: Project, wanted: DatasetIn, *, actor: Actor, now: datetime) -> Dataset:
    """Define a dataset; Invalid when the project has one of that name."""
    dataset = Dataset(
        id=new_id(),
        project_id=project.id,
        name=wanted.name,
        purpose=wanted.purpose,
        rule=wanted.rule.model_dump(mode="json"),
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(dataset)
    _flush_name(session, wanted.name)
    audit.record(
        session, "dataset.create", actor=actor, at=now, kind="dataset", object_id=dataset.id, project_id=project.id
    )
    return dataset


def change_dataset(session: Session, dataset: Dataset, wanted: DatasetIn, *, actor: Actor, now: datetime) -> None:
    """Give a dataset a new name, purpose or rule; its snapshots keep theirs."""
    dataset.name, dataset.purpose = wanted.name, wanted.purpose
    dataset.rule = wanted.rule.model_dump(mode="json")
    dataset.updated_at = now
    _flush_name(session, wanted.name)
    audit.record(
        session,
        "dataset.change",
        actor=actor,
        at=now,
        kind="dataset",
        object_id=dataset.id,
        project_id=dataset.project_id,
        rule=dataset.rule,
    )


def _flush_name(session: Session, name: str) -> None:
    try:
        session.flush()  # the unique name decides, not a look beforehand
    except IntegrityError as error:
        raise Invalid(
            f"This project has a dataset called “{name}” already.", fields={"name": "Already taken."}
        ) from error


def freeze(session: Session, dataset: Dataset, *, note: str, actor: Actor, now: datetime) -> Snapshot:
    """Fix the members of a new snapshot in this one transaction; a job then hashes them page by page.

    Two at once get different numbers or one Conflict. An empty selection is Invalid. Nothing that happens to the
    work later changes the snapshot: it points at revisions, wordings and decided reviews, which never change.
    """
    rule = Rule.model_validate(dataset.rule)
    number = (session.scalar(select(func.max(Snapshot.n)).where(Snapshot.dataset_id == dataset.id)) or 0) + 1
    snapshot = Snapshot(
        id=new_id(),
        dataset_id=dataset.id,
        project_id=dataset.project_id,
        n=number,
        rule=rule.model_dump(mode="json"),
        note=note,
        created_by=actor.user_id,
        cut_at=now,
    )
    session.add(snapshot)
    try:
        session.flush()  # its members refer to it, and its number must be free
    except IntegrityError as error:
        raise Conflict("Somebody is freezing this dataset just now; reload the page.") from error
    _fix_members(session, snapshot, rule)
    job = jobs.enqueue(
        session,
        FREEZE_JOB,
        {"snapshot_id": str(snapshot.id)},
        now=now,
        requested_by=actor.user_id,
        project_id=snapshot.project_id,
    )
    snapshot.job_id = job.id
    audit.record(
        session,
        "snapshot.freeze",
        actor=actor,
        at=now,
        kind="snapshot",
        object_id=snapshot.id,
        project_id=snapshot.project_id,
        items=snapshot.items,
        n=number,
    )
    return snapshot


_MEMBER = (
    "snapshot_id",
    "position",
    "submission_id",
    "revision_id",
    "task_id",
    "task_version",
    "state",
    "tier",
    "verifier_run_id",
    "split",
    "is_representative",
)


def _fix_members(session: Session, snapshot: Snapshot, rule: Rule) -> None:
    position = func.row_number().over(order_by=(Submission.task_id, Submission.id))
    # A decision can be taken back for ten seconds; what may still be undone is not frozen.
    firm = or_(Submission.decided_at.is_(None), Submission.decided_at <= snapshot.cut_at - UNDO_TIME)
    members = (
        selected(snapshot.project_id, rule)
        .where(firm)
        .with_only_columns(
            literal(snapshot.id, Uuid()),
            position,
            Submission.id,
            Revision.id,
            Task.id,
            Task.version,
            Submission.state,
            tier_of_submission(),
            newest_run(Revision.id),
            literal(Split.TRAIN.value),
            literal(True),
        )
    )
    session.execute(insert(SnapshotItem).from_select(_MEMBER, members))
    judged = (
        select(literal(snapshot.id, Uuid()), Review.id)
        .join(SnapshotItem, SnapshotItem.submission_id == Review.submission_id)
        .where(SnapshotItem.snapshot_id == snapshot.id, Review.state == ReviewState.DECIDED)
    )
    session.execute(insert(SnapshotReview).from_select(["snapshot_id", "review_id"], judged))
    totals = session.execute(
        select(func.count(), func.coalesce(func.sum(Revision.words), 0), func.coalesce(func.sum(Revision.tokens), 0))
        .select_from(SnapshotItem)
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .where(SnapshotItem.snapshot_id == snapshot.id)
    ).one()
    snapshot.items, snapshot.words, snapshot.tokens = totals[0], int(totals[1]), int(totals[2])
    if snapshot.items == 0:
        raise Invalid(
            "This rule selects nothing yet; widen it, or approve some work first. What was decided in the last"
            f" {UNDO_SECONDS} seconds can still be undone and is left out."
        )


def finish_freezing(
    session: Session, snapshot_id: UUID, hashes: "hashlib._Hash", facts: dict[str, Any], *, now: datetime
) -> str:
    """Store the manifest and its hash, which names the snapshot; safe to run twice. Returns the hash."""
    manifest = {**facts, "rows_sha256": hashes.hexdigest()}
    digest = hashlib.sha256(canonical_json(manifest).encode()).hexdigest()
    ready = (
        update(Snapshot)
        .where(Snapshot.id == snapshot_id, Snapshot.state == SnapshotState.FREEZING)
        .values(state=SnapshotState.READY, manifest=manifest, manifest_sha256=digest, ready_at=now, message="")
    )
    changed_one(session, ready)
    return digest
