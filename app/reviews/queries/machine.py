"""What machines found about a revision, as a review needs it: the newest word of each verifier."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.submissions.models import ProgramRun, VerifierRun
from app.submissions.states import BY_SERVER, Finding

SHOWN = 20


def newest_finding(revision_id: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> ColumnElement[str]:
    """Say in SQL what a machine found last about a revision of the query around it; NULL while none has looked."""
    run = aliased(VerifierRun)
    found: ColumnElement[str] = _newest(run, type_coerce(run.finding, String), revision_id)
    return found


def newest_run(revision_id: ColumnElement[UUID] | InstrumentedAttribute[UUID]) -> ColumnElement[UUID]:
    """Say in SQL which verifier run holds that finding."""
    run = aliased(VerifierRun)
    found: ColumnElement[UUID] = _newest(run, run.id, revision_id)
    return found


def _newest(run: Any, column: Any, revision_id: Any) -> Any:
    return (
        select(column)
        .where(run.revision_id == revision_id, run.finding != Finding.ERROR)
        .order_by(run.created_at.desc(), run.id.desc())
        .limit(1)
        .correlate_except(run)
        .scalar_subquery()
    )


def verifier_runs_of(session: Session, revision_id: UUID) -> Sequence[VerifierRun]:
    """List what machines said of a revision, newest first."""
    query = select(VerifierRun).where(VerifierRun.revision_id == revision_id)
    return session.scalars(query.order_by(VerifierRun.created_at.desc(), VerifierRun.id.desc()).limit(SHOWN)).all()


def newest_of(runs: Sequence[VerifierRun]) -> VerifierRun | None:
    """Return the last word of a machine that could look; `runs` are sorted, newest first."""
    return next((run for run in runs if run.finding != Finding.ERROR), None)


def tests_of(session: Session, revision_id: UUID) -> ProgramRun | None:
    """Return the last run of all tests on a revision, or None."""
    query = select(ProgramRun).where(ProgramRun.revision_id == revision_id, ProgramRun.purpose.in_(BY_SERVER))
    return session.scalars(query.order_by(ProgramRun.requested_at.desc(), ProgramRun.id.desc()).limit(1)).first()
