"""Pages of the installation, for admins; and the addresses that need nobody or anybody signed in."""

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from app.accounts.access import require_admin
from app.accounts.deps import CurrentActor
from app.admin.pages import auditing, health, jobs, people, probes, reference


async def _admins_only(actor: CurrentActor) -> None:
    require_admin(actor)


router = APIRouter(include_in_schema=False)
router.include_router(probes.router)
router.include_router(reference.router)
admins = APIRouter(prefix="/admin", dependencies=[Depends(_admins_only)])


@admins.get("", name="admin.index")
async def index() -> Response:
    """Begin with health."""
    return RedirectResponse("/admin/health", 303)


for part in (health, people, auditing, jobs):
    admins.include_router(part.router)
router.include_router(admins)
