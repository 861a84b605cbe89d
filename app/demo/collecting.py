"""The acts of those who run projects: defining datasets, freezing snapshots, asking for exports."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from app.core.errors import Invalid
from app.datasets.models import Dataset, Snapshot
from app.datasets.service import create_dataset, freeze
from app.demo.pieces import AskedFor, DemoDataset, FrozenAt
from app.demo.stage import Act, Stage
from app.exports.models import Export
from app.exports.service import ask, mark_preview_seen

A_LOOK = timedelta(minutes=4)
"""How long somebody takes to look at the first rows."""


def acts_of_dataset(stage: Stage, wanted: DemoDataset) -> Iterator[Act]:
    """Define a dataset and freeze it; a job hashes the snapshots once all this is committed."""
    yield Act(stage.at(wanted.made), partial(_define, wanted))
    for frozen in wanted.snapshots:
        yield Act(stage.at(frozen.at), partial(_freeze, wanted, frozen))


def _define(wanted: DemoDataset, stage: Stage, at: datetime) -> None:
    create_dataset(stage.session, stage.project(wanted.project), wanted.facts, actor=stage.actor(wanted.by), now=at)


def _dataset(stage: Stage, wanted: DemoDataset) -> Dataset:
    project = stage.project(wanted.project)
    query = select(Dataset).where(Dataset.project_id == project.id, Dataset.name == wanted.facts.name)
    return stage.session.scalars(query).one()


def _freeze(wanted: DemoDataset, frozen: FrozenAt, stage: Stage, at: datetime) -> None:
    """Freeze a dataset unless it is empty, as one of programs is on a machine too busy to run them."""
    with suppress(Invalid), stage.session.begin_nested():
        freeze(stage.session, _dataset(stage, wanted), note=frozen.note, actor=stage.actor(frozen.by), now=at)


def acts_of_exports(stage: Stage, wanted: DemoDataset) -> Iterator[Act]:
    """Ask for the exports of snapshots that are hashed, and look at their first rows; a job writes the files."""
    for n, frozen in enumerate(wanted.snapshots, 1):
        for export in frozen.exports:
            yield Act(stage.at(export.at), partial(_ask, wanted, n, frozen.by, export))


def _ask(wanted: DemoDataset, n: int, by: str, asked: AskedFor, stage: Stage, at: datetime) -> None:
    dataset, actor = _dataset(stage, wanted), stage.actor(by)
    wanted_one = select(Snapshot).where(Snapshot.dataset_id == dataset.id, Snapshot.n == n)
    snapshot = stage.session.scalars(wanted_one).one_or_none()
    if snapshot is None:
        return
    export: Export = ask(stage.session, snapshot, asked.format, asked.options, actor=actor, now=at)
    stage.session.flush()  # what is marked as seen is a row
    mark_preview_seen(stage.session, export, actor=actor, now=at + A_LOOK)
