"""What there is to tell somebody, and the page between us and an external link."""

from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.accounts import queries, service
from app.accounts.access import get_own_notification
from app.accounts.deps import InPerson
from app.core import clock
from app.core.errors import NotFound
from app.web.addresses import own_path
from app.web.deps import Reading, Writing
from app.web.templating import render

router = APIRouter()
Cursor = Annotated[str | None, Query(max_length=500)]
OUTSIDE = frozenset({"http", "https", "mailto"})


@router.get("/notifications", name="accounts.news")
def news(request: Request, actor: InPerson, session: Reading, cursor: Cursor = None) -> Response:
    """List one's news."""
    page = queries.news_page(session, actor.user_id, cursor=cursor)
    unread = queries.count_unread(session, actor.user_id)
    return render(request, "accounts/news.html", page=page, unread=unread)


@router.post("/notifications/{notification_id}", name="accounts.news.open")
def open_news(actor: InPerson, session: Writing, notification_id: UUID) -> Response:
    """Go to what a piece of news speaks of; it counts as seen."""
    found = get_own_notification(session, actor, notification_id)
    service.mark_read(found, now=clock.now())
    return RedirectResponse(own_path(found.path), 303)


@router.post("/notifications/{notification_id}/read", name="accounts.news.read")
def read_one(actor: InPerson, session: Writing, notification_id: UUID) -> Response:
    """Count one piece of news as seen, without going there."""
    service.mark_read(get_own_notification(session, actor, notification_id), now=clock.now())
    return RedirectResponse("/notifications", 303)


@router.post("/notifications", name="accounts.news.read_all")
def read_all(actor: InPerson, session: Writing) -> Response:
    """Count everything as seen."""
    service.mark_all_read(session, actor, now=clock.now())
    return RedirectResponse("/notifications", 303)


@router.get("/leave", name="accounts.leave")
def leave(request: Request, actor: InPerson, session: Reading, to: Annotated[str, Query(max_length=4000)]) -> Response:
    """Show where a link of somebody's text leads before going there."""
    del actor, session
    if not _leads_outside(to):
        raise NotFound("This is no address to go to; links lead to http, https or mailto addresses.")
    return render(request, "accounts/leave.html", to=to)


def _leads_outside(to: str) -> bool:
    try:
        place = urlsplit(to)
    except ValueError:
        return False
    if not to.isprintable() or "\\" in to or place.scheme not in OUTSIDE:
        return False
    return bool(place.path) if place.scheme == "mailto" else bool(place.hostname)
