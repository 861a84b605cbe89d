"""Built front-end files: pre-compressed, named by their hash, kept by the browser for a year."""

import mimetypes
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, Response

from app.config import ROOT
from app.core.errors import NotFound

STATIC = ROOT / "app" / "static"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_FOREVER = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=3600"


def _find(path: str) -> Path:
    if not path.isprintable():  # the system refuses a NUL byte with an error of its own
        raise NotFound("There is no such file.")
    file = (STATIC / path).resolve()
    if not file.is_relative_to(STATIC.resolve()) or not file.is_file() or file.suffix in {".br", ".gz"}:
        raise NotFound("There is no such file.")
    return file


async def serve_static(request: Request, path: str) -> Response:
    """Send one static file, compressed as the browser likes it; files from the build never change."""
    file = _find(path)
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = {"cache-control": _FOREVER if path.startswith("dist/") else _SHORT, "vary": "Accept-Encoding"}
    accepted = request.headers.get("accept-encoding", "")
    for encoding, suffix in _ENCODINGS:
        packed = file.with_name(file.name + suffix)
        if encoding in accepted and packed.is_file():
            return FileResponse(packed, media_type=media_type, headers={**headers, "content-encoding": encoding})
    return FileResponse(file, media_type=media_type, headers=headers)


def mount_static(app: FastAPI) -> None:
    """Add the route of static files; the only one that needs neither a person nor a database."""
    app.add_api_route(
        "/static/{path:path}", serve_static, methods=["GET", "HEAD"], name="static", include_in_schema=False
    )
