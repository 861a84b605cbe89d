"""What was handed over, and what is outstanding: of a project for its managers, of a recipient for admins."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.accounts.deps import CurrentActor
from app.core.errors import NotAllowed
from app.datasets.pages.frame import frame
from app.datasets.policy import can_define_datasets
from app.deliveries import queries
from app.exports.formats.registry import FORMATS
from app.projects.access import get_project
from app.recipients.access import get_recipient
from app.web.deps import Reading
from app.web.templating import render

router = APIRouter()
TITLES = {found.name: found.title for found in FORMATS.values()}


@router.get("/projects/{slug}/deliveries", name="deliveries.project")
def of_project(request: Request, actor: CurrentActor, session: Reading, slug: str) -> Response:
    """List what of a project was exported for recipients."""
    project = get_project(session, actor, slug)
    if not can_define_datasets(actor, project):
        raise NotAllowed("Only a manager of this project sees what was handed over.")
    handed = queries.handed_from(session, project.id)
    return render(request, "deliveries/project.html", handed=handed, titles=TITLES, **frame(session, actor, project))


@router.get("/admin/recipients/{recipient_id}/deliveries", name="deliveries.recipient")
def of_recipient(request: Request, actor: CurrentActor, session: Reading, recipient_id: UUID) -> Response:
    """List what a recipient has, for admins."""
    recipient = get_recipient(session, actor, recipient_id)
    handed = queries.handed_to(session, recipient.id)
    return render(request, "deliveries/recipient.html", recipient=recipient, handed=handed, titles=TITLES)
