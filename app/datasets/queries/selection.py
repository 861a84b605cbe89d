"""What a rule selects, part by part, and the lists of datasets and snapshots."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from operator import ge, le, lt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core.errors import NotFound
from app.datasets.models import Dataset, Snapshot
from app.datasets.queries.tiers import APPROVALS, STRONG, tier_of_submission
from app.datasets.schemas import Rule
from app.datasets.states import Agreement
from app.reviews.models import Review
from app.reviews.states import UNDO_SECONDS, ReviewState
from app.submissions.models import Revision, Submission
from app.submissions.states import EditsState
from app.tasks.models import Task

__all__ = ["APPROVALS", "STRONG"]
Part = tuple[str, ColumnElement[bool]]
SECOND = TWO = 2
_BY_NAME = re.compile(r"(?P<name>.+)@(?P<n>\d+)")
UNDO_TIME = timedelta(seconds=UNDO_SECONDS)


def selected(project_id: UUID, rule: Rule) -> Select[*tuple[Any, ...]]:
    """Select (submission, revision, task, tier) of all that `rule` takes from a project now.

    Edits that wait for their author, or are contested, are not in; given-up work is in only if it was once handed in.
    """
    return handed_in(project_id).where(*(holds for _, holds in parts_of(rule)))


def handed_in(project_id: UUID) -> Select[*tuple[Any, ...]]:
    """Select (submission, revision, task, tier) of all that was ever handed in in a project."""
    query: Select[*tuple[Any, ...]] = (
        select(Submission, Revision, Task, tier_of_submission().label("tier"))
        .join(Revision, and_(Revision.submission_id == Submission.id, Revision.n == Submission.revision_n))
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.project_id == project_id)
    )
    return query


def is_firm(cut_at: datetime) -> ColumnElement[bool]:
    """Say in SQL that the decision can no longer be taken back: it can be for ten seconds."""
    return or_(Submission.decided_at.is_(None), Submission.decided_at <= cut_at - UNDO_TIME)


def parts_of(rule: Rule) -> list[Part]:
    """List what a rule asks for as (name of the part, condition), the cheap ones first; all of them have to hold."""
    parts: list[Part] = [
        ("state", Submission.state.in_(rule.states)),
        ("edits", or_(Revision.edits_state.is_(None), Revision.edits_state == EditsState.ACCEPTED)),
    ]
    columns: tuple[tuple[str, Any, Sequence[Any]], ...] = (
        ("activity", Task.activity, rule.activities),
        ("domain", Task.domain, rule.domains),
        ("skill", Task.skill, rule.skills),
        ("difficulty", Task.difficulty, rule.difficulties),
        ("language", Task.language, rule.languages),
        ("origin", Task.origin, rule.origins),
    )
    parts += [(name, column.in_(wanted)) for name, column, wanted in columns if wanted]
    if rule.is_unedited:
        parts.append(("unedited", Revision.edited_by.is_(None)))
    parts += _ranges(rule)
    if rule.methods:
        parts.append(("method", _approved(Review.verification_method.in_(rule.methods))))
    if rule.agreement is not None:
        parts.append(("agreement", _agreed(rule.agreement)))
    if rule.tiers:
        parts.append(("tier", tier_of_submission().in_([tier.value for tier in rule.tiers])))
    return parts


def _ranges(rule: Rule) -> list[Part]:
    since = None if rule.submitted_from is None else _midnight(rule.submitted_from)
    until = None if rule.submitted_until is None else _midnight(rule.submitted_until) + timedelta(days=1)
    limits: tuple[tuple[str, Any, Callable[[Any, Any], ColumnElement[bool]], Any], ...] = (
        ("tokens", Revision.tokens, ge, rule.tokens_min),
        ("tokens", Revision.tokens, le, rule.tokens_max),
        ("time", Revision.active_seconds, ge, rule.seconds_min),
        ("time", Revision.active_seconds, le, rule.seconds_max),
        ("submitted", Revision.submitted_at, ge, since),
        ("submitted", Revision.submitted_at, lt, until),
    )
    return [(name, holds(column, limit)) for name, column, holds, limit in limits if limit is not None]


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _of_revision() -> tuple[ColumnElement[bool], ...]:
    return (Review.submission_id == Submission.id, Review.state == ReviewState.DECIDED)


def _approved(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that somebody approved the frozen revision; approving with edits judges the one before the edited one."""
    since = Review.revision_n >= Submission.revision_n - 1
    return exists(select(Review.id).where(*_of_revision(), Review.verdict.in_(APPROVALS), since, *more))


def _agreed(wanted: Agreement) -> ColumnElement[bool]:
    if wanted is Agreement.SECOND_LEVEL:
        return _approved(Review.level == SECOND)
    if wanted is Agreement.TWO:
        since = Review.revision_n >= Submission.revision_n - 1
        approved = select(func.count(distinct(Review.reviewer_id))).where(
            *_of_revision(), Review.verdict.in_(APPROVALS), since
        )
        return approved.correlate(Submission).scalar_subquery() >= TWO
    refused = (Review.revision_n == Submission.revision_n, Review.verdict.not_in(APPROVALS))
    return and_(_approved(), ~exists(select(Review.id).where(*_of_revision(), *refused)))


def datasets_of(session: Session, project_id: UUID) -> Sequence[Dataset]:
    """List a project's datasets by name."""
    return session.scalars(select(Dataset).where(Dataset.project_id == project_id).order_by(Dataset.name)).all()


def snapshots_of(session: Session, dataset_ids: Sequence[UUID]) -> Sequence[Snapshot]:
    """List the snapshots of some datasets, newest first."""
    query = (
        select(Snapshot).where(Snapshot.dataset_id.in_(dataset_ids)).order_by(Snapshot.dataset_id, Snapshot.n.desc())
    )
    return session.scalars(query).all()


def snapshot_named(session: Session, name: str) -> Snapshot:
    """Find a snapshot, with its dataset, by its id or DATASET@N, as a command names it; NotFound says what is wrong."""
    query = select(Snapshot).options(joinedload(Snapshot.dataset))
    by_name = _BY_NAME.fullmatch(name)
    if by_name:
        query = query.join(Dataset, Dataset.id == Snapshot.dataset_id)
        query = query.where(Dataset.name == by_name["name"], Snapshot.n == int(by_name["n"]))
    else:
        try:
            query = query.where(Snapshot.id == UUID(name))
        except ValueError as error:
            raise NotFound(f"“{name}” is neither a snapshot's id nor of the form DATASET@N.") from error
    found = session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise NotFound(
            f"There is no snapshot “{name}”." if not found else "Several datasets have that name; use the id."
        )
    return found[0]
