"""The files of this project that the architecture tests read."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON_FOLDERS = ("app", "tests", "scripts", "migrations", "benchmarks")


@cache
def project_files() -> tuple[str, ...]:
    """List what is in git or would be with the next `git add`, as paths below the root."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return tuple(sorted(path for path in listed.split("\0") if path and (ROOT / path).is_file()))


def files_below(*folders: str, suffixes: tuple[str, ...]) -> list[str]:
    """List the project's files with these suffixes below these folders."""
    starts = tuple(f"{folder}/" for folder in folders)
    return [path for path in project_files() if path.startswith(starts) and path.endswith(suffixes)]


def read(path: str) -> str:
    """Read one file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")
