"""Commands of datasets: the signed lists of what became of a snapshot's rows."""

import hashlib
from pathlib import Path

import click

from app.core import clock
from app.core.commanding import open_installation, told
from app.core.signing import Signer
from app.datasets.queries.selection import snapshot_named
from app.datasets.service import note_corrections, signed_lists


@click.command()
@click.argument("snapshot")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write into.")
def corrections(*, snapshot: str, out: Path) -> None:
    """Write the signed lists of what was withdrawn from SNAPSHOT (its id, or DATASET@N), or found wrong in it."""
    settings, database = open_installation()
    with told(), database.change() as session:
        found = snapshot_named(session, snapshot)
        note_corrections(session, found.id, now=clock.now())
        files = signed_lists(session, found, Signer(settings.data_dir))
    with told(OSError):
        out.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (out / name).write_bytes(data)
            click.echo(f"{hashlib.sha256(data).hexdigest()}  {name}")


COMMANDS: list[click.Command] = [corrections]
