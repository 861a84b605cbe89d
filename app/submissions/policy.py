"""Who may see and change work; pure rules over an actor and a loaded submission."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role
from app.projects.policy import is_blinded
from app.submissions.states import EDITABLE, MOVES, SubmissionState

if TYPE_CHECKING:
    from app.projects.models import Project
    from app.submissions.models import Submission

S = SubmissionState
SHOWN_TO_REVIEWERS = frozenset({S.SUBMITTED, S.IN_REVIEW, S.ESCALATED, S.RETURNED, S.APPROVED, S.REJECTED})
"""States in which reviewers of the project see what was handed in; never the draft."""
HIDDEN_FROM_ALL_BUT_AUTHOR = frozenset({S.DRAFT})


def is_author(actor: Actor, submission: "Submission") -> bool:
    """Tell whether the actor wrote it and still belongs to its project."""
    return submission.author_id == actor.user_id and actor.is_in(submission.project_id)


def can_view_submission(actor: Actor, submission: "Submission") -> bool:
    """Allow its author always; what was handed in also those who run the project, and its reviewers.

    A draft exists for its author alone. Seeing a submission means its revisions, never the draft behind them.
    """
    if submission.author_id == actor.user_id:
        return actor.is_in(submission.project_id)
    if submission.revision_n == 0 or submission.state in HIDDEN_FROM_ALL_BUT_AUTHOR:
        return False
    if can_manage_submission(actor, submission):
        return True
    return actor.has(Role.REVIEWER, submission.project_id) and submission.state in SHOWN_TO_REVIEWERS


def can_manage_submission(actor: Actor, submission: "Submission") -> bool:
    """People who run its project, and admins of the installation."""
    return actor.is_admin or actor.has(Role.MANAGER, submission.project_id)


def can_edit_submission(actor: Actor, submission: "Submission") -> bool:
    """Only its author, and only while it is not in somebody else's hands."""
    return is_author(actor, submission) and submission.state in EDITABLE


def can_undo_hand_in(actor: Actor, submission: "Submission") -> bool:
    """Only its author, while nobody has opened it: whatever reviewers do writes a later moment than the hand-in."""
    untouched = submission.state == S.SUBMITTED and submission.updated_at == submission.submitted_at
    return is_author(actor, submission) and untouched


def can_give_up(actor: Actor, submission: "Submission") -> bool:
    """Only its author, while it is theirs to edit."""
    return can_edit_submission(actor, submission)


def can_withdraw(actor: Actor, submission: "Submission") -> bool:
    """Allow its author, and those who run the project once it was handed in; not what is withdrawn already."""
    allowed = is_author(actor, submission) or can_manage_submission(actor, submission)
    return allowed and S.WITHDRAWN in MOVES[submission.state]


def can_see_effort(actor: Actor, submission: "Submission", project: "Project") -> bool:
    """Allow time and confidence to its author and those who run the project; reviewers stay blind.

    In a blind project so do managers who review or annotate there too.
    """
    if submission.author_id == actor.user_id:
        return True
    return can_manage_submission(actor, submission) and not is_blinded(actor, project)
