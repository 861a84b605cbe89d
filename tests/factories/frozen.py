"""Approved work that is frozen, taken back, challenged; what becomes of it is noted as the worker does."""

from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.core.jobs import JobRun
from app.datasets.jobs import note_corrections
from app.datasets.models import Challenge, Correction, Snapshot, SnapshotItem
from app.datasets.service import challenge, decide
from app.exports.models import Export
from app.exports.service import ask, write_files
from app.submissions.models import Revision, Submission
from app.submissions.service.ending import withdraw
from app.submissions.states import SubmissionState
from tests.cast import Person, Place
from tests.factories.judged import a_review
from tests.factories.work import a_submission, a_task, revision_of

SLIP = "The third step divides by zero."


def some_approved(session: Session, project: Place, author: Person, reviewer: Person, count: int) -> list[UUID]:
    """Store approved pieces, each on a task of its own; return their ids in the order in which they are frozen."""
    found = []
    for _ in range(count):
        work = a_submission(session, author=author, task=a_task(session, project), state=SubmissionState.APPROVED)
        a_review(session, work, reviewer=reviewer, labels={"s1": "good"})
        found.append(work.id)
    return found


def taken_back(session: Session, author: Person, *work_ids: UUID) -> None:
    """Let an author withdraw work, now."""
    for work_id in work_ids:
        withdraw(session, author.actor, session.get_one(Submission, work_id), "Not mine to give.", now=clock.now())
    session.commit()


def noted(database: Database, settings: Any) -> dict[str, Any]:
    """Run the periodic job that notes corrections; return what it says."""
    found = note_corrections(JobRun(new_id(), {}, None, database, settings, lambda *_: None))
    assert isinstance(found, dict)
    return found


def a_second_revision(session: Session, work_id: UUID) -> None:
    """Let work have been handed in once more, with the same words."""
    work = session.get_one(Submission, work_id)
    first = revision_of(session, work, 1)
    values = {column.key: getattr(first, column.key) for column in inspect(Revision).columns}
    session.add(Revision(**(values | {"id": new_id(), "n": 2})))
    work.revision_n = 2
    session.commit()


def corrections(session: Session, snapshot: Snapshot) -> list[tuple[int, UUID, str]]:
    """List (number, work, kind) of a snapshot's corrections."""
    query = select(Correction).where(Correction.snapshot_id == snapshot.id).order_by(Correction.n)
    found = [(one.n, one.submission_id, one.kind.value) for one in session.scalars(query)]
    session.commit()
    return found


def challenged(session: Session, snapshot: Snapshot, work_id: UUID, person: Person) -> Challenge:
    """Let somebody challenge a row, now."""
    query = select(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot.id, SnapshotItem.submission_id == work_id)
    item = session.scalars(query).one()
    found = challenge(session, snapshot, item, SLIP, actor=person.actor, now=clock.now())
    session.commit()
    return found


def sustained(session: Session, snapshot: Snapshot, work_id: UUID, manager: Person) -> None:
    """Let a manager challenge a row and find that it is wrong, now."""
    found = challenged(session, snapshot, work_id, manager)
    decide(session, found, is_sustained=True, reason=SLIP, actor=manager.actor, now=clock.now())
    session.commit()


def an_export(
    session: Session, database: Database, settings: Any, snapshot: Snapshot, manager: Person, name: str = "trl_sft"
) -> Export:
    """Ask for an export and write its files."""
    asked = ask(session, snapshot, name, {}, actor=manager.actor, now=clock.now()).id
    session.commit()
    write_files(database, settings, asked, lambda *_: None)
    session.expire_all()
    return session.get_one(Export, asked)
