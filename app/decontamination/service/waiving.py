"""Overlook a finding by name and with a reason, or no longer."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict
from app.decontamination.models import ContaminationFinding


def waive(session: Session, finding: ContaminationFinding, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let the piece stay in spite of a finding, from the next snapshot on; Conflict when somebody has already.

    Snapshots that were frozen before stay as they are.
    """
    move = update(ContaminationFinding).where(
        ContaminationFinding.id == finding.id, ContaminationFinding.waived_at.is_(None)
    )
    if not changed_one(session, move.values(waived_by=actor.user_id, waived_at=now, waiver_reason=reason)):
        raise Conflict("Somebody has waived this finding already; reload the page.")
    session.refresh(finding)
    _record(session, "contamination.waive", finding, reason=reason, actor=actor, now=now)


def unwaive(session: Session, finding: ContaminationFinding, *, actor: Actor, now: datetime) -> None:
    """Take a waiver back; Conflict when there is none."""
    move = update(ContaminationFinding).where(
        ContaminationFinding.id == finding.id, ContaminationFinding.waived_at.is_not(None)
    )
    if not changed_one(session, move.values(waived_by=None, waived_at=None, waiver_reason="")):
        raise Conflict("This finding is not waived; reload the page.")
    session.refresh(finding)
    _record(session, "contamination.unwaive", finding, reason=None, actor=actor, now=now)


def _record(
    session: Session, verb: str, finding: ContaminationFinding, *, reason: str | None, actor: Actor, now: datetime
) -> None:
    audit.record(
        session,
        verb,
        actor=actor,
        at=now,
        kind="contamination_finding",
        object_id=finding.id,
        project_id=finding.project_id,
        reason=reason,
        reference_set_id=str(finding.reference_set_id),
        text_number=finding.text_number,
    )
