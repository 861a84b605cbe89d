"""Response headers, body limits and request ids, as one plain ASGI layer around everything."""

import secrets
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.sessions import send_renewed

JSON_BODY_MAX_BYTES = 1 << 20
DRAFT_BODY_MAX_BYTES = 4 << 20
FORM_BODY_MAX_BYTES = 1 << 20
UPLOAD_BODY_MAX_BYTES = 101 << 20
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
_COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": f"{_PERMISSIONS}, fullscreen=(self)",
    "x-robots-tag": "noindex, nofollow",
    "origin-agent-cluster": "?1",
}
CSP_DATA = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
CSP_FILE = "sandbox; default-src 'none'"


def page_policy(nonce: str) -> str:
    """Return the Content-Security-Policy of an HTML page whose own scripts carry `nonce`."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "style-src-attr 'none'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; frame-src 'none'; worker-src 'self'; manifest-src 'self'; object-src 'none'; "
        "base-uri 'none'; report-uri /csp-report"
    )


class Headers:
    """Sets the headers of every answer, refuses unknown methods and bodies over their limit before they are read."""

    def __init__(
        self, app: ASGIApp, *, https: bool, upload_paths: Iterable[str] = (), draft_paths: Iterable[str] = ()
    ) -> None:
        self.app = app
        self.https = https
        self.upload_paths = tuple(upload_paths)
        self.draft_paths = tuple(draft_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {}).update(csp_nonce=nonce, request_id=secrets.token_hex(8))
        limit = self._body_limit(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                secure(headers, nonce=nonce, path=scope["path"], https=self.https)
                send_renewed(scope, headers)
            await send(message)

        if scope["method"] not in _METHODS:
            await _refuse(send_with_headers, 405, b"Method not allowed.")
            return
        length = _content_length(scope)
        if length is not None and length > limit:
            await _refuse(send_with_headers, 413, _too_large(scope, limit))
            return
        await self.app(scope, _limited(receive, limit), send_with_headers)

    def _body_limit(self, scope: Scope) -> int:
        path: str = scope["path"]
        if path.endswith(self.upload_paths):
            return UPLOAD_BODY_MAX_BYTES
        if path.endswith(self.draft_paths):
            return DRAFT_BODY_MAX_BYTES
        return JSON_BODY_MAX_BYTES


def secure(headers: MutableHeaders, *, nonce: str, path: str, https: bool) -> None:
    """Set what every answer carries; a policy or a cache rule that the answer brings itself stays."""
    for name, value in _COMMON.items():
        headers[name] = value
    if https:
        headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    if "content-security-policy" not in headers:
        is_page = headers.get("content-type", "").startswith("text/html")
        headers["content-security-policy"] = page_policy(nonce) if is_page else CSP_DATA
    if "cache-control" not in headers and not path.startswith("/static/"):
        headers["cache-control"] = "no-store"


def _content_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 1 << 62
    return None


def _limited(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge(limit)
        return message

    return limited


class BodyTooLarge(Exception):
    """A body without a declared length went over its limit while it was read."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"more than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


def _too_large(scope: Scope, limit: int) -> bytes:
    sentence = f"This is larger than the {limit // (1 << 20)} MiB that are accepted here."
    if scope["path"].startswith("/api/"):
        return f'{{"code":"too_large","message":"{sentence}","pointer":null}}'.encode()
    return sentence.encode()


async def _refuse(send: Send, status: int, body: bytes) -> None:
    kind = b"application/json" if body.startswith(b"{") else b"text/plain; charset=utf-8"
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": body})
