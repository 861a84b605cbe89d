"""What happened in a project lately: events of the log, in words."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.assignments.models import Assignment
from app.core.audit import Event
from app.insights.schemas import Deed
from app.projects.models import Project
from app.reviews.models import Review, Thread
from app.submissions.models import Submission
from app.tasks.models import Task

SHOWN = 7
WORDS = {
    "assignment.claim": "took {task}",
    "assignment.resume": "took up {task} again",
    "assignment.release": "gave {task} back",
    "assignment.expire": "lost the lease of {task}, which had run out",
    "assignment.take_back": "took {task} back from its holder",
    "assignment.skip": "skipped {task}",
    "assignment.outside_field": "passed on {task}, which is outside their field",
    "assignment.broken": "found {task} broken",
    "assignment.gave_up": "put {task} aside",
    "submission.submit": "handed in {task}",
    "submission.undo_hand_in": "took {task} back to write on",
    "submission.give_up": "gave up {task}",
    "submission.withdraw": "withdrew {task}",
    "review.open": "began to review {task}",
    "review.approve": "approved {task}",
    "review.approve_with_edits": "approved {task} with edits",
    "review.return": "returned {task}",
    "review.reject": "rejected {task}",
    "review.escalate": "passed {task} on to level 2",
    "review.leave": "left the review of {task}",
    "review.overtaken": "decided on {task} after somebody else had",
    "review.undo": "took back the decision on {task}",
    "review.reveal": "looked at the reference of {task}",
    "thread.open": "opened an issue of {task} again",
    "thread.answered": "answered an issue of {task}",
    "thread.resolved": "resolved an issue of {task}",
    "thread.wont_fix": "let an issue of {task} stand",
    "edits.accept": "accepted the edits of {task}",
    "edits.contest": "contested the edits of {task}",
    "task.open": "opened {task}",
    "task.halt": "halted {task}",
    "task.close": "closed {task}",
    "task.archive": "archived {task}",
    "task.edit": "changed {task}",
    "task.mark_broken": "marked {task} as broken",
    "task.ready": "made {task} ready",
    "task.unready": "put {task} back to draft",
    "task.reopen": "opened {task} again",
    "task.fill": "filled {task}",
    "task.create": "wrote {task}",
    "task.import": "imported tasks",
    "task.upload_import": "brought a file of tasks",
    "task.cancel_import": "stopped an import",
    "dataset.create": "made a dataset",
    "dataset.change": "changed a dataset's rule",
    "snapshot.freeze": "froze a snapshot",
    "export.ask": "asked for an export",
    "export.cancel": "stopped an export",
    "export.preview": "looked at the first rows of an export",
    "export.download": "downloaded a file of an export",
    "guideline.publish": "published the guideline",
    "guideline.acknowledge": "acknowledged the guideline",
    "agreement.publish": "published the contributor agreement",
    "agreement.sign": "signed the contributor agreement",
    "agreement.withdraw": "withdrew their signature of the contributor agreement",
    "rubric.publish": "published the rubric",
    "project.create": "made the project",
    "project.change": "changed the setup",
    "project.go_live": "made the project live",
    "project.pause": "paused the project",
    "project.close": "closed the project",
    "member.grant": "gave somebody a role",
    "member.revoke": "took a role away",
    "member.invite": "invited somebody",
    "member.join": "joined",
    "link.revoke": "took an invitation back",
}
_OF_WORK = frozenset({"assignment", "submission", "review", "thread", "task"})
_OF_SOMEBODY = _OF_WORK - {"task"}
_DECISION = "review.decide"
"""The verb of all verdicts; which one it was stands in the detail."""


def lately(session: Session, project: Project, *, shows_names: bool = True) -> list[Deed]:
    """List the last seven events of a project in words, in four queries whatever they are about.

    Without `shows_names` it is not said who did what to a piece of work: the reader may have to judge it.
    """
    query = select(Event).where(Event.project_id == project.id)
    events = session.scalars(query.order_by(Event.at.desc(), Event.id.desc()).limit(SHOWN)).all()
    names = accounts.names_of(session, [event.actor_id for event in events if event.actor_id])
    numbers = _task_numbers(session, events)
    return [
        Deed(
            who=_who(event, names, shows_names=shows_names or event.object_kind not in _OF_SOMEBODY),
            did=in_words(_verb(event), numbers.get(event.object_id) if event.object_id else None),
            at=event.at,
        )
        for event in events
    ]


def _who(event: Event, names: Mapping[UUID, str], *, shows_names: bool) -> str:
    if event.actor_id is None:
        return "Workings"
    return names.get(event.actor_id, "Somebody") if shows_names else "Somebody"


def _verb(event: Event) -> str:
    return f"review.{event.detail['verdict']}" if event.verb == _DECISION else event.verb


def in_words(verb: str, task_number: int | None) -> str:
    """Say what was done; a verb that has no words here yet is spelled out from its name."""
    task = f"task {task_number}" if task_number is not None else "a task"
    if verb in WORDS:
        return WORDS[verb].format(task=task)
    kind, _, did = verb.partition(".")
    return f"{did or kind} ({kind})".replace("_", " ")


def _task_numbers(session: Session, events: Sequence[Event]) -> dict[UUID, int]:
    ids = {event.object_id for event in events if event.object_id and event.object_kind in _OF_WORK}
    if not ids:
        return {}
    tasks = select(Task.id, Task.number).where(Task.id.in_(ids))
    work = select(Submission.id, Task.number).join(Task, Task.id == Submission.task_id).where(Submission.id.in_(ids))
    leases = select(Assignment.id, Task.number).join(Task, Task.id == Assignment.task_id).where(Assignment.id.in_(ids))
    reviews = _of_work(Review).where(Review.id.in_(ids))
    threads = _of_work(Thread).where(Thread.id.in_(ids))
    rows = session.execute(tasks.union_all(work, leases, reviews, threads)).all()
    return {row[0]: row[1] for row in rows}


def _of_work(of: type[Review] | type[Thread]) -> Select[UUID, int]:
    query = select(of.id, Task.number).join(Submission, Submission.id == of.submission_id)
    return query.join(Task, Task.id == Submission.task_id)
