"""What annotators, managers and time do in a world: each through the doors and services that the API uses."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assignments.access import get_assignment
from app.assignments.models import Assignment
from app.assignments.policy import can_take_back
from app.assignments.service import ending as leases
from app.assignments.service.expiring import expire_due
from app.assignments.states import ReportKind
from app.projects.access import get_project_to_work
from app.submissions.access import get_own_submission, get_submission
from app.submissions.models import DraftSave
from app.submissions.policy import can_give_up, can_undo_hand_in, can_withdraw
from app.submissions.service import beginning, ending, handing_in
from app.submissions.service.drafting import Saved, save_draft
from app.submissions.states import SubmissionState
from app.tasks.models import Task
from app.tasks.service.moving import halt_task, open_task
from app.text.fingerprints import content_hash
from tests.properties.world import Outcome, Text, Work, World, written

REASON = "It does not go on from here for me."


def claim(session: Session, world: World, who: str, *, now: datetime) -> Outcome:
    """Take the next task."""
    actor = world.people[who]
    project = get_project_to_work(session, actor, world.project_id)
    submission_id = beginning.take_next(session, actor, project, now=now)
    work = get_own_submission(session, actor, submission_id)
    return "claimed", session.get_one(Task, work.task_id).number


def save(session: Session, world: World, work: Work, how: str, number: int, *, now: datetime) -> Outcome:
    """Save the draft: the next text, on a stale base, the last request again, the same text, with an old lease."""
    submission = world.submission(session, work)
    head = session.get(DraftSave, (submission.id, submission.draft_n))
    fencing = session.get_one(Assignment, submission.assignment_id).fencing
    content, mutation, base = written(number), f"mutation-{number}", submission.draft_n
    if how in {"repeated", "same text"} and head is not None:
        content = content.model_validate_json(head.content)
    if how == "repeated" and head is not None:
        mutation, base = head.client_mutation_id, head.n - 1
    if how == "stale":
        base = max(0, base - 1) if base else base + 1
    outcome = save_draft(
        session,
        world.people[work.author],
        submission.id,
        base_n=base,
        content=content,
        client_mutation_id=mutation,
        fencing=fencing - 1 if how == "old lease" else fencing,
        now=now,
    )
    if isinstance(outcome, Saved):
        world.told.texts.append(Text(submission.id, outcome.n, outcome.sha256))
        return "saved", outcome.n, outcome.sha256
    kept = outcome.head.n if outcome.conflict_id is None else None
    world.told.texts.append(Text(submission.id, kept, content_hash(content.model_dump(mode="json"))))
    return "kept beside", outcome.code, outcome.head.n, outcome.conflict_id is not None


def submit(session: Session, world: World, work: Work, how: str, *, now: datetime) -> Outcome:
    """Hand the head in, or another number, or another hash."""
    submission = world.submission(session, work)
    n = submission.draft_n - 1 if how == "stale" else submission.draft_n
    sha256 = "0" * 64 if how == "wrong hash" else submission.draft_sha256 or "0" * 64
    key = f"{work.author}-{work.task}-{submission.draft_n}-{submission.revision_n}"
    receipt = handing_in.submit(
        session, world.people[work.author], submission.id, n=n, sha256=sha256, idempotency_key=key, now=now
    )
    if receipt.is_new:
        world.told.receipts.append((submission.id, receipt.revision, receipt.sha256))
    return "handed in", receipt.revision, receipt.sha256, receipt.is_new


def undo_hand_in(session: Session, world: World, work: Work, *, now: datetime) -> Outcome:
    """Take a hand-in back."""
    actor = world.people[work.author]
    submission = get_submission(session, actor, world.submission(session, work).id, can=can_undo_hand_in)
    handing_in.undo_hand_in(session, actor, submission, now=now)
    return "taken back", submission.state


def put_aside(session: Session, world: World, work: Work, how: str, *, now: datetime) -> Outcome:
    """Give back, skip, report as broken, or give up."""
    actor = world.people[work.author]
    submission = get_own_submission(session, actor, world.submission(session, work).id)
    if how == "release":
        ending.release(session, actor, submission, now=now)
    elif how == "give up":
        submission = get_submission(session, actor, submission.id, can=can_give_up)
        ending.give_up(session, actor, submission, REASON, now=now)
    else:
        return how, ending.put_aside(session, actor, submission, ReportKind(how), REASON, now=now)
    return how, submission.state


def resume(session: Session, world: World, work: Work, *, now: datetime) -> Outcome:
    """Take up again what was put aside or ran out."""
    actor = world.people[work.author]
    submission = get_own_submission(session, actor, world.submission(session, work).id)
    lease = beginning.resume(session, actor, submission, now=now)
    return "resumed", lease.fencing


def withdraw(session: Session, world: World, work: Work, who: str, *, now: datetime) -> Outcome:
    """Take work back for good, as its author or as the manager."""
    actor = world.people[who]
    submission = get_submission(session, actor, world.submission(session, work).id, can=can_withdraw)
    ending.withdraw(session, actor, submission, REASON, now=now)
    return "withdrawn", submission.state


def take_back(session: Session, world: World, work: Work, *, now: datetime) -> Outcome:
    """Take a task from its holder, as the manager."""
    actor = world.people["Mona"]
    lease = get_assignment(session, actor, world.submission(session, work).assignment_id, can=can_take_back)
    leases.take_back(session, actor, lease, REASON, now=now)
    return ("taken from its holder",)


def expire(session: Session, world: World, *, now: datetime) -> Outcome:
    """End the leases that ran out, as the worker does."""
    return "expired", expire_due(session, now=now, project_id=world.project_id)


def halt(session: Session, world: World, number: int, *, now: datetime) -> Outcome:
    """Hold a task back."""
    task = session.scalars(select(Task).where(Task.project_id == world.project_id, Task.number == number)).one()
    halt_task(session, task, actor=world.people["Mona"], now=now, reason=REASON)
    return "now", task.state


def open_again(session: Session, world: World, number: int, *, now: datetime) -> Outcome:
    """Hand a task out again that was held back."""
    task = session.scalars(select(Task).where(Task.project_id == world.project_id, Task.number == number)).one()
    open_task(session, task, actor=world.people["Mona"], now=now)
    return "now", task.state


def solve(session: Session, world: World, who: str, number: int, *, now: datetime) -> Outcome:
    """Take a task, write and hand in, in one go: what leads to the later states."""
    taken = claim(session, world, who, now=now)
    work = Work(taken[1], who)
    save(session, world, work, "next", number, now=now)
    return taken + submit(session, world, work, "head", now=now)


def revise(session: Session, world: World, work: Work, number: int, *, now: datetime) -> Outcome:
    """Write the next version of returned or unfinished work and hand it in."""
    assert world.submission(session, work).state in {SubmissionState.DRAFT, SubmissionState.RETURNED}
    return save(session, world, work, "next", number, now=now) + submit(session, world, work, "head", now=now)
