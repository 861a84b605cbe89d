"""The demo's doors: "Enter as …", on this machine only."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from app.accounts import service
from app.accounts.deps import door_of
from app.accounts.models import User
from app.accounts.pages.cast import NAMES, is_open
from app.accounts.states import UserState
from app.core import clock
from app.core.errors import NotFound
from app.text.identifiers import email_key
from app.web.addresses import own_path
from app.web.deps import CurrentSettings, Writing
from app.web.forms import PostedForm
from app.web.sessions import read_secret, set_secret
from app.web.templating import render

router = APIRouter(prefix="/enter")


def _require_open(request: Request, name: str) -> str:
    """Return the person's name; NotFound wherever it is not the demo on this machine."""
    if not is_open(request) or name.lower() not in NAMES:
        raise NotFound("There is nothing at this address.")
    return NAMES[name.lower()]


@router.get("/{name}", name="accounts.enter.ask")
def ask(request: Request, name: str) -> Response:
    """Offer the door as a page of its own, so that a link can lead to it: a GET lets nobody in."""
    return render(request, "accounts/enter.html", name=_require_open(request, name))


@router.post("/{name}", name="accounts.enter")
def enter(request: Request, session: Writing, settings: CurrentSettings, name: str, posted: PostedForm) -> Response:
    """Let a visitor of the demo in as one of its people; there is no such address anywhere else."""
    person = _require_open(request, name)
    address = email_key(f"{person}@example.org")
    user = session.scalars(select(User).where(User.email_key == address, User.state == UserState.ACTIVE)).first()
    if user is None:
        raise NotFound("The demo has not been filled; run 'workings demo'.")
    agent, replaces = door_of(request).user_agent, read_secret(request)
    now = clock.now()
    secret = service.start_session(session, user, user_agent=agent, now=now, stepped_up=True, replaces=replaces)
    response = RedirectResponse(own_path(posted["next"]), 303)
    set_secret(response, settings, secret)
    return response
