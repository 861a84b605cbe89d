"""Reviews that are opened and decided as people do it, through the services."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.reviews.access import get_review
from app.reviews.models import Review
from app.reviews.schemas import DecisionIn
from app.reviews.service.deciding import Decided, Overtaken, decide
from app.reviews.service.opening import open_review
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState
from app.text.fingerprints import canonical_json, content_hash
from tests.cast import NOW, Person, Place
from tests.factories.work import a_submission, a_task, revision_of

WHY = "It does not follow, and the gap cannot be closed."
ISSUE = {"anchor": "step", "step_id": "s2", "severity": "major", "body": "The parity needs a word. More to follow."}
FACTS: dict[str, dict[str, Any]] = {
    "approve": {"verification_method": "re_derived"},
    "return": {"issues": [ISSUE]},
    "reject": {"reason": WHY},
    "escalate": {"reason": WHY},
}


def handed_in(session: Session, place: Place, author: Person, **facts: Any) -> Submission:
    """Store a task with one place and somebody's handed-in work on it."""
    task = a_task(session, place)
    return a_submission(session, author=author, task=task, state=facts.pop("state", SubmissionState.SUBMITTED), **facts)


def opened(session: Session, person: Person, submission: Submission, *, now: datetime = NOW) -> Review:
    """Open a review as somebody."""
    return open_review(session, person.actor, submission.id, now=now)[0]


def decided(
    session: Session,
    person: Person,
    submission: Submission,
    verdict: str,
    *,
    now: datetime = NOW,
    review: Review | None = None,
    **facts: Any,
) -> Decided | Overtaken:
    """Open a review as somebody and decide it, with what the verdict needs; facts override."""
    review = review or opened(session, person, submission, now=now)
    desk = get_review(session, person.actor, review.id)
    body = {"verdict": verdict, "sha256": desk.revision.sha256} | FACTS.get(verdict, {}) | facts
    return decide(session, person.actor, desk, DecisionIn.model_validate(body), now=now)


def handed_in_again(session: Session, submission: Submission, *, now: datetime, content: Any = None) -> None:
    """Store the next revision of returned work, as handing in does."""
    last = revision_of(session, submission)
    document = content.model_dump(mode="json") if content is not None else None
    session.add(
        Revision(
            id=new_id(),
            submission_id=submission.id,
            n=last.n + 1,
            content=canonical_json(document) if document else last.content,
            sha256=content_hash(document) if document else last.sha256,
            form_version=1,
            task_version=1,
            guideline_n=1,
            words=20,
            tokens=40,
            findings=[],
            submitted_at=now,
        )
    )
    submission.revision_n = last.n + 1
    submission.state = SubmissionState.SUBMITTED
    submission.submitted_at = now
    submission.updated_at = now
    session.flush()  # a review may be opened at once
