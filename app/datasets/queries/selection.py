"""What a rule selects, and the lists of datasets and snapshots."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.datasets.models import Dataset, Snapshot
from app.datasets.schemas import Rule, RuleCount
from app.datasets.states import Tier
from app.reviews.models import Review
from app.reviews.queries.machine import newest_finding
from app.reviews.states import ReviewState, Verdict, VerificationMethod
from app.submissions.models import Revision, Submission, VerifierRun
from app.submissions.states import EFFECTIVE, EditsState, Finding, SubmissionState
from app.tasks.models import Task

APPROVALS = (Verdict.APPROVE, Verdict.APPROVE_WITH_EDITS)
BY_ASSUMPTION = "by_assumption"
STRONG = (VerificationMethod.RE_DERIVED, VerificationMethod.EXECUTED, VerificationMethod.FORMALLY_CHECKED)


def tier_of_submission() -> ColumnElement[str]:
    """Say the tier of `Submission` with its `Revision` in SQL (the table of domain.md, section 1.5).

    X: not approved. A: an approval re-derived, ran or proved it, and a machine confirms the answer. S: as A, and
    somebody else reached a confirmed answer to the task, neither having seen the other's work. B: any other approval.
    Several right answers under several assumptions never make an S: two confirmed answers need not be the same.
    """
    strongly_approved = exists(
        select(Review.id).where(
            Review.submission_id == Submission.id,
            Review.state == ReviewState.DECIDED,
            Review.verdict.in_(APPROVALS),
            Review.verification_method.in_(STRONG),
            # approving with edits judges the revision before the edited one
            Review.revision_n >= Submission.revision_n - 1,
        )
    )
    confirmed = newest_finding(Revision.id) == Finding.PASS.value
    return case(
        (Submission.state != SubmissionState.APPROVED, Tier.X.value),
        (and_(strongly_approved, confirmed, _confirmed_by_another()), Tier.S.value),
        (and_(strongly_approved, confirmed), Tier.A.value),
        else_=Tier.B.value,
    )


def _confirmed_by_another() -> ColumnElement[bool]:
    other, version, run = aliased(Submission), aliased(Revision), aliased(VerifierRun)
    return exists(
        select(other.id)
        .join(version, and_(version.submission_id == other.id, version.n == other.revision_n))
        .join(run, run.revision_id == version.id)
        .where(
            other.task_id == Submission.task_id,
            other.author_id != Submission.author_id,
            other.state.in_(EFFECTIVE),
            run.verifier != BY_ASSUMPTION,
            newest_finding(version.id) == Finding.PASS.value,
        )
        .correlate(Submission)
    )


def selected(project_id: UUID, rule: Rule) -> Select[*tuple[Any, ...]]:
    """Select (submission, revision, task, tier) of all that `rule` takes from a project now.

    Edits that wait for their author, or are contested, are not in; given-up work is in only if it was once handed in.
    """
    tier = tier_of_submission().label("tier")
    settled = or_(Revision.edits_state.is_(None), Revision.edits_state == EditsState.ACCEPTED)
    query: Select[*tuple[Any, ...]] = (
        select(Submission, Revision, Task, tier)
        .join(Revision, and_(Revision.submission_id == Submission.id, Revision.n == Submission.revision_n))
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.project_id == project_id, Submission.state.in_(rule.states), settled)
    )
    for column, wanted in (
        (Task.activity, rule.activities),
        (Task.domain, rule.domains),
        (Task.skill, rule.skills),
        (Task.difficulty, rule.difficulties),
        (Task.language, rule.languages),
    ):
        if wanted:
            query = query.where(column.in_(wanted))
    if rule.tiers:
        query = query.where(tier_of_submission().in_([tier.value for tier in rule.tiers]))
    return query


def count_selected(session: Session, project_id: UUID, rule: Rule) -> RuleCount:
    """Count what a rule selects now: items, words and tokens in all, items by tier."""
    chosen = selected(project_id, rule).with_only_columns(
        tier_of_submission().label("tier"), Revision.words.label("words"), Revision.tokens.label("tokens")
    )
    inner = chosen.subquery()
    rows = session.execute(
        select(inner.c.tier, func.count(), func.sum(inner.c.words), func.sum(inner.c.tokens)).group_by(inner.c.tier)
    ).all()
    return RuleCount(
        items=sum(row[1] for row in rows),
        words=sum(int(row[2]) for row in rows),
        tokens=sum(int(row[3]) for row in rows),
        by_tier={str(row[0]): row[1] for row in sorted(rows)},
    )


def datasets_of(session: Session, project_id: UUID) -> Sequence[Dataset]:
    """List a project's datasets by name."""
    return session.scalars(select(Dataset).where(Dataset.project_id == project_id).order_by(Dataset.name)).all()


def snapshots_of(session: Session, dataset_ids: Sequence[UUID]) -> Sequence[Snapshot]:
    """List the snapshots of some datasets, newest first."""
    query = (
        select(Snapshot).where(Snapshot.dataset_id.in_(dataset_ids)).order_by(Snapshot.dataset_id, Snapshot.n.desc())
    )
    return session.scalars(query).all()
