"""The health of the installation."""

from fastapi import APIRouter, Request, Response

from app.admin import service
from app.web.deps import CurrentSettings, Reading
from app.web.templating import render

router = APIRouter()


@router.get("/health", name="admin.health")
def health(request: Request, session: Reading, settings: CurrentSettings) -> Response:
    """Show what `workings doctor` shows; of the languages those that are installed, without running anything."""
    session.rollback()  # gives the connection back: the checks open their own, and a request holds one at a time
    checks = service.health(settings, request.app.state.database, proves_languages=False)
    return render(request, "admin/health.html", checks=checks, troubles=sum(not check.ok for check in checks))
