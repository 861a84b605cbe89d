"""Every error as an answer: JSON with code, sentence and pointer for programs, a page with what to do for people."""

import logging
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core import errors
from app.core.storage import StoreFailed
from app.web.addresses import address_of, page_before, with_next
from app.web.headers import BodyTooLarge, secure
from app.web.templating import render

logger = logging.getLogger(__name__)

STATUS: dict[type[errors.WorkingsError], int] = {
    errors.NotSignedIn: 401,
    errors.NotFound: 404,
    errors.StepUpNeeded: 403,
    errors.NotAllowed: 403,
    errors.Invalid: 422,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.PreconditionNeeded: 428,
    errors.TooManyRequests: 429,
    errors.TooLarge: 413,
    errors.Unavailable: 503,
}
_TITLES = {
    400: "This request cannot be read",
    401: "Please sign in",
    403: "Not for you",
    404: "Nothing here",
    405: "Not like this",
    409: "Changed in the meantime",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Not this kind of body",
    422: "Something is missing or wrong",
    428: "Say what it is based on",
    429: "Too often",
    500: "Our fault",
    503: "Not now",
}
_RETRY_SECONDS = 5


def status_of(error: errors.WorkingsError) -> int:
    """Return the HTTP status of an error, by its nearest class."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def wants_json(request: Request) -> bool:
    """Tell whether the answer goes to a program."""
    return request.url.path.startswith("/api/")


def answer(
    request: Request, status: int, code: str, sentence: str, *, pointer: str | None = None, **details: Any
) -> Response:
    """Build the answer for one error."""
    error_id: str = getattr(request.state, "request_id", "")
    response: Response
    if wants_json(request):
        body = {"code": code, "message": sentence, "pointer": pointer, "id": error_id, **details}
        response = JSONResponse(body, status)
    else:
        title = _TITLES.get(status, _TITLES[500])
        response = render(
            request,
            "errors/error.html",
            status=status,
            title=title,
            sentence=sentence,
            error_id=error_id,
            code=code,
            status_code=status,
        )
    if status in {429, 503}:
        response.headers["retry-after"] = str(details.get("retry_after_seconds", _RETRY_SECONDS))
    return response


def _workings_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.WorkingsError):
        raise TypeError("wrong handler")
    detour = _detour(request, error)
    if detour is not None:
        return RedirectResponse(detour, 303)
    status = status_of(error)
    details = dict(error.details)
    if isinstance(error, errors.TooManyRequests):
        details["retry_after_seconds"] = error.retry_after_seconds
    return answer(request, status, error.code, error.sentence, pointer=error.pointer, **details)


def _detour(request: Request, error: errors.WorkingsError) -> str | None:
    """Say which page the person goes to first, when giving a password is all that is missing.

    Programs and htmx get the refusal itself: the front end asks in place and repeats the request.
    """
    if wants_json(request) or "hx-request" in request.headers:
        return None
    if isinstance(error, errors.StepUpNeeded):
        return with_next("/step-up", address_of(request) if request.method == "GET" else page_before(request))
    if isinstance(error, errors.NotSignedIn) and request.method == "GET":
        return with_next("/sign-in", address_of(request))
    return None


def _validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError("wrong handler")
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if part != "body"]
    faults = [
        {"pointer": "/" + "/".join(str(p) for p in f["loc"][1:]), "message": f["msg"]} for f in error.errors()[:20]
    ]
    sentence = f"{'.'.join(place) or 'The body'}: {first['msg']}."
    if first["loc"][:1] == ("path",):
        return answer(request, 404, "not_found", "There is nothing at this address.")
    return answer(request, 422, "invalid", sentence, pointer="/" + "/".join(place[:]), faults=faults)


def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError("wrong handler")
    if isinstance(error.__cause__, BodyTooLarge):  # FastAPI says 400 for whatever goes wrong while it reads a body
        return _too_large(request, error.__cause__)
    known = {
        404: ("not_found", "There is nothing at this address."),
        405: ("method", "This address does not take that method."),
    }
    code, sentence = known.get(error.status_code, ("http", str(error.detail)))
    return answer(request, error.status_code, code, sentence)


def _too_large(request: Request, error: Exception) -> Response:
    limit = error.limit_bytes // (1 << 20) if isinstance(error, BodyTooLarge) else 0
    return answer(request, 413, "too_large", f"This is larger than the {limit} MiB that are accepted here.")


def _integrity(request: Request, error: Exception) -> Response:
    logger.info("constraint refused a change: %s", type(error).__name__)
    return answer(
        request,
        409,
        "conflict",
        "This stands in the way of something that was stored in the meantime; reload and try again.",
    )


def _unavailable(request: Request, error: Exception) -> Response:
    logger.warning("database unavailable: %s", type(error).__name__)
    return answer(
        request, 503, "unavailable", "The database is busy or away. Nothing was stored; try again in a moment."
    )


def _store_failed(request: Request, error: Exception) -> Response:
    if not isinstance(error, StoreFailed):
        raise TypeError("wrong handler")
    logger.warning("file store unavailable: %s", error.sentence)
    return answer(request, 503, "unavailable", "The file store is away. Nothing was stored; try again in a moment.")


def _unexpected(request: Request, error: Exception) -> Response:
    logger.error("unhandled error %s", getattr(request.state, "request_id", ""), exc_info=error)
    response = answer(
        request, 500, "fault", "Something went wrong on our side. Nothing was stored; the id helps to find out why."
    )
    # This answer is made outside all middleware, so it must bring its own headers.
    secure(
        response.headers,
        nonce=getattr(request.state, "csp_nonce", ""),
        path=request.url.path,
        https=request.app.state.settings.is_https,
    )
    return response


def _gone(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the form of a handler
    # The line dropped while the body was on its way. Nothing was changed, nobody reads this answer, and it is no fault.
    return Response(status_code=400)


def install(app: FastAPI) -> None:
    """Register the handlers; no traceback, SQL or path ever leaves."""
    app.add_exception_handler(errors.WorkingsError, _workings_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(BodyTooLarge, _too_large)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(IntegrityError, _integrity)
    app.add_exception_handler(OperationalError, _unavailable)
    app.add_exception_handler(PoolTimeout, _unavailable)
    app.add_exception_handler(StoreFailed, _store_failed)
    app.add_exception_handler(DataError, _unexpected)
    app.add_exception_handler(Exception, _unexpected)
