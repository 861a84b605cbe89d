"""What happened to a piece of work before: versions and verdicts, as far as a reviewer may know of them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.queries import names_of
from app.core.actor import Actor
from app.reviews.access import Talk
from app.reviews.models import Review
from app.reviews.policy import UNDECIDED, can_see_reviewers
from app.reviews.queries.judged import labels_of
from app.reviews.schemas import HistoryView, OpinionView
from app.reviews.service.showing import view_labels
from app.reviews.service.wording import PAST
from app.reviews.states import APPROVALS, Verdict
from app.submissions.models import Revision
from app.submissions.states import EditsState, SubmissionState

ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")


def tell_history(
    session: Session, actor: Actor, talk: Talk, revisions: Sequence[Revision], decided: Sequence[Review]
) -> list[HistoryView]:
    """Tell what happened, newest first; nothing of what others said on a revision that the reader has yet to judge."""
    names = _names(session, actor, talk, decided)
    lines = [_of_revision(one, talk) for one in revisions]
    for review in decided:
        is_mine = review.reviewer_id == actor.user_id
        if (is_mine or not _is_fresh(review, talk, revisions)) and review.verdict and review.decided_at:
            lines.append(
                HistoryView(
                    kind="decided",
                    sentence=PAST[review.verdict],
                    who="you" if is_mine else names.get(review.reviewer_id),
                    revision_n=review.revision_n,
                    at=review.decided_at,
                )
            )
    return sorted(lines, key=lambda line: (line.at, line.revision_n, line.kind), reverse=True)


def _of_revision(revision: Revision, talk: Talk) -> HistoryView:
    sentence = f"Version {revision.n} handed in"
    if revision.edited_by is not None:
        sentence = f"Version {revision.n}, with a reviewer's edits"
        if revision.edits_state == EditsState.CONTESTED and talk.submission.state == SubmissionState.ESCALATED:
            sentence += ", which the author contests"
    return HistoryView(
        kind="edited" if revision.edited_by is not None else "handed_in",
        sentence=sentence,
        who=None,
        revision_n=revision.n,
        at=revision.submitted_at,
    )


def _is_fresh(review: Review, talk: Talk, revisions: Sequence[Revision]) -> bool:
    """Tell whether a verdict is on the very text that still waits: the last revision, or the one under its edits."""
    if talk.sight.has_decided or talk.submission.state not in UNDECIDED:
        return False
    last = talk.submission.revision_n
    edited = next((one.edited_by is not None for one in revisions if one.n == last), False)
    return review.revision_n >= (last - 1 if edited else last)


def tell_opinions(
    session: Session, actor: Actor, talk: Talk, revisions: Sequence[Revision], decided: Sequence[Review]
) -> list[OpinionView]:
    """Show the verdicts that level 2 has to weigh, in order, without who gave them in a blind project."""
    if talk.submission.state != SubmissionState.ESCALATED:
        return []
    last = talk.submission.revision_n
    edited = next((one.edited_by is not None for one in revisions if one.n == last), False)
    weighed = [
        one
        for one in reversed(decided)
        if one.revision_n == last or (edited and one.revision_n == last - 1 and one.verdict in APPROVALS)
    ]
    names = _names(session, actor, talk, weighed)
    labels = labels_of(session, [one.id for one in weighed])
    return [
        OpinionView(
            name=names.get(one.reviewer_id, f"{ORDINALS[min(n, len(ORDINALS) - 1)]} opinion"),
            verdict=one.verdict or Verdict.ESCALATE,
            reason=one.reason,
            labels=view_labels(labels.get(one.id, [])),
        )
        for n, one in enumerate(weighed)
    ]


def _names(session: Session, actor: Actor, talk: Talk, reviews: Sequence[Review]) -> dict[UUID, str]:
    if not reviews or not can_see_reviewers(actor, talk.project):
        return {}
    return dict(names_of(session, [review.reviewer_id for review in reviews]))
