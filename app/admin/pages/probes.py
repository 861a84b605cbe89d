"""Addresses that machines ask without signing in: alive, ready, and reports of the content policy."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from app.admin import service
from app.web.deps import CurrentSettings

logger = logging.getLogger(__name__)
router = APIRouter()
REPORT_MAX_CHARS = 256


@router.get("/healthz", name="admin.alive")
async def alive() -> Response:
    """Say that the process answers; touches nothing."""
    return PlainTextResponse("alive")


@router.get("/readyz", name="admin.ready")
def ready(request: Request, settings: CurrentSettings) -> Response:
    """Say whether requests can be served: database, tables, storage."""
    is_ready = service.ready(settings, request.app.state.database)
    return PlainTextResponse("ready" if is_ready else "not ready", 200 if is_ready else 503)


async def _report(request: Request) -> bytes:
    return await request.body()


@router.post("/csp-report", name="admin.csp_report")
def csp_report(raw: Annotated[bytes, Depends(_report)]) -> Response:
    """Take a browser's report that our content policy stopped something; logged short, control characters escaped."""
    logger.warning("content policy: %r", raw[: 4 * REPORT_MAX_CHARS].decode("utf-8", "replace")[:REPORT_MAX_CHARS])
    return Response(status_code=204)
