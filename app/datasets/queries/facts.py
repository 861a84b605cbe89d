"""What a snapshot is made of, counted by the database in a few queries whose answers stay small however large it is.

Whole numbers only, so that they can stand in a manifest: shares, percentiles and agreement are worked out from them.
Nothing is counted that can change later: revisions, the wording of the time, reviews that were decided by the cut.
"""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, and_, case, distinct, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.datasets.models import SnapshotItem, SnapshotReview
from app.datasets.queries.consent import consent_of
from app.decontamination.models import SnapshotContamination
from app.reviews.models import Review, StepLabel
from app.reviews.states import RATING
from app.submissions.models import Revision, Submission, VerifierRun
from app.tasks.models import Task, TaskVersion

FACTS = "composition"
"""Under this name a snapshot's manifest holds them."""
PERCENTILES = (0, 10, 25, 50, 75, 90, 95, 99, 100)
MANY = 200
"""Of a label that people make up, no more values are told one by one."""
OTHERS = "(others)"
NOT_STATED = ""
Facts = dict[str, Any]


def facts_of(session: Session, snapshot_id: UUID) -> Facts:
    """Count what the card of a snapshot tells: people, labels, reviews, agreement, lengths, origin."""
    return {
        **_labels(session, snapshot_id),
        "people": _people(session, snapshot_id),
        "lengths": _lengths(session, snapshot_id),
        "clusters": _clusters(session, snapshot_id),
        "checks": _checks(session, snapshot_id),
        "reviews": _reviews(session, snapshot_id),
        "step_labels": _step_labels(session, snapshot_id),
        "written": _written(session, snapshot_id),
        "consent": consent_of(session, snapshot_id),
        "reference_sets": _reference_sets(session, snapshot_id),
    }


def _members(snapshot_id: UUID, *columns: Any) -> Select[Any]:
    return select(*columns).select_from(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot_id)


def _frozen(column: InstrumentedAttribute[Any]) -> Any:
    """Read a label of the task as it was: from the older wording where the task has a newer one."""
    older = TaskVersion.content[column.key]
    was = older.as_integer() if column.key == "difficulty" else older.as_string()
    now = column if column.key == "difficulty" else type_coerce(column, String)
    return case((TaskVersion.task_id.is_not(None), was), else_=now).label(column.key)


def _labels(session: Session, snapshot_id: UUID) -> Facts:
    """Count items by each label, and items and tokens by who wrote the task."""
    named = (Task.activity, Task.domain, Task.difficulty, Task.language, Task.licence, Task.origin, Task.origin_model)
    older = and_(TaskVersion.task_id == Task.id, TaskVersion.version == SnapshotItem.task_version)
    frozen = (
        _members(snapshot_id, SnapshotItem.tier, SnapshotItem.state, *map(_frozen, named), Revision.tokens)
        .join(Task, Task.id == SnapshotItem.task_id)
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .outerjoin(TaskVersion, and_(older, Task.version != SnapshotItem.task_version))
        .subquery()  # grouped from outside: PostgreSQL does not see that two expressions with parameters are one
    )
    labels = [column for column in frozen.c if column.key != "tokens"]
    query = select(*labels, func.count().label("items"), func.sum(frozen.c.tokens).label("tokens")).group_by(*labels)
    names = ("tier", "state", *(column.key for column in named))
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    tokens: Counter[str] = Counter()
    for row in session.execute(query):
        for name in names:
            value = getattr(row, name)
            if value is not None or name != "origin_model":
                counts[name][NOT_STATED if value is None else str(value)] += row.items
        tokens[str(row.origin)] += int(row.tokens)
    return {name: _cut(count) for name, count in counts.items()} | {"origin_tokens": _sorted(tokens)}


def _cut(counts: Counter[str]) -> dict[str, int]:
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in most[MANY:])
    return _sorted(dict(most[:MANY]) | ({OTHERS: rest} if rest else {}))


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _people(session: Session, snapshot_id: UUID) -> Facts:
    by_author = (
        _members(snapshot_id, func.sum(Revision.tokens))
        .join(Submission, Submission.id == SnapshotItem.submission_id)
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .group_by(Submission.author_id)
    )
    tokens = sorted((int(count) for count in session.scalars(by_author)), reverse=True)
    reviewers = _judged(snapshot_id, func.count(distinct(Review.reviewer_id)))
    tasks = session.scalar(_members(snapshot_id, func.count(distinct(SnapshotItem.task_id))))
    return {
        "authors": len(tokens),
        "author_tokens_squared": sum(count * count for count in tokens),
        "most_of_one_author": tokens[0] if tokens else 0,
        "reviewers": session.scalar(reviewers) or 0,
        "tasks": tasks or 0,
    }


def _judged(snapshot_id: UUID, *columns: Any) -> Select[Any]:
    """Select of the reviews that were decided by the cut."""
    query = select(*columns).select_from(SnapshotReview).join(Review, Review.id == SnapshotReview.review_id)
    return query.where(SnapshotReview.snapshot_id == snapshot_id)


def _lengths(session: Session, snapshot_id: UUID) -> dict[str, int]:
    """Give percentiles of the tokens of an item's text: the least length that so many percent do not exceed."""
    query = (
        _members(snapshot_id, Revision.tokens, func.count())
        .join(Revision, Revision.id == SnapshotItem.revision_id)
        .group_by(Revision.tokens)
    )
    return percentiles({int(tokens): count for tokens, count in session.execute(query)})


