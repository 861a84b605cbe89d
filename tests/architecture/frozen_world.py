"""What the permission matrix finds frozen: a snapshot, exports, a recipient, what was handed over and corrected."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.ids import new_id
from app.datasets.models import Correction, SnapshotItem
from app.datasets.service import fail_freezing
from app.datasets.states import CorrectionKind
from app.deliveries.schemas import DeliveryIn
from app.deliveries.service.delivering import deliver
from app.deliveries.service.notifying import give_secret, tell
from app.exports.models import Export
from app.exports.states import ExportState
from app.worker import Worker
from tests.client import Client
from tests.factories.recipients import a_recipient

if TYPE_CHECKING:
    from tests.architecture.world import World


def freeze_and_export(client: Client, world: "World") -> None:
    """Freeze a snapshot, export it, and leave one more export waiting, one snapshot unread and one failed."""
    worker, things = Worker(world.database, world.settings), world.things
    client.as_(world.people["mona"])
    base = "/api/v1"
    made = client.post(f"{base}/projects/{things['sums']}/datasets", json={"name": "Proofs", "rule": {}})
    things["dataset"] = made.json()["id"]
    frozen = client.post(f"{base}/datasets/{things['dataset']}/snapshots", json={})
    things["snapshot"] = frozen.json()["id"]
    worker.run_all()
    wish = {"format": "trl_sft", "options": {}}
    things["export"] = client.post(f"{base}/snapshots/{things['snapshot']}/exports", json=wish).json()["id"]
    worker.run_all()
    client.post(f"/exports/{things['export']}/seen")
    files = client.get(f"{base}/exports/{things['export']}").json()["files"]
    things["file"] = files[0]["path"]
    waiting = client.post(f"{base}/snapshots/{things['snapshot']}/exports", json=wish).json()
    things["waiting_export"], things["job"] = waiting["id"], waiting["job_id"]

    newer, failed = (client.post(f"{base}/datasets/{things['dataset']}/snapshots", json={}).json() for _ in range(2))
    things["newer_snapshot"] = newer["id"]
    things["failed_snapshot"] = failed["id"]
    with world.database.change() as session:
        fail_freezing(session, UUID(failed["id"]), "Its rows could not be read.")
        frozen_work = select(SnapshotItem.submission_id).where(SnapshotItem.snapshot_id == UUID(things["snapshot"]))
        things["frozen_work"] = str(session.scalars(frozen_work.limit(1)).one())
    things["list"] = "tombstones.json"
    path = f"{base}/snapshots/{things['snapshot']}/rows/{things['frozen_work']}/challenge"
    things["challenge"] = client.post(path, json={"reason": "The second step does not follow."}).json()["id"]


def hand_over(session: Session, world: "World") -> None:
    """Store a recipient, a copy for it, and one that was handed over."""
    things, people = world.things, world.people
    whom = a_recipient(session, people["ada"], world.settings.data_dir)
    things["recipient"] = str(whom.id)
    written = session.get_one(Export, UUID(things["export"]))
    facts = {
        name: getattr(written, name) for name in ("snapshot_id", "project_id", "format", "created_by", "created_at")
    }
    facts |= {"options": written.options, "corrections_n": written.corrections_n, "state": ExportState.READY}
    spare, copy = (Export(id=new_id(), recipient_id=whom.id, **facts) for _ in range(2))
    session.add_all([spare, copy])
    session.flush()  # a delivery refers to it
    things["copy"], things["handed_copy"] = str(spare.id), str(copy.id)
    delivery, link = deliver(
        session, copy, DeliveryIn(), actor=people["mona"].actor, settings=world.settings, now=clock.now()
    )
    things["delivery"], things["receipt_secret"] = str(delivery.id), str(link).rpartition("/")[2]
    session.flush()  # what is corrected is told to deliveries
    session.execute(insert(Correction), _a_correction(UUID(things["snapshot"]), UUID(things["frozen_work"])))
    tell(session, delivery.id, mails=False, now=clock.now())
    things["notice_secret"] = give_secret(delivery, now=clock.now()).rpartition("/")[2]


def _a_correction(snapshot_id: UUID, work_id: UUID) -> dict[str, Any]:
    return {
        "id": new_id(),
        "snapshot_id": snapshot_id,
        "n": 1,
        "submission_id": work_id,
        "row_sha256": "0" * 64,
        "kind": CorrectionKind.SUPERSEDED,
        "reason": "The second step does not follow.",
        "effective_at": clock.now(),
        "created_at": clock.now(),
    }
