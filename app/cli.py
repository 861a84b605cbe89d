"""The command line: start, migrate, look after people, bring tasks in and datasets out."""

import json
import os
import sys
import time
from pathlib import Path

import click
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import demo as demo_content
from app import migrating, serving
from app.accounts import queries as people
from app.accounts import service as accounts
from app.admin import service as admin
from app.config import Settings
from app.core import audit, clock
from app.core.actor import Actor
from app.core.commanding import open_installation, pairs_of, told
from app.core.db import Database
from app.core.keys import load_or_create_key
from app.core.storage import require_store
from app.datasets import commands as datasets_commands
from app.decontamination import commands as decontamination_commands
from app.exports import commands as exports_commands
from app.exports import service as exports
from app.projects.models import Project
from app.tasks import commands as tasks_commands
from app.tasks.jobs import import_file
from app.tasks.reading.problems import Refused
from app.tasks.schemas import ImportOptions
from app.tasks.states import ExistingPolicy, ImportState
from app.worker import Worker, stop_on_signals

UMASK = 0o077
RUNNER = "app.runner"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Workings: collect, review and export human expert reasoning."""
    os.umask(UMASK)


@main.command()
@click.option("--host", help="Address to listen on; overrides WORKINGS_HOST.")
@click.option("--port", type=int, help="Port to listen on; overrides WORKINGS_PORT.")
@click.option("--no-worker", is_flag=True, help="Serve pages only; worker and runner run elsewhere.")
def serve(*, host: str | None, port: int | None, no_worker: bool) -> None:
    """Serve the pages and run the background worker and the runner of programs beside them."""
    settings, database = open_installation()
    with told(Refused):
        require_store(settings)
        migrating.require_current(database)
    _show_setup_code(settings, database)
    database.engine.dispose()
    serving.serve(settings, host=host, port=port, with_others=not no_worker)


@main.command()
@click.option("--with-parent", is_flag=True, help="Stop when the process that started this one ends.")
def worker(*, with_parent: bool) -> None:
    """Work through the background jobs until interrupted."""
    settings, database = open_installation()
    with told(Refused):
        require_store(settings)
        migrating.require_current(database)
    process = Worker(database, settings)
    stop_on_signals(process)
    if with_parent:
        process.follow(os.getppid())
    process.run()


@main.command()
def runner() -> None:
    """Run programs of people, locked in, and check answers until interrupted."""
    _settings, database = open_installation()
    with told(Refused):
        migrating.require_current(database)
    database.engine.dispose()
    # The command line loads the whole program; what the runner needs is a third of it.
    os.execv(sys.executable, [sys.executable, "-m", RUNNER])  # noqa: S606 - ourselves


@main.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    settings, database = open_installation()
    with told(Refused):
        before, after = migrating.upgrade(settings, database)
    click.echo(f"The database is at {after}." if before == after else f"Migrated from {before or 'empty'} to {after}.")


@main.command()
def demo() -> None:
    """Fill an empty installation with the demo: people, projects and work in every state."""
    settings, database = open_installation()
    with told(Refused):
        filled = demo_content.fill(settings, database)
    click.echo("The demo is in place." if filled else "There are people here already; the demo was left out.")


@main.group()
def user() -> None:
    """Look after people."""


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="What others see.")
@click.option("--admin", "is_admin", is_flag=True, help="May administer the installation.")
def user_add(*, email: str, name: str, is_admin: bool) -> None:
    """Make an account and print the link with which its owner sets a password (once, 7 days)."""
    settings, database = open_installation()
    with told(Refused), database.change() as session:
        link = accounts.create_user(session, email=email, name=name, is_admin=is_admin, now=clock.now())
    click.echo(f"{settings.public_url}{link}")


@main.group()
def token() -> None:
    """Look after API tokens."""


@token.command("create")
@click.argument("email")
@click.option("--name", default="command line", show_default=True)
@click.option("--scope", "scopes", multiple=True, help="resource:verb; several allowed. Default: all.")
@click.option("--days", default=90, show_default=True)
def token_create(email: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a new API token of the person with this address; it is shown only now."""
    _settings, database = open_installation()
    with told(Refused), database.change() as session:
        actor = _person(session, email)
        secret = accounts.create_token(session, actor, name=name, scopes=list(scopes), days=days, now=clock.now())
    click.echo(secret)


@main.group("tasks")
def tasks_group() -> None:
    """Bring tasks in."""


@tasks_group.command("import")
@click.argument("project")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", help="Address of the manager in whose name it is done; default: who made the project.")
@click.option("--adapter", help="Layout of the file (fields, gsm8k, humaneval); default: guessed from its columns.")
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Which column holds which field.")
@click.option("--set", "defaults", multiple=True, metavar="FIELD=VALUE", help="The same value for all rows.")
@click.option("--existing", type=click.Choice([p.value for p in ExistingPolicy]), default="refuse", show_default=True)
@click.option("--open", "open_at_once", is_flag=True, help="Hand the tasks out at once.")
@click.option("--dry-run", is_flag=True, help="Only check; store nothing.")
def tasks_import(
    *,
    project: str,
    file: Path,
    email: str | None,
    adapter: str | None,
    pairs: tuple[str, ...],
    defaults: tuple[str, ...],
    existing: str,
    open_at_once: bool,
    dry_run: bool,
) -> None:
    """Import tasks from a JSONL, CSV or Parquet file: all rows or none."""
    settings, database = open_installation()
    options = ImportOptions(
        adapter=adapter,
        mapping=pairs_of(pairs),
        defaults=dict(pairs_of(defaults)),
        existing=ExistingPolicy(existing),
        open_at_once=open_at_once,
    )
    with told(Refused):
        with database.reading() as session:
            actor = _manager_of(session, project, email)
        result = import_file(database, settings, actor, project, file, options=options, dry_run=dry_run)
    for problem in result.problems:
        click.echo(_fault(problem["line"], problem["field"], problem["reason"]), err=True)
    click.echo(
        f"{result.rows_read} read = {result.rows_created} created + {result.rows_updated} updated + "
        f"{result.rows_unchanged} unchanged + {result.rows_rejected} rejected"
    )
    if result.rows_rejected or (result.state is not ImportState.DONE and not dry_run):
        raise click.ClickException(result.message or "Nothing was imported.")


