"""The acts of annotators: taking a task, writing, handing in, talking about issues, stopping."""

import atexit
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, partial
from uuid import UUID

from sqlalchemy import select

from app.assignments.models import Assignment
from app.assignments.states import ReportKind
from app.core.errors import Conflict
from app.demo.judging import acts_of_judgment
from app.demo.pieces import Ending, Sitting, Turn, Work
from app.demo.reading import continue_with
from app.demo.stage import Act, Stage
from app.projects.access import get_project_to_work
from app.reviews.access import get_thread
from app.reviews.queries.machine import newest_of, verifier_runs_of
from app.reviews.schemas import CommentIn
from app.reviews.service.edits import accept_edits
from app.reviews.service.talking import reply
from app.sandbox.sandbox import Sandbox
from app.submissions.access import get_own_submission, get_submission
from app.submissions.models import Revision, Submission
from app.submissions.policy import can_give_up, can_withdraw
from app.submissions.schemas import Content
from app.submissions.service.beginning import take_next
from app.submissions.service.drafting import Refused, save_draft
from app.submissions.service.ending import give_up, put_aside, withdraw
from app.submissions.service.handing_in import submit
from app.submissions.service.timing import beat
from app.submissions.service.verifying import check_at_once
from app.submissions.states import Finding
from app.tasks.models import Task
from app.tasks.service import engines

BEAT = timedelta(minutes=5)
A_MOMENT = timedelta(seconds=2)
TRIES = 3
SAVES = 3
"""How often somebody saves in a sitting, so that the history of a draft has something to show."""


def acts_of_work(stage: Stage, task: str, work: Work) -> Iterator[Act]:
    """Do one person's work on a task, with what became of it."""
    key = f"{task}/{work.by}"
    yield Act(stage.at(work.claimed), partial(_claim, task, key, work.by))
    for sitting in work.sittings:
        yield Act(stage.at(sitting.until), partial(_sit, key, work.by, sitting))
        for judgment in sitting.judgments:
            yield from acts_of_judgment(stage, key, judgment)
    for turn in work.talk:
        yield Act(stage.at(turn.at), partial(_say, turn))
    if work.accepts_edits is not None:
        yield Act(stage.at(work.accepts_edits), partial(_accept_edits, key, work.by))
    if work.ending is not None:
        yield Act(stage.at(work.ending.at), partial(_end, key, work.by, work.ending))


def _claim(task: str, key: str, name: str, stage: Stage, at: datetime) -> None:
    """Take the next task of the field; the files are dated so that it is the one wanted, whoever else is at work."""
    wanted = stage.session.get_one(Task, stage.tasks[task])
    actor = stage.actor(name)
    project = get_project_to_work(stage.session, actor, wanted.project_id)
    work = take_next(stage.session, actor, project, now=at, domain=wanted.domain)
    got = stage.session.scalar(select(Submission.task_id).where(Submission.id == work))
    if got != wanted.id:
        raise Conflict(f"{name} was to take {task} and got another task of its field; date them otherwise.")
    stage.works[key] = work
    stage.contents[key] = Content()


def _sit(key: str, name: str, sitting: Sitting, stage: Stage, until: datetime) -> None:
    actor, work = stage.actor(name), stage.works[key]
    began = until - timedelta(minutes=sitting.minutes)
    whole = continue_with(stage.contents[key], sitting)
    for n in range(SAVES):
        share = (n + 1) / SAVES
        saved_at = began + share * (until - began)
        _beat(stage, key, actor.user_id, saved_at - (until - began) / SAVES, saved_at, on_paper=sitting.on_paper)
        _save(stage, key, name, _part(whole, stage.contents[key], share), saved_at)
    beat(stage.session, work, actor.user_id, on_paper=sitting.on_paper, paused=True, now=until)
    stage.contents[key] = whole
    if sitting.hands_in:
        head = get_own_submission(stage.session, actor, work)
        stage.session.refresh(head)
        submit(
            stage.session,
            actor,
            work,
            n=head.draft_n,
            sha256=head.draft_sha256 or "",
            idempotency_key=f"demo-{key}-{head.draft_n}",
            now=until,
        )
        _check(stage, work, until + A_MOMENT)


