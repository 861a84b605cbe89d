"""Commands for reference sets: add one from a file, list them, remove one."""

from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.access import require_admin
from app.accounts.queries import actor_of_email
from app.core import clock
from app.core.actor import Actor
from app.core.commanding import open_installation, told
from app.core.jobs import Job, ask_to_cancel
from app.core.storage import open_store
from app.decontamination.models import ReferenceSet
from app.decontamination.queries.findings import reference_rows
from app.decontamination.schemas import ReferenceIn
from app.decontamination.service import references
from app.decontamination.states import ReferenceState


@click.group("references")
def references_group() -> None:
    """Look after the texts that nothing collected here may repeat."""


@references_group.command("add")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Where the set comes from.")
@click.option("--licence", required=True, help="Under which licence it stands.")
@click.option("--field", "fields", multiple=True, help="Field of the rows that holds a text; several allowed.")
@click.option("--as", "email", required=True, help="Address of the admin in whose name it is done.")
def references_add(*, name: str, file: Path, source: str, licence: str, fields: tuple[str, ...], email: str) -> None:
    """Keep the hashed n-grams of a JSONL file of texts; everything here is then held against them."""
    from app.decontamination.service.loading import load  # noqa: PLC0415 - pyarrow, which other commands need not wait for

    settings, database = open_installation()
    wanted = ReferenceIn(name=name, source=source, licence=licence, fields=",".join(fields) or "text")
    now = clock.now()
    with told():
        with database.reading() as session:
            actor = _admin(session, email)
        with file.open("rb") as opened:
            stored = references.keep_file(settings, file.name, opened)
        try:
            with database.change() as session:
                added = references.add_reference_set(session, wanted, stored, actor=actor, now=now)
                set_id, job_id = added.id, added.job_id
        except BaseException:
            open_store(settings, references.FOLDER).delete(stored.id)
            raise
        load(database, settings, set_id, now=clock.now(), report=lambda _done, _total, _said: None)
        with database.change() as session:
            job = session.get(Job, job_id)
            if job is not None:
                ask_to_cancel(session, job, now=clock.now())  # it was done here
        with database.reading() as session:
            added = session.get_one(ReferenceSet, set_id)
            if added.state is not ReferenceState.READY:
                raise click.ClickException(f"Nothing of it is kept. {added.message}")
            click.echo(f"{added.texts} texts, {added.grams} 8-grams kept of {added.name}")


@references_group.command("list")
def references_list() -> None:
    """List the reference sets with what was found by each."""
    _settings, database = open_installation()
    with database.reading() as session:
        for row in reference_rows(session):
            found = f"{row.blocking} blocking, {row.to_review} to review"
            click.echo(f"{row.item.name}: {row.item.state}, {row.item.texts} texts, {found}; {row.item.licence}")


@references_group.command("remove")
@click.argument("name")
@click.option("--as", "email", required=True, help="Address of the admin in whose name it is done.")
def references_remove(*, name: str, email: str) -> None:
    """Delete a reference set with all that was found by it."""
    settings, database = open_installation()
    with told(), database.change() as session:
        actor = _admin(session, email)
        found = session.scalars(select(ReferenceSet).where(ReferenceSet.name == name)).one_or_none()
        if found is None:
            raise click.ClickException(f"There is no reference set “{name}”.")
        references.remove_reference_set(session, found, settings=settings, actor=actor, now=clock.now())
    click.echo(f"{name} is removed.")


def _admin(session: Session, email: str) -> Actor:
    actor = actor_of_email(session, email)
    if actor is None:
        raise click.ClickException(f"Nobody with the address {email} may sign in here.")
    require_admin(actor)
    return actor


COMMANDS: list[click.Command] = [references_group]
