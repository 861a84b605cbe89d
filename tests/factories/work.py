"""Tasks, leases and work in any state, stored directly."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.queries import sha256 as sha256_of
from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core.ids import new_id
from app.submissions.models import DraftSave, Revision, Submission
from app.submissions.schemas import Content
from app.submissions.states import SubmissionState
from app.tasks.models import Task, TaskSlot
from app.tasks.states import Activity, SlotState, TaskState
from app.text.fingerprints import canonical_json
from tests.cast import NOW, Person, Place

STATEMENT = "Find all positive integers $n$ for which $n \\cdot 2^n + 9$ is a square."
STEPS: list[dict[str, Any]] = [
    {"id": "s1", "type": "understand", "body": "Write $n2^n + 9 = m^2$ with $m > 0$."},
    {"id": "s2", "type": "work", "body": "$(m-3)(m+3) = n2^n$, so $m$ is odd.", "refs": ["s1"]},
    {"id": "s3", "type": "conclusion", "body": "Hence $n = 5$.", "refs": ["s2"]},
]
_LEASED = {SubmissionState.DRAFT}
_ENDED = {SubmissionState.GAVE_UP: AssignmentState.GAVE_UP, SubmissionState.REJECTED: AssignmentState.REJECTED}


def a_task(session: Session, project: Place, **facts: Any) -> Task:
    """Store an open task with its places (`submissions_needed`, 1 unless said); facts override."""
    number = (session.scalar(select(func.max(Task.number)).where(Task.project_id == project.id)) or 0) + 1
    values: dict[str, Any] = {
        "number": number,
        "title": f"Squares {number}",
        "activity": Activity.SOLVE,
        "state": TaskState.OPEN,
        "statement": STATEMENT,
        "answer_spec": {"kind": "text", "answer": "5"},
        "reference": "Reduce modulo 2 and compare factors; only n = 5.",
        "source": "Written for the tests",
        "licence": "CC-BY-4.0",
        "created_at": NOW,
        "updated_at": NOW,
        "opened_at": NOW,
    }
    task = Task(id=new_id(), project_id=project.id, **(values | facts))
    session.add(task)
    session.flush()  # its places refer to it
    if task.state not in {TaskState.DRAFT, TaskState.READY}:
        state = SlotState.FREE if task.state == TaskState.OPEN else SlotState.SHUT
        for n in range(1, task.submissions_needed + 1):
            session.add(
                TaskSlot(
                    project_id=project.id,
                    task_id=task.id,
                    n=n,
                    state=state,
                    queue_position=((9 - task.priority) << 40) + (n << 32) + task.number,
                )
            )
        session.flush()  # a lease may follow at once
    return task


def some_content(**facts: Any) -> Content:
    """Make a complete content document of three steps; facts override."""
    values: dict[str, Any] = {
        "steps": STEPS,
        "answer": {"text": "n = 5"},
        "confidence": 4,
        "what_would_make_this_wrong": "A slip in the parity argument.",
    }
    return Content.model_validate(values | facts)


def a_submission(
    session: Session,
    *,
    author: Person,
    task: Task,
    state: SubmissionState = SubmissionState.DRAFT,
    content: Content | None = None,
    **facts: Any,
) -> Submission:
    """Store somebody's work on a task: a leased draft, or handed in as revision 1 and moved to `state`."""
    slot = session.scalars(
        select(TaskSlot).where(TaskSlot.task_id == task.id, TaskSlot.state == SlotState.FREE)
    ).first()
    assert slot is not None, "the task has no free place"
    slot.state = SlotState.DONE if state == SubmissionState.APPROVED else SlotState.TAKEN
    assignment = _lease(session, author, task, slot, state)
    is_draft = state == SubmissionState.DRAFT
    submission = Submission(
        id=new_id(),
        project_id=task.project_id,
        task_id=task.id,
        slot_id=slot.id,
        assignment_id=assignment.id,
        author_id=author.id,
        activity=task.activity,
        state=state,
        draft_n=1,
        revision_n=0 if is_draft else 1,
        created_at=NOW,
        updated_at=NOW,
        submitted_at=None if is_draft else NOW,
        **facts,
    )
    session.add(submission)
    session.flush()  # its texts refer to it
    _store_text(session, submission, content or some_content(), task, with_revision=not is_draft)
    return submission


def _lease(session: Session, author: Person, task: Task, slot: TaskSlot, state: SubmissionState) -> Assignment:
    assignment = Assignment(
        id=new_id(),
        project_id=task.project_id,
        task_id=task.id,
        slot_id=slot.id,
        user_id=author.id,
        state=_assignment_state(state),
        lease_expires_at=NOW + timedelta(hours=24) if state in _LEASED else None,
        leased_at=NOW,
    )
    session.add(assignment)
    session.flush()  # the work refers to it
    return assignment


def _assignment_state(state: SubmissionState) -> AssignmentState:
    if state in _LEASED:
        return AssignmentState.ACTIVE
    if state == SubmissionState.APPROVED:
        return AssignmentState.DONE
    return _ENDED.get(state, AssignmentState.SUBMITTED)


def _store_text(session: Session, submission: Submission, content: Content, task: Task, *, with_revision: bool) -> None:
    text = canonical_json(content.model_dump(mode="json"))
    submission.draft_sha256 = sha256_of(text)
    session.add(
        DraftSave(
            submission_id=submission.id,
            n=1,
            content=text,
            sha256=sha256_of(text),
            client_mutation_id=f"m-{new_id()}",
            saved_at=NOW,
        )
    )
    if with_revision:
        session.add(
            Revision(
                id=new_id(),
                submission_id=submission.id,
                n=1,
                content=text,
                sha256=sha256_of(text),
                form_version=1,
                task_version=task.version,
                guideline_n=1,
                words=20,
                tokens=40,
                findings=[],
                submitted_at=NOW,
            )
        )
    session.flush()  # reviews and snapshots refer to it


def revision_of(session: Session, submission: Submission, n: int | None = None) -> Revision:
    """Return the n-th (default: last) revision of a submission."""
    query = select(Revision).where(Revision.submission_id == submission.id, Revision.n == (n or submission.revision_n))
    return session.scalars(query).one()
