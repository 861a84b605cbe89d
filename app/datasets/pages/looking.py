"""Pages that look into snapshots: how two differ, and why a row is in one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.accounts.deps import CurrentActor
from app.datasets.access import get_snapshot
from app.datasets.pages.frame import frame
from app.datasets.queries.differing import difference, earlier_snapshot
from app.datasets.queries.lineage import lineage
from app.projects.access import get_project
from app.web.deps import Reading
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
    found = lineage(session, snapshot, submission_id)
    project = get_project(session, actor, snapshot.project_id)
    context = {"snapshot": snapshot, "dataset": snapshot.dataset, "found": found, **frame(session, actor, project)}
    return render(request, "datasets/row.html", **context)
