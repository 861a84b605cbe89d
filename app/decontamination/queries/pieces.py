"""The pieces that are held against reference sets: wordings of tasks and revisions of work, with their texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.decontamination.models import ContaminationCheck
from app.decontamination.states import Part
from app.submissions.models import Revision, Submission
from app.tasks.models import Task, TaskVersion

OF_WORK = 0
"""In place of a version: a revision never changes."""
PAGE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """A wording of a task, or a revision, with what is compared of it."""

    piece_id: UUID
    version: int
    project_id: UUID
    task_id: UUID
    submission_id: UUID | None
    texts: list[tuple[Part, str]]


Key = tuple[UUID, int]
"""piece, and version of the wording"""


def unchecked(session: Session, keys: Sequence[Key], *, through: int) -> list[Key]:
    """Return those that were not held against all reference sets yet, or were changed since."""
    ids = {piece_id for piece_id, _ in keys}
    tasks = {piece_id for piece_id, version in keys if version != OF_WORK}
    query = select(
        ContaminationCheck.piece_id,
        ContaminationCheck.version,
        ContaminationCheck.through,
        ContaminationCheck.checked_at,
    )
    known = {(row[0], row[1]): row for row in session.execute(query.where(ContaminationCheck.piece_id.in_(ids)))}
    changed = select(Task.id, Task.version, Task.updated_at).where(Task.id.in_(tasks))
    current: dict[Key, datetime] = {(row[0], row[1]): row[2] for row in session.execute(changed)}
    found = []
    for key in dict.fromkeys(keys):
        row = known.get(key)
        # A wording that was never opened is edited in place.
        if row is None or row[2] < through or (key in current and row[3] < current[key]):
            found.append(key)
    return found


def read_pieces(session: Session, keys: Sequence[Key]) -> list[Piece]:
    """Read pieces with their texts; one that is gone is left out."""
    works = [piece_id for piece_id, version in keys if version == OF_WORK]
    wordings = [key for key in keys if key[1] != OF_WORK]
    return [*_works(session, works), *_wordings(session, wordings)]


def _works(session: Session, revision_ids: Sequence[UUID]) -> Iterator[Piece]:
    query = (
        select(Revision.id, Revision.content, Submission.project_id, Submission.task_id, Submission.id)
        .join(Submission, Submission.id == Revision.submission_id)
        .where(Revision.id.in_(revision_ids))
        .order_by(Revision.id)
    )
    for revision_id, content, project_id, task_id, submission_id in session.execute(query).all():
        texts = [(Part.SOLUTION, solution_of(orjson.loads(content)))]
        yield Piece(revision_id, OF_WORK, project_id, task_id, submission_id, texts)


def solution_of(content: dict[str, Any]) -> str:
    """Write the work as one text: its steps, the answer, the program."""
    program = content.get("program") or {}
    answer = content.get("answer") or {}
    parts = [step["body"] for step in content.get("steps", [])]
    parts += [answer.get("text", ""), program.get("source", "")]
    return "\n\n".join(part for part in parts if part.strip())


def _wordings(session: Session, keys: Sequence[Key]) -> Iterator[Piece]:
    wanted = {task_id for task_id, _ in keys}
    columns = (Task.id, Task.version, Task.project_id, Task.statement, Task.reference)
    tasks = {row[0]: row for row in session.execute(select(*columns).where(Task.id.in_(wanted)))}
    query = select(TaskVersion.task_id, TaskVersion.version, TaskVersion.content)
    older = {(row[0], row[1]): row[2] for row in session.execute(query.where(TaskVersion.task_id.in_(wanted)))}
    for key in keys:
        task = tasks.get(key[0])
        if task is None:
            continue
        now = {"statement": task[3], "reference": task[4]}
        wording = now if task[1] == key[1] else older.get(key)
        if wording is None:
            continue
        texts = [(Part.STATEMENT, wording.get("statement") or ""), (Part.REFERENCE, wording.get("reference") or "")]
        yield Piece(key[0], key[1], task[2], key[0], None, [(part, text) for part, text in texts if text.strip()])


def keys_of_all(session: Session, *, tasks_after: UUID | None, works_after: UUID | None) -> tuple[list[Key], list[Key]]:
    """Read the next page of all tasks, and of all revisions, by their ids."""
    tasks = select(Task.id, Task.version).order_by(Task.id).limit(PAGE_ROWS)
    works = select(Revision.id).order_by(Revision.id).limit(PAGE_ROWS)
    if tasks_after is not None:
        tasks = tasks.where(Task.id > tasks_after)
    if works_after is not None:
        works = works.where(Revision.id > works_after)
    return (
        [(row[0], row[1]) for row in session.execute(tasks)],
        [(revision_id, OF_WORK) for revision_id in session.scalars(works)],
    )


def keys_of_late(session: Session, *, since: datetime, first_id: UUID, through: int) -> list[Key]:
    """List the tasks that were changed since a moment, and the revisions with ids made since, that are unchecked."""
    check = ContaminationCheck
    of_task = and_(check.piece_id == Task.id, check.version == Task.version)
    is_old = or_(check.piece_id.is_(None), check.through < through, check.checked_at < Task.updated_at)
    tasks = select(Task.id, Task.version).outerjoin(check, of_task).where(Task.updated_at >= since, is_old)
    of_work = and_(check.piece_id == Revision.id, check.version == OF_WORK)
    is_missing = or_(check.piece_id.is_(None), check.through < through)
    works = select(Revision.id).outerjoin(check, of_work).where(Revision.id >= first_id, is_missing)
    return [
        *((row[0], row[1]) for row in session.execute(tasks.order_by(Task.id))),
        *((revision_id, OF_WORK) for revision_id in session.scalars(works.order_by(Revision.id))),
    ]
