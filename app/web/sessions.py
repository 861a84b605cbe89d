"""The session cookie: an opaque secret, nothing else."""

from typing import Any

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import Scope

from app.config import Settings
from app.core.actor import RENEWED

HTTPS_NAME = "__Host-session"
PLAIN_NAME = "workings_session"
"""Only for plain http on a loopback address, where a __Host- cookie would not be kept by every browser."""


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name for this installation."""
    return HTTPS_NAME if settings.is_https else PLAIN_NAME


def read_secret(request: Request) -> str | None:
    """Return the secret of the browser's session: what it sent, or what the running change has put in its place."""
    settings: Settings = request.app.state.settings
    renewed: str | None = _changed_by(request.scope).get(RENEWED)
    return renewed or request.cookies.get(cookie_name(settings))


def set_secret(response: Response, settings: Settings, secret: str) -> None:
    """Give the browser a session; it ends with the browser or when the server says so."""
    response.set_cookie(
        cookie_name(settings), secret, secure=settings.is_https, httponly=True, samesite="lax", path="/"
    )


def clear_secret(response: Response, settings: Settings) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(settings), secure=settings.is_https, httponly=True, samesite="lax", path="/")


def follow(request: Request, info: dict[str, Any]) -> None:
    """Remember where the change of this request leaves a new secret (`Session.info`)."""
    request.state.changed_by = info


def send_renewed(scope: Scope, headers: MutableHeaders) -> None:
    """Put a new secret that the committed change has left into the answer, whoever built it."""
    info = _changed_by(scope)
    if info.get("committed") and RENEWED in info:
        carrier = Response()
        set_secret(carrier, scope["app"].state.settings, info[RENEWED])
        headers.append("set-cookie", carrier.headers["set-cookie"])


def _changed_by(scope: Scope) -> dict[str, Any]:
    info: dict[str, Any] = scope.get("state", {}).get("changed_by", {})
    return info
