"""The session cookie: an opaque secret, nothing else."""

from fastapi import Request, Response

from app.config import Settings

HTTPS_NAME = "__Host-session"
PLAIN_NAME = "workings_session"
"""Only for plain http on a loopback address, where a __Host- cookie would not be kept by every browser."""


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name for this installation."""
    return HTTPS_NAME if settings.is_https else PLAIN_NAME


def read_secret(request: Request) -> str | None:
    """Return the session secret that the browser sent, if any."""
    settings: Settings = request.app.state.settings
    return request.cookies.get(cookie_name(settings))


def set_secret(response: Response, settings: Settings, secret: str) -> None:
    """Give the browser a session; it ends with the browser or when the server says so."""
    response.set_cookie(
        cookie_name(settings), secret, secure=settings.is_https, httponly=True, samesite="lax", path="/"
    )


def clear_secret(response: Response, settings: Settings) -> None:
    """Take the session from the browser."""
    response.delete_cookie(cookie_name(settings), secure=settings.is_https, httponly=True, samesite="lax", path="/")
