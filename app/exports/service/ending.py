"""How exports end: whoever asked is told; one whose job is dead or was stopped elsewhere ends with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from app.accounts.service import notify
from app.accounts.states import NotificationKind
from app.core import clock
from app.core.db import Database, changed_one
from app.core.jobs import Job, JobState
from app.core.storage import FileStore
from app.datasets.models import Snapshot
from app.exports.formats.registry import FORMATS
from app.exports.models import Export, ExportPart
from app.exports.service.parts import discard_parts
from app.exports.states import ExportState

UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)
GIVEN_UP = "Its files could not be written, however often it was tried; an admin sees why on the page of jobs."


def tell_done(database: Database, export_id: UUID) -> None:
    """Tell who asked that the files are there; once, however often it is called."""
    with database.change() as session:
        export = _load(session, export_id)
        sentence = f"{_name(export)} is ready: {export.rows:,} rows."
        _tell(session, export, NotificationKind.JOB_DONE, sentence, now=clock.now())


def fail(database: Database, export_id: UUID, sentence: str) -> None:
    """Say on the export why it could not be made, and tell who asked."""
    with database.change() as session:
        _fail(session, export_id, sentence, now=clock.now())


def end_with_their_jobs(database: Database, store: FileStore) -> int:
    """End the exports whose job is dead or was stopped on the page of jobs, and delete what was written of any.

    Returns how many ended.
    """
    with database.reading() as session:
        query = select(Export.id, Job.state).join(Job, Job.id == Export.job_id).where(Export.state.in_(UNFINISHED))
        ended = session.execute(query.where(Job.state.in_((JobState.DEAD, JobState.CANCELLED)))).all()
    for export_id, state in ended:
        if state == JobState.DEAD:
            fail(database, export_id, GIVEN_UP)
        else:
            with database.change() as session:
                stopped = update(Export).where(Export.id == export_id, Export.state.in_(UNFINISHED))
                changed_one(session, stopped.values(state=ExportState.CANCELLED, finished_at=clock.now()))
    with database.reading() as session:
        over = (ExportState.FAILED, ExportState.CANCELLED)
        written = select(ExportPart.export_id).join(Export, Export.id == ExportPart.export_id)
        left = session.scalars(written.where(Export.state.in_(over)).distinct()).all()
    for export_id in left:
        discard_parts(database, store, export_id)
    return len(ended)


def _fail(session: Session, export_id: UUID, sentence: str, *, now: datetime) -> None:
    failed = update(Export).where(Export.id == export_id, Export.state.in_(UNFINISHED))
    if changed_one(session, failed.values(state=ExportState.FAILED, message=sentence[:1000], finished_at=now)):
        export = _load(session, export_id)
        said = f"{_name(export)} could not be written: {sentence}"
        _tell(session, export, NotificationKind.JOB_FAILED, said, now=now)


def _load(session: Session, export_id: UUID) -> Export:
    joined = joinedload(Export.snapshot).joinedload(Snapshot.dataset)
    return session.get_one(Export, export_id, options=[joined])


def _name(export: Export) -> str:
    title = FORMATS[export.format].title
    return f"The export of {export.snapshot.dataset.name}, snapshot {export.snapshot.n}, as {title}"


def _tell(session: Session, export: Export, kind: NotificationKind, sentence: str, *, now: datetime) -> None:
    path, key = f"/exports/{export.id}", f"export:{export.id}"
    notify(session, export.created_by, kind, sentence, path, now=now, dedup_key=key)
