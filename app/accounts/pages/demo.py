"""The demo's doors: "Enter as …", on this machine only."""

import ipaddress

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import User
from app.accounts.pages.entering import CAST, door_of
from app.accounts.states import UserState
from app.core import clock
from app.core.errors import NotFound
from app.web.deps import CurrentSettings, Writing
from app.web.sessions import set_secret

router = APIRouter()
_NAMES = frozenset(name for name, _ in CAST) | {"Max"}


def _is_local(request: Request) -> bool:
    """Tell whether both the client and the address it asked for are this machine."""
    client = request.client.host if request.client else ""
    host = request.url.hostname or ""
    return _is_loopback(client) and (host == "localhost" or _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@router.post("/enter/{name}", name="accounts.enter")
def enter(request: Request, session: Writing, settings: CurrentSettings, name: str) -> Response:
    """Let a visitor of the demo in as one of its people; there is no such address anywhere else."""
    if not settings.demo or name not in _NAMES or not _is_local(request):
        raise NotFound("There is nothing at this address.")
    query = select(User).where(User.name == name, User.state == UserState.ACTIVE)
    user = session.scalars(query.order_by(User.created_at)).first()
    if user is None:
        raise NotFound("The demo has not been filled; run 'workings demo'.")
    door = door_of(request)
    secret = service.start_session(session, user, user_agent=door.user_agent, now=clock.now(), stepped_up=True)
    response = RedirectResponse("/", 303)
    set_secret(response, settings, secret)
    return response
