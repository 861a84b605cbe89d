"""One sentence carried over a redirect, in a short-lived cookie; shown once."""

import base64
import binascii
import json

from fastapi import Request, Response

NAME = "workings_flash"
KINDS = frozenset({"done", "caution", "refused"})
MAX_CHARS = 400


def flash(response: Response, kind: str, sentence: str) -> None:
    """Show `sentence` on the next page; `kind` is done, caution or refused."""
    if kind not in KINDS:
        raise ValueError(f"Unknown kind of message: {kind}")
    value = base64.urlsafe_b64encode(json.dumps([kind, sentence[:MAX_CHARS]]).encode()).decode()
    response.set_cookie(NAME, value, max_age=60, httponly=True, samesite="lax", path="/")


def read(request: Request) -> list[tuple[str, str]]:
    """Return the sentence that waits for this page, if any; a damaged cookie counts as none."""
    value = request.cookies.get(NAME)
    if not value:
        return []
    try:
        kind, sentence = json.loads(base64.urlsafe_b64decode(value))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return []
    fine = isinstance(kind, str) and kind in KINDS and isinstance(sentence, str)
    return [(kind, sentence)] if fine else []


def clear(response: Response) -> None:
    """Forget the sentence once it has been shown."""
    response.delete_cookie(NAME, path="/")
