"""Background work of tasks: checking a file and storing it; and the same by hand for the command line."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import UUID

import orjson

from app.accounts.queries import actor_of_user
from app.core import clock
from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import Invalid, WorkingsError
from app.core.jobs import Handler, JobCancelled, JobRefused, JobRun
from app.core.storage import FileStore, open_store
from app.projects.access import get_project
from app.projects.policy import can_manage_project
from app.tasks.access import get_import
from app.tasks.models import TaskImport
from app.tasks.reading.child import read_frames, read_preview
from app.tasks.reading.problemlist import ProblemList
from app.tasks.reading.problems import Refused
from app.tasks.schemas import ImportOptions
from app.tasks.service import answers, engines, opening
from app.tasks.service.importing import (
    FILE_MAX_BYTES,
    begin_storing,
    cancel_import,
    fail_import,
    finish_as_twin,
    finish_import,
    layout_of,
    receive_file,
    settle_plan,
    start_import,
    twin_of,
)
from app.tasks.service.storing import Overtaken, Row, sort_rows, store_rows
from app.tasks.states import ExistingPolicy, ImportState

if TYPE_CHECKING:
    from app.config import Settings

FOLDER = "imports"
REPORT_EVERY_SECONDS = 0.5
Report = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True)
class _Work:
    """What checking needs to know of an import, loaded once."""

    import_id: UUID
    project_id: UUID
    file_id: UUID
    existing: ExistingPolicy
    plan: dict[str, Any]


@dataclass(slots=True)
class _Found:
    """What checking has found so far."""

    read: int = 0
    rejected: int = 0
    new: int = 0
    known: int = 0
    kept: int = 0
    staged_file_id: UUID | None = None
    problems_file_id: UUID | None = None
    problems: list[tuple[int, str, str]] = field(default_factory=list)


def check_import(run: JobRun) -> dict[str, Any] | None:
    """Job ``tasks.check_import``: read the whole file, list every bad row, stage the good ones; repeatable."""
    import_id = UUID(run.payload["import_id"])
    actor = _actor(run)
    _check(run.database, run.settings, import_id, actor, run.report)
    return {"import_id": str(import_id)}


def import_rows(run: JobRun) -> dict[str, Any] | None:
    """Job ``tasks.import_rows``: store what was staged, in one transaction; a killed one has changed nothing."""
    import_id = UUID(run.payload["import_id"])
    actor = _actor(run)
    run.report(0, None, "Storing the tasks")
    _store(run.database, run.settings, import_id, actor)
    return {"import_id": str(import_id)}


def check_answer(run: JobRun) -> dict[str, Any] | None:
    """Job ``tasks.check_answer``: hold a task's answer against its own reference and wrong answers; repeatable."""
    check_id = UUID(run.payload["check_id"])
    with run.database.change() as session:
        order = answers.begin_check(session, check_id)
    if order is None:
        return None
    try:
        found = answers.look(order.spec, checker=engines.checker(), sandbox=engines.sandbox)
    except Exception:
        with run.database.change() as session:
            answers.fail_check(session, check_id, answers.BROKE, now=clock.now())
        raise
    with run.database.change() as session:
        check = answers.finish_check(session, check_id, found, now=clock.now())
        if check is not None and check.is_passed and check.opens_after:
            opening.open_checked(session, check, now=clock.now())
    return {"is_passed": found.is_passed}


def check_imported(run: JobRun) -> dict[str, Any] | None:
    """Job ``tasks.check_imported``: check the answers of an import and open what is in order; repeatable."""
    import_id, actor = UUID(run.payload["import_id"]), _actor(run)
    with run.database.reading() as session:
        opens = bool(session.get_one(TaskImport, import_id).defaults.get("open_at_once"))
    done = last = 0
    while True:
        with run.database.reading() as session:
            page = opening.unchecked_of(session, import_id, after=last)
        if not page:
            return {"checked": done}
        for task_id, number, spec in page:
            _check_imported_one(run.database, task_id, spec, actor, opens=opens)
            last, done = number, done + 1
        run.report(done, None, "Checking the answers")


def _check_imported_one(
    database: Database, task_id: UUID, stored: Mapping[str, Any], actor: Actor, *, opens: bool
) -> None:
    spec = opening.with_proposals(stored)
    found = None
    if answers.can_be_checked(stored):
        found = answers.look(spec, checker=engines.checker(), sandbox=engines.sandbox)
    with database.change() as session:
        opening.store_checked(session, task_id, stored, spec, found, actor=actor, opens=opens, now=clock.now())


HANDLERS: dict[str, Handler] = {
    "tasks.check_import": check_import,
    "tasks.import_rows": import_rows,
    answers.CHECK_ANSWER: check_answer,
    opening.CHECK_IMPORTED: check_imported,
}


