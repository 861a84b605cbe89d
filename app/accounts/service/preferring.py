"""Keep how a person likes the pages; nothing that a rule depends on, so no audit event tells of it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.actor import Actor

PREFERENCES = frozenset({"task_columns"})
VALUES_MAX = 40
VALUE_MAX_CHARS = 40


def prefer(session: Session, actor: Actor, name: str, values: Sequence[str] | None) -> None:
    """Keep a person's preference, or forget it (None); what the words mean is checked where they are used."""
    if name not in PREFERENCES:
        raise ValueError(f"No page reads the preference {name}.")
    if values is not None and (len(values) > VALUES_MAX or any(len(value) > VALUE_MAX_CHARS for value in values)):
        raise ValueError(f"The preference {name} is longer than any page needs.")
    user = session.get_one(User, actor.user_id)
    others = {key: value for key, value in user.preferences.items() if key != name}
    # A new dictionary: a change inside the old one would not be noticed and not be stored.
    user.preferences = others if values is None else {**others, name: list(values)}
