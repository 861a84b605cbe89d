"""Issues and the talk about them: opened with a review, published with its decision, answered, resolved."""

import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.accounts.service import notify
from app.accounts.states import NotificationKind
from app.core import audit
from app.core.actor import Actor, Role
from app.core.db import changed_one
from app.core.errors import Conflict, IllegalMove, Invalid, NotAllowed
from app.core.ids import new_id
from app.projects.models import Project
from app.reviews.access import Desk, Talk
from app.reviews.models import Comment, Thread
from app.reviews.policy import can_comment, can_edit_thread, thread_moves, why_closed
from app.reviews.queries.judged import Participant, participants_of
from app.reviews.schemas import CommentIn, ThreadChange, ThreadIn
from app.reviews.service.anchoring import bodies_of, find_quote
from app.reviews.states import AnchorKind, ThreadState
from app.submissions.models import Submission
from app.submissions.schemas import Content

SENTENCE_CHARS = 160
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s")


def open_thread(session: Session, actor: Actor, desk: Desk, sent: ThreadIn, *, now: datetime) -> Thread:
    """Write an issue into an open review; its author sees it only with the decision. IllegalMove when it is closed."""
    reason = why_closed(desk.review, desk.submission)
    if reason is not None:
        raise IllegalMove(reason)
    return write_thread(session, actor, desk, sent, now=now)


def write_thread(session: Session, actor: Actor, desk: Desk, sent: ThreadIn, *, now: datetime) -> Thread:
    """Store an issue with a review, whether it can still take effect or not.

    Invalid for a step that is not there. A quote that is not found in the source (it was selected in the set text)
    is kept without its place.
    """
    start = sent.quote_start
    if sent.step_id is not None:
        bodies = bodies_of(Content.model_validate_json(desk.revision.content))
        if sent.step_id not in bodies:
            raise Invalid(f"This version has no step {sent.step_id}.", pointer="/step_id")
        start = find_quote(sent.quote, start, bodies[sent.step_id])
    thread = Thread(
        id=new_id(),
        submission_id=desk.submission.id,
        review_id=desk.review.id,
        revision_n=desk.revision.n,
        anchor=sent.anchor,
        step_id=sent.step_id,
        quote=sent.quote,
        quote_start=start if sent.anchor == AnchorKind.SPAN else None,
        severity=sent.severity,
        opened_by=actor.user_id,
        opened_at=now,
    )
    session.add(thread)
    session.flush()  # its first comment refers to it
    session.add(Comment(id=new_id(), thread_id=thread.id, author_id=actor.user_id, body=sent.body, created_at=now))
    return thread


def change_thread(session: Session, actor: Actor, thread: Thread, sent: ThreadChange, *, now: datetime) -> None:
    """Rewrite an issue that the author has not seen yet. NotAllowed once it is published."""
    _require_unpublished(actor, thread)
    move = update(Thread).where(Thread.id == thread.id, Thread.published_at.is_(None))
    if not changed_one(session, move.values(severity=sent.severity)):
        raise Conflict("This issue was published meanwhile; reply to it instead.")
    session.execute(
        update(Comment).where(Comment.thread_id == thread.id).values(body=sent.body, edited_at=now),
        execution_options={"synchronize_session": False},
    )
    session.expire(thread)


def drop_thread(session: Session, actor: Actor, thread: Thread) -> None:
    """Remove an issue that the author has not seen yet. NotAllowed once it is published."""
    _require_unpublished(actor, thread)
    session.execute(
        delete(Comment).where(Comment.thread_id == thread.id), execution_options={"synchronize_session": False}
    )
    gone = delete(Thread).where(Thread.id == thread.id, Thread.published_at.is_(None))
    if not changed_one(session, gone):
        raise Conflict("This issue was published meanwhile; reply to it instead.")
    session.expunge(thread)


def _require_unpublished(actor: Actor, thread: Thread) -> None:
    if not can_edit_thread(actor, thread):
        raise NotAllowed("The author has seen this issue; reply to it instead.")


