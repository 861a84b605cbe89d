"""Reference sets and findings, stored directly."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.decontamination.models import ContaminationFinding, ReferenceSet
from app.decontamination.states import Consequence, Likeness, Part, ReferenceState
from app.tasks.models import Task
from tests.cast import NOW, Person


def a_reference_set(session: Session, person: Person, **facts: Any) -> ReferenceSet:
    """Store a set that is ready, without any hashes; facts override."""
    newest = session.scalar(select(func.max(ReferenceSet.n))) or 0
    values: dict[str, Any] = {
        "name": f"Public test {newest + 1}",
        "source": "Published for the tests",
        "licence": "MIT",
        "fields": ["text"],
        "state": ReferenceState.READY,
        "n": newest + 1,
        "file_sha256": "0" * 64,
        "texts": 50,
        "grams": 1234,
        "added_by": person.id,
        "added_at": NOW,
        "ready_at": NOW,
    }
    found = ReferenceSet(id=new_id(), **(values | facts))
    session.add(found)
    session.flush()  # findings refer to it
    return found


def a_finding(session: Session, task: Task, reference: ReferenceSet, **facts: Any) -> ContaminationFinding:
    """Store that the statement of a task is a reference text; facts override."""
    values: dict[str, Any] = {
        "piece_id": task.id,
        "version": task.version,
        "part": Part.STATEMENT,
        "text_number": 7,
        "likeness": Likeness.EXACT,
        "consequence": Consequence.BLOCK,
        "n": 13,
        "coverage": 100,
        "matched": task.statement[:600],
        "found_at": NOW,
    }
    found = ContaminationFinding(
        id=new_id(),
        project_id=task.project_id,
        task_id=task.id,
        reference_set_id=reference.id,
        **(values | facts),
    )
    session.add(found)
    session.flush()  # a page may show it at once
    return found
