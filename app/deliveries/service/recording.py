"""What happens to a delivery, in the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.deliveries.models import Delivery


def record(
    session: Session, verb: str, delivery: Delivery, *, actor: Actor | None, now: datetime, **detail: Any
) -> None:
    """Record what somebody did with a delivery; without an actor it was its recipient, or a job."""
    audit.record(
        session,
        verb,
        actor=actor,
        at=now,
        kind="delivery",
        object_id=delivery.id,
        project_id=delivery.project_id,
        **detail,
    )
