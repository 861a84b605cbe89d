"""API tokens: shown once, stored as a hash, limited to scopes, a project and a time."""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import ApiToken
from app.accounts.policy import can_use_tokens
from app.accounts.queries import sha256
from app.accounts.schemas import SCOPES
from app.core import audit
from app.core.actor import Actor
from app.core.errors import Invalid, NotAllowed
from app.core.ids import new_id, new_secret

DAYS_MAX = 365


def create_token(
    session: Session,
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[str],
    days: int,
    now: datetime,
    project_id: UUID | None = None,
) -> str:
    """Make a token that acts as its owner, ``wk_<id>_<secret><checksum>``, and return it. No scopes means all."""
    if not can_use_tokens(actor):
        raise NotAllowed("A token cannot make tokens; sign in with a browser.")
    chosen = list(dict.fromkeys(scopes)) or list(SCOPES)
    unknown = [scope for scope in chosen if scope not in SCOPES]
    if unknown:
        raise Invalid(f"Unknown scope {unknown[0]}. Known: {', '.join(SCOPES)}.", fields={"scopes": "Unknown scope."})
    if not 1 <= days <= DAYS_MAX:
        raise Invalid(f"A token lives 1 to {DAYS_MAX} days.", fields={"days": f"1 to {DAYS_MAX}."})
    if project_id is not None and not actor.is_in(project_id):
        raise NotAllowed("You do not belong to that project.")
    token_id = new_id()
    body = f"wk_{token_id.hex}_{new_secret()}"
    secret = f"{body}{zlib.crc32(body.encode()):08x}"
    session.add(
        ApiToken(
            id=token_id,
            secret_sha256=sha256(secret),
            user_id=actor.user_id,
            name=name[:80],
            scopes=chosen,
            project_id=project_id,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    audit.record(session, "token.create", actor=actor, at=now, kind="token", object_id=token_id, scopes=chosen)
    return secret


def revoke_token(session: Session, token: ApiToken, *, actor: Actor, now: datetime) -> None:
    """Make a token useless from its next request on."""
    token.revoked_at = token.revoked_at or now
    audit.record(session, "token.revoke", actor=actor, at=now, kind="token", object_id=token.id)


def note_use(session: Session, token_id: UUID, *, now: datetime) -> None:
    """Note that a token changed something; written at most once a minute by who asks."""
    session.execute(
        update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now),
        execution_options={"synchronize_session": False},
    )