def import_file(
    database: Database,
    settings: "Settings",
    actor: Actor,
    project_slug: str,
    path: Path,
    *,
    options: ImportOptions,
    dry_run: bool = False,
    leave_out_bad_rows: bool = False,
    report: Report = lambda _done, _total, _message: None,
) -> TaskImport:
    """Import a file from the disk at once, without the worker, and return the import as it stands at the end.

    What `options` leave out is guessed from the columns. With `dry_run` it stops after the check and is cancelled.
    The caller looks at `state`: DONE, or CHECKED with bad rows, or FAILED with a message. Raises Invalid when the
    file cannot be read at all, NotFound and NotAllowed as `get_project` does.
    """
    store = open_store(settings, FOLDER)
    import_id = _receive(database, store, actor, project_slug, path)
    with database.change() as session:
        task_import = get_import(session, actor, import_id, lock=True)
        plan = options.plan(guessed_adapter=task_import.adapter, guessed_mapping=task_import.mapping)
        settle_plan(session, task_import, plan)
    _check(database, settings, import_id, actor, report)
    with database.change() as session:
        task_import = get_import(session, actor, import_id, lock=True)
        is_clean = task_import.rows_rejected == 0 or leave_out_bad_rows
        is_checked = task_import.state == ImportState.CHECKED
        if dry_run and is_checked:
            cancel_import(session, task_import, actor=actor, now=clock.now())
        goes_on = is_checked and is_clean and not dry_run
        if goes_on:
            begin_storing(session, task_import, leave_out_bad_rows=leave_out_bad_rows)
    if goes_on:
        _store(database, settings, import_id, actor)
    with database.reading() as session:
        task_import = get_import(session, actor, import_id)
        session.expunge(task_import)
    return task_import


def _receive(database: Database, store: FileStore, actor: Actor, project_slug: str, path: Path) -> UUID:
    layout = layout_of(path.name)
    if path.stat().st_size > FILE_MAX_BYTES:
        raise Invalid(f"The file is larger than {FILE_MAX_BYTES >> 20} MiB; split it.")
    with database.reading() as session:
        project_id = get_project(session, actor, project_slug, can=can_manage_project).id
    with path.open("rb") as source:
        stored = store.save(iter(lambda: source.read(1 << 20), b""))
    try:
        with store.on_disk(stored.id) as file:
            columns, preview = read_preview(file, layout)
    except Refused as refused:
        store.delete(stored.id)
        raise Invalid(str(refused), fields={"file": str(refused)}) from None
    with database.change() as session:
        task_import = receive_file(
            session,
            project_id,
            stored,
            actor=actor,
            now=clock.now(),
            file_name=path.name,
            columns=columns,
            preview=preview,
        )
        return task_import.id


def _actor(run: JobRun) -> Actor:
    """Load who asked, afresh: a person who was disabled or demoted since then imports nothing."""
    with run.database.reading() as session:
        actor = actor_of_user(session, run.requested_by) if run.requested_by else None
    if actor is None:
        raise JobRefused("Who asked for this import can no longer sign in, so it was not done.")
    return actor


def _check(database: Database, settings: "Settings", import_id: UUID, actor: Actor, report: Report) -> None:
    """Read, check and stage; the import is CHECKED or FAILED afterwards, or DONE when it was stored before."""
    store = open_store(settings, FOLDER)
    with database.change() as session:
        task_import = get_import(session, actor, import_id, lock=True)
        if task_import.state != ImportState.CHECKING:
            return
        earlier = twin_of(session, task_import)
        if earlier is not None:
            finish_as_twin(session, task_import, earlier, actor=actor, now=clock.now())
            return
        project = get_project(session, actor, task_import.project_id, can=can_manage_project)
        work = _work_of(task_import, project.taxonomy)
    try:
        found = _read_and_stage(database, store, work, report)
    except (Refused, WorkingsError) as error:
        with database.change() as session:
            fail_import(session, import_id, str(error), now=clock.now())
        return
    _record_check(database, store, work, found, actor)


def _work_of(task_import: TaskImport, taxonomy: Mapping[str, Any]) -> _Work:
    plan = {
        "layout": task_import.layout,
        "only_preview": False,
        "adapter": task_import.adapter,
        "mapping": task_import.mapping,
        "defaults": {name: value for name, value in task_import.defaults.items() if name != "open_at_once"},
        "labels": {"domain": taxonomy.get("domains", []), "skill": taxonomy.get("skills", [])},
    }
    return _Work(task_import.id, task_import.project_id, task_import.file_id, task_import.existing, plan)


