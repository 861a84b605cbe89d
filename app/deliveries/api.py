"""Deliveries as JSON, for managers of the project."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.core.errors import NotFound
from app.deliveries.access import get_delivery
from app.deliveries.models import Delivery
from app.deliveries.queries import delivery_of
from app.deliveries.schemas import AcknowledgementIn, DeliveryIn, DeliveryOut, NoticeOut
from app.deliveries.service import delivering, notifying
from app.exports.access import get_export
from app.web.deps import CurrentSettings, Reading, Writing

router = APIRouter(prefix="/api/v1")
READ, WRITE = [require_scope("exports:read")], [require_scope("exports:write")]


@router.get("/exports/{export_id}/delivery", name="api.deliveries.export", dependencies=READ)
def delivery(actor: CurrentActor, session: Reading, export_id: UUID) -> DeliveryOut:
    """Show the delivery of an export."""
    found = delivery_of(session, get_export(session, actor, export_id).id)
    if found is None:
        raise NotFound("This export was not handed over yet.")
    return DeliveryOut.model_validate(found)


@router.post("/exports/{export_id}/delivery", name="api.deliveries.deliver", dependencies=WRITE, status_code=201)
def deliver(
    actor: CurrentActor, session: Writing, settings: CurrentSettings, export_id: UUID, wanted: DeliveryIn
) -> DeliveryOut:
    """Note that an export was handed over; behind `link` its recipient acknowledges, unless mail carries it."""
    export = get_export(session, actor, export_id)
    made, link = delivering.deliver(session, export, wanted, actor=actor, settings=settings, now=clock.now())
    session.flush()  # the answer takes what is stored, defaults included
    told = DeliveryOut.model_validate(made)
    return told.model_copy(update={"link": f"{settings.public_url.rstrip('/')}{link}"}) if link else told


@router.post("/deliveries/{delivery_id}/acknowledge", name="api.deliveries.acknowledge", dependencies=WRITE)
def acknowledge(actor: CurrentActor, session: Writing, delivery_id: UUID, said: AcknowledgementIn) -> DeliveryOut:
    """Note what the recipient has said elsewhere."""
    found = get_delivery(session, actor, delivery_id)
    delivering.acknowledge_by_hand(session, found, said, actor=actor, now=clock.now())
    session.refresh(found)
    return DeliveryOut.model_validate(found)


@router.get("/deliveries/{delivery_id}/corrections", name="api.deliveries.corrections", dependencies=READ)
def corrections(actor: CurrentActor, session: Reading, delivery_id: UUID) -> list[NoticeOut]:
    """List the corrections that a recipient was told of, by number, and what it has acknowledged."""
    found = get_delivery(session, actor, delivery_id)
    return _notices(session, found)


@router.post(
    "/deliveries/{delivery_id}/corrections/acknowledge",
    name="api.deliveries.acknowledge_corrections",
    dependencies=WRITE,
)
def acknowledge_corrections(
    actor: CurrentActor, session: Writing, delivery_id: UUID, said: AcknowledgementIn
) -> list[NoticeOut]:
    """Note what the recipient has said elsewhere of all corrections that are outstanding."""
    found = get_delivery(session, actor, delivery_id)
    notifying.acknowledge_by_hand(session, found, said, actor=actor, now=clock.now())
    session.expire_all()
    return _notices(session, found)


def _notices(session: Session, delivery: Delivery) -> list[NoticeOut]:
    return [
        NoticeOut(
            n=line.correction.n,
            submission_id=line.correction.submission_id,
            kind=line.correction.kind,
            told_at=line.notice.told_at,
            due_at=line.notice.due_at,
            acknowledged_at=line.notice.acknowledged_at,
            acknowledged_name=line.notice.acknowledged_name,
            acknowledged_note=line.notice.acknowledged_note,
        )
        for line in notifying.lines_of(session, delivery.id, outstanding=False)
    ]
