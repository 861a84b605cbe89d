"""Datasets and snapshots as JSON."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor, require_scope
from app.accounts.service import require_step_up
from app.config import Settings
from app.core import clock
from app.core.actor import Actor
from app.core.signing import Signer
from app.datasets import service
from app.datasets.access import get_challenge, get_dataset, get_row, get_snapshot
from app.datasets.models import Snapshot
from app.datasets.policy import can_define_datasets, can_edit_dataset
from app.datasets.queries.corrections import challenges_of, corrections_of
from app.datasets.queries.counting import count_selected
from app.datasets.queries.differing import difference, earlier_snapshot
from app.datasets.queries.lineage import lineage
from app.datasets.queries.selection import datasets_of, snapshots_of
from app.datasets.schemas import DatasetIn, DatasetOut, Rule, RuleCount, SnapshotIn, SnapshotOut
from app.datasets.schemas.correcting import ChallengeIn, ChallengeOut, CorrectionOut, DecisionIn
from app.datasets.schemas.looking import Difference, Lineage
from app.datasets.states import DatasetUse
from app.projects.access import get_project
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.headers import CSP_FILE
from app.web.openapi import answers_with

router = APIRouter(prefix="/api/v1")
READ = [require_scope("datasets:read")]
WRITE = [require_scope("datasets:write")]


@router.get("/projects/{slug}/datasets", name="api.datasets.index", dependencies=READ)
def index(actor: CurrentActor, session: Reading, slug: str) -> list[DatasetOut]:
    """List a project's datasets."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    return [DatasetOut.model_validate(found) for found in datasets_of(session, project.id)]


@router.post("/projects/{slug}/datasets", name="api.datasets.create", dependencies=WRITE, status_code=201)
def create(actor: CurrentActor, session: Writing, slug: str, wanted: DatasetIn) -> DatasetOut:
    """Define a dataset."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    dataset = service.create_dataset(session, project, wanted, actor=actor, now=clock.now())
    return DatasetOut.model_validate(dataset)


@router.post("/projects/{slug}/datasets/count", name="api.datasets.count", dependencies=WRITE)
def count(
    actor: CurrentActor, session: Writing, slug: str, rule: Rule, use: DatasetUse = DatasetUse.TRAINING
) -> RuleCount:
    """Count what a rule would select now, and what a snapshot for `use` would leave out; stores nothing."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    return count_selected(session, project.id, rule, now=clock.now(), use=use)


@router.get("/datasets/{dataset_id}", name="api.datasets.dataset", dependencies=READ)
def dataset_of(actor: CurrentActor, session: Reading, dataset_id: UUID) -> DatasetOut:
    """Show a dataset."""
    return DatasetOut.model_validate(get_dataset(session, actor, dataset_id))


@router.put("/datasets/{dataset_id}", name="api.datasets.change", dependencies=WRITE)
def change(actor: CurrentActor, session: Writing, dataset_id: UUID, wanted: DatasetIn) -> DatasetOut:
    """Change a dataset's name, purpose or rule; its snapshots stay."""
    dataset = get_dataset(session, actor, dataset_id, can=can_edit_dataset)
    service.change_dataset(session, dataset, wanted, actor=actor, now=clock.now())
    return DatasetOut.model_validate(dataset)


@router.get("/datasets/{dataset_id}/snapshots", name="api.datasets.snapshots", dependencies=READ)
def snapshots(actor: CurrentActor, session: Reading, dataset_id: UUID) -> list[SnapshotOut]:
    """List a dataset's snapshots, newest first."""
    dataset = get_dataset(session, actor, dataset_id)
    return [SnapshotOut.model_validate(found) for found in snapshots_of(session, [dataset.id])]


@router.post("/datasets/{dataset_id}/snapshots", name="api.datasets.freeze", dependencies=WRITE, status_code=201)
def freeze(actor: CurrentActor, session: Writing, dataset_id: UUID, wanted: SnapshotIn) -> SnapshotOut:
    """Freeze a dataset now; `job_id` says how far the hashing is."""
    now = clock.now()
    require_step_up(actor, now=now)
    dataset = get_dataset(session, actor, dataset_id, can=can_edit_dataset)
    return SnapshotOut.model_validate(service.freeze(session, dataset, note=wanted.note, actor=actor, now=now))