def _read_and_stage(database: Database, store: FileStore, work: _Work, report: Report) -> _Found:
    """Let the reader go through the file; good rows and problems go into files of the store, not into memory."""
    found = _Found()
    reported = time.monotonic()
    with store.on_disk(work.file_id) as file, store.writing() as staged, store.writing() as listed:
        problems = ProblemList(listed)
        for frame in read_frames(file, work.plan):
            if "read" in frame:
                found.read = int(frame["read"])
                found.rejected += int(frame["rejected"])
                continue
            rows: list[Row] = [(int(line), row) for line, row in frame["rows"]]
            problems.add([(int(line), str(name), str(reason)) for line, name, reason in frame["problems"]])
            good = _sort_into(found, problems, rows, database, work)
            staged.write(orjson.dumps(good) + b"\n")
            if time.monotonic() - reported > REPORT_EVERY_SECONDS:
                reported = time.monotonic()
                done = found.new + found.known + found.kept
                report(done, None, f"{done:,} rows checked")
    found.staged_file_id = staged.stored.id
    found.problems = problems.first
    if problems.count:
        found.problems_file_id = listed.stored.id
    else:
        store.delete(listed.stored.id)
    return found


def _sort_into(found: _Found, problems: ProblemList, rows: list[Row], database: Database, work: _Work) -> list[Row]:
    """Count what becomes of a batch, list those that the policy refuses, and return the others."""
    with database.reading() as session:
        batch = sort_rows(session, work.project_id, rows, work.existing)
    found.new += len(batch.new)
    found.known += len(batch.known)
    found.kept += batch.kept
    found.rejected += len(batch.problems)
    problems.add(batch.problems)
    bad_lines = {line for line, _, _ in batch.problems}
    return [row for row in rows if row[0] not in bad_lines]


def _record_check(database: Database, store: FileStore, work: _Work, found: _Found, actor: Actor) -> None:
    with database.change() as session:
        task_import = get_import(session, actor, work.import_id, lock=True)
        if task_import.state != ImportState.CHECKING:
            _delete(store, found.staged_file_id, found.problems_file_id)
            raise JobCancelled
        stale = (task_import.staged_file_id, task_import.problems_file_id)
        task_import.state = ImportState.CHECKED
        task_import.rows_read = found.read
        task_import.rows_created = found.new
        task_import.rows_updated = found.known
        task_import.rows_unchanged = found.kept
        task_import.rows_rejected = found.rejected
        task_import.problems = [{"line": line, "field": name, "reason": why} for line, name, why in found.problems]
        task_import.staged_file_id = found.staged_file_id
        task_import.problems_file_id = found.problems_file_id
        if task_import.starts_when_clean and found.read and not found.rejected:
            # The move below compares with the stored state.
            session.flush()
            start_import(session, task_import, actor=actor, now=clock.now())
    _delete(store, *stale)


def _store(database: Database, settings: "Settings", import_id: UUID, actor: Actor) -> None:
    """Store the staged rows in one transaction; the import is DONE or FAILED afterwards."""
    store = open_store(settings, FOLDER)
    with database.reading() as session:
        staged_file_id = _to_store(get_import(session, actor, import_id))
    if staged_file_id is None:
        return
    try:
        # Fetched beforehand: while rows are stored nobody else can write on SQLite, and a store may be far away.
        with store.on_disk(staged_file_id) as staged, database.change() as session:
            task_import = get_import(session, actor, import_id, lock=True)
            if _to_store(task_import) != staged_file_id:
                return
            get_project(session, actor, task_import.project_id, can=can_manage_project)
            now = clock.now()
            stored = store_rows(session, task_import, _rows_in(staged), actor=actor, now=now)
            if stored.earlier is not None:
                finish_as_twin(session, task_import, stored.earlier, actor=actor, now=now)
            else:
                task_import.rows_created = stored.created
                task_import.rows_updated = stored.updated
                task_import.rows_unchanged = stored.unchanged
                finish_import(session, task_import, actor=actor, now=now)
    except Overtaken as overtaken:
        with database.change() as session:
            fail_import(session, import_id, str(overtaken), now=clock.now())
    else:
        _delete(store, staged_file_id)


def _to_store(task_import: TaskImport) -> UUID | None:
    """Tell which staged rows wait to be stored; None when none do."""
    return task_import.staged_file_id if task_import.state == ImportState.IMPORTING else None


def _rows_in(staged: BinaryIO) -> Iterator[Sequence[Row]]:
    for line in staged:
        yield [(number, row) for number, row in orjson.loads(line)]


def _delete(store: FileStore, *file_ids: UUID | None) -> None:
    for file_id in file_ids:
        if file_id is not None:
            store.delete(file_id)
