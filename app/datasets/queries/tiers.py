"""How a piece of work was verified, in SQL."""

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, select
from sqlalchemy.orm import aliased

from app.datasets.states import Tier
from app.reviews.models import Review
from app.reviews.queries.machine import newest_finding
from app.reviews.states import ReviewState, Verdict, VerificationMethod
from app.submissions.models import Revision, Submission, VerifierRun
from app.submissions.states import EFFECTIVE, Finding, SubmissionState

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
    # Never unknown, so that reviews are looked for only where a machine agrees, and each thing is looked up once.
    confirmed = func.coalesce(newest_finding(Revision.id), "") == Finding.PASS.value
    return case(
        (Submission.state != SubmissionState.APPROVED, Tier.X.value),
        (not_(and_(confirmed, strongly_approved)), Tier.B.value),
        (_confirmed_by_another(), Tier.S.value),
        else_=Tier.A.value,
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
