"""Signing keys of the installation: made at first start, readable only by its own user."""

import os
import secrets
from pathlib import Path

from app.core.errors import SetupFault

KEY_BYTES = 32


def load_or_create_key(data_dir: Path, name: str) -> bytes:
    """Return the 256-bit key `name`, making it (mode 0600) when it is not there yet.

    Raises SetupFault when the file holds something else than a key: a short or edited key is never used.
    """
    path = data_dir / "keys" / f"{name}.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_key(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return _read_key(path)


def _read_key(path: Path) -> bytes:
    text = path.read_text(encoding="ascii").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise SetupFault(f"{path.name} is no key of {KEY_BYTES} random bytes; restore it from the backup.")
    return key
