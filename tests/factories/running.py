"""Programs to run, and a runner that says it is alive."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.core import clock, runners
from app.submissions.models import Submission
from app.submissions.schemas import Program
from app.tasks.states import Activity
from tests.cast import Person, Place
from tests.factories.work import a_submission, a_task, some_content

RIGHT = "a, b = map(int, input().split())\nprint(a + b)\n"
WRONG = "a, b = map(int, input().split())\nprint(a - b)\n"
ADDING: dict[str, Any] = {
    "kind": "program",
    "cases": [
        {"name": "small", "is_hidden": False, "stdin": "1 2\n", "stdout": "3\n"},
        {"name": "canary-name", "is_hidden": True, "stdin": "770077 880088\n", "stdout": "1650165\n"},
    ],
}
"""Add two numbers; what is hidden consists of figures that occur nowhere else."""


def a_runner(
    session: Session, *, languages: Sequence[str] = ("python",), why_off: str = "", seen_at: datetime | None = None
) -> None:
    """Store that a runner is alive."""
    runners.sign_in(session, "test:1", languages=languages, isolation="", why_off=why_off, now=seen_at or clock.now())


def a_program(
    session: Session,
    author: Person,
    project: Place,
    *,
    source: str = RIGHT,
    language: str = "python",
    spec: dict[str, Any] | None = None,
) -> Submission:
    """Store somebody's draft of a program, its lease live."""
    task = a_task(session, project, activity=Activity.PROGRAM, answer_spec=ADDING if spec is None else spec)
    content = some_content(program=Program(language=language, source=source), answer={"text": "The sum."})
    work = a_submission(session, author=author, task=task, content=content)
    session.get_one(Assignment, work.assignment_id).lease_expires_at = clock.now() + timedelta(hours=24)
    return work
