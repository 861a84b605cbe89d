"""The doors to recipients."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.access import require_admin
from app.core.actor import Actor
from app.core.errors import Invalid, NotFound
from app.recipients.models import Recipient
from app.recipients.policy import can_choose_recipients


def get_recipient(session: Session, actor: Actor, recipient_id: UUID) -> Recipient:
    """Load a recipient, for an admin; NotFound otherwise."""
    require_admin(actor)
    return _load(session, recipient_id)


def get_choice(session: Session, actor: Actor, recipient_id: UUID) -> Recipient:
    """Load a recipient to export for, for whoever manages a project; NotFound otherwise."""
    if not can_choose_recipients(actor):
        raise NotFound("There is no such recipient.")
    return _load(session, recipient_id)


def read_recipient(session: Session, actor: Actor, value: str) -> Recipient | None:
    """Load what a form chose to export for; None for nobody in particular, Invalid for what is no choice."""
    if not value:
        return None
    try:
        return get_choice(session, actor, UUID(value))
    except ValueError as error:
        raise Invalid("Choose a recipient of the list.", fields={"recipient": "Choose one of the list."}) from error


def _load(session: Session, recipient_id: UUID) -> Recipient:
    found = session.get(Recipient, recipient_id)
    if found is None:
        raise NotFound("There is no such recipient.")
    return found
