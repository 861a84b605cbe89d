"""Define a dataset and change what it says; snapshots keep the rule they were cut with."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.ids import new_id
from app.datasets.models import Dataset, Snapshot
from app.datasets.schemas import DatasetIn, Splitting
from app.projects.models import Project


def create_dataset(session: Session, project: Project, wanted: DatasetIn, *, actor: Actor, now: datetime) -> Dataset:
    """Define a dataset; Invalid when the project has one of that name."""
    dataset = Dataset(
        id=new_id(),
        project_id=project.id,
        name=wanted.name,
        purpose=wanted.purpose,
        use=wanted.use,
        rule=wanted.rule.model_dump(mode="json"),
        splitting=_splitting(wanted).model_dump(mode="json"),
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    session.add(dataset)
    _flush_name(session, wanted.name)
    audit.record(
        session, "dataset.create", actor=actor, at=now, kind="dataset", object_id=dataset.id, project_id=project.id
    )
    return dataset


def change_dataset(session: Session, dataset: Dataset, wanted: DatasetIn, *, actor: Actor, now: datetime) -> None:
    """Give a dataset a new name, purpose, rule or way of dividing; its snapshots keep theirs.

    Once something was frozen, what it is for stays: a dataset is trained on or held out, never both.
    """
    if wanted.use is not dataset.use and session.scalar(select(exists().where(Snapshot.dataset_id == dataset.id))):
        sentence = f"It has snapshots for {dataset.use}, which stay that; define another dataset."
        raise Invalid(sentence, fields={"use": sentence})
    dataset.name, dataset.purpose, dataset.use = wanted.name, wanted.purpose, wanted.use
    dataset.rule = wanted.rule.model_dump(mode="json")
    dataset.splitting = _splitting(wanted).model_dump(mode="json")
    dataset.updated_at = now
    _flush_name(session, wanted.name)
    audit.record(
        session,
        "dataset.change",
        actor=actor,
        at=now,
        kind="dataset",
        object_id=dataset.id,
        project_id=dataset.project_id,
        rule=dataset.rule,
        splitting=dataset.splitting,
    )


def _splitting(wanted: DatasetIn) -> Splitting:
    return wanted.splitting or Splitting.usual(wanted.use)


def _flush_name(session: Session, name: str) -> None:
    try:
        session.flush()  # the unique name decides, not a look beforehand
    except IntegrityError as error:
        raise Invalid(
            f"This project has a dataset called “{name}” already.", fields={"name": "Already taken."}
        ) from error
