"""Check a folder that came from here, anywhere: files against the signed manifest, signed lists of corrections."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ValidationError

from app.core.signing import BadSignature, Signature, check_signature

MANIFEST = "manifest.json"
ENDING = ".sig"
SIGNATURE = MANIFEST + ENDING
LISTS = ("errata.json", "tombstones.json")
"""Lists of corrections: signed on their own, since they also travel without an export."""
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

    A folder without one that holds lists of corrections is checked by their signatures.
    `trusted`: public key or key id that must have signed; without it only a change can be seen, not a forger.
    """
    found = Verified()
    present = _files_below(folder, found)
    lists = [name for name in LISTS if name in present]
    for name in lists:
        _check_list(present, name, trusted, found)
    if lists and not present.keys() & {MANIFEST, SIGNATURE}:
        _only_lists(present, lists, found)
        return found
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


def _check_list(present: dict[str, Path], name: str, trusted: str | None, found: Verified) -> None:
    if name + ENDING not in present:
        found.faults.append(f"There is no {name}{ENDING}: nobody can say who wrote the list.")
        return
    _check_signature(present[name + ENDING].read_bytes(), present[name].read_bytes(), trusted, found, name=name)


def _only_lists(present: dict[str, Path], lists: list[str], found: Verified) -> None:
    expected = {*lists, *(name + ENDING for name in lists)}
    for path in sorted(present.keys() - expected):
        found.faults.append(f"{_shown(path)} is no signed list of corrections; somebody has put it in.")
    found.files = 0 if found.faults else len(lists)


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


def _check_signature(signed: bytes, data: bytes, trusted: str | None, found: Verified, *, name: str = MANIFEST) -> None:
    try:
        signature = Signature.read(signed)
        if signature.file != name:
            raise BadSignature(f"The signature beside {name} is of {_shown(signature.file)}.")
        found.key_id = check_signature(signature, data, trusted=trusted)
    except BadSignature as fault:
        found.faults.append(str(fault))


def _fault_of(path: str, listed: _Listed | None, file: Path | None) -> str | None:
    shown = _shown(path)
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


def _shown(path: str) -> str:
    return json.dumps(path, ensure_ascii=True)[1:-1]  # a name may hold what would move the cursor


def _hash(file: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
