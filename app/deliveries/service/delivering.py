"""An export is handed over, and its recipient says that it has it: behind a one-time link, or noted by hand."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.queries import sha256
from app.accounts.service import notify
from app.accounts.states import NotificationKind
from app.core import jobs, mail
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict
from app.core.ids import new_id, new_secret
from app.deliveries.models import Delivery
from app.deliveries.queries import manifest_hash
from app.deliveries.schemas import AcknowledgementIn, DeliveryIn, ReceiptIn
from app.deliveries.service.recording import record
from app.deliveries.states import AcknowledgedBy
from app.exports.models import Export
from app.exports.service.asking import require_standing
from app.exports.states import ExportState
from app.recipients.models import Recipient

if TYPE_CHECKING:
    from app.config import Settings

LINK_LIFETIME = timedelta(days=30)
LINK_JOB = "deliveries.mail_link"
PATH = "/receipts/"
DONE = "This delivery is acknowledged already."


def deliver(
    session: Session, export: Export, wanted: DeliveryIn, *, actor: Actor, settings: "Settings", now: datetime
) -> tuple[Delivery, str | None]:
    """Note that a ready export was handed to its recipient; return also the path of its link, unless mail carries it.

    Conflict when it is for nobody, not ready, not here any more, or was handed over before; WithdrawnRows when rows in
    it were withdrawn since.
    """
    if export.recipient_id is None:
        raise Conflict("This export is for nobody in particular. Ask for one for the recipient, and hand that over.")
    if export.state is not ExportState.READY or export.files_deleted_at is not None:
        raise Conflict("Its files are not there, so there is nothing to hand over. Ask for the export again.")
    require_standing(session, export)
    recipient = session.get_one(Recipient, export.recipient_id)
    delivery = Delivery(
        id=new_id(),
        export_id=export.id,
        recipient_id=recipient.id,
        project_id=export.project_id,
        manifest_sha256=manifest_hash(session, export.id) or "",
        licence=recipient.licence,
        terms=recipient.terms,
        note=wanted.note,
        delivered_by=actor.user_id,
        delivered_at=now,
    )
    try:
        with session.begin_nested():
            session.add(delivery)
            session.flush()  # the unique export decides, not a look beforehand
    except IntegrityError as error:
        raise Conflict("This export was handed over already.") from error
    record(session, "delivery.deliver", delivery, actor=actor, now=now, manifest=delivery.manifest_sha256)
    return delivery, _give_link(session, delivery, settings=settings, actor=actor, now=now)


def renew_link(
    session: Session, delivery: Delivery, *, actor: Actor, settings: "Settings", now: datetime
) -> str | None:
    """Make a new link, or mail one; the one before works no longer. Conflict when nothing is outstanding."""
    if delivery.acknowledged_at is not None:
        raise Conflict(DONE)
    record(session, "delivery.link", delivery, actor=actor, now=now)
    return _give_link(session, delivery, settings=settings, actor=actor, now=now)


def _give_link(
    session: Session, delivery: Delivery, *, settings: "Settings", actor: Actor, now: datetime
) -> str | None:
    """Return the path of a new link to hand over, or None when it goes out by mail: then nobody else sees it."""
    if mail.is_configured(settings):
        payload = {"delivery_id": str(delivery.id)}
        jobs.enqueue(session, LINK_JOB, payload, now=now, priority=2, requested_by=actor.user_id)
        return None
    return give_secret(delivery, now=now)


def give_secret(delivery: Delivery, *, now: datetime) -> str:
    """Give a delivery a fresh link and return its path; only the hash of its secret is kept."""
    secret = new_secret()
    delivery.link_sha256 = sha256(secret)
    delivery.link_expires_at = now + LINK_LIFETIME
    return f"{PATH}{secret}"


def acknowledge_by_link(session: Session, delivery: Delivery, said: ReceiptIn, *, now: datetime) -> None:
    """Take the recipient's word; of two at once one counts, the other gets Conflict. Who handed it over is told."""
    values: dict[str, object] = {"acknowledged_how": AcknowledgedBy.LINK, "acknowledged_name": said.name}
    _acknowledge(session, delivery, values, now=now)
    record(session, "delivery.acknowledge", delivery, actor=None, now=now, how=AcknowledgedBy.LINK)
    sentence = f"{delivery.recipient.name} has received a delivery and accepts its terms ({said.name})."
    path = f"/exports/{delivery.export_id}/delivery"
    notify(session, delivery.delivered_by, NotificationKind.JOB_DONE, sentence, path, now=now)


def acknowledge_by_hand(
    session: Session, delivery: Delivery, said: AcknowledgementIn, *, actor: Actor, now: datetime
) -> None:
    """Note what the recipient has said elsewhere. Conflict when it is acknowledged already."""
    values: dict[str, object] = {
        "acknowledged_how": AcknowledgedBy.HAND,
        "acknowledged_name": said.name,
        "acknowledged_note": said.note,
        "acknowledged_by": actor.user_id,
    }
    _acknowledge(session, delivery, values, now=now)
    record(session, "delivery.acknowledge", delivery, actor=actor, now=now, how=AcknowledgedBy.HAND)


def _acknowledge(session: Session, delivery: Delivery, values: dict[str, object], *, now: datetime) -> None:
    still = update(Delivery).where(Delivery.id == delivery.id, Delivery.acknowledged_at.is_(None))
    if not changed_one(session, still.values(acknowledged_at=now, **values)):
        raise Conflict(DONE)
