"""Export from the command line: the same path as in the browser, run at once, copied into a folder."""

from pathlib import Path

from sqlalchemy.orm import Session

from app.accounts import queries as people
from app.config import Settings
from app.core import clock
from app.core.actor import Actor, Role
from app.core.db import Database
from app.core.errors import NotAllowed, NotFound
from app.core.jobs import JobRefused
from app.core.storage import open_store
from app.datasets.models import Snapshot
from app.datasets.queries.selection import snapshot_named
from app.exports.models import ExportFile
from app.exports.service.asking import ask
from app.exports.service.writing import STORE, write_files
from app.recipients.models import Recipient
from app.recipients.queries import find_recipient


def export_to_folder(
    database: Database,
    settings: Settings,
    *,
    snapshot: str,
    format_name: str,
    out: Path,
    email: str | None,
    options: dict[str, str],
    recipient: str | None = None,
) -> list[ExportFile]:
    """Render a snapshot (its id, or NAME@N) and copy the files below `out`; returns what was written.

    `recipient`: name or id of whom the copy is for. Done in the name of `email`, or of who froze the snapshot; they
    must manage the project.
    """
    with database.change() as session:
        found = snapshot_named(session, snapshot)
        actor = _actor(session, found, email)
        whom = _recipient(session, recipient)
        export = ask(session, found, format_name, dict(options), actor=actor, now=clock.now(), recipient=whom)
        export_id = export.id
    try:
        files = write_files(database, settings, export_id, lambda _done, _total, _message: None)
    except JobRefused as error:
        raise NotAllowed(str(error)) from error
    store = open_store(settings, STORE)
    for file in files:
        target = out / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        store.copy_to(file.file_id, target)
    return files


def _recipient(session: Session, name: str | None) -> Recipient | None:
    if name is None:
        return None
    found = find_recipient(session, name)
    if found is None:
        raise NotFound(f"There is no recipient “{name}”; an admin adds them under Installation, Recipients.")
    return found


def _actor(session: Session, snapshot: Snapshot, email: str | None) -> Actor:
    if email is None:
        actor = people.actor_of_user(session, snapshot.created_by)
    else:
        actor = people.actor_of_email(session, email)
    if actor is None or not actor.has(Role.MANAGER, snapshot.project_id):
        raise NotAllowed("Exports are made by a manager of the project; name one with --as.")
    return actor
