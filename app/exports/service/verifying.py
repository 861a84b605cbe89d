"""Check a folder that came out of an export, anywhere: every file against the manifest, the manifest's signature."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ValidationError

from app.core.signing import BadSignature, Signature, check_signature

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
_CHUNK_BYTES = 1 << 20


class _Listed(BaseModel):
    path: str
    size_bytes: int
    sha256: str


class _Manifest(BaseModel):
    files: list[_Listed]


@dataclass
class Verified:
    """What was found: who signed, how many files are as listed, and a sentence for each fault."""

    key_id: str | None = None
    files: int = 0
    faults: list[str] = field(default_factory=list)


def verify_folder(folder: Path, *, trusted: str | None = None) -> Verified:
    """Compare a folder with its manifest. Needs no network, database or settings, and changes nothing.

    `trusted`: public key or key id that must have signed; without it only a change can be seen, not a forger.
    """
    found = Verified()
    present = _files_below(folder, found)
    data = _read(present, MANIFEST, found)
    signed = _read(present, SIGNATURE, found)
    if data is None:
        return found
    if signed is not None:
        _check_signature(signed, data, trusted, found)
    try:
        manifest = _Manifest.model_validate_json(data)
    except ValidationError:
        found.faults.append(f"{MANIFEST} is damaged: it is not what Workings writes.")
        return found
    listed = {file.path: file for file in manifest.files}
    for path in sorted(listed.keys() | present.keys() - {MANIFEST, SIGNATURE}):
        fault = _fault_of(path, listed.get(path), present.get(path))
        if fault is None:
            found.files += 1
        else:
            found.faults.append(fault)
    return found


def _files_below(folder: Path, found: Verified) -> dict[str, Path]:
    """Find the plain files by their path in the folder; what the manifest names is never opened by that name."""
    present = {}
    for place, folders, names in os.walk(folder, followlinks=False):
        for name in (*folders, *names):
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                found.faults.append(f"{inside} is no plain file; links and devices are not followed.")
            elif path.is_file():
                present[inside] = path
    return present


def _read(present: dict[str, Path], name: str, found: Verified) -> bytes | None:
    if name in present:
        return present[name].read_bytes()
    what = "this folder is no export, or lost it" if name == MANIFEST else "nobody can say who wrote the manifest"
    found.faults.append(f"There is no {name}: {what}.")
    return None


def _check_signature(signed: bytes, data: bytes, trusted: str | None, found: Verified) -> None:
    try:
        found.key_id = check_signature(Signature.read(signed), data, trusted=trusted)
    except BadSignature as fault:
        found.faults.append(str(fault))


def _fault_of(path: str, listed: _Listed | None, file: Path | None) -> str | None:
    shown = json.dumps(path, ensure_ascii=True)[1:-1]  # a name may hold what would move the cursor
    if listed is None:
        return f"{shown} is not in the manifest; somebody has put it in."
    if file is None:
        return f"{shown} is missing."
    size, digest = _hash(file)
    if size != listed.size_bytes:
        return f"{shown} was changed: it has {size:,} bytes, the manifest says {listed.size_bytes:,}."
    if digest != listed.sha256:
        return f"{shown} was changed: its SHA-256 begins {digest[:12]}, the manifest says {listed.sha256[:12]}."
    return None


def _hash(file: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
