"""How two snapshots of a dataset differ: what came, what went and why, what changed, and what it amounts to."""

from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, exists, false, func, literal, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from app.core.errors import NotFound
from app.datasets.models import Snapshot, SnapshotItem, SnapshotLeftOut, SnapshotReview
from app.datasets.queries.selection import parts_of
from app.datasets.schemas import Rule
from app.datasets.schemas.looking import Difference, DifferentItem, Metrics
from app.datasets.states import SnapshotState
from app.reviews.models import Review
from app.submissions.models import Revision, Submission
from app.tasks.models import Task

SHOWN = 100
OLD, NEW = aliased(SnapshotItem, name="older"), aliased(SnapshotItem, name="newer")
AGAIN = "selected again since"


def earlier_snapshot(session: Session, snapshot: Snapshot, n: int | None) -> Snapshot:
    """Find the snapshot to compare with: number `n` of the same dataset, or the last ready one before."""
    others = select(Snapshot).where(Snapshot.dataset_id == snapshot.dataset_id, Snapshot.state == SnapshotState.READY)
    wanted = Snapshot.n < snapshot.n if n is None else and_(Snapshot.n == n, Snapshot.id != snapshot.id)
    found = session.scalars(others.where(wanted).order_by(Snapshot.n.desc()).limit(1)).first()
    if found is None:
        raise NotFound("There is no other finished snapshot of this dataset to compare with.")
    return found


def difference(session: Session, older: Snapshot, newer: Snapshot) -> Difference:
    """Compare two snapshots of a dataset."""
    added, removed = _only_in(NEW, newer, OLD, older), _only_in(OLD, older, NEW, newer)
    why = _why_removed(newer)
    counted = session.execute(_with_reason(removed, newer, why).group_by(why).with_only_columns(why, func.count()))
    fields = _fields(older, newer)
    sums = [func.coalesce(func.sum(case((differs, 1), else_=0)), 0) for differs in fields.values()]
    changed = _in_both(older, newer).where(or_(*fields.values()))
    told = session.execute(changed.with_only_columns(func.count(), *sums)).one()
    return Difference(
        older=older.n,
        newer=newer.n,
        before=metrics(session, older),
        after=metrics(session, newer),
        added=session.scalar(added.with_only_columns(func.count())) or 0,
        removed={_words(row[0]): row[1] for row in sorted(counted, key=str)},
        changed=told[0],
        fields={name: int(count) for name, count in zip(fields, told[1:], strict=True) if count},
        added_items=_items(session, added, NEW, []),
        removed_items=_items(session, _with_reason(removed, newer, why), OLD, [why]),
        changed_items=_items(
            session, changed, NEW, [case((differs, literal(name))) for name, differs in fields.items()]
        ),
    )


def metrics(session: Session, snapshot: Snapshot) -> Metrics:
    """Add up what a snapshot holds, by tier and by author."""
    per_tier = select(SnapshotItem.tier, func.count()).where(SnapshotItem.snapshot_id == snapshot.id)
    per_author = (
        select(func.sum(Revision.tokens))
        .select_from(SnapshotItem)
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .join(Submission, Submission.id == SnapshotItem.submission_id)
        .where(SnapshotItem.snapshot_id == snapshot.id)
        .group_by(Submission.author_id)
    )
    tokens = [int(one) for one in session.scalars(per_author)]
    squares = sum(one * one for one in tokens)
    tiers = session.execute(per_tier.group_by(SnapshotItem.tier)).all()
    return Metrics(
        items=snapshot.items,
        words=snapshot.words,
        tokens=snapshot.tokens,
        by_tier={str(tier): count for tier, count in sorted((row[0], row[1]) for row in tiers)},
        authors_effective=round(sum(tokens) ** 2 / squares, 2) if squares else 0.0,
    )


def _only_in(here: Any, snapshot: Snapshot, there: Any, other: Snapshot) -> Select[*tuple[Any, ...]]:
    same = exists().where(there.snapshot_id == other.id, there.submission_id == here.submission_id)
    return select(here).where(here.snapshot_id == snapshot.id, ~same)


def _in_both(older: Snapshot, newer: Snapshot) -> Select[*tuple[Any, ...]]:
    same = and_(OLD.snapshot_id == older.id, OLD.submission_id == NEW.submission_id)
    return select(NEW).join(OLD, same).where(NEW.snapshot_id == newer.id)


def _fields(older: Snapshot, newer: Snapshot) -> dict[str, ColumnElement[bool]]:
    reviews = _reviews(older) != _reviews(newer)
    names = ("state", "tier", "split", "cluster")
    return {
        "revision": OLD.revision_id != NEW.revision_id,
        "task wording": OLD.task_version != NEW.task_version,
        **{name: getattr(OLD, name).is_distinct_from(getattr(NEW, name)) for name in names},
        "machine check": OLD.verifier_run_id.is_distinct_from(NEW.verifier_run_id),
        "reviews": and_(OLD.row_sha256.is_distinct_from(NEW.row_sha256), reviews),
    }


def _reviews(snapshot: Snapshot) -> Any:
    judged = select(func.count()).select_from(Review).join(SnapshotReview, SnapshotReview.review_id == Review.id)
    of_item = (Review.submission_id == NEW.submission_id, SnapshotReview.snapshot_id == snapshot.id)
    return judged.where(*of_item).correlate(NEW).scalar_subquery()


def _with_reason(removed: Any, newer: Snapshot, why: Any) -> Any:
    noted = and_(SnapshotLeftOut.snapshot_id == newer.id, SnapshotLeftOut.submission_id == OLD.submission_id)
    return (
        removed.add_columns(why)
        .join(Submission, Submission.id == OLD.submission_id)
        .join(Revision, and_(Revision.submission_id == Submission.id, Revision.n == Submission.revision_n))
        .join(Task, Task.id == Submission.task_id)
        .outerjoin(SnapshotLeftOut, noted)
    )


def _why_removed(newer: Snapshot) -> Any:
    """Say why the newer snapshot has not what the older one had: it was left out, or the rule does not take it."""
    left_out = type_coerce(SnapshotLeftOut.reason, String)
    state = literal("rule:state:") + type_coerce(Submission.state, String)
    parts = parts_of(Rule.model_validate(newer.rule))
    failing = [
        (~func.coalesce(holds, false()), state if name == "state" else literal(f"rule:{name}")) for name, holds in parts
    ]
    return case((SnapshotLeftOut.reason.is_not(None), left_out), *failing, else_=literal(AGAIN))


def _words(reason: str) -> str:
    if not reason.startswith("rule:"):
        return reason
    _, part, *value = reason.split(":")
    return f"it is {value[0].replace('_', ' ')}" if value else f"another {part} than the rule asks for"


def _items(session: Session, query: Any, here: Any, columns: list[Any]) -> list[DifferentItem]:
    task = aliased(Task)
    number = select(task.number).where(task.id == here.task_id).correlate(here).scalar_subquery()
    rows = session.execute(
        query.with_only_columns(here.submission_id, number, *columns).order_by(number, here.submission_id).limit(SHOWN)
    )
    return [
        DifferentItem(submission_id=row[0], task_number=row[1], why=[_words(why) for why in row[2:] if why])
        for row in rows
    ]
