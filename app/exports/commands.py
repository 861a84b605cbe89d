"""Commands for who receives an export, for the key it is signed with, and for finding out whose copy was leaked."""

import sys
from pathlib import Path

import click

from app.config import load_settings
from app.core.commanding import open_installation, told
from app.core.signing import Signer, rotate
from app.exports.service.tracing import Traced, read_sample
from app.exports.service.tracing import trace as find_recipients
from app.exports.service.verifying import verify_folder


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--key", help="Public key or key id that must have signed, or a file with it: got from the sender.")
def verify(*, folder: Path, key: str | None) -> None:
    """Check a folder against its signed manifest: every file there, unchanged, none put in. Works offline."""
    if key is not None and Path(key).is_file():
        key = Path(key).read_text(encoding="utf-8").strip()
    found = verify_folder(folder, trusted=key)
    for fault in found.faults:
        click.echo(fault, err=True)
    if found.faults:
        click.echo(f"{found.files} files as listed, {len(found.faults)} faults.", err=True)
        sys.exit(1)
    click.echo(f"{found.files} files as listed, signed with the key {found.key_id}.")
    if key is None:
        click.echo("Compare this key id with the one the sender has told you, or name it by --key.")


@click.group("key")
def key_group() -> None:
    """Look after the key that exports are signed with."""


@key_group.command("show")
def key_show() -> None:
    """Print the public key, its id, and the ids of those used before; make the key when there is none."""
    data_dir = load_settings().data_dir
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _tell(Signer(data_dir))


@key_group.command("rotate")
def key_rotate() -> None:
    """Replace the key by a new one that the old one vouches for."""
    data_dir = load_settings().data_dir
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _tell(rotate(data_dir))


def _tell(signer: Signer) -> None:
    click.echo(f"key id      {signer.key_id}\npublic key  {signer.public_key}")
    for key in reversed(signer.earlier_keys):
        click.echo(f"before      {key.key_id}")


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE..."
)
@click.option("--snapshot", help="Its id, or DATASET@N; without it every snapshot that recipients have is tried.")
def trace(*, files: tuple[Path, ...], snapshot: str | None) -> None:
    """Tell whose copy leaked rows are: JSON lines, packed or not, or Parquet, whole or some rows.

    Ends with 1 when nobody is named.
    """
    settings, database = open_installation()
    with told():
        sample = read_sample(files)
        if not len(sample):
            raise click.ClickException("There is no row in it.")
        found = list(find_recipients(database, settings, sample, snapshot=snapshot))
        if not found:
            raise click.ClickException("Nothing was exported to a recipient yet, so no copy tells whose it is.")
    for one in found:
        _tell_trace(one)
    if not any(one.named for one in found):
        sys.exit(1)


def _tell_trace(traced: Traced) -> None:
    """Print what a sample says of each recipient of a snapshot."""
    click.echo(f"{traced.snapshot} {traced.format}: {traced.found:,} of {traced.rows:,} rows are of it for certain.")
    if traced.evidence and traced.found:
        click.echo(
            "recipient                        p            wordings        pairs in disorder   missing rows held"
        )
    for one in traced.evidence if traced.found else ():
        wordings = f"{one.agreeing:,} of {one.bits:,}" if one.bits else "none"
        pairs = f"{one.wrong_pairs:,} of {one.pairs:,}"
        held = f"{one.held:,} of {one.missing:,}"
        name = f"{one.name[:28]:<28} {'<-' if one.is_named else '  '}"
        click.echo(f"{name}  {one.p:<12.3g} {wordings:<15} {pairs:<19} {held}")
    for words in traced.words:
        click.echo(words)


COMMANDS: list[click.Command] = [verify, key_group, trace]
