"""Recipients, and exports that were made for them."""

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.recipients.models import Recipient
from app.recipients.schemas import RecipientIn
from app.recipients.service import add_recipient
from tests.cast import NOW, Person


def a_recipient(
    session: Session, admin: Person, data_dir: Path, name: str = "Abacus Institute", **facts: Any
) -> Recipient:
    """Store a recipient with a key of its own; facts override."""
    values = {
        "name": name,
        "kind": "research",
        "contact_email": "data@abacus.example.org",
        "terms": "Not to be passed on.",
    }
    wanted = RecipientIn.model_validate(values | facts)
    added = add_recipient(session, wanted, data_dir=data_dir, actor=admin.actor, now=NOW)
    session.flush()  # an export may refer to it at once
    return added
