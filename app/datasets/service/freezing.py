"""Freeze a dataset: fix the members of a snapshot in one transaction; a job does the rest."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, Uuid, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, jobs
from app.core.actor import Actor
from app.core.db import allow_long_statements, changed_one
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.datasets.models import Dataset, Snapshot, SnapshotItem, SnapshotLeftOut, SnapshotReview
from app.datasets.queries.consent import AUTHOR, EDITOR, hold_signatures, stands_for
from app.datasets.queries.counting import reasons_of
from app.datasets.queries.selection import is_firm, selected
from app.datasets.queries.shares import ranked, tokens_allowed
from app.datasets.queries.tiers import tier_of_submission
from app.datasets.schemas import Rule, Splitting
from app.datasets.states import DatasetUse, LeftOut, SnapshotState, Split
from app.reviews.models import Review
from app.reviews.queries.machine import newest_run
from app.reviews.states import UNDO_SECONDS, ReviewState
from app.submissions.models import Revision, Submission
from app.tasks.models import Task

FREEZE_JOB = "datasets.freeze"
LONG_SECONDS = 300


def freeze(session: Session, dataset: Dataset, *, note: str, actor: Actor, now: datetime) -> Snapshot:
    """Fix the members of a new snapshot in this one transaction; a job then hashes and divides them page by page.

    Two at once get different numbers or one Conflict. An empty selection is Invalid. Nothing that happens to the
    work later changes the snapshot: it points at revisions, wordings and decided reviews, which never change.
    """
    rule = Rule.model_validate(dataset.rule)
    snapshot = _new_snapshot(session, dataset, rule, note=note, actor=actor, now=now)
    allow_long_statements(session, LONG_SECONDS)
    hold_signatures(session, snapshot.project_id)
    _leave_out(session, snapshot, rule)
    _fix_members(session, snapshot, rule)
    _enqueue(session, snapshot, actor=actor, now=now)
    audit.record(
        session,
        "snapshot.freeze",
        actor=actor,
        at=now,
        kind="snapshot",
        object_id=snapshot.id,
        project_id=snapshot.project_id,
        items=snapshot.items,
        left_out=snapshot.left_out,
        n=snapshot.n,
    )
    return snapshot


def freeze_again(session: Session, snapshot: Snapshot, *, actor: Actor, now: datetime) -> None:
    """Let a snapshot whose job gave up be hashed again, with the members it has; Conflict unless it failed."""
    again = update(Snapshot).where(Snapshot.id == snapshot.id, Snapshot.state == SnapshotState.FAILED)
    if not changed_one(session, again.values(state=SnapshotState.FREEZING, message="")):
        raise Conflict("Only a snapshot that failed is frozen again; this one has not.")
    session.refresh(snapshot, ["state", "message"])
    _enqueue(session, snapshot, actor=actor, now=now)
    audit.record(
        session,
        "snapshot.freeze_again",
        actor=actor,
        at=now,
        kind="snapshot",
        object_id=snapshot.id,
        project_id=snapshot.project_id,
    )


def _new_snapshot(
    session: Session, dataset: Dataset, rule: Rule, *, note: str, actor: Actor, now: datetime
) -> Snapshot:
    number = (session.scalar(select(func.max(Snapshot.n)).where(Snapshot.dataset_id == dataset.id)) or 0) + 1
    snapshot = Snapshot(
        id=new_id(),
        dataset_id=dataset.id,
        project_id=dataset.project_id,
        n=number,
        use=dataset.use,
        rule=rule.model_dump(mode="json"),
        splitting=Splitting.model_validate(dataset.splitting).model_dump(mode="json"),
        canary=_canary(session, dataset),
        note=note,
        created_by=actor.user_id,
        cut_at=now,
    )
    session.add(snapshot)
    try:
        session.flush()  # its members refer to it, and its number must be free
    except IntegrityError as error:
        raise Conflict("Somebody is freezing this dataset just now; reload the page.") from error
    return snapshot


def _canary(session: Session, dataset: Dataset) -> str | None:
    """Give all snapshots of a held-out dataset one canary: what is searched for stays the same over its versions."""
    if dataset.use is not DatasetUse.EVALUATION:
        return None
    earlier = select(Snapshot.canary).where(Snapshot.dataset_id == dataset.id).order_by(Snapshot.n).limit(1)
    return session.scalar(earlier) or str(uuid4())


def _enqueue(session: Session, snapshot: Snapshot, *, actor: Actor, now: datetime) -> None:
    job = jobs.enqueue(
        session,
        FREEZE_JOB,
        {"snapshot_id": str(snapshot.id)},
        now=now,
        requested_by=actor.user_id,
        project_id=snapshot.project_id,
    )
    snapshot.job_id = job.id


def _leave_out(session: Session, snapshot: Snapshot, rule: Rule) -> None:
    """Note which pieces the rule selects that will not be members, each with the first reason that holds."""
    candidates = selected(snapshot.project_id, rule)
    reasons = reasons_of(session, snapshot.project_id, rule, snapshot.use, snapshot.cut_at)
    reason = case(*((holds, literal(found.value)) for found, holds in reasons))
    session.execute(_left_out(snapshot, candidates.where(or_(*(holds for _, holds in reasons))), reason))
    if rule.author_percent is not None:
        rest = _not_left_out(snapshot, candidates)
        allowed = tokens_allowed(session, rest, rule.author_percent)
        if allowed is not None:
            rows = ranked(rest)
            columns = (literal(snapshot.id, Uuid()), rows.c.id, literal(LeftOut.SHARE.value))
            cut = select(*columns).where(rows.c.running > allowed)
            session.execute(insert(SnapshotLeftOut).from_select(["snapshot_id", "submission_id", "reason"], cut))
    counts = select(SnapshotLeftOut.reason, func.count()).where(SnapshotLeftOut.snapshot_id == snapshot.id)
    found = session.execute(counts.group_by(SnapshotLeftOut.reason)).all()
    snapshot.left_out = {str(row[0]): row[1] for row in sorted(found)}


def _left_out(snapshot: Snapshot, candidates: Select[*tuple[Any, ...]], reason: Any) -> Any:
    rows = candidates.with_only_columns(literal(snapshot.id, Uuid()), Submission.id, reason)
    return insert(SnapshotLeftOut).from_select(["snapshot_id", "submission_id", "reason"], rows)


def _not_left_out(snapshot: Snapshot, candidates: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    noted = exists().where(SnapshotLeftOut.snapshot_id == snapshot.id, SnapshotLeftOut.submission_id == Submission.id)
    # What is decided while this transaction runs cannot be firm, so each of its statements sees the same pieces.
    return candidates.where(is_firm(snapshot.cut_at), ~noted)


def _fix_members(session: Session, snapshot: Snapshot, rule: Rule) -> None:
    members = (
        _not_left_out(snapshot, selected(snapshot.project_id, rule))
        .outerjoin(AUTHOR, stands_for(AUTHOR, Submission.author_id, snapshot.project_id))
        .outerjoin(EDITOR, stands_for(EDITOR, Revision.edited_by, snapshot.project_id))
    )
    columns = {
        "snapshot_id": literal(snapshot.id, Uuid()),
        "position": func.row_number().over(order_by=(Submission.task_id, Submission.id)),
        "submission_id": Submission.id,
        "revision_id": Revision.id,
        "task_id": Task.id,
        "task_version": Task.version,
        "state": Submission.state,
        "tier": tier_of_submission(),
        "agreement_id": AUTHOR.version_id,
        "editor_agreement_id": EDITOR.version_id,
        "verifier_run_id": newest_run(Revision.id),
        "split": literal(Split.TRAIN.value),
        "is_representative": literal(value=True),
    }
    session.execute(insert(SnapshotItem).from_select(list(columns), members.with_only_columns(*columns.values())))
    judged = (
        select(literal(snapshot.id, Uuid()), Review.id)
        .join(SnapshotItem, SnapshotItem.submission_id == Review.submission_id)
        .where(SnapshotItem.snapshot_id == snapshot.id, Review.state == ReviewState.DECIDED)
    )
    session.execute(insert(SnapshotReview).from_select(["snapshot_id", "review_id"], judged))
    snapshot.items, snapshot.words, snapshot.tokens = totals_of(session, snapshot.id)
    if snapshot.items == 0:
        raise Invalid(_nothing(snapshot))


def totals_of(session: Session, snapshot_id: UUID) -> tuple[int, int, int]:
    """Count the members of a snapshot, their words and tokens."""
    found = session.execute(
        select(func.count(), func.coalesce(func.sum(Revision.words), 0), func.coalesce(func.sum(Revision.tokens), 0))
        .select_from(SnapshotItem)
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .where(SnapshotItem.snapshot_id == snapshot_id)
    ).one()
    return found[0], int(found[1]), int(found[2])


def _nothing(snapshot: Snapshot) -> str:
    if not snapshot.left_out:
        return "This rule selects nothing yet; widen it, or approve some work first."
    reasons = ", ".join(f"{count:,}: {reason}" for reason, count in snapshot.left_out.items())
    undo = f" What was decided in the last {UNDO_SECONDS} seconds can still be undone; wait for it to be firm."
    return f"All that this rule selects is left out ({reasons})." + (undo if LeftOut.UNDO in snapshot.left_out else "")
