"""`CurrentActor`: the person behind a request, from the session cookie or a bearer token, loaded afresh each time."""

from typing import Annotated, Any

from fastapi import Depends, Request

from app.accounts import queries
from app.accounts.service.sessions import note_activity
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotAllowed, NotSignedIn
from app.web.csrf import SAFE_METHODS
from app.web.deps import OpenSession
from app.web.sessions import read_secret
from app.web.templating import Viewer

POLLING = "/heartbeat"
"""Requests that the page sends by itself: they do not keep a session alive."""
_SIGN_IN = "Sign in first; your session has ended or was never begun."


def _maybe_actor(request: Request, session: OpenSession) -> Actor | None:
    header = request.headers.get("authorization", "")
    if header:
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not request.url.path.startswith("/api/"):
            raise NotSignedIn("Send the token as 'Authorization: Bearer …', and only to /api/.")
        actor = queries.actor_of_token(session, secret.strip(), now=clock.now())
        if actor is None:
            raise NotSignedIn("This token is unknown, expired or revoked.")
        return actor
    secret_cookie = read_secret(request)
    if secret_cookie is None:
        return None
    actor = queries.actor_of_session(session, secret_cookie, now=clock.now())
    if actor is not None and request.method not in SAFE_METHODS and not request.url.path.endswith(POLLING):
        note_activity(session, actor, now=clock.now())
    if actor is not None and not request.url.path.startswith("/api/"):
        request.state.viewer = Viewer(
            user_id=actor.user_id,
            name=actor.name,
            is_admin=actor.is_admin,
            home_url="/",
            unread_count=queries.count_unread(session, actor.user_id),
        )
    return actor


MaybeActor = Annotated[Actor | None, Depends(_maybe_actor, scope="function")]


def _actor(actor: MaybeActor) -> Actor:
    if actor is None:
        raise NotSignedIn(_SIGN_IN)
    return actor


CurrentActor = Annotated[Actor, Depends(_actor, scope="function")]


def require_scope(scope: str) -> Any:
    """Return a route dependency that refuses API tokens without `scope`; browser sessions pass."""

    def check(actor: CurrentActor) -> None:
        if not actor.may(scope):
            raise NotAllowed(f"This token does not have the scope {scope}.")

    return Depends(check)
