"""Lists of recipients."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.recipients.models import Recipient
from app.text.identifiers import email_key


def all_recipients(session: Session) -> Sequence[Recipient]:
    """List them by name, those that are open first."""
    query = select(Recipient).order_by(Recipient.closed_at.is_not(None), Recipient.name_key)
    return session.scalars(query).all()


def open_recipients(session: Session) -> Sequence[Recipient]:
    """List those that exports are still made for, by name."""
    return session.scalars(select(Recipient).where(Recipient.closed_at.is_(None)).order_by(Recipient.name_key)).all()


def find_recipient(session: Session, name: str) -> Recipient | None:
    """Find one by its name, however its letters are written, or by its id."""
    try:
        return session.get(Recipient, UUID(name))
    except ValueError:
        return session.scalars(select(Recipient).where(Recipient.name_key == name_key(name))).one_or_none()


def name_key(name: str) -> str:
    """Return the form under which a name is unique: NFKC, case-folded."""
    return email_key(" ".join(name.split()))