@router.post("/snapshots/{snapshot_id}/freeze-again", name="api.datasets.freeze_again", dependencies=WRITE)
def freeze_again(actor: CurrentActor, session: Writing, snapshot_id: UUID) -> SnapshotOut:
    """Hash a snapshot that failed once more, with the members it has."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    service.freeze_again(session, snapshot, actor=actor, now=clock.now())
    return SnapshotOut.model_validate(snapshot)


@router.get("/snapshots/{snapshot_id}", name="api.datasets.snapshot", dependencies=READ)
def snapshot_of(actor: CurrentActor, session: Reading, snapshot_id: UUID) -> SnapshotOut:
    """Show a snapshot."""
    return SnapshotOut.model_validate(get_snapshot(session, actor, snapshot_id))


@router.get("/snapshots/{snapshot_id}/difference", name="api.datasets.difference", dependencies=READ)
def difference_of(
    actor: CurrentActor, session: Reading, snapshot_id: UUID, older: Annotated[int | None, Query(ge=1)] = None
) -> Difference:
    """Compare with an older snapshot of the dataset, by its number; without one with the last before."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    return difference(session, earlier_snapshot(session, snapshot, older), snapshot)


@router.get("/snapshots/{snapshot_id}/rows/{submission_id}", name="api.datasets.row", dependencies=READ)
def row_of(actor: CurrentActor, session: Reading, snapshot_id: UUID, submission_id: UUID) -> Lineage:
    """Say why a row is in a snapshot."""
    return lineage(session, get_snapshot(session, actor, snapshot_id), submission_id)


@router.get("/snapshots/{snapshot_id}/corrections", name="api.datasets.corrections", dependencies=READ)
def corrections(
    actor: CurrentActor, session: Reading, snapshot_id: UUID, behind: Annotated[int, Query(ge=0)] = 0
) -> list[CorrectionOut]:
    """List what became of rows of a snapshot after it was frozen, by number: those `behind` one."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    return [CorrectionOut.model_validate(found) for found in corrections_of(session, snapshot.id, behind=behind)]


@router.post(
    "/snapshots/{snapshot_id}/corrections/{name}",
    name="api.datasets.list",
    dependencies=READ,
    response_class=Response,
    responses=answers_with("application/octet-stream"),
)
def list_of(actor: CurrentActor, session: Writing, settings: CurrentSettings, snapshot_id: UUID, name: str) -> Response:
    """Download a signed list of corrections or its signature; who took it goes into the audit log. It has no body."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    return list_response(session, settings, snapshot, name, actor=actor)


def list_response(session: Session, settings: Settings, snapshot: Snapshot, name: str, *, actor: Actor) -> Response:
    """Answer with a list as it stands at this moment, whether the job has been or not, as an attachment."""
    now = clock.now()
    service.note_corrections(session, snapshot.id, now=now)
    data = service.signed_list(session, snapshot, Signer(settings.data_dir), name)
    service.note_taken_lists(session, snapshot, name, actor=actor, now=now)
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": CSP_FILE}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.post(
    "/snapshots/{snapshot_id}/rows/{submission_id}/challenge",
    name="api.datasets.challenge",
    dependencies=WRITE,
    status_code=201,
)
def challenge(
    actor: CurrentActor, session: Writing, snapshot_id: UUID, submission_id: UUID, wanted: ChallengeIn
) -> ChallengeOut:
    """Say that a row is wrong, and why: for whoever may see it. A manager decides."""
    snapshot, item = get_row(session, actor, snapshot_id, submission_id)
    found = service.challenge(session, snapshot, item, wanted.reason, actor=actor, now=clock.now())
    return ChallengeOut.model_validate(found)


@router.get("/projects/{slug}/challenges", name="api.datasets.challenges", dependencies=READ)
def challenges(actor: CurrentActor, session: Reading, slug: str) -> list[ChallengeOut]:
    """List the challenges of a project's rows, the open ones first; at most two hundred."""
    project = get_project(session, actor, slug, can=can_define_datasets)
    return [ChallengeOut.model_validate(found.challenge) for found in challenges_of(session, project.id)]


@router.post("/challenges/{challenge_id}/decide", name="api.datasets.decide", dependencies=WRITE)
def decide(actor: CurrentActor, session: Writing, challenge_id: UUID, wanted: DecisionIn) -> ChallengeOut:
    """Sustain or dismiss a challenge; the reason of a sustained one goes to whoever holds the row."""
    found = get_challenge(session, actor, challenge_id, to_decide=True)
    service.decide(session, found, is_sustained=wanted.is_sustained, reason=wanted.reason, actor=actor, now=clock.now())
    return ChallengeOut.model_validate(found)
