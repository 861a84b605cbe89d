"""The decision: one counts, whoever comes second is kept and told; what it does to work, issues and people."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, IllegalMove, Invalid, NotAllowed, Stale
from app.reviews.access import Desk
from app.reviews.models import Review, Thread
from app.reviews.policy import is_current, why_closed, why_no_review
from app.reviews.queries.judged import decisions_on, sight_of, threads_of, ties_of
from app.reviews.queries.machine import newest_of, verifier_runs_of
from app.reviews.schemas import DecisionIn
from app.reviews.service.drafting import save_review
from app.reviews.service.news import tell_about_decision
from app.reviews.service.opening import record
from app.reviews.service.talking import write_thread
from app.reviews.states import (
    APPROVALS,
    LEVEL_MAX,
    REASON_MIN_CHARS,
    UNDO_SECONDS,
    WEIGHTY,
    Decision,
    Outcome,
    ReviewState,
    Rules,
    ThreadState,
    Verdict,
    VerificationMethod,
    is_in_sample,
    settle,
)
from app.submissions.models import Submission
from app.submissions.service import settling
from app.submissions.service.settling import Standing, lock_submission, standing_of
from app.submissions.states import Finding, SubmissionState
from app.text.fingerprints import canonical_json


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that took effect."""

    review: Review
    verdict: Verdict
    state: SubmissionState
    review_level: int
    revision_n: int
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A decision that came second: kept with all that was written, without effect."""

    review: Review
    state: SubmissionState
    counted: Verdict | None
    """the verdict that counts; None when the work was withdrawn or handed in anew"""
    sentence: str


def decide(session: Session, actor: Actor, desk: Desk, sent: DecisionIn, *, now: datetime) -> Decided | Overtaken:
    """Judge the revision whose hash `sent` names; work, lease, place, issues, audit and news are one change.

    Overtaken is returned, not raised, because what was written is stored with it. The same decision again gets the
    same answer. Raises Stale for another hash, Invalid for what is missing, NotAllowed for one's own work.
    """
    submission = lock_submission(session, desk.submission.id)
    session.refresh(desk.review)
    review = desk.review
    if review.state == ReviewState.DECIDED and review.verdict == sent.verdict and review.decided_at is not None:
        return _told(review, submission, sent.verdict, review.decided_at)
    if review.state == ReviewState.OVERTAKEN and review.verdict == sent.verdict:
        return _told_overtaken(session, review, submission)
    if review.state != ReviewState.OPEN:
        raise IllegalMove(why_closed(review, submission) or "This review is closed.")
    if sent.sha256 != desk.revision.sha256:
        raise Stale(
            "This names another version than the one under review; reload and look again.",
            details={"revision_n": desk.revision.n, "sha256": desk.revision.sha256},
        )
    if sent.draft is not None:
        save_review(session, desk, sent.draft, base_n=None, now=now)
    if not is_current(review, submission):
        _keep_issues(session, actor, desk, sent, now)
        return _overtake(session, actor, desk, submission, sent, now)
    _require_allowed(session, actor, desk, submission, now)
    _keep_issues(session, actor, desk, sent, now)
    session.flush()  # the issues just written count like the others
    is_refused = is_refused_by_machine(session, desk)
    _require_complete(session, actor, desk, sent, is_refused=is_refused)
    return _take_effect(session, actor, desk, submission, sent, now, is_refused=is_refused)


def is_refused_by_machine(session: Session, desk: Desk) -> bool:
    """Tell whether the last word of a machine on the revision is that it is certainly wrong."""
    found = newest_of(verifier_runs_of(session, desk.revision.id))
    return found is not None and found.finding == Finding.FAIL


def _keep_issues(session: Session, actor: Actor, desk: Desk, sent: DecisionIn, now: datetime) -> None:
    for issue in sent.issues:
        write_thread(session, actor, desk, issue, now=now)


def _require_allowed(session: Session, actor: Actor, desk: Desk, submission: Submission, now: datetime) -> None:
    ties = ties_of(session, actor, submission, now=now)
    reason = why_no_review(actor, submission, desk.project, ties)
    if reason is not None:
        raise NotAllowed(reason)


def why_not(session: Session, actor: Actor, desk: Desk, verdict: Verdict) -> str | None:
    """Say in a sentence what of the stored review stands against a verdict, or None."""
    if verdict == Verdict.ESCALATE and desk.review.level >= LEVEL_MAX:
        return "There is no level above yours; decide, or close the review."
    if verdict not in APPROVALS | {Verdict.RETURN}:
        return None
    sight = sight_of(session, actor, desk.submission, desk.project)
    threads = threads_of(session, actor, desk.submission, sight)
    return why_not_with(verdict, threads, desk.review)


def why_not_with(verdict: Verdict, threads: list[Thread], review: Review) -> str | None:
    """Say what of the issues stands against an approval or a return; `threads` are those the reviewer sees."""
    still_open = [thread for thread in threads if thread.state == ThreadState.OPEN]
    if verdict == Verdict.RETURN and not still_open:
        return "Write down at least one issue first: the author must know what to change."
    # What an earlier opinion proposes is published by a return; an approval sets it aside.
    counted = [one for one in still_open if one.published_at is not None or one.review_id == review.id]
    weighty = [one for one in counted if one.severity in WEIGHTY]
    if verdict in APPROVALS and weighty:
        words = "an open blocker or major issue" if len(weighty) == 1 else f"{len(weighty)} open weighty issues"
        return f"There {'is' if len(weighty) == 1 else 'are'} {words}; close them, or return the work."
    return None


def _require_complete(session: Session, actor: Actor, desk: Desk, sent: DecisionIn, *, is_refused: bool) -> None:
    faults = _what_is_missing(sent, is_refused=is_refused)
    hindrance = why_not(session, actor, desk, sent.verdict)
    if faults:
        first = next(iter(faults))
        raise Invalid(faults[first], pointer=f"/{first}", fields=faults)
    if hindrance is not None:
        raise Invalid(hindrance, pointer="/verdict", fields={"verdict": hindrance})


def _what_is_missing(sent: DecisionIn, *, is_refused: bool) -> dict[str, str]:
    """Say by field what a decision still needs."""
    faults: dict[str, str] = {}
    note, reason = sent.verification_note.strip(), sent.reason.strip()
    if sent.verdict in APPROVALS:
        if sent.verification_method is None:
            faults["verification_method"] = "Say how you verified it."
        if sent.verification_method == VerificationMethod.READ_ONLY and len(note) < REASON_MIN_CHARS:
            faults["verification_note"] = (
                f"Say in two lines why reading was enough; at least {REASON_MIN_CHARS} characters."
            )
        if is_refused and len(sent.disagreement.strip()) < REASON_MIN_CHARS:
            faults["disagreement"] = (
                f"The machine says that this is wrong. Say why it is right, in at least {REASON_MIN_CHARS} characters."
            )
    if sent.verdict in {Verdict.REJECT, Verdict.ESCALATE} and len(reason) < REASON_MIN_CHARS:
        faults["reason"] = f"Say why, in at least {REASON_MIN_CHARS} characters."
    if (sent.edited_content is not None) != (sent.verdict == Verdict.APPROVE_WITH_EDITS):
        faults["edited_content"] = (
            "Send the edited document." if sent.edited_content is None else "Edits go with “approve with edits” only."
        )
    return faults


def _take_effect(
    session: Session,
    actor: Actor,
    desk: Desk,
    submission: Submission,
    sent: DecisionIn,
    now: datetime,
    *,
    is_refused: bool,
) -> Decided:
    before = standing_of(submission)
    earlier = decisions_on(session, submission.id, submission.revision_n)
    rules = Rules(
        desk.project.review_levels,
        is_in_sample(submission.id, desk.project.level2_share_percent),
        submission.times_returned,
        is_refused,
    )
    outcome = settle([*earlier, Decision(actor.user_id, desk.review.level, sent.verdict)], rules)
    if sent.verdict == Verdict.APPROVE_WITH_EDITS and sent.edited_content is not None:
        settling.add_edited_revision(
            session, submission, desk.revision, sent.edited_content, reviewer_id=actor.user_id, now=now
        )
    _move(session, actor, submission, outcome, now)
    round_n = 1 + sum(1 for one in earlier if one.level == desk.review.level)
    _close(session, desk, sent, ReviewState.DECIDED, now, round=round_n, before=_plain(before))
    _publish(session, desk, outcome, now)
    _record_decision(session, actor, desk, sent, moved=(before.state, submission.state), now=now)
    tell_about_decision(session, actor, desk, submission, sent.verdict, outcome, now=now)
    return _told(desk.review, submission, sent.verdict, now)


def _move(session: Session, actor: Actor, submission: Submission, outcome: Outcome, now: datetime) -> None:
    if outcome.state == SubmissionState.RETURNED:
        settling.return_to_author(session, submission, reviewer_id=actor.user_id, review_level=outcome.level, now=now)
    elif outcome.state == SubmissionState.APPROVED:
        settling.approve(session, submission, now=now)
    elif outcome.state == SubmissionState.REJECTED:
        settling.reject(session, submission, now=now)
    elif outcome.state == SubmissionState.ESCALATED:
        settling.escalate(session, submission, now=now)
    else:
        settling.send_on_to_level_2(session, submission, now=now)


def _close(session: Session, desk: Desk, sent: DecisionIn, state: ReviewState, now: datetime, **more: Any) -> None:
    values = {
        "state": state,
        "verdict": sent.verdict,
        "verification_method": sent.verification_method,
        "verification_note": sent.verification_note.strip(),
        "reason": sent.reason.strip(),
        "disagreement": sent.disagreement.strip(),
        "decided_at": now,
        "last_seen_at": now,
        **more,
    }
    if sent.edited_content is not None:
        values["edited_content"] = canonical_json(sent.edited_content.model_dump(mode="json"))
    move = update(Review).where(Review.id == desk.review.id, Review.state == ReviewState.OPEN)
    if not changed_one(session, move.values(values)):
        raise Conflict("This review was decided in another window; reload it.")
    session.expire(desk.review, list(values))


def _publish(session: Session, desk: Desk, outcome: Outcome, now: datetime) -> None:
    """Show the issues to the author once it is settled: those of approvals with an approval, all of them else."""
    if outcome.state in {SubmissionState.ESCALATED, SubmissionState.SUBMITTED}:
        return
    agreeing = Review.verdict.in_(sorted(APPROVALS))
    others = agreeing if outcome.state == SubmissionState.APPROVED else Review.revision_n == desk.review.revision_n
    reviews = session.scalars(
        select(Review.id).where(Review.submission_id == desk.submission.id, Review.state == ReviewState.DECIDED, others)
    ).all()
    session.execute(
        update(Thread).where(Thread.review_id.in_(reviews), Thread.published_at.is_(None)).values(published_at=now),
        execution_options={"synchronize_session": False},
    )


def _record_decision(
    session: Session, actor: Actor, desk: Desk, sent: DecisionIn, *, moved: tuple[str, str], now: datetime
) -> None:
    """Write a decision into the audit log: what moved from where to where, and on which hash it was taken."""
    record(
        session,
        "review.decide",
        actor,
        desk.review,
        now=now,
        moved=moved,
        reason=sent.reason.strip()[:2000] or None,
        verdict=sent.verdict,
        level=desk.review.level,
        revision=desk.review.revision_n,
        sha256=desk.revision.sha256,
    )


def _overtake(
    session: Session, actor: Actor, desk: Desk, submission: Submission, sent: DecisionIn, now: datetime
) -> Overtaken:
    _close(session, desk, sent, ReviewState.OVERTAKEN, now)
    record(session, "review.overtaken", actor, desk.review, now=now, verdict=sent.verdict)
    return _told_overtaken(session, desk.review, submission)


def _told_overtaken(session: Session, review: Review, submission: Submission) -> Overtaken:
    query = select(Review.verdict).where(
        Review.submission_id == submission.id,
        Review.revision_n == review.revision_n,
        Review.state == ReviewState.DECIDED,
    )
    counted = session.scalars(query.order_by(Review.decided_at.desc()).limit(1)).first()
    state = str(submission.state).replace("_", " ")
    words = f"Another reviewer decided first ({str(counted).replace('_', ' ')})" if counted else "The work has moved on"
    return Overtaken(
        review, submission.state, counted, f"{words}; it is {state} now. What you wrote is kept, without effect."
    )


def _told(review: Review, submission: Submission, verdict: Verdict, at: datetime) -> Decided:
    return Decided(
        review,
        verdict,
        submission.state,
        submission.review_level,
        submission.revision_n,
        at + timedelta(seconds=UNDO_SECONDS),
    )


def _plain(standing: Standing) -> dict[str, Any]:
    facts = asdict(standing)
    last, at = standing.last_reviewer_id, standing.decided_at
    return facts | {"last_reviewer_id": str(last) if last else None, "decided_at": at.isoformat() if at else None}
