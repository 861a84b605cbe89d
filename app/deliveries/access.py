"""The doors to deliveries: by who asks, and by the one-time link of a recipient."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.queries import sha256
from app.core.actor import Actor
from app.core.errors import NotFound
from app.datasets.models import Snapshot
from app.deliveries.models import Delivery
from app.deliveries.policy import can_view_delivery
from app.exports.models import Export

GONE = "This link was used, has expired or was replaced. Ask whoever handed you the files for a new one."


def get_delivery(session: Session, actor: Actor, delivery_id: UUID) -> Delivery:
    """Load a delivery with its recipient; NotFound if the actor may not see it."""
    delivery = session.get(Delivery, delivery_id, options=[joinedload(Delivery.recipient)])
    if delivery is None or not can_view_delivery(actor, delivery):
        raise NotFound("There is no such delivery.")
    return delivery


def open_receipt(session: Session, secret: str, *, now: datetime) -> Delivery:
    """Load what a working link is for, with export and dataset; NotFound, with one sentence for all reasons."""
    works = (Delivery.link_sha256 == sha256(secret), Delivery.link_expires_at > now, Delivery.acknowledged_at.is_(None))
    return _behind_link(session, *works)


def open_notice(session: Session, secret: str, *, now: datetime) -> Delivery:
    """Load the delivery whose corrections a working link tells of; NotFound as `open_receipt`."""
    return _behind_link(session, Delivery.notice_link_sha256 == sha256(secret), Delivery.notice_link_expires_at > now)


def _behind_link(session: Session, *works: ColumnElement[bool]) -> Delivery:
    dataset = joinedload(Delivery.export).joinedload(Export.snapshot).joinedload(Snapshot.dataset)
    query = select(Delivery).options(joinedload(Delivery.recipient), dataset)
    delivery = session.scalars(query.where(*works)).one_or_none()
    if delivery is None:
        raise NotFound(GONE)
    return delivery