def percentiles(counts: dict[int, int]) -> dict[str, int]:
    """Give the nearest-rank percentiles of numbers of which it is known how often each occurs."""
    total, reached, found = sum(counts.values()), 0, {}
    wanted = list(PERCENTILES)
    for value in sorted(counts):
        reached += counts[value]
        while wanted and reached * 100 >= wanted[0] * total:
            found[f"p{wanted.pop(0)}"] = value
    return found


def _clusters(session: Session, snapshot_id: UUID) -> Facts:
    query = _members(
        snapshot_id,
        func.count(SnapshotItem.cluster),
        func.count(distinct(SnapshotItem.cluster)),
        func.sum(case((SnapshotItem.is_representative.is_(True), 0), else_=1)),
    )
    items, clusters, others = session.execute(query).one()
    return {"items": items, "clusters": clusters, "not_representative": int(others or 0)}


def _checks(session: Session, snapshot_id: UUID) -> dict[str, int]:
    finding = type_coerce(VerifierRun.finding, String)
    query = _members(snapshot_id, finding, func.count()).outerjoin(
        VerifierRun, VerifierRun.id == SnapshotItem.verifier_run_id
    )
    return _counts(session, query.group_by(finding))


def _reviews(session: Session, snapshot_id: UUID) -> Facts:
    """Count reviews an item, verdicts, methods of verification, and how those who judged the same revision differ."""
    number = func.count(Review.id).label("n")
    judged = and_(SnapshotReview.review_id == Review.id, SnapshotReview.snapshot_id == snapshot_id)
    an_item = (
        _members(snapshot_id, SnapshotItem.position, number)
        .outerjoin(
            Review.__table__.join(SnapshotReview.__table__, judged), Review.submission_id == SnapshotItem.submission_id
        )
        .group_by(SnapshotItem.position)
        .subquery()
    )
    verdict, method = type_coerce(Review.verdict, String), type_coerce(Review.verification_method, String)
    return {
        "an_item": _counts(session, select(an_item.c.n, func.count()).group_by(an_item.c.n)),
        "verdicts": _counts(session, _judged(snapshot_id, verdict, func.count()).group_by(verdict)),
        "methods": _counts(session, _judged(snapshot_id, method, func.count()).group_by(method)),
        "agreement": _verdict_units(session, snapshot_id),
    }


def _verdict_units(session: Session, snapshot_id: UUID) -> list[list[int]]:
    """Count revisions by [reviewers for it, reviewers against it, how many]; escalating says neither."""
    verdict = type_coerce(Review.verdict, String)
    good, bad = _times(verdict, ("approve", "approve_with_edits")), _times(verdict, ("return", "reject"))
    units = _judged(snapshot_id, good.label("a"), bad.label("b")).group_by(Review.revision_id).subquery()
    query = select(units.c.a, units.c.b, func.count()).where(units.c.a + units.c.b > 1).group_by(units.c.a, units.c.b)
    return sorted([int(number) for number in row] for row in session.execute(query))


def _step_labels(session: Session, snapshot_id: UUID) -> Facts:
    """Count labels by value, and steps by [how many said good, neutral, bad; how many such steps]."""
    value = type_coerce(StepLabel.value, String)
    labels = _judged(snapshot_id, value, func.count()).join(StepLabel, StepLabel.review_id == Review.id)
    told = [str(label) for label in sorted(RATING, key=lambda one: -(RATING[one] or 0)) if RATING[label] is not None]
    columns = [_times(value, (label,)).label(f"n{at}") for at, label in enumerate(told)]
    units = (
        _judged(snapshot_id, *columns)
        .join(StepLabel, StepLabel.review_id == Review.id)
        .group_by(Review.revision_id, StepLabel.step_id)
        .subquery()
    )
    numbers = [units.c[f"n{at}"] for at in range(len(told))]
    query = select(*numbers, func.count()).where(sum(numbers[1:], numbers[0]) > 1).group_by(*numbers)
    return {
        "values": _counts(session, labels.group_by(value)),
        "agreement": sorted([int(number) for number in row] for row in session.execute(query)),
    }


def _times(column: Any, values: tuple[str, ...]) -> Any:
    return func.sum(case((column.in_(values), 1), else_=0))


def _written(session: Session, snapshot_id: UUID) -> Facts:
    """Tell when the frozen revisions were handed in, and how many a reviewer had edited."""
    frozen = aliased(Revision)
    query = _members(
        snapshot_id, func.min(frozen.submitted_at), func.max(frozen.submitted_at), func.count(frozen.edited_by)
    ).join(frozen, frozen.id == SnapshotItem.revision_id)
    first, last, edited = session.execute(query).one()
    days = {"first": first.date().isoformat(), "last": last.date().isoformat()} if first else {}
    return {**days, "edited_by_reviewer": edited}


def _reference_sets(session: Session, snapshot_id: UUID) -> list[Facts]:
    """Tell which texts it was held against while it was frozen, and how many items had something of them."""
    names = ("name", "source", "licence", "texts", "found", "blocked", "waived")
    columns = [getattr(SnapshotContamination, name) for name in names]
    query = select(*columns).where(SnapshotContamination.snapshot_id == snapshot_id)
    return sorted((dict(zip(names, row, strict=True)) for row in session.execute(query)), key=lambda one: one["name"])


def _counts(session: Session, query: Select[Any]) -> dict[str, int]:
    return _sorted({NOT_STATED if value is None else str(value): count for value, count in session.execute(query)})
