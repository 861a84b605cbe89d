"""Who was handed a row that is corrected is told, has thirty days to say that it has heard, and says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.queries import sha256
from app.accounts.service import notify
from app.accounts.states import NotificationKind
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict
from app.core.ids import new_id, new_secret
from app.core.jobs import enqueue
from app.datasets.models import Correction, Dataset, Snapshot
from app.datasets.states import CorrectionKind
from app.deliveries.models import CorrectionNotice, Delivery
from app.deliveries.schemas import AcknowledgementIn
from app.deliveries.service.recording import record
from app.exports.models import Export
from app.recipients.models import Recipient

DUE = timedelta(days=30)
LINK_LIFETIME = timedelta(days=45)
"""Longer than they have time: who is late still can say so."""
AT_ONCE = 500
TELL_JOB = "deliveries.tell_corrections"
MAIL_JOB = "deliveries.mail_corrections"
PATH = "/notices/"
GONE = "This link was used, has expired or was replaced. Ask whoever handed you the files for a new one."
NOTHING = "Nothing is outstanding: all corrections of this delivery are acknowledged."


def _untold() -> Select[*tuple[Any, ...]]:
    """Select (delivery, correction) of which the recipient does not know: what came after its export was written."""
    told = exists().where(CorrectionNotice.delivery_id == Delivery.id, CorrectionNotice.correction_id == Correction.id)
    return (
        select(Delivery.id, Correction.id)
        .join(Export, Export.id == Delivery.export_id)
        .join(Correction, Correction.snapshot_id == Export.snapshot_id)
        .where(Correction.n > func.coalesce(Export.corrections_n, 0), ~told)
    )


def deliveries_to_tell(session: Session) -> Sequence[UUID]:
    """List the deliveries of which something is corrected that their recipients do not know."""
    found = _untold().with_only_columns(Delivery.id).distinct().order_by(Delivery.id)
    return session.scalars(found).all()


def tell(session: Session, delivery_id: UUID, *, mails: bool, now: datetime) -> int:
    """Note all that a recipient has to hear of a delivery, mail it, and tell who handed it over; return how many.

    Repeatable: nothing is noted twice, and while nothing is new nobody is told.
    """
    lock = select(Delivery.id).where(Delivery.id == delivery_id).with_for_update(key_share=True)
    session.execute(lock)  # two at once would mail twice
    found = session.execute(_untold().where(Delivery.id == delivery_id).order_by(Correction.n)).all()
    for start in range(0, len(found), AT_ONCE):
        rows = [
            {
                "id": new_id(),
                "delivery_id": delivery_id,
                "correction_id": correction_id,
                "told_at": now,
                "due_at": now + DUE,
                "acknowledged_name": "",
                "acknowledged_note": "",
            }
            for _, correction_id in found[start : start + AT_ONCE]
        ]
        session.execute(insert(CorrectionNotice), rows)
    if found:
        _spread(session, delivery_id, len(found), mails=mails, now=now)
    return len(found)


def _spread(session: Session, delivery_id: UUID, count: int, *, mails: bool, now: datetime) -> None:
    delivery = session.get_one(Delivery, delivery_id)
    whom = session.get_one(Recipient, delivery.recipient_id).name
    if mails:
        enqueue(session, MAIL_JOB, {"delivery_id": str(delivery_id)}, now=now, priority=2)
    rows = "A row" if count == 1 else f"{count:,} rows"
    how = "It gets a link by mail." if mails else "No mail is configured: hand it its link."
    sentence = f"{rows} of what {whom} was handed {'is' if count == 1 else 'are'} corrected. {how}"
    path = f"/deliveries/{delivery_id}/corrections"
    notify(session, delivery.delivered_by, NotificationKind.JOB_DONE, sentence, path, now=now)
    record(session, "delivery.tell_corrections", delivery, actor=None, now=now, count=count)


def give_secret(delivery: Delivery, *, now: datetime) -> str:
    """Give a delivery a fresh link for its corrections and return its path; only the hash of the secret is kept."""
    secret = new_secret()
    delivery.notice_link_sha256 = sha256(secret)
    delivery.notice_link_expires_at = now + LINK_LIFETIME
    return f"{PATH}{secret}"


def renew_link(session: Session, delivery: Delivery, *, mails: bool, actor: Actor, now: datetime) -> str | None:
    """Make a new link, or have one mailed; the one before works no longer. Conflict when nothing is outstanding."""
    if not lines_of(session, delivery.id):
        raise Conflict(NOTHING)
    record(session, "delivery.notice_link", delivery, actor=actor, now=now)
    if mails:
        enqueue(session, MAIL_JOB, {"delivery_id": str(delivery.id)}, now=now, priority=2, requested_by=actor.user_id)
        return None
    return give_secret(delivery, now=now)


def acknowledge_by_link(session: Session, delivery: Delivery, name: str, up_to: int, *, now: datetime) -> int:
    """Take the recipient's word for what it was shown, lines up to a number; the link is used up.

    Lines that were added meanwhile stay outstanding. Of two at once one counts, the other gets Conflict.
    """
    used = update(Delivery).where(
        Delivery.id == delivery.id, Delivery.notice_link_sha256 == delivery.notice_link_sha256
    )
    if not changed_one(session, used.values(notice_link_sha256=None, notice_link_expires_at=None)):
        raise Conflict(GONE)
    count = _acknowledge(session, delivery.id, up_to, {"acknowledged_at": now, "acknowledged_name": name})
    record(session, "delivery.acknowledge_corrections", delivery, actor=None, now=now, count=count, how="link")
    sentence = (
        f"{delivery.recipient.name} has heard of {count:,} {'correction' if count == 1 else 'corrections'} ({name})."
    )
    path = f"/deliveries/{delivery.id}/corrections"
    notify(session, delivery.delivered_by, NotificationKind.JOB_DONE, sentence, path, now=now)
    return count


def acknowledge_by_hand(
    session: Session, delivery: Delivery, said: AcknowledgementIn, *, actor: Actor, now: datetime
) -> int:
    """Note what a recipient has said elsewhere of all that is outstanding; Conflict when nothing is."""
    values = {
        "acknowledged_at": now,
        "acknowledged_name": said.name,
        "acknowledged_note": said.note,
        "acknowledged_by": actor.user_id,
    }
    count = _acknowledge(session, delivery.id, None, values)
    if not count:
        raise Conflict(NOTHING)
    record(session, "delivery.acknowledge_corrections", delivery, actor=actor, now=now, count=count, how="hand")
    return count


def _acknowledge(session: Session, delivery_id: UUID, up_to: int | None, values: dict[str, Any]) -> int:
    shown: list[ColumnElement[bool]] = [
        CorrectionNotice.delivery_id == delivery_id,
        CorrectionNotice.acknowledged_at.is_(None),
    ]
    if up_to is not None:
        lines = select(Correction.id).where(Correction.id == CorrectionNotice.correction_id, Correction.n <= up_to)
        shown.append(lines.exists())
    found = session.scalars(select(CorrectionNotice.id).where(*shown)).all()
    session.execute(
        update(CorrectionNotice).where(*shown).values(**values), execution_options={"synchronize_session": False}
    )
    return len(found)


@dataclass(frozen=True, slots=True)
class Line:
    """A correction that a recipient was told of."""

    notice: CorrectionNotice
    correction: Correction


def lines_of(session: Session, delivery_id: UUID, *, outstanding: bool = True) -> list[Line]:
    """List what the recipient of a delivery was told, by number; only what it has not acknowledged, or all."""
    query = (
        select(CorrectionNotice, Correction)
        .join(Correction, Correction.id == CorrectionNotice.correction_id)
        .where(CorrectionNotice.delivery_id == delivery_id)
        .order_by(Correction.n)
    )
    if outstanding:
        query = query.where(CorrectionNotice.acknowledged_at.is_(None))
    return [Line(*row) for row in session.execute(query).all()]


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What a recipient has still to acknowledge of one delivery."""

    delivery_id: UUID
    recipient: str
    contact: str
    dataset: str
    n: int
    count: int
    withdrawn: int
    told_at: datetime
    due_at: datetime

    def is_overdue(self, now: datetime) -> bool:
        """Whether the first of them should have been acknowledged by now."""
        return now > self.due_at


def outstanding(session: Session) -> list[Outstanding]:
    """List the deliveries with corrections that are not acknowledged, what is due first at the top."""
    withdrawn = func.count().filter(Correction.kind == CorrectionKind.WITHDRAWN)
    columns = (Delivery.id, Recipient.name, Recipient.contact_email, Dataset.name, Snapshot.n)
    due = func.min(CorrectionNotice.due_at)
    query = (
        select(*columns, func.count(), withdrawn, func.min(CorrectionNotice.told_at), due)
        .select_from(CorrectionNotice)
        .join(Correction, Correction.id == CorrectionNotice.correction_id)
        .join(Delivery, Delivery.id == CorrectionNotice.delivery_id)
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .join(Snapshot, Snapshot.id == Correction.snapshot_id)
        .join(Dataset, Dataset.id == Snapshot.dataset_id)
        .where(CorrectionNotice.acknowledged_at.is_(None))
        .group_by(*columns)
        .order_by(due, Delivery.id)
    )
    return [Outstanding(*row) for row in session.execute(query).all()]
