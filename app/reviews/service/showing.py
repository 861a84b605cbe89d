"""Issues and decisions as somebody may read them: without the names that a blind project keeps."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import names_of
from app.core.actor import Actor
from app.projects.policy import is_blinded
from app.reviews.access import Talk
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.policy import can_comment, can_edit_thread, can_see_reviewers, thread_moves
from app.reviews.queries.judged import comments_of, decided_reviews, labels_of, reviewers_of, threads_of, unanswered
from app.reviews.schemas import CommentView, DecisionView, LabelView, ThreadsOut, ThreadView, VerdictOut
from app.reviews.service.anchoring import find_quote
from app.reviews.service.edits import view_edits
from app.reviews.states import APPROVALS, AnchorKind, Verdict
from app.submissions.access import get_revision
from app.submissions.models import Submission
from app.submissions.schemas import Content
from app.submissions.states import SubmissionState
from app.text.markdown import render_markdown

YOU, AUTHOR, REVIEWER, MANAGER = "You", "Author", "Reviewer", "Manager"


def list_threads(session: Session, actor: Actor, talk: Talk, *, content: Content | None = None) -> ThreadsOut:
    """Show the issues of a piece of work that the actor may read, hung on the last revision."""
    submission = talk.submission
    threads = threads_of(session, actor, submission, talk.sight)
    if content is None and submission.revision_n and threads:
        text = get_revision(session, submission, submission.revision_n).content
        content = Content.model_validate_json(text)
    views = view_threads(session, actor, talk, threads, content or Content())
    return ThreadsOut(items=views, unanswered=len(unanswered(session, submission)))


def view_threads(
    session: Session, actor: Actor, talk: Talk, threads: Sequence[Thread], content: Content
) -> list[ThreadView]:
    """Show some issues with their talk, where they hang on `content`."""
    if not threads:
        return []
    talks = comments_of(session, [thread.id for thread in threads])
    names = {comment.author_id: name for said in talks.values() for comment, name in said}
    judged = {thread.opened_by for thread in threads} | reviewers_of(session, talk.submission.id)
    called = _Names(actor, talk, names, judged)
    places = {step.id: (n, step.body) for n, step in enumerate(content.steps, start=1)}
    return [_view_thread(actor, talk, thread, talks.get(thread.id, []), called, places) for thread in threads]


class _Names:
    """What people are called before one reader: by role in a blind project, else by name."""

    def __init__(self, actor: Actor, talk: Talk, names: dict[UUID, str], reviewers: set[UUID]):
        self._me = actor.user_id
        self._author = talk.submission.author_id
        self._names = names
        self._reviewers = reviewers
        self._blind = is_blinded(actor, talk.project)

    def of(self, user_id: UUID) -> str:
        """Return what to call somebody."""
        if user_id == self._me:
            return YOU
        if not self._blind:
            return self._names.get(user_id, REVIEWER)
        if user_id == self._author:
            return AUTHOR
        return REVIEWER if user_id in self._reviewers else MANAGER


def _view_thread(
    actor: Actor,
    talk: Talk,
    thread: Thread,
    said: Sequence[tuple[Comment, str]],
    called: _Names,
    places: dict[str, tuple[int, str]],
) -> ThreadView:
    step_n, body = places.get(thread.step_id or "", (None, ""))
    start = find_quote(thread.quote, thread.quote_start, body) if step_n is not None else None
    is_lost = (thread.step_id is not None and step_n is None) or (
        thread.anchor == AnchorKind.SPAN and thread.quote_start is not None and start is None
    )
    return ThreadView(
        id=thread.id,
        anchor=thread.anchor,
        step_id=thread.step_id,
        step_n=step_n,
        quote=thread.quote,
        quote_start=start,
        is_lost=is_lost,
        revision_n=thread.revision_n,
        severity=thread.severity,
        state=thread.state,
        is_published=thread.published_at is not None,
        is_mine=thread.opened_by == actor.user_id,
        opened_by=called.of(thread.opened_by),
        opened_at=thread.opened_at,
        comments=[_view_comment(comment, called, actor) for comment, _ in said],
        can_edit=can_edit_thread(actor, thread),
        can_reply=can_comment(thread, talk.sight),
        moves=thread_moves(actor, thread, talk.sight),
    )


def _view_comment(comment: Comment, called: _Names, actor: Actor) -> CommentView:
    return CommentView(
        id=comment.id,
        who=called.of(comment.author_id),
        is_mine=comment.author_id == actor.user_id,
        body=comment.body,
        html=str(render_markdown(comment.body).html),
        created_at=comment.created_at,
    )


def view_labels(labels: Sequence[StepLabel]) -> dict[str, LabelView]:
    """Show the labels of one review by step."""
    return {
        label.step_id: LabelView(
            value=label.value, error_type=label.error_type, note=label.note, carried_over=label.carried_over
        )
        for label in labels
    }


def view_verdicts(session: Session, actor: Actor, submission: Submission, talk: Talk) -> VerdictOut:
    """Show the author, or who runs the project, what was decided; what is not settled yet only to the latter."""
    reviews = [one for one in decided_reviews(session, submission.id) if _is_settled(one, submission, talk)]
    labels = labels_of(session, [review.id for review in reviews])
    shows_names = can_see_reviewers(actor, talk.project)
    names = names_of(session, [review.reviewer_id for review in reviews]) if shows_names and reviews else {}
    return VerdictOut(
        submission_id=submission.id,
        state=submission.state,
        decisions=[
            _view_decision(review, names.get(review.reviewer_id, "A reviewer"), labels.get(review.id, []))
            for review in reviews
        ],
        edits=view_edits(session, submission) if talk.sight.is_author else None,
        threads=list_threads(session, actor, talk).items,
    )


def _is_settled(review: Review, submission: Submission, talk: Talk) -> bool:
    """Keep from the author what an open question depends on: proposals, and approvals that are looked at again."""
    if talk.sight.manages or not talk.sight.is_author:
        return True
    is_open = submission.state not in {
        SubmissionState.APPROVED,
        SubmissionState.REJECTED,
        SubmissionState.RETURNED,
    }
    if is_open and review.revision_n >= submission.revision_n - 1 and review.verdict != Verdict.RETURN:
        return False
    if review.verdict == Verdict.ESCALATE:
        return False
    if submission.state == SubmissionState.APPROVED:
        return review.verdict in APPROVALS or review.revision_n < submission.revision_n
    return True


def _view_decision(review: Review, who: str, labels: Sequence[StepLabel]) -> DecisionView:
    if review.verdict is None or review.decided_at is None:
        raise ValueError("A decided review has a verdict and a moment; the table says so.")
    return DecisionView(
        verdict=review.verdict,
        who=who,
        level=review.level,
        revision_n=review.revision_n,
        reason=review.reason,
        verification_method=review.verification_method,
        rubric_scores=review.rubric_scores,
        labels=view_labels(labels),
        decided_at=review.decided_at,
    )
