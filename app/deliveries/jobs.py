"""Letters of deliveries, and the look for what recipients must be told."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import joinedload

from app.core import clock, mail
from app.core.jobs import Handler, JobRun
from app.core.mail import letter_of
from app.datasets.models import Snapshot
from app.deliveries.models import Delivery
from app.deliveries.queries import name_of
from app.deliveries.service import notifying
from app.deliveries.service.delivering import LINK_JOB, LINK_LIFETIME, give_secret
from app.exports.models import Export


def mail_link(run: JobRun) -> None:
    """Job ``deliveries.mail_link``: send a recipient the link behind which it acknowledges a delivery.

    The link gets its secret as the letter is written, so that no table ever holds one. When the letter fails and is
    tried again, only the link of the last try works.
    """
    now = clock.now()
    with run.database.change() as session:
        dataset = joinedload(Delivery.export).joinedload(Export.snapshot).joinedload(Snapshot.dataset)
        wanted = [joinedload(Delivery.recipient), dataset]
        delivery = session.get(Delivery, UUID(run.payload["delivery_id"]), options=wanted)
        if delivery is None or delivery.acknowledged_at is not None:
            return
        snapshot = delivery.export.snapshot
        letter = letter_of(
            "delivery",
            delivery.recipient.contact_email,
            what=f"{snapshot.dataset.name}, snapshot {snapshot.n}",
            sender=name_of(session, delivery.delivered_by),
            until=f"{now + LINK_LIFETIME:%-d %B %Y}",
            link=f"{run.settings.public_url.rstrip('/')}{give_secret(delivery, now=now)}",
        )
    mail.send(run.settings, letter)


def tell_corrections(run: JobRun) -> dict[str, Any]:
    """Job ``deliveries.tell_corrections``: tell recipients what of their deliveries is corrected. Nothing twice."""
    with run.database.reading() as session:
        deliveries = notifying.deliveries_to_tell(session)
    told, mails = 0, mail.is_configured(run.settings)
    for delivery_id in deliveries:
        with run.database.change() as session:
            told += notifying.tell(session, delivery_id, mails=mails, now=clock.now())
    return {"deliveries": len(deliveries), "told": told}


def mail_corrections(run: JobRun) -> None:
    """Job ``deliveries.mail_corrections``: send a recipient the link to its corrections; see `mail_link`."""
    now = clock.now()
    with run.database.change() as session:
        dataset = joinedload(Delivery.export).joinedload(Export.snapshot).joinedload(Snapshot.dataset)
        wanted = [joinedload(Delivery.recipient), dataset]
        delivery = session.get(Delivery, UUID(run.payload["delivery_id"]), options=wanted)
        lines = notifying.lines_of(session, delivery.id) if delivery is not None else []
        if delivery is None or not lines:
            return
        snapshot = delivery.export.snapshot
        letter = letter_of(
            "corrections",
            delivery.recipient.contact_email,
            what=f"{snapshot.dataset.name}, snapshot {snapshot.n}",
            count="One row" if len(lines) == 1 else f"{len(lines):,} rows",
            verb="is" if len(lines) == 1 else "are",
            sender=name_of(session, delivery.delivered_by),
            due=f"{min(line.notice.due_at for line in lines):%-d %B %Y}",
            link=f"{run.settings.public_url.rstrip('/')}{notifying.give_secret(delivery, now=now)}",
        )
    mail.send(run.settings, letter)


HANDLERS: dict[str, Handler] = {
    LINK_JOB: mail_link,
    notifying.TELL_JOB: tell_corrections,
    notifying.MAIL_JOB: mail_corrections,
}
PERIODIC: dict[str, int] = {notifying.TELL_JOB: 60}
