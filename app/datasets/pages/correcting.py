"""Pages of what became of frozen rows: a snapshot's corrections, challenges, and where a piece of work is frozen."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.datasets import service
from app.datasets.access import get_challenge, get_row, get_snapshot
from app.datasets.api import list_response
from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.pages.frame import frame
from app.datasets.pages.looking import row_context
from app.datasets.policy import can_define_datasets, can_view_snapshot
from app.datasets.queries.corrections import (
    challenges_of,
    corrections_of,
    missing_of,
    where_frozen,
)
from app.datasets.schemas.correcting import ChallengeIn, DecisionIn
from app.datasets.states import ListFile
from app.projects.access import get_project
from app.submissions.access import get_submission
from app.submissions.policy import can_withdraw
from app.tasks.models import Task
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse
from app.web.templating import render

router = APIRouter()
LINES_SHOWN = 500


@router.get("/snapshots/{snapshot_id}/corrections", name="datasets.corrections")
def corrections_page(request: Request, actor: CurrentActor, session: Reading, snapshot_id: UUID) -> Response:
    """Show what became of rows of a snapshot, and hand out its signed lists."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    found = corrections_of(session, snapshot.id)
    project = get_project(session, actor, snapshot.project_id)
    context = {
        "snapshot": snapshot,
        "dataset": snapshot.dataset,
        "corrections": found[-LINES_SHOWN:][::-1],
        "count": len(found),
        "missing": missing_of(session, snapshot.id),
        "files": list(ListFile),
        **frame(session, actor, project),
    }
    return render(request, "datasets/corrections.html", **context)


@router.post("/snapshots/{snapshot_id}/corrections/{name}", name="datasets.list")
def list_of(actor: CurrentActor, session: Writing, settings: CurrentSettings, snapshot_id: UUID, name: str) -> Response:
    """Download a signed list or its signature; who took it goes into the audit log, hence a POST."""
    return list_response(session, settings, get_snapshot(session, actor, snapshot_id), name, actor=actor)


@router.get("/work/{submission_id}/frozen", name="datasets.frozen")
def frozen_page(request: Request, actor: CurrentActor, session: Reading, submission_id: UUID) -> Response:
    """Show in which snapshots a piece of work is, and what became of it there, to whoever may see the work."""
    submission = get_submission(session, actor, submission_id)
    project = get_project(session, actor, submission.project_id)
    context = {
        "submission": submission,
        "task": session.get_one(Task, submission.task_id),
        "rows": where_frozen(session, submission.id),
        "is_author": submission.author_id == actor.user_id,
        "may_withdraw": can_withdraw(actor, submission),
        **frame(session, actor, project),
    }
    return render(request, "datasets/frozen.html", **context)


@router.get("/snapshots/{snapshot_id}/rows/{submission_id}/challenge", name="datasets.challenge")
def challenge_page(
    request: Request, actor: CurrentActor, session: Reading, snapshot_id: UUID, submission_id: UUID
) -> Response:
    """Ask what is wrong with a row."""
    snapshot, item = get_row(session, actor, snapshot_id, submission_id)
    return _ask(request, session, actor, snapshot, item, Form())


@router.post("/snapshots/{snapshot_id}/rows/{submission_id}/challenge", name="datasets.challenge_row")
def challenge(
    request: Request,
    actor: CurrentActor,
    session: Writing,
    snapshot_id: UUID,
    submission_id: UUID,
    posted: PostedForm,
) -> Response:
    """Say that a row is wrong, and why."""
    snapshot, item = get_row(session, actor, snapshot_id, submission_id)
    wanted, form = parse(ChallengeIn, posted)
    if wanted is None:
        return _ask(request, session, actor, snapshot, item, form)
    service.challenge(session, snapshot, item, wanted.reason, actor=actor, now=clock.now())
    manages = can_view_snapshot(actor, snapshot)
    path = f"/snapshots/{snapshot.id}/rows/{submission_id}" if manages else f"/work/{submission_id}/frozen"
    response = RedirectResponse(path, 303)
    flash(response, "done", "Challenged. A manager of the project looks into it.")
    return response


def _ask(
    request: Request, session: Session, actor: Actor, snapshot: Snapshot, item: SnapshotItem, form: Form
) -> Response:
    project = get_project(session, actor, snapshot.project_id)
    context: dict[str, Any] = {
        "snapshot": snapshot,
        "dataset": snapshot.dataset,
        "item": item,
        "form": form,
        "manages": can_view_snapshot(actor, snapshot),
        **frame(session, actor, project),
    }
    return render(request, "datasets/challenge.html", status=422 if form.errors else 200, **context)


@router.get("/projects/{slug}/challenges", name="datasets.challenges")
def challenges_page(request: Request, actor: CurrentActor, session: Reading, slug: str) -> Response:
    """List the challenges of a project's rows."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    found = challenges_of(session, project.id)
    return render(request, "datasets/challenges.html", found=found, **frame(session, actor, project))


@router.post("/challenges/{challenge_id}/decide", name="datasets.decide")
def decide(request: Request, actor: CurrentActor, session: Writing, challenge_id: UUID, posted: PostedForm) -> Response:
    """Sustain or dismiss a challenge; without a reason, its row is shown again with what is wrong."""
    found = get_challenge(session, actor, challenge_id, to_decide=True)
    wanted, form = parse(DecisionIn, posted)
    if wanted is None:
        snapshot = get_snapshot(session, actor, found.snapshot_id)
        context = row_context(session, actor, snapshot, found.submission_id, form)
        return render(request, "datasets/row.html", status=422, **context)
    service.decide(session, found, is_sustained=wanted.is_sustained, reason=wanted.reason, actor=actor, now=clock.now())
    response = RedirectResponse(f"/snapshots/{found.snapshot_id}/rows/{found.submission_id}", 303)
    said = "Sustained. The row is in no later snapshot, and an erratum is listed." if wanted.is_sustained else None
    flash(response, "done", said or "Dismissed. The row stands.")
    return response
