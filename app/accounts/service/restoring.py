"""People behind pseudonyms: found where they are known here, else stood in for by accounts that nobody can enter."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.states import UserState
from app.core.ids import new_id

CHUNK = 500
STAND_IN_DOMAIN = "stand-in.invalid"
"""No mail ever goes there: the ending is reserved for names that do not exist."""


def restore_people(session: Session, pseudonyms: Collection[UUID], *, now: datetime) -> dict[UUID, UUID]:
    """Return pseudonym → user id; a pseudonym that nobody here has gets a disabled account without a password.

    The account says nothing of the person: its name and address are made of the pseudonym. It has no role anywhere.
    """
    wanted = sorted(set(pseudonyms))
    found: dict[UUID, UUID] = {}
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        rows = session.execute(select(User.pseudonym, User.id).where(User.pseudonym.in_(chunk)))
        found.update((row[0], row[1]) for row in rows)
    new = {pseudonym: new_id() for pseudonym in wanted if pseudonym not in found}
    if new:
        session.execute(insert(User), [_stand_in(user_id, pseudonym, now) for pseudonym, user_id in new.items()])
    return found | new


def _stand_in(user_id: UUID, pseudonym: UUID, now: datetime) -> dict[str, object]:
    email = f"{pseudonym}@{STAND_IN_DOMAIN}"
    return {
        "id": user_id,
        "email": email,
        "email_key": email,
        "name": f"Contributor {pseudonym.hex[-8:]}",
        "pseudonym": pseudonym,
        "state": UserState.DISABLED,
        "mail_notifications": False,
        "created_at": now,
    }
