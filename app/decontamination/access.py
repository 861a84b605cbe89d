"""The doors to reference sets and findings."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session, joinedload

from app.accounts.access import require_admin
from app.core.actor import Actor
from app.core.errors import NotAllowed, NotFound
from app.decontamination.models import ContaminationFinding, ReferenceSet
from app.decontamination.policy import can_view_finding


def get_reference_set(session: Session, actor: Actor, set_id: UUID) -> ReferenceSet:
    """Load a reference set, for an admin; NotFound otherwise."""
    require_admin(actor)
    found = session.get(ReferenceSet, set_id)
    if found is None:
        raise NotFound("There is no such reference set.")
    return found


def get_finding(
    session: Session,
    actor: Actor,
    finding_id: UUID,
    *,
    can: Callable[[Actor, ContaminationFinding], bool] = can_view_finding,
) -> ContaminationFinding:
    """Load a finding with its reference set; NotFound if the actor may not see it, NotAllowed if `can` says no."""
    wanted = [joinedload(ContaminationFinding.reference_set)]
    finding = session.get(ContaminationFinding, finding_id, options=wanted)
    if finding is None or not can_view_finding(actor, finding):
        raise NotFound("There is no such finding.")
    if not can(actor, finding):
        raise NotAllowed("You cannot do this to this finding.")
    return finding
