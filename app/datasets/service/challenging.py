"""Doubt a frozen row, and decide of such a doubt."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict
from app.core.ids import new_id
from app.datasets.models import Challenge, Snapshot, SnapshotItem
from app.datasets.states import ChallengeState

_WAITS = "Somebody has challenged this row already; a manager looks into it."


def challenge(
    session: Session, snapshot: Snapshot, item: SnapshotItem, reason: str, *, actor: Actor, now: datetime
) -> Challenge:
    """Say that a row is wrong, and why; Conflict while it is challenged already, or when it was found to be wrong."""
    earlier = select(Challenge.id).where(
        Challenge.revision_id == item.revision_id, Challenge.state == ChallengeState.SUSTAINED
    )
    if session.scalars(earlier.limit(1)).first() is not None:
        raise Conflict("This row was found to be wrong already; later snapshots do not hold it.")
    made = Challenge(
        id=new_id(),
        project_id=snapshot.project_id,
        snapshot_id=snapshot.id,
        submission_id=item.submission_id,
        revision_id=item.revision_id,
        reason=reason,
        challenged_by=actor.user_id,
        challenged_at=now,
    )
    session.add(made)
    try:
        session.flush()  # the unique open challenge decides, not a look beforehand
    except IntegrityError as error:
        raise Conflict(_WAITS) from error
    _record(session, "row.challenge", made, actor=actor, reason=reason, now=now)
    return made


def decide(session: Session, found: Challenge, *, is_sustained: bool, reason: str, actor: Actor, now: datetime) -> None:
    """Sustain or dismiss a challenge; Conflict when somebody has decided it already.

    A sustained one keeps this revision out of all later snapshots; a job then lists the errata of the earlier ones.
    """
    state = ChallengeState.SUSTAINED if is_sustained else ChallengeState.DISMISSED
    move = update(Challenge).where(Challenge.id == found.id, Challenge.state == ChallengeState.OPEN)
    values = {"state": state, "decision": reason, "decided_by": actor.user_id, "decided_at": now}
    if not changed_one(session, move.values(**values)):
        raise Conflict("This challenge has been decided already; reload the page.")
    session.expire(found, list(values))
    verb = "row.challenge_sustained" if is_sustained else "row.challenge_dismissed"
    _record(session, verb, found, actor=actor, reason=reason, now=now)


def _record(session: Session, verb: str, found: Challenge, *, actor: Actor, reason: str, now: datetime) -> None:
    audit.record(
        session,
        verb,
        actor=actor,
        at=now,
        kind="submission",
        object_id=found.submission_id,
        project_id=found.project_id,
        reason=reason,
        snapshot=str(found.snapshot_id),
    )
