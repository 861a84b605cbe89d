"""Recipients are added, changed, closed and opened again by admins; each has a key that nobody sees."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid, SetupFault
from app.core.ids import new_id
from app.core.keys import KEY_BYTES, load_or_create_key
from app.recipients.models import Recipient
from app.recipients.queries import name_key
from app.recipients.schemas import RecipientIn

KEY = "recipients"
"""Name of the installation's key that seals those of the recipients."""


def add_recipient(session: Session, wanted: RecipientIn, *, data_dir: Path, actor: Actor, now: datetime) -> Recipient:
    """Add a recipient with a new random key. Invalid when its name is taken."""
    recipient_id = new_id()
    added = Recipient(
        id=recipient_id,
        name=wanted.name,
        name_key=name_key(wanted.name),
        kind=wanted.kind,
        contact_email=wanted.contact_email,
        licence=wanted.licence,
        terms=wanted.terms,
        sealed_key=_box(data_dir, recipient_id).encrypt(secrets.token_bytes(KEY_BYTES)),
        created_by=actor.user_id,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(added)
            session.flush()  # the unique name decides, not a look beforehand
    except IntegrityError as error:
        raise _taken(wanted.name) from error
    _record(session, "recipient.add", added, actor=actor, now=now, fields=sorted(RecipientIn.model_fields))
    return added


def edit_recipient(session: Session, recipient: Recipient, wanted: RecipientIn, *, actor: Actor, now: datetime) -> None:
    """Change what is said of a recipient; its key stays. What was delivered keeps the terms of its day.

    Invalid when another one has the name.
    """
    values = wanted.model_dump()
    changed = sorted(name for name, value in values.items() if getattr(recipient, name) != value)
    try:
        with session.begin_nested():
            for name in changed:
                setattr(recipient, name, values[name])
            recipient.name_key = name_key(wanted.name)
            session.flush()  # the unique name decides, not a look beforehand
    except IntegrityError as error:
        raise _taken(wanted.name) from error
    if changed:
        _record(session, "recipient.edit", recipient, actor=actor, now=now, fields=changed)


def close_recipient(session: Session, recipient: Recipient, *, actor: Actor, now: datetime) -> None:
    """Let nothing new be exported for it; what it has stays known. Conflict when it is closed already."""
    still = update(Recipient).where(Recipient.id == recipient.id, Recipient.closed_at.is_(None))
    if not changed_one(session, still.values(closed_at=now, closed_by=actor.user_id)):
        raise Conflict(f"{recipient.name} is closed already.")
    _record(session, "recipient.close", recipient, actor=actor, now=now)


def reopen_recipient(session: Session, recipient: Recipient, *, actor: Actor, now: datetime) -> None:
    """Let things be exported for it again. Conflict when it is open."""
    shut = update(Recipient).where(Recipient.id == recipient.id, Recipient.closed_at.is_not(None))
    if not changed_one(session, shut.values(closed_at=None, closed_by=None)):
        raise Conflict(f"{recipient.name} is open already.")
    _record(session, "recipient.reopen", recipient, actor=actor, now=now)


def key_of(recipient: Recipient, data_dir: Path) -> bytes:
    """Open the sealed key: 32 bytes. SetupFault when the installation's key is not the one that sealed it."""
    try:
        return _box(data_dir, recipient.id).decrypt(recipient.sealed_key)
    except CryptoError as error:
        raise SetupFault(
            f"The key of {recipient.name} does not open with {KEY}.key; restore that file from the backup."
        ) from error


def _box(data_dir: Path, recipient_id: UUID) -> SecretBox:
    """Give the box of one recipient: a sealed key that is put into another's row does not open there."""
    installation = load_or_create_key(data_dir, KEY)
    return SecretBox(blake2b(recipient_id.bytes, key=installation, digest_size=SecretBox.KEY_SIZE).digest())


def _taken(name: str) -> Invalid:
    return Invalid(f"There is a recipient called “{name}” already.", fields={"name": "Already taken."})


def _record(
    session: Session, verb: str, recipient: Recipient, *, actor: Actor, now: datetime, fields: Sequence[str] = ()
) -> None:
    changed = list(fields)
    audit.record(session, verb, actor=actor, at=now, kind="recipient", object_id=recipient.id, fields=changed)
