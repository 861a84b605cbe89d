"""Pages that look into snapshots: how two differ, and why a row is in one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as accounts
from app.accounts.deps import CurrentActor
from app.core.actor import Actor
from app.datasets.access import get_row, get_snapshot
from app.datasets.models import Snapshot
from app.datasets.pages.frame import frame
from app.datasets.policy import can_decide_challenge
from app.datasets.queries.corrections import challenges_of_row, corrections_of_row
from app.datasets.queries.differing import difference, earlier_snapshot
from app.datasets.queries.lineage import lineage
from app.datasets.states import ChallengeState
from app.projects.access import get_project
from app.submissions.models import Submission
from app.web.deps import Reading
from app.web.forms import Form
from app.web.templating import render

router = APIRouter()


@router.get("/snapshots/{snapshot_id}/difference", name="datasets.difference")
def difference_page(
    request: Request,
    actor: CurrentActor,
    session: Reading,
    snapshot_id: UUID,
    older: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Show what is different from an older snapshot of the dataset."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    found = difference(session, earlier_snapshot(session, snapshot, older), snapshot)
    project = get_project(session, actor, snapshot.project_id)
    context = {"snapshot": snapshot, "dataset": snapshot.dataset, "found": found, **frame(session, actor, project)}
    return render(request, "datasets/difference.html", **context)


@router.get("/snapshots/{snapshot_id}/rows/{submission_id}", name="datasets.row")
def row_page(
    request: Request, actor: CurrentActor, session: Reading, snapshot_id: UUID, submission_id: UUID
) -> Response:
    """Show why a row is in a snapshot."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    return render(request, "datasets/row.html", **row_context(session, actor, snapshot, submission_id, Form()))


def row_context(session: Session, actor: Actor, snapshot: Snapshot, submission_id: UUID, form: Form) -> dict[str, Any]:
    """Collect what the page of a row shows: why it is here, what became of it, what is said against it."""
    _, item = get_row(session, actor, snapshot.id, submission_id)
    challenges = challenges_of_row(session, item.revision_id)
    open_one = next((one for one in challenges if one.state is ChallengeState.OPEN), None)
    author_id = session.scalar(select(Submission.author_id).where(Submission.id == submission_id))
    return {
        "snapshot": snapshot,
        "dataset": snapshot.dataset,
        "found": lineage(session, snapshot, submission_id),
        "corrections": corrections_of_row(session, snapshot.id, submission_id),
        "challenges": challenges,
        "names": accounts.names_of(session, [one.challenged_by for one in challenges]),
        "open_one": open_one,
        "is_wrong": any(one.state is ChallengeState.SUSTAINED for one in challenges),
        "may_decide": open_one is not None
        and author_id is not None
        and can_decide_challenge(actor, open_one, author_id),
        "form": form,
        **frame(session, actor, get_project(session, actor, snapshot.project_id)),
    }
