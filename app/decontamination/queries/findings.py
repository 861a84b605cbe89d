"""Lists of reference sets and findings, and what of a snapshot is contaminated."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import User
from app.core.pagination import Page, SortKey, page_of
from app.decontamination.models import ContaminationFinding, ReferenceSet, SnapshotContamination
from app.decontamination.schemas import FindingFilter
from app.decontamination.states import TOUCHED_MORE_THAN, Consequence
from app.submissions.models import Submission
from app.tasks.models import Task

SIZE = 50


@dataclass(frozen=True, slots=True)
class SetRow:
    """A reference set with who added it and how much was found by it."""

    item: ReferenceSet
    added_by: str
    blocking: int
    to_review: int


def reference_rows(session: Session) -> list[SetRow]:
    """List all reference sets by name, with counts of findings that nobody has waived."""
    open_ones = ContaminationFinding.waived_at.is_(None)
    counts = select(ContaminationFinding.reference_set_id, ContaminationFinding.consequence, func.count())
    grouped = counts.where(open_ones).group_by(ContaminationFinding.reference_set_id, ContaminationFinding.consequence)
    found = {(row[0], row[1]): row[2] for row in session.execute(grouped)}
    query = select(ReferenceSet, User.name).join(User, User.id == ReferenceSet.added_by).order_by(ReferenceSet.name)
    return [
        SetRow(item, name, found.get((item.id, Consequence.BLOCK), 0), found.get((item.id, Consequence.REVIEW), 0))
        for item, name in session.execute(query).all()
    ]


def reference_sets(session: Session) -> Sequence[ReferenceSet]:
    """List all reference sets by name."""
    return session.scalars(select(ReferenceSet).order_by(ReferenceSet.name)).all()


def findings_page(session: Session, project_id: UUID, wanted: FindingFilter) -> Page[ContaminationFinding]:
    """List what was found in a project, the newest first."""
    query = select(ContaminationFinding).where(ContaminationFinding.project_id == project_id)
    for column, value in (
        (ContaminationFinding.consequence, wanted.consequence),
        (ContaminationFinding.likeness, wanted.likeness),
        (ContaminationFinding.part, wanted.part),
        (ContaminationFinding.reference_set_id, wanted.reference),
        (ContaminationFinding.task_id, wanted.task),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.waived is not None:
        is_waived = ContaminationFinding.waived_at.is_not(None)
        query = query.where(is_waived if wanted.waived else ~is_waived)
    return page_of(
        session,
        query.options(joinedload(ContaminationFinding.reference_set)),
        [SortKey(ContaminationFinding.id, descending=True)],
        lambda finding: [finding.id],
        cursor=wanted.cursor,
        size=SIZE,
    )


def names_of(session: Session, user_ids: Sequence[UUID | None]) -> dict[UUID, str]:
    """Name the people who waived something."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_([one for one in user_ids if one])))
    return {row[0]: row[1] for row in rows}


def numbers_of(session: Session, task_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Give the numbers by which people know tasks."""
    rows = session.execute(select(Task.id, Task.number).where(Task.id.in_(task_ids)))
    return {row[0]: row[1] for row in rows}


def findings_of_task(session: Session, task: Task) -> Sequence[ContaminationFinding]:
    """List what was found of the wording of a task as it is now, the worst first."""
    return _findings(session, _of(task.id, task.version))


def findings_of_work(session: Session, submission: Submission, revision_id: UUID) -> Sequence[ContaminationFinding]:
    """List what was found of a revision and of its task as it is worded now, the worst first."""
    version = select(Task.version).where(Task.id == submission.task_id).scalar_subquery()
    of_task = and_(ContaminationFinding.piece_id == submission.task_id, ContaminationFinding.version == version)
    return _findings(session, or_(of_task, _of(revision_id, 0)))


def _of(piece_id: UUID, version: int) -> ColumnElement[bool]:
    return and_(ContaminationFinding.piece_id == piece_id, ContaminationFinding.version == version)


def _findings(session: Session, which: ColumnElement[bool]) -> Sequence[ContaminationFinding]:
    query = select(ContaminationFinding).where(which).options(joinedload(ContaminationFinding.reference_set))
    order = (ContaminationFinding.consequence, ContaminationFinding.coverage.desc(), ContaminationFinding.id)
    return session.scalars(query.order_by(*order).limit(SIZE)).all()


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """What a snapshot's selection had in common with one reference set."""

    item: SnapshotContamination

    @property
    def touched_percent(self) -> float:
        """Share of the reference texts that the selection held."""
        return round(100 * self.item.texts_touched / self.item.texts, 1) if self.item.texts else 0.0

    @property
    def is_reported(self) -> bool:
        """More than two in a hundred of its texts: the set measures nothing of who was trained on this."""
        return self.item.texts_touched * 100 > TOUCHED_MORE_THAN * self.item.texts


def snapshot_rows(session: Session, snapshot_id: UUID) -> list[SnapshotRow]:
    """List what a snapshot was held against when it was frozen, by name; empty when against nothing."""
    query = select(SnapshotContamination).where(SnapshotContamination.snapshot_id == snapshot_id)
    return [SnapshotRow(item) for item in session.scalars(query.order_by(SnapshotContamination.name))]
