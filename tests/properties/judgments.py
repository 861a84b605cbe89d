"""What reviewers and managers of datasets do in a world."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.ids import new_id
from app.core.jobs import JobRun
from app.datasets import jobs as datasets_jobs
from app.datasets.access import get_dataset, get_snapshot
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.policy import can_edit_dataset
from app.datasets.service import challenge
from app.datasets.service import decide as decide_challenge
from app.datasets.service import freeze as freeze_dataset
from app.exports.service.asking import ask
from app.reviews.access import get_review, get_thread
from app.reviews.models import Review, Thread
from app.reviews.schemas import CommentIn, DecisionIn, ReviewDraftIn
from app.reviews.service import deciding, drafting, edits, opening, talking, undoing
from app.reviews.states import ReviewState, ThreadState
from app.submissions.access import get_own_submission
from app.submissions.schemas import Content
from app.worker import Worker
from tests.properties.world import Outcome, Work, World

WHY = "It does not follow, and the gap cannot be closed."
KEY = b"a key that only these tests know"
ISSUE = {"anchor": "step", "step_id": "s2", "severity": "major", "body": "The parity needs a word."}
FACTS: dict[str, dict[str, Any]] = {
    "approve": {"verification_method": "re_derived"},
    "approve_with_edits": {"verification_method": "executed"},
    "return": {"issues": [ISSUE]},
    "reject": {"reason": WHY},
    "escalate": {"reason": WHY},
}


def open_review(session: Session, world: World, who: str, work: Work, *, now: datetime) -> Outcome:
    """Open a review."""
    submission_id = world.submission(session, work).id
    review, is_new = opening.open_review(session, world.people[who], submission_id, now=now)
    return "opened", review.revision_n, review.level, is_new


def label(session: Session, world: World, who: str, work: Work, how: str, note: str, *, now: datetime) -> Outcome:
    """Save labels and words in an open review, on the last number or a stale one."""
    desk = get_review(session, world.people[who], world.review(session, who, work).id)
    sent = ReviewDraftIn.model_validate(_draft(note))
    base = desk.review.save_n - 1 if how == "stale" else desk.review.save_n
    return "labelled", drafting.save_review(session, desk, sent, base_n=base, now=now)


def leave(session: Session, world: World, who: str, work: Work, *, now: datetime) -> Outcome:
    """Close a review without a verdict."""
    actor = world.people[who]
    opening.leave_review(session, actor, get_review(session, actor, world.review(session, who, work).id), now=now)
    return ("left",)


def decide(session: Session, world: World, who: str, work: Work, verdict: str, note: str, *, now: datetime) -> Outcome:
    """Decide in the review that was opened last, on its own revision."""
    actor = world.people[who]
    desk = get_review(session, actor, world.review(session, who, work).id)
    body = {"verdict": verdict, "sha256": desk.revision.sha256, "draft": _draft(note)} | FACTS[verdict]
    if verdict == "approve_with_edits":
        body["edited_content"] = _edited(desk.revision.content, note)
    outcome = deciding.decide(session, actor, desk, DecisionIn.model_validate(body), now=now)
    return type(outcome).__name__, outcome.state


def judge(session: Session, world: World, who: str, work: Work, verdict: str, note: str, *, now: datetime) -> Outcome:
    """Open a review and decide in one go."""
    opened = open_review(session, world, who, work, now=now)
    return opened + decide(session, world, who, work, verdict, note, now=now)


def undo(session: Session, world: World, who: str, work: Work, *, now: datetime) -> Outcome:
    """Take the last decision on this work back."""
    actor = world.people[who]
    query = select(Review.id).where(
        Review.submission_id == world.submission(session, work).id,
        Review.reviewer_id == actor.user_id,
        Review.state == ReviewState.DECIDED,
    )
    decided = session.scalars(query.order_by(Review.decided_at.desc()).limit(1)).first()
    if decided is None:
        return ("nothing to undo",)
    undoing.undo_decision(session, actor, get_review(session, actor, decided), now=now)
    return ("undone",)


def answer_edits(session: Session, world: World, work: Work, *, agrees: bool, now: datetime) -> Outcome:
    """Accept or contest a reviewer's edits, as the author."""
    actor = world.people[work.author]
    submission = get_own_submission(session, actor, world.submission(session, work).id)
    if agrees:
        edits.accept_edits(session, actor, submission, now=now)
    else:
        edits.contest_edits(session, actor, submission, WHY, now=now)
    return "answered", submission.state


def freeze(session: Session, world: World, *, now: datetime) -> Outcome:
    """Freeze what is approved."""
    actor = world.people["Mona"]
    dataset = get_dataset(session, actor, world.dataset_id, can=can_edit_dataset)
    snapshot = freeze_dataset(session, dataset, note="", actor=actor, now=now)
    return "frozen", snapshot.n, snapshot.items


def export(session: Session, world: World, format_name: str, *, now: datetime) -> Outcome:
    """Ask for the last snapshot in a format."""
    actor = world.people["Mona"]
    last = session.scalars(select(Snapshot.id).order_by(Snapshot.n.desc()).limit(1)).one()
    export = ask(session, get_snapshot(session, actor, last), format_name, {}, actor=actor, now=now)
    return "asked", export.format


def find_wrong(session: Session, world: World, place: int, *, now: datetime) -> Outcome:
    """Challenge a row of the last snapshot and sustain it."""
    actor = world.people["Mona"]
    last = session.scalars(select(Snapshot).order_by(Snapshot.n.desc()).limit(1)).one()
    query = select(SnapshotItem).where(SnapshotItem.snapshot_id == last.id).order_by(SnapshotItem.position)
    rows = session.scalars(query).all()
    row = rows[place % len(rows)]
    found = challenge(session, last, row, WHY, actor=actor, now=now)
    decide_challenge(session, found, is_sustained=True, reason=WHY, actor=actor, now=now)
    return "found wrong", row.position


def note_corrections(world: World) -> int:
    """Run the job that notes what was withdrawn or found wrong; returns how many rows."""
    run = JobRun(new_id(), {}, None, world.database, world.settings, lambda *_: None)
    return int(datasets_jobs.note_corrections(run)["noted"])


def seal(session: Session, world: World, *, now: datetime) -> Outcome:
    """Seal what happened, as the worker does."""
    del world, now
    return "sealed", audit.seal(session, KEY)


def run_jobs(world: World) -> int:
    """Let a worker do what waits; returns how many jobs."""
    return Worker(world.database, world.settings).run_all()


def _draft(note: str) -> dict[str, Any]:
    labels = {"s1": {"value": "good"}, "s2": {"value": "bad", "error_type": "missing_case", "note": note}}
    return {"labels": labels, "rubric_scores": {"correct": 2}, "seconds": 60}


def _edited(content: str, note: str) -> dict[str, Any]:
    document = Content.model_validate_json(content)
    return document.model_copy(update={"answer": document.answer.model_copy(update={"text": note})}).model_dump(
        mode="json"
    )


def answer_issues(session: Session, world: World, work: Work, *, now: datetime) -> Outcome:
    """Reply to every open issue and call it answered, as the author."""
    actor = world.people[work.author]
    submission_id = world.submission(session, work).id
    query = select(Thread.id).where(Thread.submission_id == submission_id, Thread.state == ThreadState.OPEN)
    answered = 0
    for thread_id in session.scalars(query.where(Thread.published_at.is_not(None)).order_by(Thread.id)).all():
        thread, talk = get_thread(session, actor, thread_id)
        talking.reply(session, actor, thread, talk, CommentIn(body="It is said now.", answers=True), now=now)
        answered += 1
    return "answered", answered
