"""Proof that a change comes from our own pages: Sec-Fetch-Site or Origin, and a token bound to the session."""

import hashlib
import hmac
from collections.abc import AsyncIterator

from fastapi import Request

from app.core.errors import NotAllowed
from app.web.addresses import is_loopback
from app.web.sessions import read_secret

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
FIELD = "csrf_token"
UNPROVEN = frozenset({"/csp-report"})
"""Reports of the browser itself, which carry its cookies but no token; they change nothing."""
_REFUSED = "This request did not come from a page of this installation; reload the page and try again."


def token_for(session_secret: str) -> str:
    """Derive the token of a session; it proves knowledge of the cookie without showing it."""
    return hashlib.sha256(b"csrf:" + session_secret.encode()).hexdigest()


async def protect(request: Request) -> AsyncIterator[None]:
    """Refuse a change made with a cookie unless it provably comes from our own pages.

    A request with a bearer token carries no ambient authority and is let through.
    """
    try:
        await _require_proof(request)
        yield
    finally:
        await request.close()  # a posted file is a temporary one, open until then, also when the request is refused


async def _require_proof(request: Request) -> None:
    if request.method in SAFE_METHODS or request.url.path in UNPROVEN:
        return
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    secret = read_secret(request)
    _check_origin(request, has_session=secret is not None)
    if request.url.path.startswith("/api/") and not _is_json_or_upload(request):
        raise NotAllowed("Send the body as application/json.")
    if secret is None:
        return
    sent = request.headers.get(HEADER) or await _field(request)
    if not hmac.compare_digest(sent.encode(), token_for(secret).encode()):
        raise NotAllowed(_REFUSED)


def _check_origin(request: Request, *, has_session: bool) -> None:
    site = request.headers.get("sec-fetch-site")
    if site == "same-origin" or (site == "none" and has_session):
        return
    if site is not None:
        raise NotAllowed(_REFUSED)
    origin = request.headers.get("origin")
    if origin is None and not has_session:
        return  # a program without cookies; nothing ambient to abuse
    own = {request.app.state.settings.public_url.rstrip("/")}
    if is_loopback(request.url.hostname or ""):
        # localhost, 127.0.0.1 and [::1] are one machine; any other Host may be a name that leads here by trickery.
        own.add(f"{request.url.scheme}://{request.url.netloc}")
    if origin not in own:
        raise NotAllowed(_REFUSED)


def _is_json_or_upload(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    no_body = request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers
    return no_body or kind in {"application/json", "multipart/form-data", "application/octet-stream"}


async def _field(request: Request) -> str:
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    form = await request.form(max_files=20, max_fields=200)
    value = form.get(FIELD)
    return value if isinstance(value, str) else ""
