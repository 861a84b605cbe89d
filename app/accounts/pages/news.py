"""What there is to tell somebody, and the page between us and an external link."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.accounts import queries, service
from app.accounts.access import get_own_notification
from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.errors import NotFound
from app.web.deps import Reading, Writing
from app.web.templating import render

router = APIRouter()
_OUTSIDE = ("http://", "https://")


@router.get("/notifications", name="accounts.news")
def news(request: Request, actor: CurrentActor, session: Reading) -> Response:
    """List one's news."""
    return render(request, "accounts/news.html", news=queries.news_of(session, actor.user_id))


@router.post("/notifications/{notification_id}", name="accounts.news.open")
def open_news(actor: CurrentActor, session: Writing, notification_id: UUID) -> Response:
    """Go to what a piece of news speaks of; it counts as seen."""
    found = get_own_notification(session, actor, notification_id)
    service.mark_read(found, now=clock.now())
    return RedirectResponse(found.path, 303)


@router.post("/notifications", name="accounts.news.read")
def read_all(actor: CurrentActor, session: Writing) -> Response:
    """Count everything as seen."""
    service.mark_all_read(session, actor, now=clock.now())
    return RedirectResponse("/notifications", 303)


@router.get("/leave", name="accounts.leave")
def leave(
    request: Request, actor: CurrentActor, session: Reading, to: Annotated[str, Query(max_length=4000)]
) -> Response:
    """Show where a link of somebody's text leads before going there."""
    del actor, session
    if not to.lower().startswith(_OUTSIDE) or not to.isprintable():
        raise NotFound("This is no address to go to.")
    return render(request, "accounts/leave.html", to=to)
