"""Sign what leaves the installation with Ed25519, and check such signatures anywhere: no database, no settings.

A signature is a small JSON document beside the file. It carries the public key and the keys that were used before,
each with its word for the one that followed: whoever trusts an old key can follow the chain to the newest.
"""

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Self

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from pydantic import BaseModel, Field, ValidationError

from app.core.keys import KEY_BYTES, load_or_create_key

KEY_NAME = "signing"
KEY_ID_DIGITS = 32
_ROTATION = b"workings key rotation\n"
"""Begins what an old key says of a new one; no file that is signed begins so, they are JSON."""


class BadSignature(Exception):
    """Raised with a sentence for a person when a signature does not hold."""


class EarlierKey(BaseModel):
    """A key that is no longer used, and its word for the one that followed."""

    public_key: str = Field(pattern="^[0-9a-f]{64}$")
    successor: str = Field(pattern="^[0-9a-f]{64}$")
    endorsement: str = Field(pattern="^[0-9a-f]{128}$")

    @property
    def key_id(self) -> str:
        """The short name of the key."""
        return key_id_of(self.public_key)


class Signature(BaseModel):
    """What stands in a file `*.sig`."""

    algorithm: str = Field(default="Ed25519", pattern="^Ed25519$")
    file: str
    sha256: str
    public_key: str = Field(pattern="^[0-9a-f]{64}$")
    signature: str = Field(pattern="^[0-9a-f]{128}$")
    earlier_keys: list[EarlierKey] = []

    @property
    def key_id(self) -> str:
        """The short name of the key that signed."""
        return key_id_of(self.public_key)

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Read a signature file; BadSignature when it is none."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise BadSignature("The signature file is damaged: it is not what Workings writes.") from error


class Signer:
    """The key of the installation."""

    def __init__(self, data_dir: Path) -> None:
        """Load the key, making it (mode 0600) when there is none yet. Raises SetupFault when the file is damaged."""
        self._key = SigningKey(load_or_create_key(data_dir, KEY_NAME))
        self.public_key = bytes(self._key.verify_key).hex()
        # A rotation that was killed has noted a successor that never came; the key is still in use.
        self.earlier_keys = [key for key in _earlier(data_dir) if key.public_key != self.public_key]

    @property
    def key_id(self) -> str:
        """The short name of the key: what people compare."""
        return key_id_of(self.public_key)

    def sign(self, name: str, data: bytes) -> bytes:
        """Give the text of the signature file for a file; the same for the same bytes and key."""
        found = Signature(
            file=name,
            sha256=hashlib.sha256(data).hexdigest(),
            public_key=self.public_key,
            signature=self._key.sign(data).signature.hex(),
            earlier_keys=self.earlier_keys,
        )
        told = {**found.model_dump(), "key_id": found.key_id}
        return (json.dumps(told, indent=2, sort_keys=True) + "\n").encode()

    def endorse(self, successor: str) -> EarlierKey:
        """Give this key's word that another one follows it."""
        word = self._key.sign(_ROTATION + bytes.fromhex(successor)).signature.hex()
        return EarlierKey(public_key=self.public_key, successor=successor, endorsement=word)


def key_id_of(public_key: str) -> str:
    """Shorten a public key to what people compare: 128 bits of its SHA-256."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:KEY_ID_DIGITS]


def has_key(data_dir: Path) -> bool:
    """Tell whether the key was made already: pages that only show it must not make it."""
    return (data_dir / "keys" / f"{KEY_NAME}.key").exists()


def rotate(data_dir: Path) -> Signer:
    """Replace the key by a new one that the old one vouches for; the old private key is gone afterwards."""
    old = Signer(data_dir)
    seed = secrets.token_hex(KEY_BYTES)
    word = old.endorse(bytes(SigningKey(bytes.fromhex(seed)).verify_key).hex())
    listed = [key.model_dump() for key in [*old.earlier_keys, word]]
    _replace(_list_path(data_dir), json.dumps(listed, indent=2) + "\n")
    _replace(data_dir / "keys" / f"{KEY_NAME}.key", seed)
    return Signer(data_dir)


def check_signature(signature: Signature, data: bytes, *, trusted: str | None = None) -> str:
    """Give the id of the key; BadSignature unless it has signed these bytes and is `trusted`, or follows it.

    `trusted` is a public key or key id. Without it nothing is said of whose key it is.
    """
    try:
        VerifyKey(bytes.fromhex(signature.public_key)).verify(data, bytes.fromhex(signature.signature))
    except (BadSignatureError, ValueError) as error:
        raise BadSignature(
            f"{signature.file} is not what was signed: it was changed, or the signature is another export's."
        ) from error
    if trusted is not None and signature.public_key not in _followed(signature, trusted.strip().lower()):
        raise BadSignature(f"Signed with the key {signature.key_id}, which is not the one you trust.")
    return signature.key_id


def _followed(signature: Signature, trusted: str) -> set[str]:
    """Collect the keys that are trusted: the one named, and whoever an already trusted one has vouched for."""
    named = {signature.public_key, *(key.public_key for key in signature.earlier_keys)}
    reached = {key for key in named if trusted in {key, key_id_of(key)}}
    for key in signature.earlier_keys:  # in the order in which they were used
        if key.public_key in reached and _vouches(key):
            reached.add(key.successor)
    return reached


def _vouches(key: EarlierKey) -> bool:
    said = _ROTATION + bytes.fromhex(key.successor)
    try:
        VerifyKey(bytes.fromhex(key.public_key)).verify(said, bytes.fromhex(key.endorsement))
    except (BadSignatureError, ValueError):
        return False
    return True


def _list_path(data_dir: Path) -> Path:
    return data_dir / "keys" / f"{KEY_NAME}-earlier.json"


def _earlier(data_dir: Path) -> list[EarlierKey]:
    path = _list_path(data_dir)
    if not path.exists():
        return []
    return [EarlierKey.model_validate(key) for key in json.loads(path.read_text(encoding="ascii"))]


def _replace(path: Path, text: str) -> None:
    """Write a file anew so that a crash leaves the old or the new one, both readable by their owner only."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
