"""My work: what came back, what is begun, what is open, and how it has gone so far."""

from fastapi import APIRouter, Request, Response

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.errors import Invalid
from app.insights.queries.mywork import history_of, hours_of, in_hands, work_page
from app.insights.queries.offers import offers_for
from app.insights.schemas import Offer, Piece, say
from app.submissions.states import MOVES, SubmissionState
from app.web.deps import Reading
from app.web.templating import render

router = APIRouter()
LOW_SECONDS = 30 * 60
"""A lease below this is marked as ending, as the live clock does it."""
STATE_WORDS = {
    SubmissionState.SUBMITTED: "waiting for review",
    SubmissionState.IN_REVIEW: "in review",
    SubmissionState.ESCALATED: "with a level-2 reviewer",
    SubmissionState.APPROVED: "approved",
    SubmissionState.RETURNED: "returned",
    SubmissionState.REJECTED: "rejected",
    SubmissionState.GAVE_UP: "given up",
    SubmissionState.QUARANTINED: "held by a manager",
    SubmissionState.WITHDRAWN: "withdrawn",
    SubmissionState.DRAFT: "draft",
}


@router.get("/work", name="insights.work")
def work(
    request: Request, actor: CurrentActor, session: Reading, state: str | None = None, cursor: str | None = None
) -> Response:
    """Show the viewer's own work; with `state`, the list of all their pieces in that state."""
    if state is not None:
        return _list(request, actor, session, state, cursor)
    now = clock.now()
    pieces = in_hands(session, actor)
    returned = [piece for piece in pieces if piece.state == SubmissionState.RETURNED]
    drafts = [piece for piece in pieces if piece.state == SubmissionState.DRAFT]
    offers = offers_for(session, actor)
    return render(
        request,
        "insights/work.html",
        headline=headline(returned, [piece for piece in drafts if not piece.is_skipped], offers),
        now=now,
        low_seconds=LOW_SECONDS,
        returned=returned,
        drafts=drafts,
        offers=offers,
        next_from=next((offer for offer in offers if offer.fields and offer.reason is None), None),
        history=history_of(session, actor),
        hours=hours_of(session, actor, since=now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)),
        state_words={str(one): words for one, words in STATE_WORDS.items()},
        guidelines=offers[0].project.slug if len(offers) == 1 else None,
    )


def headline(returned: list[Piece], drafts: list[Piece], offers: list[Offer]) -> str:
    """Say what the day begins with, in one or two short sentences."""
    news: list[str] = []
    if returned:
        news.append(f"{say(len(returned), 'piece')} came back.")
    if drafts:
        news.append(f"{say(len(drafts), 'draft')} {'is' if len(drafts) == 1 else 'are'} open.")
    if news:
        return " ".join(news)
    tasks = sum(offer.tasks for offer in offers)
    if tasks:
        return f"Nothing waits for you; {tasks:,} {'task is' if tasks == 1 else 'tasks are'} open."
    return "Nothing waits for you, and nothing is open just now."


def _list(request: Request, actor: CurrentActor, session: Reading, state: str, cursor: str | None) -> Response:
    try:
        wanted = SubmissionState(state)
    except ValueError as error:
        raise Invalid("There is no such state of work; choose one under My work.", pointer="state") from error
    page = work_page(session, actor, wanted, cursor=cursor)
    return render(
        request,
        "insights/work_list.html",
        words=STATE_WORDS[wanted],
        state=str(wanted),
        is_handed_in=wanted is not SubmissionState.DRAFT,
        can_withdraw=SubmissionState.WITHDRAWN in MOVES[wanted],
        pieces=page.items,
        next_cursor=page.next_cursor,
        is_first=cursor is None,
    )
