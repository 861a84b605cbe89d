"""Issues and their talk in JSON: for who writes the review, for the author, for those who run the project."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor, require_scope
from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.reviews.access import Talk, get_review, get_talk, get_thread
from app.reviews.models import Thread
from app.reviews.schemas import CommentIn, ThreadChange, ThreadIn, ThreadMove, ThreadsOut, ThreadView
from app.reviews.service.showing import list_threads
from app.reviews.service.talking import change_thread, drop_thread, move_thread, open_thread, reply
from app.web.deps import Reading, Writing

router = APIRouter()
REVIEW = require_scope("reviews:write")
READ, WRITE = require_scope("work:read"), require_scope("work:write")


@router.post("/reviews/{review_id}/threads", name="api.reviews.open_thread", status_code=201, dependencies=[REVIEW])
def open_(review_id: UUID, sent: ThreadIn, actor: CurrentActor, session: Writing) -> ThreadView:
    """Write an issue into your open review; the author sees it with the decision."""
    desk = get_review(session, actor, review_id)
    thread = open_thread(session, actor, desk, sent, now=clock.now())
    return shown(session, actor, get_talk(session, actor, desk.submission.id), thread)


@router.get("/work/{submission_id}/threads", name="api.reviews.threads", dependencies=[READ])
def threads(submission_id: UUID, actor: CurrentActor, session: Reading) -> ThreadsOut:
    """List the issues of a piece of work that you may read, hung on its last revision."""
    return list_threads(session, actor, get_talk(session, actor, submission_id))


@router.patch("/threads/{thread_id}", name="api.reviews.change_thread", dependencies=[REVIEW])
def change(thread_id: UUID, sent: ThreadChange, actor: CurrentActor, session: Writing) -> ThreadView:
    """Rewrite an issue of yours that the author has not seen yet."""
    thread, talk = get_thread(session, actor, thread_id)
    change_thread(session, actor, thread, sent, now=clock.now())
    return shown(session, actor, talk, thread)


@router.delete("/threads/{thread_id}", name="api.reviews.drop_thread", status_code=204, dependencies=[REVIEW])
def drop(thread_id: UUID, actor: CurrentActor, session: Writing) -> Response:
    """Remove an issue of yours that the author has not seen yet."""
    thread, _ = get_thread(session, actor, thread_id)
    drop_thread(session, actor, thread)
    return Response(status_code=204)


@router.post("/threads/{thread_id}/comments", name="api.reviews.reply", status_code=201, dependencies=[WRITE])
def reply_(thread_id: UUID, sent: CommentIn, actor: CurrentActor, session: Writing) -> ThreadView:
    """Say something about a published issue; as the author, `answers` marks it as dealt with."""
    thread, talk = get_thread(session, actor, thread_id)
    reply(session, actor, thread, talk, sent, now=clock.now())
    return shown(session, actor, talk, thread)


@router.post("/threads/{thread_id}/state", name="api.reviews.move_thread", dependencies=[WRITE])
def move(thread_id: UUID, sent: ThreadMove, actor: CurrentActor, session: Writing) -> ThreadView:
    """Mark an issue answered (its author), or resolve, refuse or reopen it (reviewers)."""
    thread, talk = get_thread(session, actor, thread_id)
    move_thread(session, actor, thread, talk, sent.state, now=clock.now())
    return shown(session, actor, talk, thread)


def shown(session: Session, actor: Actor, talk: Talk, thread: Thread) -> ThreadView:
    """Show one issue as it stands now."""
    session.flush()  # what was just said is read back with the rest of the talk
    found = next((one for one in list_threads(session, actor, talk).items if one.id == thread.id), None)
    if found is None:
        raise NotFound("There is no such issue, or it is not yours to see.")
    return found
