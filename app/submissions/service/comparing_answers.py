"""Answers held against their task by the process of the checker, never inside a transaction."""

import json
import time
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.projects.models import Project
from app.submissions.models import Submission
from app.submissions.schemas import AnswerCheckOut, AnswerIn, Content, ToldOut
from app.submissions.service import telling
from app.submissions.service.checking import Document
from app.submissions.service.drafting import head_of
from app.submissions.service.telling import COMPARE_SECONDS, Spec
from app.tasks.models import Task
from app.tasks.service import engines
from app.verifiers import registry
from app.verifiers.numbers import DEGREE, PERCENT, SCALES
from app.verifiers.outcome import Given, Reading

READ_SECONDS = 1.0
BY_ASSUMPTION, QUANTITY = "by_assumption", "quantity"
HAS_UNITS = frozenset({QUANTITY, BY_ASSUMPTION})
NO_UNIT = "no machine compares it"
IN_UNITS = "reads as a number "
"""How a quantity reads, before what is said of its unit."""
CANNOT_HANG = frozenset({"text", "choice", "integer"})
"""Kinds that are read in this process; formulas are read in one that can be ended."""


def spec_of(session: Session, submission: Submission) -> Spec:
    """Read the hidden specification of the task of some work."""
    found: Spec = session.scalars(select(Task.answer_spec).where(Task.id == submission.task_id)).one()
    return found


def read_answer(answer: AnswerIn, spec: Spec) -> AnswerCheckOut:
    """Say how an answer reads as the kind that is asked for; Unavailable while too many ask at once."""
    given = Given(answer.text, answer.unit, tuple(answer.assumptions))
    kind = registry.kind_of(spec)
    if kind is None or not kind.is_decided_here:
        is_written = bool(given.text.strip())
        return AnswerCheckOut(reads=is_written, words="", tex="", unit_words="", needs_assumption=False, kind_title="")
    if kind.name in CANNOT_HANG:
        reading = registry.read(given, spec)
    else:
        with engines.a_turn() as checker:
            reading = checker.read(given, spec, seconds=READ_SECONDS)
    return AnswerCheckOut(
        reads=reading.is_readable,
        words=reading.words,
        tex=reading.tex,
        unit_words=_words_of_unit(kind.name, reading, given) if reading.is_readable else "",
        needs_assumption=kind.name == BY_ASSUMPTION and not any(one.strip() for one in given.assumptions),
        kind_title=kind.title,
    )


def _words_of_unit(kind: str, reading: Reading, given: Given) -> str:
    """Say how the unit reads; that it is of no account where the kind of answer knows none."""
    if kind in HAS_UNITS and reading.words.startswith(IN_UNITS):
        return reading.words.removeprefix(IN_UNITS).partition("; ")[0]  # the rest is about assumptions
    unit = given.unit.strip().casefold()
    return NO_UNIT if unit and kind not in HAS_UNITS and unit not in PERCENT | DEGREE | SCALES.keys() else ""


def tell(session: Session, actor: Actor, submission_id: UUID, *, now: datetime) -> ToldOut:
    """Compare the saved answer of the actor's own work where that is due, store what came of it, and return it.

    The caller's transaction is ended before the comparison and another one begun after it, so call this first of all
    that writes. Unavailable while too many ask at once.
    """
    spec, document, tells_check = _saved(session, submission_id)
    asked = telling.read_told(session, submission_id, spec, tells_check=tells_check).asked(document)
    if asked is not None:
        session.rollback()
        started = time.monotonic()
        with engines.a_turn() as checker:
            comparison = checker.compare(asked.given, asked.spec, seconds=COMPARE_SECONDS)
        milliseconds = round((time.monotonic() - started) * 1000)
        telling.note_told(session, asked, comparison, milliseconds=milliseconds, user_id=actor.user_id, now=now)
        session.flush()  # what was told is read from its row
    return telling.read_told(session, submission_id, spec, tells_check=tells_check).out(document)


def _saved(session: Session, submission_id: UUID) -> tuple[Spec, Document, bool]:
    query = (
        select(Task.answer_spec, Project.tells_check)
        .select_from(Submission)
        .join(Task, Task.id == Submission.task_id)
        .join(Project, Project.id == Submission.project_id)
        .where(Submission.id == submission_id)
    )
    spec, tells_check = session.execute(query).one()
    content = head_of(session, submission_id).content
    document = json.loads(content) if content is not None else Content().model_dump(mode="json")
    return spec, document, tells_check
