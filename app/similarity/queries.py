"""Who is like whom: candidates by signature, the words of a work, and the pairs that were found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import Row, and_, case, or_, select
from sqlalchemy.orm import Session

from app.similarity.models import LikeWork, WorkSignature
from app.submissions.models import Revision, Submission
from app.submissions.states import SubmissionState
from app.tasks.models import Task
from app.text.minhash import BANDS, SIGNED_BY, Bands, Likeness

CANDIDATES_MAX = 60
"""So many are compared exactly at hand-in: those of one's own project first, the newest first."""
BAND_COLUMNS = [WorkSignature.__table__.c[f"band_{n:02}"] for n in range(1, BANDS + 1)]
_LAST = and_(Revision.submission_id == Submission.id, Revision.n == Submission.revision_n)


@dataclass(frozen=True, slots=True)
class Work:
    """A revision as far as likeness is concerned."""

    revision_id: UUID
    submission_id: UUID
    project_id: UUID
    task_id: UUID
    family: str | None
    content: str


def get_work(session: Session, revision_id: UUID) -> Work | None:
    """Load a revision with what it belongs to; None when it is gone (edits that were taken back)."""
    query = (
        select(Revision.id, Submission.id, Submission.project_id, Submission.task_id, Task.family, Revision.content)
        .join(Submission, Submission.id == Revision.submission_id)
        .join(Task, Task.id == Submission.task_id)
        .where(Revision.id == revision_id)
    )
    row = session.execute(query).first()
    return None if row is None else Work(*row)


def candidates(session: Session, work: Work, bands: Bands) -> Sequence[Row[UUID, str]]:
    """List (revision, content) of works that share a band with this one, in its project first.

    Only the last version of a work counts, and none that was withdrawn. Left out are the work itself with its earlier
    versions, and variants of its task: those are meant to be alike.
    """
    met = or_(*(column == band for column, band in zip(BAND_COLUMNS, bands, strict=True)))
    query = (
        select(Revision.id, Revision.content)
        .select_from(WorkSignature)
        .join(Revision, Revision.id == WorkSignature.revision_id)
        .join(Submission, _LAST)
        .where(
            met,
            WorkSignature.version == SIGNED_BY,
            Submission.id != work.submission_id,
            Submission.state != SubmissionState.WITHDRAWN,
        )
        .order_by(case((Submission.project_id == work.project_id, 0), else_=1), Revision.id.desc())
        .limit(CANDIDATES_MAX)
    )
    if work.family is not None:
        is_variant = and_(Task.family == work.family, Task.project_id == work.project_id, Task.id != work.task_id)
        query = query.join(Task, Task.id == Submission.task_id).where(or_(Task.family.is_(None), ~is_variant))
    return session.execute(query).all()


@dataclass(frozen=True, slots=True)
class Like:
    """Another work that is like one, with what decides whether somebody may open it."""

    submission: Submission
    sha256: str
    """of its content: all that is told of work in other projects"""
    task_number: int
    likeness: Likeness
    exact_percent: int
    alike_percent: int


def likes_of(session: Session, revision_id: UUID) -> list[Like]:
    """List the works that a revision is like, the most like first; only in their last versions, and none withdrawn."""
    other = case((LikeWork.left_id == revision_id, LikeWork.right_id), else_=LikeWork.left_id)
    query = (
        select(
            Submission,
            Revision.sha256,
            Task.number,
            LikeWork.likeness,
            LikeWork.exact_percent,
            LikeWork.alike_percent,
        )
        .select_from(LikeWork)
        .join(Revision, Revision.id == other)
        .join(Submission, _LAST)
        .join(Task, Task.id == Submission.task_id)
        .where(
            or_(LikeWork.left_id == revision_id, LikeWork.right_id == revision_id),
            Submission.state != SubmissionState.WITHDRAWN,
        )
        .order_by(LikeWork.exact_percent.desc(), LikeWork.alike_percent.desc(), Submission.id)
    )
    return [Like(*row) for row in session.execute(query)]


def contents_of(session: Session, revision_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Read what was handed in with some revisions."""
    query = select(Revision.id, Revision.content).where(Revision.id.in_(revision_ids))
    return {row.id: row.content for row in session.execute(query)}


def words_of(content: str) -> str:
    """Take the words out of a stored document that make the work: its steps in order, the answer, the program.

    Notes to the reviewer, confidence and what else was used are not part of it.
    """
    document = orjson.loads(content)
    program = document.get("program") or {}
    answer = document.get("answer") or {}
    bodies = [step["body"] for step in document.get("steps", ())]
    return "\n\n".join([*bodies, answer.get("text", ""), program.get("source", "")])