def reply(session: Session, actor: Actor, thread: Thread, talk: Talk, sent: CommentIn, *, now: datetime) -> Comment:
    """Say something about a published issue; whoever else takes part is told, and who is mentioned.

    With `answers` the author of the work says that the issue is dealt with.
    """
    if not can_comment(thread, talk.sight):
        raise NotAllowed("This issue is not published yet; change it where you wrote it.")
    comment = Comment(id=new_id(), thread_id=thread.id, author_id=actor.user_id, body=sent.body, created_at=now)
    session.add(comment)
    if sent.answers and ThreadState.ANSWERED in thread_moves(actor, thread, talk.sight):
        move_thread(session, actor, thread, talk, ThreadState.ANSWERED, now=now)
    _tell_about(session, actor, thread, talk, sent.body, now)
    return comment


def move_thread(session: Session, actor: Actor, thread: Thread, talk: Talk, new: ThreadState, *, now: datetime) -> None:
    """Mark an issue answered (its author), resolve, refuse or reopen it (reviewers). NotAllowed says what is not."""
    if new not in thread_moves(actor, thread, talk.sight):
        raise NotAllowed(_why_not(thread, talk))
    old = thread.state
    move = update(Thread).where(Thread.id == thread.id, Thread.state == old)
    closed_at = now if new in {ThreadState.RESOLVED, ThreadState.WONT_FIX} else None
    if not changed_one(session, move.values(state=new, closed_at=closed_at)):
        raise Conflict("This issue was changed in the meantime; reload it.")
    session.expire(thread, ["state", "closed_at"])
    audit.record(
        session,
        f"thread.{new}",
        actor=actor,
        at=now,
        kind="thread",
        object_id=thread.id,
        project_id=talk.project.id,
        moved=(old, new),
    )


def _why_not(thread: Thread, talk: Talk) -> str:
    if talk.sight.is_author:
        return "You can mark an open issue as answered; closing it is for the reviewer."
    if thread.published_at is None:
        return "The author has not seen this issue yet; remove it instead."
    return "Only who opened this issue, or a level-2 reviewer, closes or reopens it."


def _tell_about(session: Session, actor: Actor, thread: Thread, talk: Talk, body: str, now: datetime) -> None:
    submission = talk.submission
    told = {actor.user_id}
    for user_id in _mentioned(session, talk.project, submission, thread, body):
        if user_id not in told:
            told.add(user_id)
            _tell(session, user_id, NotificationKind.MENTION, f"You were mentioned: {first_sentence(body)}", talk, now)
    for user_id in (submission.author_id, thread.opened_by):
        if user_id not in told:
            told.add(user_id)
            _tell(session, user_id, NotificationKind.REPLY, f"A reply to an issue: {first_sentence(body)}", talk, now)


def _tell(session: Session, user_id: UUID, kind: NotificationKind, sentence: str, talk: Talk, now: datetime) -> None:
    is_author = user_id == talk.submission.author_id
    path = f"/work/{talk.submission.id}/issues" if is_author else f"/work/{talk.submission.id}/history"
    notify(session, user_id, kind, sentence, path, now=now)


def _mentioned(session: Session, project: Project, submission: Submission, thread: Thread, body: str) -> list[UUID]:
    """Find who is spoken to with @: "author" and "reviewer" always; by name members, in a blind project only managers.

    Otherwise a name that is told of a mention would say that this person has to do with the work.
    """
    if "@" not in body:
        return []
    words = body.casefold()
    found = [
        user_id
        for word, user_id in (("author", submission.author_id), ("reviewer", thread.opened_by))
        if re.search(rf"@{word}(?!\w)", words)
    ]
    return found + [
        one.user_id for one in _callable(project, participants_of(session, project.id)) if _called(one, words)
    ]


def _callable(project: Project, people: Iterable[Participant]) -> list[Participant]:
    return [one for one in people if not project.is_blind or one.role == Role.MANAGER]


def _called(person: Participant, words: str) -> bool:
    return re.search(rf"@{re.escape(person.name.casefold())}(?!\w)", words) is not None


def first_sentence(text: str) -> str:
    """Take the first sentence of what somebody wrote, at most 160 characters, on one line."""
    line = " ".join(text.split())
    sentence = _SENTENCE_END.split(line, maxsplit=1)[0]
    return sentence if len(sentence) <= SENTENCE_CHARS else sentence[: SENTENCE_CHARS - 1].rstrip() + "…"
