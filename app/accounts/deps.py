"""`CurrentActor`: the person behind a request, from the session cookie or a bearer token, loaded afresh each time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.queries import Held
from app.accounts.service.sessions import RENEW_AFTER, note_activity
from app.accounts.service.throttle import Door
from app.accounts.service.tokens import note_use
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotAllowed, NotSignedIn
from app.web.addresses import client_network
from app.web.csrf import SAFE_METHODS
from app.web.deps import OpenSession
from app.web.sessions import read_secret
from app.web.templating import Viewer

POLLING = "/heartbeat"
"""Requests that the page sends by itself: they do not keep a session alive."""
_SIGN_IN = "Sign in first; your session has ended or was never begun."


def door_of(request: Request) -> Door:
    """Say where the request comes from, for the counters of failed attempts."""
    return Door(
        key=request.app.state.keys["subjects"],
        ip=client_network(request),
        user_agent=request.headers.get("user-agent", ""),
    )


def _maybe_actor(request: Request, session: OpenSession) -> Actor | None:
    now = clock.now()
    held = _held(request, session, now)
    if held is None:
        return None
    if request.method not in SAFE_METHODS and not request.url.path.endswith(POLLING):
        _note(session, held, now)
    actor = held.actor
    if not request.url.path.startswith("/api/"):
        request.state.viewer = Viewer(
            user_id=actor.user_id,
            name=actor.name,
            is_admin=actor.is_admin,
            home_url="/",
            unread_count=queries.count_unread(session, actor.user_id),
        )
    return actor


def _held(request: Request, session: Session, now: datetime) -> Held | None:
    header = request.headers.get("authorization", "")
    if not header:
        secret = read_secret(request)
        return None if secret is None else queries.held_session(session, secret, now=now)
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not request.url.path.startswith("/api/"):
        raise NotSignedIn("Send the token as 'Authorization: Bearer …', and only to /api/.")
    held = queries.held_token(session, token.strip(), now=now)
    if held is None:
        raise NotSignedIn("This token is unknown, expired or revoked.")
    return held


def _note(session: Session, held: Held, now: datetime) -> None:
    """Keep the session alive, or note the token's use: with a real change, at most once a minute."""
    if held.last_active_at is not None and now - held.last_active_at <= RENEW_AFTER:
        return
    if held.token_id is not None:
        note_use(session, held.token_id, now=now)
    elif held.actor.session_id is not None:
        note_activity(session, held.actor.session_id, now=now)


MaybeActor = Annotated[Actor | None, Depends(_maybe_actor, scope="function")]


async def _actor(actor: MaybeActor) -> Actor:
    if actor is None:
        raise NotSignedIn(_SIGN_IN)
    return actor


CurrentActor = Annotated[Actor, Depends(_actor, scope="function")]


@dataclass(frozen=True)
class ScopeCheck:
    """Refuses API tokens without `scope`; an object, so that the OpenAPI document can tell what a route needs."""

    scope: str

    async def __call__(self, actor: CurrentActor) -> None:
        """Raise NotAllowed for a token without the scope; browser sessions pass."""
        if not actor.may(self.scope):
            raise NotAllowed(f"This token does not have the scope {self.scope}.")


def require_scope(scope: str) -> Any:
    """Return a route dependency that refuses API tokens without `scope`; browser sessions pass."""
    return Depends(ScopeCheck(scope))


def _in_person(actor: CurrentActor) -> Actor:
    if actor.scopes is not None:
        raise NotAllowed("This needs a person in a browser; a token cannot do it.")
    return actor


InPerson = Annotated[Actor, Depends(_in_person, scope="function")]
"""Somebody signed in with a browser: accounts, sessions and tokens are out of a token's reach."""
