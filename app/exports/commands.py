"""Commands for who receives an export, and for the key it is signed with: none of them opens the database."""

import sys
from pathlib import Path

import click

from app.config import load_settings
from app.core.signing import Signer, rotate
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


COMMANDS: list[click.Command] = [verify, key_group]
