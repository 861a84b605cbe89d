"""The page of the key that exports are signed with."""

from fastapi import APIRouter, Request, Response

from app.accounts.deps import CurrentActor
from app.core.signing import Signer, has_key
from app.web.deps import CurrentSettings
from app.web.templating import render

router = APIRouter()


@router.get("/exports/key", name="exports.key")
def key(request: Request, actor: CurrentActor, settings: CurrentSettings) -> Response:
    """Show the public key to whoever is signed in; it is made by the first export, never by looking."""
    del actor
    signer = Signer(settings.data_dir) if has_key(settings.data_dir) else None
    return render(request, "exports/key.html", signer=signer)
