"""Who may judge what, and what reviewers and authors know of one another; pure rules."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.core.actor import Actor, Role
from app.projects.policy import ACCEPTS_WRITING, is_blinded
from app.reviews.states import LEVEL_MAX, UNDO_SECONDS, ReviewState, Severity, ThreadState
from app.submissions.states import REVIEWABLE, SubmissionState

if TYPE_CHECKING:
    from app.projects.models import Project
    from app.reviews.models import Review, Thread
    from app.submissions.models import Submission

T = ThreadState
SETTLED = frozenset({SubmissionState.APPROVED, SubmissionState.REJECTED})
UNDECIDED = frozenset({SubmissionState.SUBMITTED, SubmissionState.IN_REVIEW})
"""States in which a reviewer must not learn whether somebody else has judged the same revision."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What binds a person to a piece of work, beside having written it."""

    wrote_task: bool = False
    worked_on_task: bool = False
    has_decided: bool = False
    """has already judged this very revision, or made the edits that it holds"""
    is_reserved: bool = False
    """it waits for the reviewer who returned it, who is somebody else"""


def can_review_submission(actor: Actor, submission: "Submission", project: "Project", ties: Ties) -> bool:
    """Tell whether the actor may open a review of it now; see `why_no_review`."""
    return why_no_review(actor, submission, project, ties) is None


def why_no_review(actor: Actor, submission: "Submission", project: "Project", ties: Ties) -> str | None:
    """Say in a sentence why the actor may not judge this work now, or None when they may."""
    hindrances = [
        (
            not actor.has(Role.REVIEWER, submission.project_id),
            "You are no reviewer in this project; ask one of its managers for the role.",
        ),
        (
            submission.author_id == actor.user_id or ties.worked_on_task,
            "You worked on this task yourself; somebody else judges it.",
        ),
        (ties.wrote_task, "You wrote this task; somebody else judges what is handed in on it."),
        (project.state not in ACCEPTS_WRITING, "The project is closed; nothing is judged any more."),
        (submission.state not in REVIEWABLE, "This work does not wait for a review now."),
        (submission.review_level > actor.level, "This work waits for a level-2 reviewer."),
        (ties.has_decided, "You have judged this version already; it waits for somebody else."),
        (ties.is_reserved, "This version goes first to the reviewer who returned the last one."),
    ]
    return next((sentence for hinders, sentence in hindrances if hinders), None)


def can_view_review(actor: Actor, review: "Review") -> bool:
    """Only who writes it, while they review in its project; what was decided is shown with the work."""
    return review.reviewer_id == actor.user_id and actor.has(Role.REVIEWER, review.project_id)


def why_closed(review: "Review", submission: "Submission") -> str | None:
    """Say in a sentence why a review can no longer be written, or None while it can."""
    sentences = {
        ReviewState.DECIDED: "You have decided this review; it is kept as it is.",
        ReviewState.OVERTAKEN: "Somebody decided before you did. What you wrote is kept.",
        ReviewState.UNDONE: "You took this decision back; go on in the review that was opened again.",
        ReviewState.DROPPED: "You closed this review without a verdict; what you wrote is kept.",
    }
    if review.state in sentences:
        return sentences[review.state]
    return None if is_current(review, submission) else "This work has moved on while you had it open."


def is_current(review: "Review", submission: "Submission") -> bool:
    """Tell whether a decision in this review could still take effect."""
    return (
        submission.state in REVIEWABLE
        and submission.revision_n == review.revision_n
        and submission.review_level == review.level
    )


def can_see_author(
    actor: Actor, project: "Project", submission: "Submission", *, decided_at: datetime | None, now: datetime
) -> bool:
    """Tell whether author, time and confidence may be shown: to blinded reviewers once their verdict is final.

    Final means that the work is settled and the verdict (taken at `decided_at`, None without one) cannot be taken
    back any more; work that was returned comes back to the same reviewer, who stays blind to the end.
    """
    if submission.author_id == actor.user_id or not is_blinded(actor, project):
        return True
    if decided_at is None or submission.state not in SETTLED:
        return False
    return now - decided_at > timedelta(seconds=UNDO_SECONDS)


def can_see_reviewers(actor: Actor, project: "Project") -> bool:
    """Tell whether the names of those who judged may be shown: in a blind project only to managers who do not work."""
    return not is_blinded(actor, project)


@dataclass(frozen=True, slots=True)
class Sight:
    """How somebody stands to a piece of work whose issues they want to read."""

    is_author: bool
    manages: bool
    """runs the project and is not blinded in it"""
    reviews: bool
    has_decided: bool
    """has judged the last revision"""
    level: int


def can_view_thread(actor: Actor, thread: "Thread", submission: "Submission", sight: Sight, *, decided: bool) -> bool:
    """Tell whether an issue may be read; `decided`: the review it was written in has taken effect.

    The author and managers read what is published. Reviewers read their own, what is published, and of escalated
    work also what waits to be published; but nothing that others wrote on a revision they have yet to judge.
    """
    if thread.opened_by == actor.user_id and not sight.is_author:
        return True
    is_published = thread.published_at is not None
    if sight.is_author or sight.manages:
        return is_published
    if not sight.reviews:
        return False
    is_fresh = thread.revision_n == submission.revision_n and submission.state in UNDECIDED
    if is_fresh and not sight.has_decided:
        return False
    return is_published or (decided and submission.state == SubmissionState.ESCALATED and sight.level >= LEVEL_MAX)


def can_edit_thread(actor: Actor, thread: "Thread") -> bool:
    """Only who opened it, and only until the author can see it."""
    return thread.opened_by == actor.user_id and thread.published_at is None


def thread_moves(actor: Actor, thread: "Thread", sight: Sight) -> list[ThreadState]:
    """List the states to which the actor may move a published issue.

    Its author of the work marks it answered; reviewers close and reopen it, a blocker only who opened it or level 2.
    """
    if thread.published_at is None:
        return []
    if sight.is_author:
        return [T.ANSWERED] if thread.state == T.OPEN else []
    may = thread.opened_by == actor.user_id or (sight.reviews and sight.level >= LEVEL_MAX)
    if not (may or (sight.reviews and thread.severity != Severity.BLOCKER)):
        return []
    return [T.RESOLVED, T.WONT_FIX] if thread.state in {T.OPEN, T.ANSWERED} else [T.OPEN]


def can_comment(thread: "Thread", sight: Sight) -> bool:
    """Allow talk to everybody who may read the issue, once it is published; before that its opener edits it."""
    return thread.published_at is not None and (sight.is_author or sight.manages or sight.reviews)
