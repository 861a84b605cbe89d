"""Decided reviews with labels and issues, and snapshots, stored or made."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from app.config import Settings
from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.core.jobs import Handler
from app.datasets.jobs import Likeness, freezing
from app.datasets.models import Snapshot
from app.datasets.schemas import DatasetIn
from app.datasets.service import FREEZE_JOB, create_dataset, freeze
from app.projects.models import Project
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.states import AnchorKind, ReviewState, Severity, StepVerdict, Verdict, VerificationMethod
from app.submissions.models import Submission
from app.worker import Worker
from tests.cast import NOW, Person
from tests.factories.work import revision_of

EARLIER = NOW - timedelta(days=1)
"""Before any cut: a snapshot is cut by the real clock."""


def a_review(
    session: Session, submission: Submission, *, reviewer: Person, labels: dict[str, str], **facts: Any
) -> Review:
    """Store a decided approval of the last revision with step labels; facts override."""
    values: dict[str, Any] = {
        "verdict": Verdict.APPROVE,
        "verification_method": VerificationMethod.RE_DERIVED,
        "state": ReviewState.DECIDED,
        "seconds": 300,
        "opened_at": NOW,
        "last_seen_at": NOW,
        "decided_at": NOW,
    }
    revision = revision_of(session, submission)
    review = Review(
        id=new_id(),
        project_id=submission.project_id,
        submission_id=submission.id,
        revision_id=revision.id,
        revision_n=revision.n,
        reviewer_id=reviewer.id,
        **(values | facts),
    )
    session.add(review)
    session.flush()  # its labels refer to it
    for step_id, value in labels.items():
        session.add(StepLabel(review_id=review.id, step_id=step_id, value=StepVerdict(value)))
    session.flush()  # a snapshot may follow at once
    return review


def an_issue(session: Session, review: Review, *, step_id: str, words: str) -> Thread:
    """Store a published major issue on a step, with its first comment."""
    thread = Thread(
        id=new_id(),
        submission_id=review.submission_id,
        review_id=review.id,
        revision_n=review.revision_n,
        anchor=AnchorKind.STEP,
        step_id=step_id,
        severity=Severity.MAJOR,
        published_at=EARLIER,
        opened_by=review.reviewer_id,
        opened_at=EARLIER,
    )
    session.add(thread)
    session.flush()  # the comment refers to it
    session.add(Comment(id=new_id(), thread_id=thread.id, author_id=review.reviewer_id, body=words, created_at=EARLIER))
    session.flush()  # a snapshot may follow at once
    return thread


def likening(database: Database, settings: Settings, likeness: Likeness) -> Worker:
    """Make a worker that asks `likeness` what is alike; pieces of tests are mostly the same words."""

    class Likening(Worker):
        handlers: ClassVar[Mapping[str, Handler]] = {**Worker.handlers, FREEZE_JOB: freezing(likeness)}

    return Likening(database, settings)


def a_snapshot(
    session: Session, database: Database, settings: Settings, *, manager: Person, project_id: Any, **rule: Any
) -> Snapshot:
    """Define a dataset, freeze it and let the worker hash it."""
    project = session.get_one(Project, project_id)
    wanted = DatasetIn.model_validate({"name": f"Set {new_id()}", "rule": rule})
    dataset = create_dataset(session, project, wanted, actor=manager.actor, now=NOW)
    snapshot = freeze(session, dataset, note="", actor=manager.actor, now=clock.now())
    session.commit()
    Worker(database, settings).run_all()
    session.refresh(snapshot)
    session.refresh(snapshot, ["dataset"])
    session.expunge_all()
    session.commit()  # lets go of SQLite's write lock, which the test's next transaction elsewhere needs
    return snapshot