def _fault(line: object, field: str, reason: str) -> str:
    """Say what is wrong with a line, and with which field if it is one's fault."""
    return f"line {line}: {field}: {reason}" if field else f"line {line}: {reason}"


def _manager_of(session: Session, slug: str, email: str | None) -> Actor:
    if email is not None:
        return _person(session, email)
    made_by = session.scalar(select(Project.created_by).where(Project.slug == slug))
    actor = people.actor_of_user(session, made_by) if made_by is not None else None
    if actor is None:
        raise click.ClickException(
            f"There is no project “{slug}” whose maker may still sign in; name a manager by --as."
        )
    return actor


@main.command()
@click.argument("snapshot")
@click.argument("format")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write into.")
@click.option("--as", "email", help="Address of the manager in whose name it is done; default: who froze the snapshot.")
@click.option("--set", "options", multiple=True, metavar="OPTION=VALUE", help="Options of the format.")
@click.option("--recipient", help="Name or id of whom the copy is for; it carries their fingerprint.")
def export(
    snapshot: str, format: str, out: Path, email: str | None, options: tuple[str, ...], recipient: str | None
) -> None:
    """Render a snapshot (its id, or DATASET@N) in a format and write the files into a folder."""
    settings, database = open_installation()
    with told(Refused):
        files = exports.export_to_folder(
            database,
            settings,
            snapshot=snapshot,
            format_name=format,
            out=out,
            email=email,
            options=pairs_of(options),
            recipient=recipient,
        )
    for file in files:
        click.echo(f"{file.sha256}  {file.path}")


@main.command("import-native")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--project", required=True, help="Short name of the project it comes back into.")
@click.option("--as", "email", help="Address of the manager in whose name it is done; default: who made the project.")
@click.option("--dry-run", is_flag=True, help="Only check; store nothing.")
def import_native(*, path: Path, project: str, email: str | None, dry_run: bool) -> None:
    """Bring a native export back (its folder or its JSONL file): tasks, work, reviews and issues, all or nothing."""
    _settings, database = open_installation()
    with told(Refused):
        found = exports.restore_native(database, path, project=project, email=email, dry_run=dry_run)
    for fault in found.faults[: exports.FAULTS_TOLD]:
        click.echo(_fault(fault.line, fault.field, fault.reason), err=True)
    if found.faults:
        raise click.ClickException(f"Nothing was brought back: {len(found.faults)} faults.")
    done = "can come back" if dry_run else "came back"
    click.echo(f"{found.works} pieces of work on {found.tasks} tasks by or with {found.people} people {done}")


@main.group("audit")
def audit_group() -> None:
    """Look at the audit log."""


@audit_group.command("verify")
def audit_verify() -> None:
    """Walk the whole chain and name the first event that was changed."""
    settings, database = open_installation()
    with database.reading() as session:
        found = audit.verify(session, load_or_create_key(settings.data_dir, "audit"))
    click.echo(f"{found.sealed} events sealed, {found.unsealed} not yet; head {found.head}")
    if found.first_bad_seq is not None:
        raise click.ClickException(f"Event {found.first_bad_seq} was changed, removed or put in.")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(*, as_json: bool) -> None:
    """Look over the installation and say what is well and what is not."""
    settings, database = open_installation()
    checks = admin.health(settings, database)
    if as_json:
        click.echo(json.dumps([check.__dict__ for check in checks], indent=2))
    else:
        for check in checks:
            click.echo(f"{'ok  ' if check.ok else 'look'}  {check.name}: {check.sentence}")
    if not all(check.ok for check in checks):
        sys.exit(1)


@main.command("wait-for-database", hidden=True)
@click.option("--seconds", default=60, show_default=True)
def wait_for_database(seconds: int) -> None:
    """Wait until the database answers: for containers that start together."""
    _settings, database = open_installation()
    deadline = time.monotonic() + seconds
    while True:
        try:
            with database.reading() as session:
                session.execute(text("SELECT 1"))
        except Exception as error:
            if time.monotonic() > deadline:
                raise click.ClickException("The database does not answer.") from error
            time.sleep(1)
        else:
            return


def _person(session: Session, email: str) -> Actor:
    actor = people.actor_of_email(session, email)
    if actor is None:
        raise click.ClickException(f"Nobody with the address {email} may sign in here.")
    return actor


def _show_setup_code(settings: Settings, database: Database) -> None:
    with database.change() as session:
        path = accounts.setup_link(session, now=clock.now())
    if path is not None:
        click.echo(f"Nobody is here yet. Make the first admin within 30 minutes: {settings.public_url}{path}")


for brought in (tasks_commands, decontamination_commands, datasets_commands, exports_commands):
    for command in brought.COMMANDS:
        main.add_command(command)

if __name__ == "__main__":
    main()