class _TooBusy(Exception):
    """The machine had no time for a program of the demo."""


def _check(stage: Stage, work: UUID, at: datetime) -> None:
    """Let the machines look at what was handed in, as the runner does elsewhere.

    All of the demo is right, so what fails did so because this machine is too busy for the largest sizes: it is tried
    again, and goes without a verdict when that does not help.
    """
    query = select(Revision.id).where(Revision.submission_id == work).order_by(Revision.n.desc()).limit(1)
    revision_id = stage.session.scalars(query).one()
    for _ in range(TRIES):
        with suppress(_TooBusy), stage.session.begin_nested():
            check_at_once(stage.session, revision_id, sandbox=_sandbox, checker=engines.checker(), now=at)
            stage.session.flush()  # the verdict is looked at below
            found = newest_of(verifier_runs_of(stage.session, revision_id))
            if found is not None and found.finding is Finding.FAIL:
                raise _TooBusy
            return


@cache
def _sandbox() -> Sandbox:
    """Make one that does not give way, as the runner's does: nobody waits for a page before the demo is there."""
    made = Sandbox()
    atexit.register(made.close)
    return made


def _part(whole: Content, before: Content, share: float) -> Content:
    """Give what stands there after a share of a sitting: the first of the new steps; the answer comes at the end."""
    if share == 1:
        return whole
    known = {step.id: step for step in before.steps}
    fresh = [step.id for step in whole.steps if known.get(step.id) != step]
    written = set(fresh[: int(len(fresh) * share)])
    steps = [step if step.id in written else known.get(step.id) for step in whole.steps]
    return before.model_copy(update={"steps": [step for step in steps if step is not None], "program": whole.program})


def _beat(stage: Stage, key: str, user_id: UUID, since: datetime, until: datetime, *, on_paper: bool) -> None:
    moment = since
    while moment < until:
        beat(stage.session, stage.works[key], user_id, on_paper=on_paper, paused=False, now=moment)
        moment += BEAT
    beat(stage.session, stage.works[key], user_id, on_paper=on_paper, paused=False, now=until)


def _save(stage: Stage, key: str, name: str, content: Content, at: datetime) -> None:
    work = get_own_submission(stage.session, stage.actor(name), stage.works[key])
    stage.session.refresh(work)
    lease = stage.session.get_one(Assignment, work.assignment_id)
    saved = save_draft(
        stage.session,
        stage.actor(name),
        work.id,
        base_n=work.draft_n,
        content=content,
        client_mutation_id=f"demo-{work.id.hex}-{work.draft_n}",
        fencing=lease.fencing,
        now=at,
    )
    if isinstance(saved, Refused):
        raise Conflict(f"{key}: {saved.sentence}")


def _say(turn: Turn, stage: Stage, at: datetime) -> None:
    actor = stage.actor(turn.by)
    thread, talk = get_thread(stage.session, actor, stage.threads[turn.issue])
    reply(stage.session, actor, thread, talk, CommentIn(body=turn.body, answers=turn.answers), now=at)


def _accept_edits(key: str, name: str, stage: Stage, at: datetime) -> None:
    actor = stage.actor(name)
    accept_edits(stage.session, actor, get_own_submission(stage.session, actor, stage.works[key]), now=at)


def _end(key: str, name: str, ending: Ending, stage: Stage, at: datetime) -> None:
    actor, work = stage.actor(name), stage.works[key]
    if ending.how == "withdrawn":
        work_to_end = get_submission(stage.session, actor, work, can=can_withdraw)
        withdraw(stage.session, actor, work_to_end, ending.reason, now=at)
    elif ending.how == "gave_up":
        work_to_end = get_submission(stage.session, actor, work, can=can_give_up)
        give_up(stage.session, actor, work_to_end, ending.reason, now=at)
    else:
        work_to_end = get_own_submission(stage.session, actor, work)
        put_aside(stage.session, actor, work_to_end, ReportKind.BROKEN, ending.reason, now=at)
