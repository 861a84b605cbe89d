"""The door behind one-time links: no account is needed, and a wrong link is counted, as at the doors of accounts."""

from collections.abc import Callable
from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.deps import door_of
from app.accounts.service import throttle
from app.core.errors import NotFound
from app.deliveries.models import Delivery
from app.web.errors import answer


def behind_link(
    request: Request, session: Session, opened: Callable[[], Delivery], *, now: datetime
) -> Delivery | Response:
    """Give the delivery, or the page that says that its link works no longer, having counted the attempt.

    TooManyRequests where somebody has tried too many.
    """
    door = door_of(request)
    throttle.require_room(session, door, now=now)
    try:
        return opened()
    except NotFound as error:
        accounts.note_failure(session, door.network, now=now)
        return answer(request, 404, error.code, error.sentence)
